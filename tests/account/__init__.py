"""Orders, replies, transactions and numbers."""
