"""The memory of a payment chip: what it was personalised with, and the little that changes.

One block for the card (:class:`CardState`: the PIN and the life of the whole), one for each application
(:class:`ApplicationState`: counters and flags, the log). All that changes goes through the journal of
:mod:`hardware.cards.eeprom`: torn anywhere, either all of a command counts or nothing of it. The application
transaction counter alone is written at once, before anything is computed with it: it never serves twice.

Beside the chip's own lies what is not in the chip at all, but on the same plastic: the magnetic stripe.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from hardware.cards.eeprom import JOURNAL_BYTES, Eeprom, Memory
from tender.card.personalisation import PERSONALISATION, Personalisation
from tender.card.tags import Tag
from tender.crypto.sealing import Pin
from tender.errors import Code, LocalProtocolError
from tender.purse.layout import RAW, Layout

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")

APPLICATIONS_MOST: Final = 4
LOG_MOST: Final = 10
LOG_FORMAT: Final = bytes.fromhex("9F27019F02065F2A029A039C019F3602")
"""What one line of the log holds: tag 9F4F."""
LOG_BYTES: Final = 15
LOG_FILE: Final = 11
_PERSONAL_MOST: Final = 6 * 1024
_LENGTH_BYTES: Final = 2
_NO_PIN: Final = bytes(8)
CARD_BLOCKED, CHIP_BROKEN = 1, 2
"""What may have become of the whole card: its issuer has blocked it; its chip says nothing sensible."""


@dataclass(frozen=True, slots=True, repr=False)
class CardState:
    """What the applications of a card have in common."""

    applications: int = 0
    blocked: int = 0
    """:data:`CARD_BLOCKED`: nothing is selected any more; :data:`CHIP_BROKEN`: nothing is answered."""
    pin: bytes = _NO_PIN
    """As a PIN block of format 2, or zeros for none."""
    pin_limit: int = 0
    pin_tries: int = 0

    @property
    def has_pin(self) -> bool:
        """Whether there is a PIN to be verified here."""
        return self.pin != _NO_PIN

    def __repr__(self) -> str:
        return f"CardState(pin_tries={self.pin_tries}, secrets hidden)"


CARD_STATE: Final = Layout(
    CardState, ("applications", 1), ("blocked", 1), ("pin", RAW, 8), ("pin_limit", 1), ("pin_tries", 1)
)


@dataclass(frozen=True, slots=True)
class ApplicationState:
    """What changes in one application."""

    atc: int = 0
    last_online_atc: int = 0
    blocked: int = 0
    online_pending: int = 0
    """1 from an ARQC until the transaction came to its second cryptogram."""
    authentication_failed: int = 0
    authentication_missing: int = 0
    go_online: int = 0
    scripts: int = 0
    script_failed: int = 0
    offline_count: int = 0
    offline_tiyn: int = 0
    lower_count: int = 0
    upper_count: int = 0
    lower_tiyn: int = 0
    upper_tiyn: int = 0
    log_next: int = 0


APPLICATION_STATE: Final = Layout(
    ApplicationState,
    ("atc", 2),
    ("last_online_atc", 2),
    ("blocked", 1),
    ("online_pending", 1),
    ("authentication_failed", 1),
    ("authentication_missing", 1),
    ("go_online", 1),
    ("scripts", 1),
    ("script_failed", 1),
    ("offline_count", 1),
    ("offline_tiyn", 6),
    ("lower_count", 1),
    ("upper_count", 1),
    ("lower_tiyn", 6),
    ("upper_tiyn", 6),
    ("log_next", 1),
)

_CARD_AT: Final = JOURNAL_BYTES
_STRIPE_AT: Final = _CARD_AT + 40
_STRIPE_MOST: Final = 20
"""Bytes of track 2 as tag 57 has it (at most 37 characters); their number stands before them."""
_FIRST_AT: Final = _CARD_AT + 64
_LOG_OFFSET: Final = 64
_PERSONAL_OFFSET: Final = _LOG_OFFSET + LOG_MOST * LOG_BYTES
_BLOCK_BYTES: Final = _PERSONAL_OFFSET + _LENGTH_BYTES + _PERSONAL_MOST
IMAGE_BYTES: Final = _FIRST_AT + APPLICATIONS_MOST * _BLOCK_BYTES


class Kept(Generic[T]):
    """One record of the memory: read when power comes, changed through the journal."""

    def __init__(self, memory: Memory, at: int, layout: Layout[T]) -> None:
        self._memory = memory
        self._at = at
        self._layout = layout
        self.now = self._read()

    def _read(self) -> T:
        return self._layout.decode(self._memory.eeprom.read(self._at, self._layout.length), "chip")

    def change(self, **changes: int | bytes) -> None:
        """Other values, at the next commit."""
        self.now = replace(self.now, **changes)
        self._memory.set(self._at, self._layout.encode(self.now))

    def again(self) -> None:
        """As the memory has it: what was not committed is forgotten."""
        self.now = self._read()


class ApplicationMemory:
    """One application's block."""

    def __init__(self, memory: Memory, at: int) -> None:
        self._memory = memory
        self._at = at
        self.state: Final = Kept(memory, at, APPLICATION_STATE)
        length = int.from_bytes(memory.eeprom.read(at + _PERSONAL_OFFSET, _LENGTH_BYTES), "big")
        blob = memory.eeprom.read(at + _PERSONAL_OFFSET + _LENGTH_BYTES, length)
        self.personal: Final[Personalisation] = PERSONALISATION.decode(blob, "chip.application")

    def log(self, line: bytes) -> None:
        """One transaction more, over the oldest, at the next commit."""
        slot = self.state.now.log_next % LOG_MOST
        self._memory.set(self._at + _LOG_OFFSET + slot * LOG_BYTES, line)
        self.state.change(log_next=slot + 1)

    def log_line(self, number: int) -> bytes:
        """The newest is number 1; empty when there are not that many."""
        slot = (self.state.now.log_next - number) % LOG_MOST
        line = self._memory.eeprom.read(self._at + _LOG_OFFSET + slot * LOG_BYTES, LOG_BYTES)
        return line if number <= LOG_MOST and any(line) else b""


