"""What every participant with accounts keeps: desk, node and books."""

from sqlalchemy import MetaData

from platform_stub.store.book_rows import BookRows, book_tables
from platform_stub.store.desk_rows import DeskRows, desk_tables
from platform_stub.store.node_rows import NodeRows, node_tables


class LedgerRows(DeskRows, NodeRows, BookRows):
    """Queries of desk, node and books over one transaction."""


def ledger_tables(tables: MetaData) -> None:
    """All of their tables."""
    desk_tables(tables)
    node_tables(tables)
    book_tables(tables)
