"""Rows that live no longer than a tap: the store of a card's holder while the card lies on somebody else's
reader. What must outlive the tap the card itself keeps (docs/protocol/purse-card.md)."""

from collections.abc import Iterator, Mapping

from device.store.rows import WalletStore


class RowsInMemory:
    """:class:`device.ports.SealedRows` without a file."""

    def __init__(self, mark: int) -> None:
        """``mark``: the card's counter when the tap began, so that nothing here counts as an old copy."""
        self._mark = mark
        self._rows: dict[tuple[str, bytes], bytes] = {}

    @property
    def mark(self) -> int:
        """The card's counter when the rows were last written."""
        return self._mark

    def get(self, kind: str, name: bytes) -> bytes | None:
        """One row's body."""
        return self._rows.get((kind, name))

    def all(self, kind: str) -> list[tuple[bytes, bytes]]:
        """Every (name, body) of a kind, by name."""
        return sorted((name, body) for (of, name), body in self._rows.items() if of == kind)

    def each(self, kind: str) -> Iterator[tuple[bytes, bytes]]:
        """The same, one by one."""
        return iter(self.all(kind))

    def write(
        self, puts: Mapping[tuple[str, bytes], bytes], deletes: set[tuple[str, bytes]], mark: int
    ) -> None:
        """All at once: nobody looks meanwhile."""
        for gone in deletes:
            self._rows.pop(gone, None)
        self._rows.update(puts)
        self._mark = mark

    def close(self) -> None:
        """Forget everything."""
        self._rows.clear()


def rows_for_a_tap(counter: int) -> WalletStore:
    """An empty store that ends with the tap; ``counter``: the card's, as the tap begins."""
    return WalletStore(RowsInMemory(counter))
