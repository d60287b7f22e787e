"""Where a tap happens, as a person names it: at a reader, or as a card held to somebody else's.

To poll, any reader will do (:mod:`hardware.readers`). To answer as a card, it is ``unix:PATH``, where a
reader of another program calls, or the name of a virtual reader of ``tenge card up``.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hardware import card_service
from hardware.nfc import Progress, ReaderDoor, TapCard, serve_unix, unseen
from hardware.readers import UNIX, open_reader
from hardware.vpcd import insert
from tender.errors import Code, DeviceError
from tender.purse.tap import Side

if TYPE_CHECKING:
    from tender.ports import Card, Entropy


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
    reader = open_reader(where)
    try:
        yield ReaderDoor(reader, side, entropy, progress=progress)
    finally:
        reader.disconnect()


def held_to(card: "Card", where: str) -> AbstractContextManager[object]:
    """Hold a card to the reader of that name, until the block ends. Raises ``DeviceError``:
    ``pcsc-silent`` when no virtual readers stand, ``reader-missing``, ``reader-taken``."""
    if where.startswith(UNIX):
        return serve_unix(card, Path(where.removeprefix(UNIX)).expanduser())
    found = card_service.standing()
    if found is None:
        raise DeviceError(Code.PCSC_SILENT, "reader")
    for reader in found.readers:
        if where.casefold() in reader.name.casefold():
            return _inserted(card, reader.port)
    raise DeviceError(Code.READER_MISSING, "reader", reader=where)


@contextmanager
def _inserted(card: "Card", port: int) -> Iterator[None]:
    held = insert(card, port)
    try:
        yield
    finally:
        held.remove()
