"""A card pays, or is paid back, at this terminal: the kernel talks to the chip, the line to the acquirer.

The order of things guards the money. A number is stored before the chip is asked; the request before it is
sent; approval and receipt in one commit, after the card has had its last word. Whatever ends in between is
taken back (``pos/core/card_tender.py``).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from device.service.guest import Guest
from pos.core.card_messages import Heard, Shop, heard, packed, request
from pos.core.card_pin import pin_ended
from pos.core.card_settings import CardSettings
from pos.core.card_tender import (
    CARD_SAID_NO,
    CHIP,
    IN_DT,
    NO_ANSWER,
    NOT_COUNTED,
    PULLED,
    PURCHASE,
    Approve,
    Ask,
    CardPayment,
    CardPhase,
    CardSeen,
    Refuse,
)
from pos.core.emv.fallback import silent
from pos.core.emv.outcome import Outcome, Verdict
from pos.core.emv.steps import Answered, GoOnline, Unanswered
from pos.core.model import CITY_DEFAULT, Asked, Paid
from pos.core.sale import Withdraw
from pos.core.tenders import CARD, DT_OFFLINE
from pos.service.card_desk import CardDesk
from pos.service.card_kernel import refusal_of_card, run, sale_of, seen_after, seen_online, terminal_of
from pos.service.card_swipe import by_stripe, has_chip, read_stripe
from pos.service.card_values import CardHands, CardStep, CardTold, PinCalledOff, Swipe
from pos.service.online import Taken, arrived
from pos.service.taking import Takings
from pos.service.tapping import Taps
from tender.account.capabilities import Capability, Profile, offers
from tender.card.in_dt import DtOffer
from tender.card.response_codes import refusal_of
from tender.crypto.certificates import DeviceCertificate
from tender.crypto.sealing import Pin
from tender.errors import Code, DeviceError, LinkError, Refusal, RemoteProtocolError
from tender.ports import CardReader

WAIT_S: Final = 30.0
"""How long a card is waited for."""
CHANCE_BYTES: Final = 32
_NO_PURSE: Final = frozenset({Code.CARD_NOT_PURSE, Code.CARD_BLANK, Code.CARD_WRONG})
Counted = tuple[CardPayment, Taken | None]
Count = Callable[[CardPayment, Approve], Counted]
"""Writes an approval into the book; the payment as it stands then, and what it brought a sale."""


@dataclass
class _Asking:
    """One payment while its card is in the reader: what was stored, what was heard."""

    desk: CardDesk
    payment: CardPayment
    settings: CardSettings
    shop: Shop
    original: CardPayment | None = None
    heard: Heard | None = None
    unsent: Refusal | None = None
    entry: str = CHIP

    def by(self, entry: str) -> "_Asking":
        """The same, and the card was read in this way."""
        self.entry = entry
        return self

    def called_off(self, refusal: Refusal) -> None:
        """The people ended it at the PIN."""
        self.unsent = refusal

    def __call__(self, chip: GoOnline) -> Answered | Unanswered:
        """Ask the acquirer; the request is stored before it is sent."""
        if self.original is not None and self.original.seen.pan != str(chip.pan):
            self.unsent = Refusal(Code.CARD_SWAPPED, "card")
            return Unanswered(was_sent=False)
        # What was approved and is not wanted goes before anything new does.
        if self.desk.say_reversals() or not self.desk.say_closing():
            self.unsent = Refusal(Code.ACQUIRER_UNREACHABLE, "card.reversals")
            return Unanswered(was_sent=False)
        now = self.desk.desk.now()
        message = request(self.payment, self.settings, self.shop, chip, now, self.original, self.entry)
        event = Ask(packed(message), message.rrn, seen_online(chip, entry=self.entry), now)
        self.payment = self.desk.step(self.payment, event)
        try:
            answer = self.desk.ask(message)
            self.heard = None if answer is None else heard(answer, message)
        except LinkError as error:
            self.unsent = error.refusal
            return Unanswered(was_sent=False)
        except RemoteProtocolError:
            return Unanswered()  # an answer that says nothing is none
        return Unanswered() if self.heard is None else Answered(self.heard.code, self.heard.chip_data)


class Cards:
    """Use cases of the card terminal."""

    def __init__(self, desk: CardDesk, takings: Takings, taps: Taps) -> None:
        self.desk = desk
        self._takings = takings
        self._taps = taps

    # --- a sale

    def pay(
        self,
        reader: CardReader,
        hands: CardHands,
        *,
        timeout_s: float = WAIT_S,
        swipe: Swipe | None = None,
    ) -> CardTold | Taken | Refusal:
        """The card in the reader pays the open question (tender ``card``). ``swipe``: what is done when its
        chip cannot be read; None: there is no slot for stripes.

        Where this till takes Digital Tenge and the card has a purse with enough in it, the purse pays and
        nothing is converted (``Taken``); otherwise its scheme's application does. Nobody chooses (DT-C-06).

        Raises ``DeviceError`` for a reader or a card that cannot be talked to; nothing was charged.
        """
        question = self._question()
        if isinstance(question, Refusal):
            return question
        settings, asked = question
        with _inserted(reader, hands, timeout_s, may_be_mute=swipe is not None) as is_mute:
            by_purse = None if is_mute else self._purse_pays(reader, settings, asked, hands)
            if by_purse is not None:
                return by_purse
            payment = self.desk.begin(PURCHASE, asked.amount_tiyn, asked.reference)
            if isinstance(payment, Refusal):
                return payment
            return self._converse(payment, None if is_mute else reader, hands, self._counted, swipe=swipe)

    def swipe(self, hands: CardHands, swipe: Swipe) -> CardTold | Refusal:
        """The open question is paid by the stripe of a card that has nothing else; ``card-has-chip`` for one
        whose chip is to be tried first, ``card-try-other`` for one that cannot be read."""
        question = self._question()
        if isinstance(question, Refusal):
            return question
        track = read_stripe(swipe)
        if track is None:
            return Refusal(Code.CARD_TRY_OTHER, "card")
        if has_chip(track):
            return Refusal(Code.CARD_HAS_CHIP, "card")
        _, asked = question
        payment = self.desk.begin(PURCHASE, asked.amount_tiyn, asked.reference)
        if isinstance(payment, Refusal):
            return payment
        return self._converse(payment, None, hands, self._counted, swipe=track.to_bytes)

    def once(
        self,
        kind: str,
        amount_tiyn: int,
        reader: CardReader,
        hands: CardHands,
        count: Count,
        reference: str = "",
        original: CardPayment | None = None,
        *,
        timeout_s: float = WAIT_S,
    ) -> CardTold | Refusal:
        """Any other payment, from inserting the card to removing it. ``original``: what a refund is for; only
        its card will do."""
        settings = self.desk.need_settings()
        if isinstance(settings, Refusal):
            return settings
        with _inserted(reader, hands, timeout_s):
            payment = self.desk.begin(kind, amount_tiyn, reference)
            if isinstance(payment, Refusal):
                return payment
            return self._converse(payment, reader, hands, count, original)

    def _question(self) -> tuple[CardSettings, Asked] | Refusal:
        """The terminal, and the open question that a card may pay."""
        settings = self.desk.need_settings()
        if isinstance(settings, Refusal):
            return settings
        sale = self.desk.desk.sale
        if sale is None or sale.asked is None:
            return Refusal(Code.SALE_NONE, "sale")
        return (settings, sale.asked) if sale.asked.tender == CARD else Refusal(Code.TENDER_UNKNOWN, "tender")

    def _purse_pays(
        self, reader: CardReader, settings: CardSettings, asked: Asked, hands: CardHands
    ) -> Taken | None:
        """A card with the purse beside the scheme pays out of the purse; None when it cannot: then the
        question stands again as it was, and the chip is reset."""
        if not settings.accepts_dt or not self.desk.desk.device.desk.settings.enrolled:
            return None
        try:
            guest = self._taps.guest(reader)
        except DeviceError as error:
            if error.code not in _NO_PURSE:
                raise
            reader.connect(WAIT_S)
            return None
        if not offers(Profile(settings.profile), _bank_of(guest), Capability.CARD_PURCHASE_DT):
            reader.connect(WAIT_S)
            return None
        self.desk.desk.tell(Withdraw())
        offline = self._takings.ask(DT_OFFLINE, asked.amount_tiyn)
        paid = offline if isinstance(offline, Refusal) else self._taps.card(guest, lambda: _purse_pin(hands))
        if isinstance(paid, Taken) and paid.refusal is None:
            return paid
        if self._takings.withdraw() is None:
            self.desk.desk.tell(Withdraw())
        self._takings.ask(CARD, asked.amount_tiyn)
        reader.connect(WAIT_S)
        return None

    def _counted(self, payment: CardPayment, approve: Approve) -> Counted:
        """Approved and in the sale, in one commit; taken back when the sale has no place for it."""
        desk = self.desk.desk
        after = self.desk.stepped(payment, approve)
        paid = Paid(
            CARD,
            payment.amount_tiyn,
            desk.now(),
            reference=payment.reference,
            party=after.seen.pan,
            channel=IN_DT if after.in_dt else "",
        )
        sale = desk.sale
        taken = Refusal(Code.SALE_NONE, "sale") if sale is None else arrived(desk, sale, paid, after)
        if isinstance(taken, Refusal):
            return self.desk.doubt(payment, NOT_COUNTED, approval=approve.approval), None
        return after, taken

    # --- any payment

    def _converse(
        self,
        payment: CardPayment,
        reader: CardReader | None,
        hands: CardHands,
        count: Count,
        original: CardPayment | None = None,
        swipe: Swipe | None = None,
    ) -> CardTold:
        """The card's conversation, and what it comes to; ``count`` writes an approval into the book.
        ``reader``: None for a chip that says nothing; ``swipe``: for one that cannot be read."""
        settings = self.desk.need_settings()
        assert isinstance(settings, CardSettings)  # the payment has its number from them
        desk = self.desk.desk
        shop = self._shop(settings, payment)
        asking = _Asking(self.desk, payment, settings, shop, original)
        sale = sale_of(payment, desk.now(), desk.device.desk.entropy.draw(CHANCE_BYTES))
        pad = self.desk.parts.pin_pad(settings)
        terminal = terminal_of(settings, shop.name, reads_stripes=swipe is not None)
        with self.desk.deciding(payment):
            outcome = (
                silent(terminal)
                if reader is None
                else run(terminal, sale, reader, hands, pad, asking, asking.called_off)
            )
            if outcome.verdict is Verdict.OTHER_INTERFACE and swipe is not None:
                if reader is not None:
                    reader.disconnect()
                hands.tell(CardStep.SWIPE)
                track = read_stripe(swipe)
                try:
                    outcome = outcome if track is None else by_stripe(track, hands, pad, asking.by)
                except PinCalledOff as error:
                    asking.called_off(error.refusal)
            return self._ended(asking, outcome, count)

    def _ended(self, asking: _Asking, outcome: Outcome, count: Count) -> CardTold:
        payment, told = asking.payment, asking.heard
        seen = seen_after(outcome, payment.seen)
        if payment.phase is CardPhase.READING or asking.unsent is not None:
            # Nothing has left this terminal. What the card would do alone is not taken: the issuer holds the
            # money, and nobody has asked it.
            after = self.desk.stepped(payment, Refuse(seen=seen))
            refusal = asking.unsent or refusal_of_card(outcome)
            self.desk.put(after, *pin_ended(after, refusal))
            return CardTold(after, refusal=refusal)
        if told is None:
            after = self.desk.doubt(payment, NO_ANSWER, seen=seen)
            return CardTold(after, refusal=Refusal(Code.ACQUIRER_SILENT, "card"))
        if not told.approved:
            after = self.desk.step(payment, Refuse(told.code, seen))
            return CardTold(after, refusal=refusal_of(told.code))
        if not outcome.approved and not _no_need(payment):
            reason = PULLED if outcome.torn else CARD_SAID_NO
            after = self._taken_back(payment, reason, told, seen)
            return CardTold(after, refusal=refusal_of_card(outcome))
        after, taken = count(payment, Approve(told.code, told.approval, told.life, seen, told.in_dt))
        return CardTold(after, taken, free_tiyn=told.free_tiyn)

    def _taken_back(self, payment: CardPayment, reason: str, told: Heard, seen: CardSeen) -> CardPayment:
        return self.desk.doubt(payment, reason, response=told.code, approval=told.approval, seen=seen)

    def _shop(self, settings: CardSettings, payment: CardPayment) -> Shop:
        desk = self.desk.desk
        held, device = desk.settings, desk.device.desk.settings
        number = desk.business_number
        takes_dt = settings.accepts_dt and device.account is not None and len(number) == 12
        offer = DtOffer(device.bank, number, payment.reference[:25]) if takes_dt else None
        return Shop(held.merchant or device.owner or held.name, held.city or CITY_DEFAULT, offer)


@contextmanager
def _inserted(
    reader: CardReader, hands: CardHands, timeout_s: float, *, may_be_mute: bool = False
) -> Iterator[bool]:
    """The card in the reader, from *insert* to *remove*; whether its chip says nothing at all, where that
    ends nothing."""
    hands.tell(CardStep.INSERT)
    try:
        reader.connect(timeout_s)
        is_mute = False
    except DeviceError as error:
        if error.code is not Code.CARD_WRONG or not may_be_mute:
            raise
        is_mute = True
    hands.tell(CardStep.STAY)
    try:
        yield is_mute
    finally:
        hands.tell(CardStep.REMOVE)
        reader.disconnect()


def _bank_of(guest: Guest) -> int:
    """The bank whose purse this is: it signed the certificates of its keys. 0 where it has none."""
    for one in guest.desk.own_keys():
        packed = one.certificate or guest.desk.with_certificate(one.key).certificate
        if packed:
            return DeviceCertificate.unpack(packed, one.key, "certificate").issuer
    return 0


def _no_need(payment: CardPayment) -> bool:
    """Whether the card's own last word does not matter: money goes to it, or nothing moves at all."""
    return payment.kind in ("refund", "balance")


def _purse_pin(hands: CardHands) -> Pin:
    hands.tell(CardStep.PIN)
    try:
        pin = hands.ask_pin(None, False)
    except PinCalledOff:
        pin = None  # the purse pays nothing; the network's application asks in its turn
    if pin is None:
        raise DeviceError(Code.CARD_PIN_NEEDED, "card")
    return pin
