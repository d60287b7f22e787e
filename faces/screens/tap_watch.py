"""A reader that is looked at: what goes over the air, told to the screen of a tap while it goes.

It passes everything on as it is. What lies in the field, and whether a card was asked to sign, it reads from
the commands; how long a tap is expected to take, says whoever knows the air and the chip.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from faces.screens.tap import TapHost
from faces.screens.tap_look import Found, Pulled, Refused, Stay, TapEnd, Torn, Waiting, Working
from tender.errors import Code, DeviceError, Refusal
from tender.ports import CardReader
from tender.purse import commands, tap

LOOK_UP_S: Final = 0.5
"""How often a wait looks whether somebody asked to leave."""
WAIT_S: Final = 60.0
"""How long a screen waits for a card; whoever wants to, leaves before."""
CARD: Final = "card"
PHONE: Final = "phone"
_APPLICATIONS: Final = {commands.AID: CARD, tap.AID: PHONE}
_WELL: Final = (0x90, 0x61)
"""First status bytes of what went well: done, and done with more to fetch."""
TORN: Final = frozenset({Code.CARD_GONE, Code.CARD_OUTCOME_UNKNOWN, Code.PEER_UNREACHABLE})
"""The field went dead in the middle: what was done, the other side knows."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What a tap is expected to take: bytes over the air, both ways, and seconds with all the chip does."""

    total_bytes: int
    expected_s: float


Expect = Callable[[str], Pace]
"""The pace of a tap with a ``card`` or a ``phone``."""


class WatchedReader:
    """A :class:`~tender.ports.CardReader` that tells ``host``. ``bound``: something may be signed."""

    def __init__(self, reader: CardReader, host: TapHost, expect: Expect | None = None) -> None:
        self._reader, self._host, self._expect = reader, host, expect
        self._what = ""
        self._done_bytes = 0
        self._pace = Pace(0, 0.0)
        self.bound = False

    @property
    def name(self) -> str:
        """The reader's."""
        return self._reader.name

    def connect(self, timeout_s: float) -> bytes:
        """As the reader; whoever leaves meanwhile makes it ``card-missing``."""
        self._host.tell(Waiting(self._reader.name))
        left_s = timeout_s
        while True:
            try:
                return self._reader.connect(min(LOOK_UP_S, left_s))
            except DeviceError as error:
                left_s -= LOOK_UP_S
                if error.code is not Code.CARD_MISSING or left_s <= 0 or self._host.stopped():
                    raise

    def transmit(self, command: bytes) -> bytes:
        """As the reader; what went over the air is told."""
        if command[:2] == bytes((commands.CLA_PURSE, commands.Ins.SIGN_LINKS)):
            self.bind()
        answer = self._reader.transmit(command)
        self._done_bytes += len(command) + len(answer)
        if command[1:2] == bytes((commands.Ins.SELECT,)) and answer[-2] in _WELL:
            self._found(_APPLICATIONS.get(command[5 : 5 + command[4]], ""))
        elif self._what:
            self._host.tell(Working(self._done_bytes, self._pace.total_bytes, self._pace.expected_s))
        return answer

    def disconnect(self) -> None:
        """As the reader."""
        self._reader.disconnect()

    def gone(self, timeout_s: float) -> bool:
        """As the reader."""
        return self._reader.gone(timeout_s)

    def bind(self) -> None:
        """From now on something may be signed."""
        if not self.bound:
            self.bound = True
            self._host.tell(Stay())

    def torn(self) -> None:
        """The field went dead, and whoever uses this reader waits for it again."""
        self._host.tell(Torn("maybe" if self.bound else "nothing"))

    def _found(self, what: str) -> None:
        if what and what != self._what:
            self._what = what
            self._pace = self._expect(what) if self._expect is not None else self._pace
            self._host.tell(Found(what))


def end_of(refusal: Refusal, *, bound: bool) -> TapEnd:
    """How a tap ended that was refused or torn, for whoever is to be paid."""
    if refusal.code in TORN:
        return Pulled("maybe" if bound else "nothing")
    return Refused(refusal)
