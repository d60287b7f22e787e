"""The people at a terminal that is worked by commands: cashier and customer, by keyboard or out of a file."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from device.cli.late_word import LateWord
from device.cli.opening import the_pin
from pos.cli.opening import aside
from pos.core.card_pin import PIN_CODES
from tender.errors import Code, DeviceError, Refusal

if TYPE_CHECKING:
    from device.cli.speaking import Voice
    from pos.service.card_values import CardStep
    from pos.service.till import Till
    from tender.crypto.sealing import Pin
    from tender.ports import CardReader

Where = Annotated[
    str,
    typer.Option("--card", help="A payment card, in this reader: `file:CARD`, or a part of a reader's name."),
]
WaitFor = Annotated[int, typer.Option("--card-wait-s", help="How many seconds to wait for the card.")]
CardPin = Annotated[
    Path | None, typer.Option("--card-pin-file", help="A file with the customer's PIN; typed if left out.")
]
PinAgain = Annotated[
    bool,
    typer.Option(
        "--card-pin-again", help="Offer the file's PIN though the card refused it, or on the last try."
    ),
]
Swiped = Annotated[
    bool,
    typer.Option("--swipe", help="Pull the card through the slot for stripes; one with a chip is refused."),
]
Application = Annotated[
    int, typer.Option("--application", min=0, help="Which of several applications on the card: 1, 2 …")
]


@dataclass(frozen=True, slots=True)
class AtCard:
    """Which payment card, for how long it is waited for, and where the customer's answers come from."""

    card: Where = ""
    card_wait_s: WaitFor = 30
    card_pin_file: CardPin = None
    card_pin_again: PinAgain = False
    application: Application = 0
    swipe: Swiped = False


class Keyboard:
    """:class:`pos.service.card_values.CardHands` at a keyboard: the cashier's and the customer's.

    ``tries_left``: what the card said of its PIN last, None where it said nothing."""

    def __init__(self, voice: "Voice", till: "Till", at: AtCard) -> None:
        self._voice, self._till, self._at = voice, till, at
        self._word = LateWord(voice)
        self._mark = b"" if at.card_pin_file is None else mark_of(at.card, at.card_pin_file)
        self._offered = False
        self._judged = False
        """Whether the card itself looked at the PIN of the file."""
        self.tries_left: int | None = None
        if self._mark and not at.card_pin_again and till.terminal.pin_was_refused(self._mark):
            voice.refuse(Refusal(Code.PIN_NOT_OFFERED, "pin"))

    def tell(self, step: "CardStep") -> None:
        """A line on standard error; another one while nobody inserts a card."""
        from faces.language import label
        from pos.service.card_values import CardStep

        self._word.never()
        aside(self._voice, f"cardpay.{step.value}")
        if step is CardStep.INSERT:
            self._word.soon(label("cardpay.not-there", where=self._at.card, seconds=self._at.card_wait_s))

    def waits_no_more(self) -> None:
        """Nobody waits for a card."""
        self._word.never()

    def ask_pin(self, tries_left: int | None, was_wrong: bool) -> "Pin | None":
        """From a file, or typed without showing; None where nobody can type."""
        if self._at.card_pin_file is not None:
            return self._out_of_file(self._at.card_pin_file, tries_left, was_wrong)
        self.tries_left = self.tries_left if tries_left is None else tries_left
        if was_wrong:
            aside(self._voice, "cardpay.pin-wrong")
        if tries_left is not None:
            aside(self._voice, "cardpay.tries", count=tries_left)
        from device.cli.card_pin import holders_pin

        try:
            return holders_pin()
        except DeviceError as error:
            if error.code is not Code.CARD_PIN_NEEDED:
                raise
            return None

    def _out_of_file(self, file: Path, tries_left: int | None, was_wrong: bool) -> "Pin":
        """Offered once, and never as the last try unasked: each try is counted. When the card says no to it,
        the payment ends there, for a signature is no answer to a wrong PIN."""
        from pos.service.card_values import PinCalledOff

        self.tries_left = tries_left
        known = {} if tries_left is None else {"left": tries_left}
        if was_wrong or self._judged:
            self._till.terminal.remember_pin(self._mark, True)
            raise PinCalledOff(Code.PIN_WRONG, "pin", **known)
        if tries_left == 1 and not self._at.card_pin_again:
            raise PinCalledOff(Code.PIN_NOT_OFFERED, "pin", **known)
        self._offered, self._judged = True, tries_left is not None
        return the_pin(file)

    def choose(self, names: Sequence[str]) -> int | None:
        """The one that was named, else the card's first."""
        return max(0, self._at.application - 1) if self._at.application <= len(names) else None

    def ended(self, refusal: Refusal | None) -> None:
        """The conversation is over: whether the PIN of the file was the right one is known now."""
        if self._offered:
            wrong = refusal is not None and refusal.code in PIN_CODES
            self._till.terminal.remember_pin(self._mark, wrong)


def mark_of(card: str, file: Path) -> bytes:
    """What tells one file of a PIN from another, for one card: nothing of what is in it."""
    path = file.expanduser().resolve()
    try:
        known = path.stat()
        told = f"{known.st_mtime_ns} {known.st_size}" if path.is_file() else ""
    except OSError:
        told = ""
    return sha256(f"{card}\n{path}\n{told}".encode()).digest()


@contextmanager
def reader_at(where: str, hands: Keyboard) -> "Iterator[CardReader]":
    """The reader of this word, let go of in the end; from then on nobody is told to wait for a card."""
    from hardware.readers import open_reader

    reader = open_reader(where)
    try:
        yield reader
    finally:
        hands.waits_no_more()
        reader.disconnect()
