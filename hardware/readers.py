"""Readers by the word that names them, as every ``--reader``, ``--card`` and ``--tap`` takes it.

``file:PATH``: the card image at that path, held to a reader in this very process; needs nothing installed.
``unix:PATH``: a phone of another program on this computer, through a socket.
``replay:PATH``: a recorded session, played again.
Anything else: the PC/SC reader whose name holds it.

With ``TENGE_CARD_SESSION=FILE`` in the environment, what is said to the card is written to that file
(:mod:`hardware.replayed`), PINs and keys starred out; the next session goes to ``FILE-2``. With
``TENGE_AIR=slow-phone``, or another model of :mod:`hardware.airtime`, a tap takes as long as on real parts.
"""

import os
from pathlib import Path
from typing import Final

from hardware import card_service, pcsc
from hardware.airtime import really_slow
from hardware.entropy import SystemEntropy
from hardware.file_reader import FileReader, HeldCard
from hardware.replayed import RecordingReader, ReplayReader, write_to
from hardware.socket_reader import SocketReader
from tender.errors import Code, DeviceError, StoreError
from tender.ports import CardReader
from tender.purse.commands import Ins

FILE, UNIX, REPLAY = "file:", "unix:", "replay:"
SESSION_VARIABLE: Final = "TENGE_CARD_SESSION"
AIR_VARIABLE: Final = "TENGE_AIR"
SECRET: Final = frozenset((Ins.PERSONALISE, Ins.STORE_KEY))
"""The purse's own instructions whose data is secret: PIN and PUK at birth, a key handed in."""


def open_reader(where: str) -> CardReader:
    """The reader of this word; nothing is talked to before it connects.

    Raises :class:`~tender.errors.DeviceError` ``file-unreadable`` for a session that cannot be read,
    ``file-unwritable`` for one that cannot be written,
    and ``RemoteProtocolError field-wrong`` for a model of air time that is none.
    """
    reader = _opened(where)
    work = reader if isinstance(reader, FileReader) else None  # of other chips only the air is seen
    reader = really_slow(reader, os.environ.get(AIR_VARIABLE, ""), work)
    session = os.environ.get(SESSION_VARIABLE)
    if not session:
        return reader
    try:
        return RecordingReader(reader, write_to(Path(session)), SECRET)
    except OSError as error:
        raise DeviceError(Code.FILE_UNWRITABLE, "session", file=session) from error


def _opened(where: str) -> CardReader:
    if where.startswith(FILE):
        return FileReader(Path(where.removeprefix(FILE)).expanduser(), open_image)
    if where.startswith(UNIX):
        return SocketReader(Path(where.removeprefix(UNIX)).expanduser())
    if where.startswith(REPLAY):
        file = Path(where.removeprefix(REPLAY)).expanduser()
        try:
            return ReplayReader(file.read_text(encoding="utf-8").splitlines())
        except (OSError, ValueError) as error:
            raise DeviceError(Code.FILE_UNREADABLE, "session", file=file.name) from error
    card_service.talk_to_own()
    return pcsc.PcscReader(where)


def open_image(path: Path) -> HeldCard:
    """The card image at ``path``, this process's alone until it is closed. Errors as ``CardFile.open``,
    but ``card-tampered`` for an image that is old or was changed, and ``card-elsewhere`` for one that is held
    to a virtual reader."""
    from hardware.cards.card_file import CardFile  # the whole chip: loaded when there is one

    try:
        return CardFile.open(path, chips_folder(), SystemEntropy())
    except StoreError as error:
        if error.code is not Code.STORE_TAMPERED:
            raise
        raise DeviceError(Code.CARD_TAMPERED, error.field, file=path.name) from error
    except DeviceError as error:
        held_at = card_service.reader_of(path) if error.code is Code.READER_TAKEN else None
        if held_at is None:
            raise
        raise DeviceError(Code.CARD_ELSEWHERE, "card", reader=held_at.name) from error


def swiped(where: str) -> bytes:
    """Track 2 of the card in this reader, pulled through its slot for stripes, in the form of tag 57; empty
    where the reader has none or the card has no stripe. Only a card in a file has both. Errors as
    :func:`open_image`."""
    if not where.startswith(FILE):
        return b""
    from hardware.cards.card_file import CardFile

    card = open_image(Path(where.removeprefix(FILE)).expanduser())
    try:
        return card.stripe if isinstance(card, CardFile) else b""
    finally:
        card.close()


def chips_folder() -> Path:
    """Where the chips of card images lie: with the secure elements (``TENGE_ELEMENTS``)."""
    given = os.environ.get("TENGE_ELEMENTS")
    elements = Path(given) if given else Path.home() / ".local" / "state" / "tenge" / "elements"
    return elements / "chips"


def pcsc_readers() -> tuple[str, ...]:
    """Names of the PC/SC readers there are: those of ``tenge card up`` when it stands, else the computer's;
    ``pcsc-not-installed``, ``pcsc-silent``."""
    card_service.talk_to_own()
    return pcsc.readers()


def same_reader(one: str, other: str) -> bool:
    """Whether two words name one reader, or one card in a file; nothing is connected to."""
    return _meant(one) == _meant(other)


def _meant(where: str) -> str:
    if where.startswith(FILE):
        return str(Path(where.removeprefix(FILE)).expanduser().resolve())
    if where.startswith((UNIX, REPLAY)):
        return where
    try:
        names = pcsc_readers()
    except DeviceError:
        names = ()  # whoever connects to it is told
    return next((name for name in names if where.casefold() in name.casefold()), where)
