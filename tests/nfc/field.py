"""Two ends of a tap with no wire between them: a field that fails where it is told to."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tender.purse.tap import SELECT, CardEnd, ReaderEnd, Side, read_application

TOKEN = bytes(range(8))
ROUNDS_MOST = 4_000


class Dead(Exception):
    """No answer came, or less than one."""


@dataclass
class Field:
    """Passes commands to a card. ``fails``: at which command (counted from 0) the field is dead, before it
    arrives (-1) or after so many bytes of the answer left."""

    card: CardEnd
    fails: dict[int, int] = field(default_factory=dict)
    answers: list[bytes] = field(default_factory=list)

    def pass_on(self, command: bytes) -> bytes:
        """One command and its answer, or :class:`Dead`; a cut answer may also arrive as it is."""
        at = len(self.answers)
        through = self.fails.get(at)
        if through == -1:
            self.answers.append(b"")
            raise Dead
        answer = self.card.hear(command)
        whole = self.card.answer() if answer is None else answer
        self.answers.append(whole)
        if through is not None and through < len(whole):
            if through >= 2:
                return whole[:through]
            raise Dead
        return whole


def enter(reader: ReaderEnd, air: Field) -> None:
    """Into the field: select, begin or go on; until it succeeds."""
    while True:
        air.card.power()
        try:
            answer = air.pass_on(SELECT)
            if len(answer) < 20 or answer[-2:] != b"\x90\x00":
                continue
            read_application(answer[:-2])
            begun = air.pass_on(reader.begin())
            if len(begun) == 4:
                assert reader.begun(begun)
                return
        except Dead:
            continue


def converse(
    reader: ReaderEnd,
    air: Field,
    from_reader: list[bytes],
    from_card: list[bytes],
) -> tuple[list[bytes], list[bytes]]:
    """Say all of it both ways; what came to the card, what came to the reader."""
    to_card: list[bytes] = []
    to_reader: list[bytes] = []
    enter(reader, air)
    for message in from_reader:
        reader.say(message)
    for message in from_card:
        air.card.say(message)
    for _ in range(ROUNDS_MOST):
        try:
            whole = reader.hear(air.pass_on(reader.command()))
        except Dead:
            whole = False
        to_card += drained(air.card)
        to_reader += drained(reader)
        if not whole:
            enter(reader, air)
        elif not (reader.is_saying or reader.is_hearing or air.card.is_saying):
            return to_card, to_reader
    raise AssertionError("no end")


def drained(end: CardEnd | ReaderEnd) -> Iterator[bytes]:
    """The whole messages that came."""
    while (message := end.message()) is not None:
        yield message


def pair(side: Side = Side.PAYEE) -> tuple[ReaderEnd, CardEnd]:
    """Both ends."""
    return ReaderEnd(TOKEN), CardEnd(side)
