"""Where a tap happens, as a person names it: at a reader, or as a card held to somebody else's.

``unix:PATH`` is the field between two programs of this computer; any other name is a reader's, as
``tenge card readers`` lists them.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hardware.nfc import Progress, ReaderDoor, TapCard, serve_unix, unseen
from tender.purse.tap import Side

if TYPE_CHECKING:
    from tender.ports import Card, CardReader, Entropy

UNIX: Final = "unix:"


@contextmanager
def door_at(
    where: str, side: Side, entropy: "Entropy", *, as_card: bool, progress: Progress = unseen
) -> Iterator[ReaderDoor | TapCard]:
    """Where others come. ``as_card``: this device answers as a card at ``where``; else it polls the reader
    there. Raises what the reader raises, and ``LinkError`` for a socket nobody can listen at."""
    if as_card:
        card = TapCard(side, progress=progress)
        with held_to(card, where):
            yield card
        return
    reader = reader_at(where)
    try:
        yield ReaderDoor(reader, side, entropy, progress=progress)
    finally:
        reader.disconnect()


def reader_at(where: str) -> "CardReader":
    """The reader of that name."""
    from hardware.socket_reader import SocketReader

    return SocketReader(Path(where.removeprefix(UNIX)))


def held_to(card: "Card", where: str) -> AbstractContextManager[object]:
    """Hold a card to the reader of that name, until the block ends."""
    return serve_unix(card, Path(where.removeprefix(UNIX)))
