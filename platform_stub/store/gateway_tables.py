"""What the gateway keeps: the log of every call, and who is blocked."""

from sqlalchemy import MetaData

from platform_stub.store.desk_rows import DeskRows, desk_tables

TABLES = MetaData()
desk_tables(TABLES)


class GatewayRows(DeskRows):
    """Queries of the gateway."""

    tables = TABLES
