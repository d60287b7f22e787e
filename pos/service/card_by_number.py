"""A card pays by what is printed on it: number, expiry, code, typed on a shop's page (DT-C-11).

The same order of things as with a chip: a number is stored before anything is said, the request before it is
sent, the approval before it counts; whatever ends in between is taken back (``pos/core/card_tender.py``). The
printed code is in no row, ever; the number only in the sealed request of a payment that may have to be taken
back, and gone with the answer.

The customer may take minutes to confirm in the wallet, so the waiting is apart from the rows: :meth:`prepare`
and :meth:`finish` belong to the till's thread, :meth:`Prepared.ask` to any other.
"""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from pos.core.card_messages import Heard, Shop, answers, heard, packed, request
from pos.core.card_tender import (
    NO_ANSWER,
    PURCHASE,
    Approve,
    Ask,
    CardPayment,
    CardPhase,
    CardSeen,
    Refuse,
)
from pos.core.emv.steps import GoOnline
from pos.service.card_desk import CardDesk
from pos.service.card_values import CardTold
from tender.card.iso8583.dialects import VISA_STYLE
from tender.card.pan import Pan
from tender.card.response_codes import refusal_of
from tender.errors import Code, LinkError, Refusal, RemoteProtocolError

if TYPE_CHECKING:
    from pos.ports import AcquirerLine
    from tender.card.iso8583.message import Message

E_COMMERCE_ENTRY: Final = "812"
"""DE 22: typed by the customer on a page; no PIN can be typed there."""
E_COMMERCE_CONDITION: Final = "59"
"""DE 25: an electronic shop."""
CONFIRM_S: Final = 120
"""How long customers have to confirm, unless the switch was started otherwise."""
_EXPIRY_DIGITS: Final = 4
_CODE_DIGITS: Final = 3


@dataclass(frozen=True, slots=True)
class PrintedCard:
    """What the customer typed. ``expiry``: YYMM; ``code``: the three digits on the back."""

    pan: Pan
    expiry: str
    code: str = field(repr=False)


def printed_card(number: str, expiry: str, code: str) -> PrintedCard | Refusal:
    """Read what was typed, spaces and all; ``expiry`` as on the card: month, then year."""
    digits = "".join(number.split())
    month_year = expiry.strip().replace("/", "").replace(" ", "")
    wrong = Refusal(Code.CARD_MISTYPED, "card.number")
    if not (digits.isascii() and digits.isdecimal() and 12 <= len(digits) <= 19):
        return wrong
    pan = Pan(digits)
    if not pan.luhn_holds:
        return wrong
    if not _digits(month_year, _EXPIRY_DIGITS) or not 1 <= int(month_year[:2]) <= 12:
        return Refusal(Code.CARD_MISTYPED, "card.expiry")
    if not _digits(code.strip(), _CODE_DIGITS):
        return Refusal(Code.CARD_MISTYPED, "card.code")
    return PrintedCard(pan, month_year[2:] + month_year[:2], code.strip())


def _digits(text: str, count: int) -> bool:
    return len(text) == count and text.isascii() and text.isdecimal()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A payment that is stored and not sent: what to ask, over which line, for how long."""

    payment: CardPayment
    message: "Message" = field(repr=False)
    line: "AcquirerLine"
    timeout_s: float

    def ask(self) -> Heard | Refusal | None:
        """Ask and wait; None: no answer that says anything. A refusal: certainly nothing was sent."""
        try:
            answer = self.line.ask(self.message, self.timeout_s)
            return (
                heard(answer, self.message) if answer is not None and answers(answer, self.message) else None
            )
        except LinkError as error:
            return error.refusal
        except RemoteProtocolError:
            return None
        finally:
            self.line.close()


class CardByNumber:
    """Use cases of a shop without a reader, over the rows of its terminal."""

    def __init__(self, desk: CardDesk, shop: Shop, confirm_s: int = CONFIRM_S) -> None:
        self._desk = desk
        self._shop = shop
        self._confirm_s = confirm_s

    def paid(self, reference: str) -> CardPayment | None:
        """What paid this order, or may yet."""
        stands = (CardPhase.ASKED, CardPhase.APPROVED)
        found = [one for one in self._desk.payments() if one.reference == reference and one.phase in stands]
        return found[-1] if found else None

    def prepare(self, card: PrintedCard, amount_tiyn: int, reference: str) -> Prepared | Refusal:
        """Store the payment of an order. An order is paid once: while one payment of it is asked about, or
        approved, another is refused (``request-closed``)."""
        settings = self._desk.need_settings()
        if isinstance(settings, Refusal):
            return settings
        if self.paid(reference) is not None:
            return Refusal(Code.REQUEST_CLOSED, "reference")
        # What was approved and is not wanted goes before anything new does, and so does a batch's closing:
        # what was bought after it would be counted into it.
        if self._desk.say_reversals() or not self._desk.say_closing():
            return Refusal(Code.ACQUIRER_UNREACHABLE, "card.reversals")
        payment = self._desk.begin(PURCHASE, amount_tiyn, reference)
        if isinstance(payment, Refusal):
            return payment
        typed = GoOnline({}, None, card.pan, card.expiry, None, b"")
        now = self._desk.desk.now()
        plain = request(payment, settings, self._shop, typed, now)
        message = plain.having({22: E_COMMERCE_ENTRY, 25: E_COMMERCE_CONDITION})
        seen = CardSeen(pan=str(card.pan), entry=E_COMMERCE_ENTRY[:2])
        asked = self._desk.step(payment, Ask(packed(message), message.rrn, seen, now))
        line = self._desk.parts.acquirer(settings)
        with_code = VISA_STYLE.with_cvv2(message, card.code)
        return Prepared(asked, with_code, line, self._desk.answer_s + self._confirm_s)

    def finish(self, prepared: Prepared, told: Heard | Refusal | None) -> CardTold:
        """Store what came of it; what may stand and must not is taken back."""
        with self._desk.deciding(prepared.payment):
            return self._finished(prepared.payment, told)

    def _finished(self, payment: CardPayment, told: Heard | Refusal | None) -> CardTold:
        if isinstance(told, Refusal):
            return CardTold(self._desk.step(payment, Refuse()), refusal=told)
        if told is None:
            after = self._desk.doubt(payment, NO_ANSWER)
            return CardTold(after, refusal=Refusal(Code.ACQUIRER_SILENT, "card"))
        if not told.approved:
            after = self._desk.step(payment, Refuse(told.code))
            return CardTold(after, refusal=refusal_of(told.code))
        approved = self._desk.stepped(
            payment, Approve(told.code, told.approval, told.life, payment.seen, told.in_dt)
        )
        kept = replace(approved, request=b"")  # it is never taken back from here: the number goes
        self._desk.put(kept)
        return CardTold(kept)

    def say_due(self) -> int:
        """Say reversals whose time has come; how many are left."""
        return self._desk.say_due()