class PaymentMemory:
    """All of it."""

    def __init__(self, image: bytearray) -> None:
        self.eeprom: Final = Eeprom(image)
        self.memory: Final = Memory(self.eeprom)
        self.card: Final = Kept(self.memory, _CARD_AT, CARD_STATE)
        self.applications: Final = tuple(
            ApplicationMemory(self.memory, _FIRST_AT + number * _BLOCK_BYTES)
            for number in range(self.card.now.applications)
        )

    @property
    def stripe(self) -> bytes:
        """Track 2 of the magnetic stripe, in the form of tag 57; empty for a card without one."""
        (length,) = self.eeprom.read(_STRIPE_AT, 1)
        return self.eeprom.read(_STRIPE_AT + 1, min(length, _STRIPE_MOST))

    def recover(self) -> None:
        """When power comes: a torn command is finished or forgotten."""
        self.memory.recover()
        self._again()

    def forget(self) -> None:
        """A refused command: nothing it would have changed is changed."""
        self.memory.forget()
        self._again()

    def _again(self) -> None:
        self.card.again()
        for one in self.applications:
            one.state.again()


def new_image(applications: Sequence[Personalisation], stripe: bytes = b"") -> bytearray:
    """The memory of a card that was personalised with these, the first one's PIN for all; ``stripe``: track 2
    of its magnetic stripe. ``LocalProtocolError field-wrong`` for what has no room."""
    if not 1 <= len(applications) <= APPLICATIONS_MOST:
        raise LocalProtocolError(Code.FIELD_WRONG, "applications")
    if len(stripe) > _STRIPE_MOST:
        raise LocalProtocolError(Code.FIELD_WRONG, "stripe")
    first, image = applications[0], bytearray(IMAGE_BYTES)

    def put(at: int, data: bytes) -> None:
        image[at : at + len(data)] = data

    pin = Pin(first.pin).block() if first.pin else _NO_PIN
    state = CardState(len(applications), 0, pin, first.pin_tries, first.pin_tries)
    put(_CARD_AT, CARD_STATE.encode(state))
    put(_STRIPE_AT, bytes((len(stripe),)) + stripe)
    for number, one in enumerate(applications):
        at, data = _FIRST_AT + number * _BLOCK_BYTES, one.data
        limits = ApplicationState(
            lower_count=int.from_bytes(data.get(Tag.OFFLINE_LOWER, b"\x00"), "big"),
            upper_count=int.from_bytes(data.get(Tag.OFFLINE_UPPER, b"\x00"), "big"),
            lower_tiyn=amount_of(data.get(Amount.LOWER, b"")),
            upper_tiyn=amount_of(data.get(Amount.UPPER, b"")),
        )
        blob = PERSONALISATION.encode(one)
        if len(blob) > _PERSONAL_MOST:
            raise LocalProtocolError(Code.FIELD_WRONG, f"applications[{number}]")
        put(at, APPLICATION_STATE.encode(limits))
        put(at + _PERSONAL_OFFSET, len(blob).to_bytes(_LENGTH_BYTES, "big") + blob)
    return image


class Amount:
    """Tags of the chip's own limits of money spent offline: never read by a terminal, changed by scripts."""

    LOWER: Final = 0x9F54
    UPPER: Final = 0x9F5C


def amount_of(value: bytes) -> int:
    """An amount of twelve digits (format n 12) in tiyn; 0 for what is none."""
    text = value.hex()
    return int(text) if text.isdecimal() else 0


def amount_bytes(tiyn: int) -> bytes:
    """The same the other way."""
    return bytes.fromhex(f"{tiyn:012}")
