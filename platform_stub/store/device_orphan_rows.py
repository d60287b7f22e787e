"""Which claims of which device wait for a root the National Bank does not know; the bank alone can count."""

from collections.abc import Iterable

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, delete

from platform_stub.store.base import Rows


def orphan_tables(tables: MetaData) -> None:
    """The table of a bank's devices' orphans."""
    Table(
        "device_orphans",
        tables,
        Column("device", Integer, primary_key=True),
        Column("output", LargeBinary(32), primary_key=True),
    )


class OrphanRows(Rows):
    """Queries of it."""

    tables: MetaData

    def orphans_of(self, device: int) -> set[bytes]:
        """The outputs whose claims wait."""
        found = self.find_many("device_orphans", ("output",), "device", (device,))
        return {bytes(row[0]) for row in found}

    def note_orphans(self, device: int, new: Iterable[bytes], found: Iterable[bytes]) -> None:
        """These wait from now on, and those no longer."""
        table = self.tables.tables["device_orphans"]
        for output in new:
            self.add_once(table, {"device": device, "output": output})
        gone = (table.c.device == device) & table.c.output.in_(list(found))
        self.connection.execute(delete(table).where(gone))
