"""A session with a card written down, and a reader that plays it again without the card.

One JSON object a line. The first names the format and the reader; then what happened, in order:

* ``{"connect": ATR}``: a card was there, with this answer to reset (hexadecimal);
* ``{"command": …, "answer": …}``: one exchange, secrets starred out (:mod:`tender.card.masking`),
  which play as zeros;
* ``{"command": …, "error": CODE}``, ``{"connect-error": CODE}``: it failed like that.

A recorded session is what a bug report about a reader carries, and what a test plays.
"""

import json
from collections.abc import Callable, Container, Iterable
from pathlib import Path
from typing import Any, Final

from tender.card.masking import Masking, fits, unmasked
from tender.errors import Code, DeviceError, LocalProtocolError, RemoteProtocolError
from tender.ports import CardReader

FORMAT: Final = "tenge-card-session/1"
Write = Callable[[str], None]


def line(**fields: str) -> str:
    """One line of a session."""
    return json.dumps(fields, separators=(",", ":"))


class RecordingReader:
    """A reader (:class:`~tender.ports.CardReader`) whose session is written down as it happens."""

    def __init__(self, reader: CardReader, write: Write, secret: Container[int] = ()) -> None:
        """``write`` takes each line; ``secret`` as :class:`~tender.card.masking.Masking` does."""
        self._reader = reader
        self._write = write
        self._masking = Masking(secret)
        write(line(format=FORMAT, reader=reader.name))

    @property
    def name(self) -> str:
        """The other's."""
        return self._reader.name

    def connect(self, timeout_s: float) -> bytes:
        """As the other, written down."""
        try:
            found = self._reader.connect(timeout_s)
        except DeviceError as error:
            self._write(json.dumps({"connect-error": error.code.value}))
            raise
        self._write(line(connect=found.hex()))
        return found

    def transmit(self, command: bytes) -> bytes:
        """As the other, written down with its secrets starred out."""
        said = self._masking.command(command)
        try:
            answer = self._reader.transmit(command)
        except DeviceError as error:
            self._write(line(command=said, error=error.code.value))
            raise
        self._write(line(command=said, answer=self._masking.answer(answer)))
        return answer

    def disconnect(self) -> None:
        """As the other."""
        self._reader.disconnect()

    def gone(self, timeout_s: float) -> bool:
        """As the other."""
        return self._reader.gone(timeout_s)


def read_session(lines: Iterable[str]) -> tuple[str, tuple[dict[str, str], ...]]:
    """The reader's name and what happened; ``RemoteProtocolError`` at ``session[n]``."""
    rows: list[dict[str, str]] = []
    for number, text in enumerate(lines):
        try:
            row: Any = json.loads(text)
        except ValueError as error:
            raise RemoteProtocolError(Code.TEXT_UNREADABLE, f"session[{number}]") from error
        if not isinstance(row, dict) or not all(isinstance(value, str) for value in row.values()):
            raise RemoteProtocolError(Code.FIELD_WRONG, f"session[{number}]")
        rows.append(row)
    if not rows or rows[0].get("format") != FORMAT:
        raise RemoteProtocolError(Code.VERSION_UNKNOWN, "session[0].format")
    return rows[0].get("reader", ""), tuple(rows[1:])


class ReplayReader:
    """Plays a session again (:class:`~tender.ports.CardReader`): the same questions, the same answers.

    Another question than the one written down is a fault of whoever asks: ``LocalProtocolError
    out-of-order`` at ``session[n]``.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._name, self._rows = read_session(lines)
        self._at = 0

    @property
    def name(self) -> str:
        """``replay:`` and the reader of then."""
        return f"replay:{self._name}"

    @property
    def is_over(self) -> bool:
        """Whether all of it was played."""
        return self._at == len(self._rows)

    def _next(self, *kinds: str) -> dict[str, str]:
        row = {} if self.is_over else self._rows[self._at]
        if not any(kind in row for kind in kinds):
            raise LocalProtocolError(Code.OUT_OF_ORDER, f"session[{self._at + 1}]")
        return row

    def _told(self, code: str) -> DeviceError:
        """The error of then; a code that this version does not know is an outcome nobody knows."""
        known = Code(code) if code in {one.value for one in Code} else Code.CARD_OUTCOME_UNKNOWN
        return DeviceError(known, "reader", reader=self.name)

    def _octets(self, text: str) -> bytes:
        try:
            return unmasked(text)
        except ValueError as error:
            raise RemoteProtocolError(Code.TEXT_UNREADABLE, f"session[{self._at}]") from error

    def connect(self, timeout_s: float) -> bytes:
        """The answer to reset of then, at once."""
        row = self._next("connect", "connect-error")
        self._at += 1
        if "connect-error" in row:
            raise self._told(row["connect-error"])
        return self._octets(row["connect"])

    def transmit(self, command: bytes) -> bytes:
        """The answer of then; masked bytes of the question may be any."""
        row = self._next("command")
        if not fits(row["command"], command):
            raise LocalProtocolError(Code.OUT_OF_ORDER, f"session[{self._at + 1}]")
        self._at += 1
        if "error" in row:
            raise self._told(row["error"])
        return self._octets(row.get("answer", ""))

    def disconnect(self) -> None:
        """Nothing to let go of."""

    def gone(self, timeout_s: float) -> bool:
        """It was, long ago."""
        return True


def write_to(file: Path) -> Write:
    """Lines into this file, each on the disk before the next command goes out. Each session has a file of its
    own: one that is there already stays, and the next is ``name-2.jsonl``."""
    place, number = file, 1
    while True:
        try:
            place.open("x").close()
            break
        except FileExistsError:
            number += 1
            place = file.with_name(f"{file.stem}-{number}{file.suffix}")

    def write(text: str) -> None:
        with place.open("a", encoding="utf-8") as out:
            out.write(text + "\n")

    return write
