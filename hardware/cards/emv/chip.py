"""What all commands of a payment card work with: its memory, its applications, where the conversation stands.

RAM that lives between commands is in :class:`Session` and goes with the power or the next selection.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from hardware.cards.chip import Work
from hardware.cards.emv.cryptograms import Cryptography
from hardware.cards.emv.memory import (
    Amount,
    ApplicationMemory,
    ApplicationState,
    PaymentMemory,
    amount_bytes,
)
from tender.card.tags import Tag
from tender.card.values import Aip
from tender.ports import Entropy

NOT_NOW: Final = 0x6985
"""The conversation is not there yet, or past it."""
RECORD_NOT_FOUND: Final = 0x6A83
DATA_NOT_FOUND: Final = 0x6A88


class StatusError(Exception):
    """A command that is refused with these two bytes; it has changed nothing."""

    def __init__(self, sw: int) -> None:
        super().__init__(f"{sw:04X}")
        self.sw = sw


class Stage(IntEnum):
    """Where a transaction stands."""

    SELECTED = 0
    INITIATED = 1
    """GET PROCESSING OPTIONS was answered."""
    ASKED = 2
    """The first GENERATE AC was answered by an ARQC."""
    DONE = 3
    """The last cryptogram is given; only scripts follow."""


@dataclass(slots=True)
class PinGiven:
    """What of a PIN was offered in this transaction."""

    tried: bool = False
    good: bool = False
    enciphered: bool = False


@dataclass(slots=True)
class Session:
    """All that goes when the power goes."""

    directory: bool = False
    """The list of applications is selected, not one of them."""
    application: "Application | None" = None
    named: bytes = b""
    """The name that was selected by: a part of one may mean several applications."""
    stage: Stage = Stage.SELECTED
    told: dict[int, bytes] = field(default_factory=dict)
    """The terminal's data objects, as PDOL, CDOL1 and CDOL2 brought them."""
    asked_for: bytes = b""
    """Those lists' values in a row, as CDA signs them."""
    pin: PinGiven = field(default_factory=PinGiven)
    challenge: bytes = b""
    cryptogram: bytes = b""
    """The first of this transaction: scripts and the issuer's answer are bound to it."""
    number: bytes = bytes(4)
    """The unpredictable number it was made with."""
    dynamic: bytes = b""
    """ICC Dynamic Number of this transaction."""
    dda: bool = False
    combined_first: bool = False
    combined_second: bool = False
    proved: bytes | None = None
    """What the issuer said behind its cryptogram, once that was found right."""
    proof_wrong: bool = False
    scripts: int = 0
    """Script commands of this transaction."""
    script_wrong: bool = False


class Application:
    """One application: what it was personalised with, its counters, its keys."""

    def __init__(self, memory: ApplicationMemory) -> None:
        self.memory: Final = memory
        self.personal: Final = memory.personal
        self.given: Final = memory.personal.data
        self.interchange: Final = Aip.read(self.given[Tag.AIP])
        self.keys: Final = Cryptography(self.personal.cryptogram_version, self.personal.keys)

    @property
    def state(self) -> ApplicationState:
        """Its counters and flags."""
        return self.memory.state.now

    def change(self, **changes: int) -> None:
        """Other counters or flags, at the commit."""
        self.memory.state.change(**changes)

    @property
    def atc(self) -> bytes:
        """Application Transaction Counter, tag 9F36."""
        return self.state.atc.to_bytes(2, "big")

    @property
    def data(self) -> dict[int, bytes]:
        """Its data objects as they stand now: scripts change some."""
        now = {
            Tag.OFFLINE_LOWER: bytes((self.state.lower_count,)),
            Tag.OFFLINE_UPPER: bytes((self.state.upper_count,)),
            Amount.LOWER: amount_bytes(self.state.lower_tiyn),
            Amount.UPPER: amount_bytes(self.state.upper_tiyn),
        }
        return self.given | {tag: value for tag, value in now.items() if tag in self.given}


class PaymentChip:
    """The card's memory, chance and conversation."""

    def __init__(self, image: bytearray, entropy: Entropy) -> None:
        self.memory: Final = PaymentMemory(image)
        self.applications: Final = tuple(Application(one) for one in self.memory.applications)
        self.entropy: Final = entropy
        self.session = Session()
        self.work: Final = Work()

    @property
    def application(self) -> Application:
        """The selected one; ``6985`` while there is none."""
        if self.session.application is None:
            raise StatusError(NOT_NOW)
        return self.session.application

    def want(self, *stages: Stage) -> Application:
        """The selected application, at one of these stages; ``6985``."""
        application = self.application
        if self.session.stage not in stages:
            raise StatusError(NOT_NOW)
        return application

    @property
    def pins_exceeded(self) -> bool:
        """Whether there is a PIN and no try left for it."""
        card = self.memory.card.now
        return card.has_pin and not card.pin_tries
