"""Two wallets as phones: each end of a tap in a thread of its own, over fields that fail where told."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from device.ports import Door
from device.service.money import Requested, Told
from device.service.tap import Stage, Taps
from device.service.wallet import Wallet
from hardware.entropy import SeededEntropy
from hardware.field import Field, InProcessReader
from hardware.nfc import ReaderDoor, TapCard
from tender.errors import Code, DeviceError, Refusal, TenderError
from tender.ports import Card
from tender.purse.tap import Side
from tests.wallet.village import good

WAIT_S = 30.0
SHORT_S = 0.05
"""For a phone that is really gone: so long, and not as long as a person may take."""
GONE_S = 0.2
"""How long a field may be dead in a conversation, where the phone will not be held there again."""


@dataclass
class Torn:
    """A phone whose field is dead at one command: ``before`` it arrives, or after ``through`` bytes of its
    answer. ``gone``: it stays away; else it is held there again."""

    card: Card
    at: int = -1
    through: int = -1
    gone: bool = False
    held_at: Field | None = None
    answers: list[bytes] = field(default_factory=list)

    @property
    def atr(self) -> bytes:
        return self.card.atr

    def power(self, on: bool) -> None:
        self.card.power(on)

    def transmit(self, command: bytes) -> bytes:
        at = len(self.answers)
        if at == self.at and self.through < 0:
            self.answers.append(b"")
            raise self._off()
        answer = self.card.transmit(command)
        self.answers.append(answer)
        if at == self.at and self.through < len(answer):
            if self.through < 2 or self.gone:
                raise self._off()
            return answer[: self.through]  # as a real daemon hands a cut answer on
        return answer

    def _off(self) -> DeviceError:
        if not self.gone:
            threading.Thread(target=self._hold_again, daemon=True).start()
        return DeviceError(Code.CARD_GONE, "card")

    def _hold_again(self) -> None:
        assert self.held_at is not None
        while True:
            try:
                self.held_at.insert(self)
                return
            except DeviceError:
                time.sleep(0.001)  # the reader has not noticed yet that it went


@dataclass
class Party(threading.Thread):
    """One side of a payment, in a thread: what came of it, and the stages it went through."""

    act: Callable[["Party"], Told | Refusal]
    stages: list[Stage] = field(default_factory=list)
    outcome: Told | Refusal | None = None
    error: TenderError | None = None

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self.start()

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        try:
            self.outcome = self.act(self)
        except TenderError as error:
            self.error = error

    def end(self) -> str:
        """The status it ended with, or the code of why not."""
        self.join(WAIT_S)
        if self.error is not None:
            return self.error.code.value
        assert self.outcome is not None, "it never ended"
        return self.outcome.code.value if isinstance(self.outcome, Refusal) else self.outcome.status


def payee(wallet: Wallet, door: Door, asked: Requested, wait_s: float = WAIT_S) -> Party:
    """Waits to be paid."""
    return Party(lambda me: Taps(wallet.desk, wallet.money, me.stages.append).take_at(door, asked, wait_s))


def payer(wallet: Wallet, door: Door, wait_s: float = WAIT_S, *, says: bool = True) -> Party:
    """Pays whoever asks."""
    return Party(
        lambda me: Taps(wallet.desk, wallet.money, me.stages.append).pay_at(door, lambda _: says, wait_s)
    )


@dataclass
class Meeting:
    """A phone that answers as a card in the field of another device's reader. ``payee_polls``: the till's
    way; else the payer's device is the reader. ``grace_s``: how long the field may be dead."""

    payee_polls: bool
    grace_s: float = WAIT_S
    torn: Torn = field(init=False)

    def __post_init__(self) -> None:
        polls, answers = (Side.PAYEE, Side.PAYER) if self.payee_polls else (Side.PAYER, Side.PAYEE)
        self.phone = TapCard(answers, grace_s=self.grace_s)
        self.torn = Torn(self.phone)
        self.torn.held_at = Field("here", self.torn)
        here = InProcessReader(self.torn.held_at)
        self.reader = ReaderDoor(here, polls, SeededEntropy("tap"), grace_s=self.grace_s)

    def ends(self) -> tuple[Door, Door]:
        """The payee's door, the payer's door."""
        return (self.reader, self.phone) if self.payee_polls else (self.phone, self.reader)


def tap(
    paying: Wallet, paid: Wallet, amount_tiyn: int, meeting: Meeting, wait_s: float = WAIT_S
) -> tuple[Party, Party]:
    """A whole payment; both parties, ended."""
    asked = good(paid.money.request(amount_tiyn))
    till, phone = meeting.ends()
    takes = payee(paid, till, asked, wait_s)
    pays = payer(paying, phone, wait_s)
    pays.end()
    takes.end()
    return pays, takes
