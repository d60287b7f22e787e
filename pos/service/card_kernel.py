"""Drives the kernel: its steps go to the reader, to the people and to the acquirer, their answers back.

The kernel (``pos/core/emv``) decides everything between chip and terminal and owns nothing; here stand only
the carriers.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from pos.core.card_settings import CardSettings
from pos.core.card_tender import BALANCE, CASH_OUT, CHIP, PURCHASE, REFUND, CardPayment, CardSeen
from pos.core.emv.driving import World, drive
from pos.core.emv.outcome import Outcome, Reason, Verdict
from pos.core.emv.purchase import purchase
from pos.core.emv.steps import (
    Answered,
    AskPin,
    ChooseApplication,
    Chosen,
    GoOnline,
    PinEnciphered,
    PinReply,
    PinSkipped,
    PinTyped,
    Unanswered,
)
from pos.core.emv.terminal import Application, Sale, Terminal, TerminalType
from pos.ports import PinPad
from pos.service.card_values import CardHands, CardStep, PinCalledOff
from tender.card.pan import Pan
from tender.card.tags import Tag
from tender.card.values import Capabilities, TransactionType
from tender.errors import Code, Refusal
from tender.ports import CardReader

APPLICATIONS: Final = (
    Application(bytes.fromhex("A0000000031010"), bytes.fromhex("0096"), "Visa"),
    Application(bytes.fromhex("A0000000041010"), bytes.fromhex("0002"), "Mastercard"),
)
"""What a terminal of this country takes; the floor limit is zero, so no amount does without the issuer."""
_TYPES: Final = {
    PURCHASE: TransactionType.PURCHASE,
    CASH_OUT: TransactionType.CASH,
    REFUND: TransactionType.REFUND,
    BALANCE: TransactionType.BALANCE,
}
ATM_CAPABILITIES: Final = (
    Capabilities.CONTACT_CHIP
    | Capabilities.ONLINE_PIN
    | Capabilities.SDA
    | Capabilities.DDA
    | Capabilities.CDA
)
"""A cash machine has its PINs judged by the bank alone."""
GoAsk = Callable[[GoOnline], Answered | Unanswered]
"""Asks the acquirer; see ``pos/service/card_taking.py``."""


def terminal_of(settings: CardSettings, name: str, *, reads_stripes: bool = False) -> Terminal:
    """The kernel's view of this terminal; ``reads_stripes``: whether a stripe would do for this payment."""
    shop = Terminal(
        number=f"{settings.terminal:<8}",
        merchant=f"{settings.merchant:<15}",
        merchant_name=name,
        category=settings.category,
        applications=APPLICATIONS,
        ca_keys=settings.ca_keys,
        acquirer=settings.acquirer,
        reads_stripes=reads_stripes,
    )
    if not settings.cash_machine:
        return shop
    return replace(shop, kind=TerminalType.BANK_ATM, capabilities=ATM_CAPABILITIES)


def sale_of(payment: CardPayment, now: int, chance: bytes) -> Sale:
    """The transaction as the kernel is asked for it; ``chance``: 32 bytes never used before."""
    return Sale(payment.amount_tiyn, now, payment.number, chance, _TYPES[payment.kind])


def run(
    terminal: Terminal,
    sale: Sale,
    reader: CardReader,
    hands: CardHands,
    pad: PinPad,
    ask: GoAsk,
    called_off: Callable[[Refusal], None],
) -> Outcome:
    """The whole conversation with the card in the reader; ``called_off`` hears why it ended at the PIN."""

    def pin(step: AskPin) -> PinReply:
        try:
            return _pin(step, hands, pad)
        except PinCalledOff as error:
            called_off(error.refusal)
            return Chosen(None)

    def online(step: GoOnline) -> Answered | Unanswered:
        if terminal.is_atm and step.pin_block is None:
            # A cash machine sends a PIN with everything, whatever the card would do without (an inquiry is
            # no cash, so its list may ask for none).
            try:
                step = replace(step, pin_block=typed_block(hands, pad, step.pan))
            except PinCalledOff as error:
                called_off(error.refusal)
                return Unanswered(was_sent=False)
        hands.tell(CardStep.ONLINE)
        return ask(step)

    def choose(step: ChooseApplication) -> Chosen:
        return Chosen(hands.choose([one.label for one in step.candidates]))

    world = World(reader.transmit, online, pin, choose)
    return drive(purchase(terminal, sale), world)


def typed_block(hands: CardHands, pad: PinPad, pan: Pan) -> bytes | None:
    """The PIN for the issuer, whatever the card would do without; None when none is typed. Raises
    :class:`~pos.service.card_values.PinCalledOff`."""
    hands.tell(CardStep.PIN)
    pin = hands.ask_pin(None, False)
    return None if pin is None or pin.too_short else pad.block(pin, pan)


def _pin(step: AskPin, hands: CardHands, pad: PinPad) -> PinTyped | PinEnciphered | PinSkipped:
    hands.tell(CardStep.PIN)
    pin = hands.ask_pin(step.tries_left, step.was_wrong)
    hands.tell(CardStep.STAY)
    if pin is None or pin.too_short:
        return PinSkipped()
    return PinEnciphered(pad.block(pin, step.pan)) if step.online else PinTyped(pin)


# --- what is kept of it


def seen_online(step: GoOnline, aid: bytes = b"", label: str = "", entry: str = CHIP) -> CardSeen:
    """What of the card is known when the acquirer is asked."""
    return CardSeen(
        pan=str(step.pan),
        entry=entry,
        aid=aid or step.data.get(Tag.DF_NAME, b""),
        label=label,
        tvr=step.data.get(Tag.TVR, b""),
        cvm=step.data.get(Tag.CVM_RESULTS, b""),
        cryptogram=step.data.get(Tag.CRYPTOGRAM, b""),
    )


def seen_after(outcome: Outcome, before: CardSeen) -> CardSeen:
    """What stands on paper in the end; of a stripe there is no more than its number."""
    if before.by_stripe:
        return before
    return replace(
        before,
        pan=str(outcome.card.pan) if outcome.card is not None else before.pan,
        aid=outcome.aid or before.aid,
        label=outcome.label[:40],
        tvr=outcome.tvr.packed(),
        tsi=outcome.tsi.packed(),
        cvm=outcome.data.get(Tag.CVM_RESULTS, before.cvm),
        cryptogram=outcome.data.get(Tag.CRYPTOGRAM, before.cryptogram),
    )


def refusal_of_card(outcome: Outcome) -> Refusal:
    """Why the card, or the terminal, did not want it; the reason's name is a fact of the refusal."""
    if outcome.torn:
        return Refusal(Code.CARD_GONE, "card")
    other = outcome.verdict is Verdict.OTHER_INTERFACE or outcome.reason is Reason.NO_APPLICATION
    code = Code.CARD_TRY_OTHER if other else Code.CARD_SAID_NO
    return Refusal(code, "card", (("reason", outcome.reason.value),))
