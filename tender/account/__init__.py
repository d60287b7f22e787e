"""The online side: orders of clients and participants, account transactions, numbers people are known by."""
