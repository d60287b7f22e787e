"""The typed store: wallet rows in, wallet rows out, over a sealed file handed in by ``compose``."""

from typing import TypeVar, cast

from tender.errors import Code, RemoteProtocolError, StoreError
from wallet.core.model import Row
from wallet.ports import Changes, SealedRows
from wallet.store.schemas import TABLES

R = TypeVar("R", bound=Row)


class Gathered:
    """The changes of one transaction (:class:`wallet.ports.Changes`)."""

    def __init__(self) -> None:
        self.puts: dict[tuple[str, bytes], bytes] = {}
        self.deletes: set[tuple[str, bytes]] = set()

    def put(self, row: Row) -> None:
        """Write or replace a row."""
        table = TABLES[type(row)]
        place = (table.kind, table.name(row))
        self.deletes.discard(place)
        self.puts[place] = table.record.encode(row)

    def drop(self, row: Row) -> None:
        """Remove a row."""
        table = TABLES[type(row)]
        place = (table.kind, table.name(row))
        self.puts.pop(place, None)
        self.deletes.add(place)


class WalletStore:
    """:class:`wallet.ports.Store` over sealed rows."""

    def __init__(self, file: SealedRows) -> None:
        self._file = file

    @property
    def mark(self) -> int:
        """The element's counter when the file was last written."""
        return self._file.mark

    def get(self, of: type[R], name: bytes) -> R | None:
        """One row by its name."""
        body = self._file.get(TABLES[of].kind, name)
        return None if body is None else self._read(of, body)

    def all(self, of: type[R]) -> tuple[R, ...]:
        """Every row of a kind."""
        return tuple(self._read(of, body) for _, body in self._file.all(TABLES[of].kind))

    def changes(self) -> Gathered:
        """An empty transaction."""
        return Gathered()

    def commit(self, changes: Changes, mark: int) -> None:
        """Write all changes and the mark, durably, or nothing."""
        gathered = cast(Gathered, changes)
        self._file.write(gathered.puts, gathered.deletes, mark)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _read(self, of: type[R], body: bytes) -> R:
        table = TABLES[of]
        try:
            return cast(R, table.record.decode(body, table.kind))
        except RemoteProtocolError as error:
            # It opened under our own key, so our own older or newer code wrote it.
            raise StoreError(Code.STORE_NEWER, f"store.{error.field}") from error
