"""A payment card at the reader: the people at the terminal, by keyboard; what is said of each payment."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from device.cli.opening import the_pin
from pos.cli.opening import aside, say
from tender.errors import Code, DeviceError, Refusal

if TYPE_CHECKING:
    from device.cli.speaking import Voice
    from pos.service.card_values import CardStep, CardTold
    from pos.service.till import Till
    from pos.service.values import CardPayment, Sale
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
Application = Annotated[
    int, typer.Option("--application", min=0, help="Which of several applications on the card: 1, 2 …")
]


@dataclass(frozen=True, slots=True)
class AtCard:
    """Which payment card, for how long it is waited for, and where the customer's answers come from."""

    card: Where = ""
    card_wait_s: WaitFor = 30
    card_pin_file: CardPin = None
    application: Application = 0


class Keyboard:
    """:class:`pos.service.card_values.CardHands` at a keyboard: the cashier's and the customer's."""

    def __init__(self, voice: "Voice", at: AtCard) -> None:
        self._voice, self._at = voice, at

    def tell(self, step: "CardStep") -> None:
        """A line on standard error."""
        aside(self._voice, f"cardpay.{step.value}")

    def ask_pin(self, tries_left: int | None, was_wrong: bool) -> "Pin | None":
        """From a file, or typed without showing; None where nobody can type. A file's PIN that was wrong is
        not offered again: each try is counted."""
        if was_wrong:
            aside(self._voice, "cardpay.pin-wrong")
        if tries_left is not None and (was_wrong or self._at.card_pin_file is None):
            aside(self._voice, "cardpay.tries", count=tries_left)
        if self._at.card_pin_file is not None:
            return None if was_wrong else the_pin(self._at.card_pin_file)
        from device.cli.card_pin import holders_pin

        try:
            return holders_pin()
        except DeviceError as error:
            if error.code is not Code.CARD_PIN_NEEDED:
                raise
            return None

    def choose(self, names: Sequence[str]) -> int | None:
        """The one that was named, else the card's first."""
        return max(0, self._at.application - 1) if self._at.application <= len(names) else None


@contextmanager
def reader_at(where: str) -> "Iterator[CardReader]":
    """The reader of this word, let go of in the end."""
    from hardware.readers import open_reader

    reader = open_reader(where)
    try:
        yield reader
    finally:
        reader.disconnect()


def take_card(voice: "Voice", till: "Till", at: AtCard, part_tiyn: int | None = None) -> None:
    """The card pays what is due; when it does not, the sale waits for another way to pay."""
    from device.cli.options import Outlet
    from pos.cli.paying import show_taken
    from pos.service.card_values import CardTold
    from pos.service.values import CARD, Taken

    voice.need(till.begin_payment(CARD, part_tiyn))
    paid = False
    try:
        with reader_at(at.card) as reader:
            told = till.cards.taking.pay(reader, Keyboard(voice, at), timeout_s=at.card_wait_s)
        paid = isinstance(told, Taken) or (isinstance(told, CardTold) and told.taken is not None)
    finally:
        if not paid:
            _stays(
                voice, till.cancel_payment()
            )  # the basket stays, and cash or another card can be chosen (DT-Q-14)
    if isinstance(told, Refusal):
        voice.refuse(told)
    if isinstance(told, Taken):  # the purse on the card
        say(voice, "pos.tapped", amount_tiyn=told.amount_tiyn)
        show_taken(voice, till, replace(told, messages=()), Outlet())
        return
    if told.taken is None:
        refuse(voice, told)
    show_approved(voice, told)
    show_taken(voice, till, told.taken, Outlet(), card=payment_json(told.payment))


def _stays(voice: "Voice", left: "Sale | Refusal") -> None:
    """What becomes of a sale that no card has paid."""
    if not isinstance(left, Refusal):
        aside(voice, "cardpay.sale-stays", due_tiyn=left.due_tiyn)


def give_by_card(voice: "Voice", till: "Till", receipt: str, amount_tiyn: int | None, at: AtCard) -> None:
    """Money goes back onto the card that paid."""
    from pos.cli.reporting import receipt_json

    with reader_at(at.card) as reader:
        given = till.cards.giving.refund(
            receipt, amount_tiyn, reader, Keyboard(voice, at), timeout_s=at.card_wait_s
        )
    done = voice.need(given)
    if done.receipt is None:
        refuse(voice, done.told)
    say(voice, "pos.gave-back", amount_tiyn=done.receipt.total_tiyn, receipt=done.receipt.name)
    voice.tell(receipts=[receipt_json(done.receipt)], card=payment_json(done.told.payment), waiting_tiyn=0)


def show_approved(voice: "Voice", told: "CardTold") -> None:
    """A yes, as the customer hears it."""
    payment = told.payment
    key = "cardpay.approved-dt" if payment.in_dt else "cardpay.approved"
    say(voice, key, amount_tiyn=payment.amount_tiyn, pan=payment.seen.pan, approval=payment.approval)


def refuse(voice: "Voice", told: "CardTold") -> NoReturn:
    """A no, and whether a reversal waits; ends the command."""
    if told.reversal_waits:
        aside(voice, "cardpay.reversal-waits")
    assert told.refusal is not None
    voice.refuse(told.refusal, given={"card": payment_json(told.payment)})


def payment_json(payment: "CardPayment") -> dict[str, Any]:
    """A card payment for programs; nothing of it is secret."""
    seen = payment.seen
    return {
        "number": payment.number,
        "kind": payment.kind,
        "phase": payment.phase.value,
        "amount_tiyn": payment.amount_tiyn,
        "pan": seen.pan,
        "aid": seen.aid.hex().upper(),
        "label": seen.label,
        "rrn": payment.rrn,
        "approval": payment.approval,
        "response": payment.response,
        "life_cycle": payment.life,
        "in_dt": payment.in_dt,
        "tvr": seen.tvr.hex().upper(),
        "tsi": seen.tsi.hex().upper(),
        "reversal": payment.reason,
        "batch": payment.batch,
    }
