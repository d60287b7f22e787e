"""Refunds and voids: decided and stored first, then carried out, then a receipt of their own.

A power cut leaves a decision that :meth:`GivingBacks.go_on` finishes: the device gives the very same return,
the bank knows the very same order, and cash is a receipt and nothing else.
"""

from dataclasses import dataclass, replace
from typing import Any

from device.core.model import ONLINE, OUT, Payment
from device.service.bank_line import ASK_AGAIN
from pos.core.card_tender import IN_DT, VOID_REFUSED, VOIDED, CardPayment, CardPhase
from pos.core.model import (
    BY_CARD,
    BY_CASH,
    BY_RETURN,
    BY_TRANSFER,
    CORRECTION,
    REFUND,
    SALE,
    VOID,
    WAYS,
    GivingBack,
    Paid,
    Receipt,
    Shift,
    receipt_name,
)
from pos.core.tenders import CARD, CASH, DT_OFFLINE, DT_ONLINE
from pos.service.card_desk import CardDesk
from pos.service.desk import TillDesk
from tender.account.client_messages import BY_PHONE
from tender.account.identifiers import check_phone
from tender.errors import Code, LinkError, Refusal

_TENDER = {BY_RETURN: DT_OFFLINE, BY_TRANSFER: DT_ONLINE, BY_CASH: CASH, BY_CARD: CARD}
_OWN_WAY = {DT_OFFLINE: BY_RETURN, CASH: BY_CASH, CARD: BY_CARD}


@dataclass(frozen=True, slots=True)
class GaveBack:
    """``receipts``: one for each payment that went back; ``messages``: returns the payer's device must be
    shown. ``waiting_tiyn``: decided, and the bank has not answered; it may be there already, and no second
    one is sent. ``unheard``: the acquirer has not taken a card's void yet, and may still refuse it."""

    receipts: tuple[Receipt, ...]
    messages: tuple[bytes, ...] = ()
    amount_tiyn: int = 0
    waiting_tiyn: int = 0
    unheard: bool = False


def converted_alone(receipt: Receipt) -> bool:
    """Whether cards alone paid it, by conversion: then nobody else's account is paid back."""
    return all(one.tender == CARD and one.channel != IN_DT for one in receipt.paid)


class GivingBacks:
    """Use cases that give money back."""

    def __init__(self, desk: TillDesk, cards: CardDesk) -> None:
        self._desk = desk
        self._cards = cards

    def pending(self) -> tuple[GivingBack, ...]:
        """Decided and not carried out yet, oldest first."""
        found = (one for one in self._desk.store.all(GivingBack) if not one.made)
        return tuple(sorted(found, key=lambda one: (one.since, one.id)))

    def void(self, name: str, to: str) -> GaveBack | Refusal:
        """See :meth:`pos.service.till.Till.void`."""
        receipt = self._desk.receipt(name)
        if isinstance(receipt, Refusal):
            return receipt
        if receipt.kind != SALE:
            return gives_back_itself(receipt)
        shift = self._desk.shift
        if shift is None or receipt.shift != shift.number:
            return _stays(shift=receipt.shift)
        back = self._went_back(receipt)
        if back is not None:
            return back
        if any(self._moved_on(one) for one in receipt.paid if one.tender == DT_OFFLINE):
            return Refusal(Code.ALREADY_SPENT, "payment")
        for one in receipt.paid:
            if one.tender == CARD and self._batch_closed(one):
                found = self._cards.paid_by(one.reference)
                return _stays() if found is None else _stays(batch=found.batch)
        if any(one.tender == CARD and one.channel == IN_DT for one in receipt.paid):
            return Refusal(Code.PAID_IN_DT, "receipt")  # perhaps the merchant's by now: no reversal says so
        decided = [
            self.decided(
                receipt, VOID, _OWN_WAY.get(one.tender, BY_TRANSFER), one.amount_tiyn, _named(one), to
            )
            for one in receipt.paid
        ]
        return self._decide(decided)

    def _batch_closed(self, paid: Paid) -> bool:
        """Whether a card payment can no longer be taken back as if it had never been: its batch is closed."""
        found = self._cards.paid_by(paid.reference)
        return found is None or found.phase is not CardPhase.APPROVED or not found.request

    def refund(
        self, name: str, way: str, amount_tiyn: int | None, to: str, *, cash_anyway: bool = False
    ) -> GaveBack | Refusal:
        """See :meth:`pos.service.till.Till.refund`."""
        receipt = self._desk.receipt(name)
        if isinstance(receipt, Refusal):
            return receipt
        if receipt.kind != SALE:
            return gives_back_itself(receipt)
        if way not in WAYS or way == BY_CARD:  # the card has to be there: ``Till.card_givings``
            return Refusal(Code.TENDER_UNKNOWN, "way")
        left_tiyn = self.left_tiyn(receipt)
        wanted_tiyn = left_tiyn if amount_tiyn is None else amount_tiyn
        if not 0 < wanted_tiyn <= left_tiyn:
            return too_much(left_tiyn)
        if way == BY_CASH and not cash_anyway and any(one.tender == CARD for one in receipt.paid):
            return Refusal(Code.PAID_BY_CARD, "way")
        if way == BY_TRANSFER and converted_alone(receipt):
            return Refusal(Code.PAID_BY_CARD, "way")
        payment = b""
        if way == BY_RETURN:
            whole = [one for one in receipt.paid if one.tender == DT_OFFLINE and self._here(one)]
            fits = [one for one in whole if one.amount_tiyn == wanted_tiyn]
            if not fits:
                return Refusal(Code.ALREADY_SPENT, "payment")
            payment = fits[0].id
        return self._decide([self.decided(receipt, REFUND, way, wanted_tiyn, payment, to)])

    def _here(self, paid: Paid) -> bool:
        return not self._moved_on(paid) and all(one.payment != paid.id for one in self._all())

    def _moved_on(self, paid: Paid) -> bool:
        """Whether an offline payment's coins are no longer in hand as they came."""
        coins = (one for one in self._desk.device.desk.spendable() if one.payment == paid.id)
        return sum(one.amount_tiyn for one in coins) != paid.amount_tiyn

    def _all(self) -> tuple[GivingBack, ...]:
        return self._desk.store.all(GivingBack)

    def left_tiyn(self, receipt: Receipt) -> int:
        """What of a receipt has not gone back, nor is decided to."""
        return receipt.total_tiyn - sum(one.amount_tiyn for one in self._backs_of(receipt))

    def _backs_of(self, receipt: Receipt) -> list[GivingBack]:
        of = (receipt.shift, receipt.number)
        mine = [one for one in self._all() if (one.of_shift, one.of_number) == of]
        return sorted(mine, key=lambda one: (one.shift, one.made))

    def _went_back(self, receipt: Receipt) -> Refusal | None:
        """Why a receipt of which something went back is not voided; None where nothing did."""
        backs = self._backs_of(receipt)
        if not backs:
            return None
        by = ", ".join(receipt_name(one.shift, one.made) for one in backs if one.made) or "–"
        left_tiyn = self.left_tiyn(receipt)
        if any(one.kind == VOID for one in backs):
            return _stays(cancelled_by=by)
        if not left_tiyn:
            return _stays(gone_by=by)
        back_tiyn = receipt.total_tiyn - left_tiyn
        return _stays(back_tiyn=back_tiyn, by=by, left_tiyn=left_tiyn, receipt=receipt.name)

    def decided(
        self, receipt: Receipt, kind: str, way: str, amount_tiyn: int, payment: bytes, to: str
    ) -> GivingBack:
        """A decision, not stored yet; who signs it and when is known."""
        desk = self._desk
        return GivingBack(
            id=desk.device.desk.entropy.draw(8),
            kind=kind,
            way=way,
            of_shift=receipt.shift,
            of_number=receipt.number,
            amount_tiyn=amount_tiyn,
            payment=payment,
            to=to,
            cashier=desk.settings.cashier,
            since=desk.now(),
            shift=desk.settings.shift,
        )

    # --- carrying out

    def _decide(self, decided: list[GivingBack]) -> GaveBack | Refusal:
        short = self._desk.drawer_short(sum(one.amount_tiyn for one in decided if one.way == BY_CASH))
        if short is not None:
            return short
        if any(one.way == BY_TRANSFER for one in decided):
            if self._desk.device.desk.settings.account is None:
                return Refusal(Code.TRANSFER_NO_ACCOUNT, "way")
            for one in decided:
                to = check_phone(one.to, "to") if one.way == BY_TRANSFER else ""
                if isinstance(to, Refusal):
                    return to
        with self._desk.commit() as changes:
            for one in decided:
                changes.put(one)
        # Whatever must wait for the bank comes last, so that nothing else waits with it.
        done: list[Receipt] = []
        messages: list[bytes] = []
        waiting_tiyn = 0
        for one in sorted(decided, key=lambda one: one.way == BY_TRANSFER):
            try:
                made = self._carry_out(one)
            except LinkError:
                waiting_tiyn += one.amount_tiyn
                continue
            if isinstance(made, Refusal):
                if made.code not in ASK_AGAIN:
                    return made
                waiting_tiyn += one.amount_tiyn
                continue
            receipt, message = made
            done.append(receipt)
            messages += [message] if message else []
        back_tiyn = sum(one.amount_tiyn for one in decided) - waiting_tiyn
        unheard = any(one.waits for back in decided for one in self._paid_by_card(back))
        return GaveBack(tuple(done), tuple(messages), back_tiyn, waiting_tiyn, unheard)

    def go_on(self, *, online: bool = True) -> None:
        """Finish what was decided; what needs the bank only when ``online``, and it stays when the bank is
        away."""
        if self._desk.behind or self._desk.shift is None:
            return  # its receipt needs a shift to stand in, and a number that nothing else has
        for one in self.pending():
            if one.way != BY_TRANSFER or online or self._transferred(one):
                try:
                    self._carry_out(one)
                except LinkError:
                    return

    def _carry_out(self, back: GivingBack) -> tuple[Receipt, bytes] | Refusal:
        message = b""
        if back.way == BY_RETURN:
            told = self._desk.device.money.refund(back.payment)
            if isinstance(told, Refusal):
                return self._undecided(back, told)
            message = told.messages[-1]
        elif back.way == BY_TRANSFER and not self._transferred(back):
            sent = self._desk.device.bank.transfer(BY_PHONE, back.to, back.amount_tiyn, _purpose(back))
            if isinstance(sent, Refusal):
                return sent if sent.code in ASK_AGAIN else self._undecided(back, sent)
        if back.way == BY_CARD:
            voided = self._card_voided(back)
            return voided if isinstance(voided, Refusal) else (voided, b"")
        return self.written(back, message), message

    def _card_voided(self, back: GivingBack) -> Receipt | Refusal:
        """The reversal first, which is said until it is answered; ``receipt-old``, and no void, where the
        acquirer knows that something of it was given back elsewhere: at another till, by an operator."""
        found = self._cards.paid_by(back.payment.decode())
        assert found is not None  # looked at before it was decided, and never removed
        if found.phase is CardPhase.APPROVED:
            found = self._cards.doubt(found, VOIDED)
        elif found.waits and not found.sent:
            self._cards.say_reversals()
            found = self._cards.again(found)
        if found.phase is CardPhase.APPROVED:
            return self._undecided(back, _stays(elsewhere=receipt_name(back.of_shift, back.of_number)))
        return self.written(back, b"")

    def _paid_by_card(self, back: GivingBack) -> tuple[CardPayment, ...]:
        """The card payment that this takes back; none where no card paid."""
        found = self._cards.paid_by(back.payment.decode()) if back.way == BY_CARD else None
        return () if found is None else (found,)

    def corrections(self) -> tuple[Receipt, ...]:
        """Voids that the acquirer refused after their receipt was out (it was silent then): each payment
        stands again, the shop owes nobody, and a receipt of its own says so. Written once, in the first shift
        that is open then; the sale may be taken back anew."""
        if self._desk.behind or self._desk.shift is None:
            return ()
        # Asked every few seconds, and every card payment there ever was is in a row: they are read once, not
        # for each void.
        stand = {one.reference for one in self._cards.payments() if one.reason == VOID_REFUSED}
        if not stand:
            return ()
        refused = [
            one
            for one in self._all()
            if one.kind == VOID and one.way == BY_CARD and one.made and one.payment.decode() in stand
        ]
        made = []
        for one in sorted(refused, key=lambda one: (one.shift, one.made)):
            shift, receipt = self._slip(one, CORRECTION)
            with self._desk.commit() as changes:
                changes.put(shift)
                changes.put(receipt)
                changes.drop(one)
            made.append(receipt)
        return tuple(made)

    def _undecided(self, back: GivingBack, refusal: Refusal) -> Refusal:
        """It cannot be: nothing moved, and nothing stands decided any more."""
        with self._desk.commit() as changes:
            changes.drop(back)
        return refusal

    def _transferred(self, back: GivingBack) -> bool:
        """Whether the bank has carried out this very transfer already."""
        purpose = _purpose(back)
        return any(
            one.purpose == purpose
            for one in self._desk.device.desk.store.all(Payment)
            if one.direction == OUT and one.channel == ONLINE and one.amount_tiyn == back.amount_tiyn
        )

    def written(self, back: GivingBack, message: bytes, *beside: Any) -> Receipt:
        """The receipt of what went back; rows ``beside`` it are written in its commit."""
        shift, receipt = self._slip(back, back.kind)
        with self._desk.commit() as changes:
            changes.put(shift)
            changes.put(receipt)
            changes.put(replace(back, made=receipt.number, shift=shift.number, message=message))
            for row in beside:
                changes.put(row)
        return receipt

    def _slip(self, back: GivingBack, kind: str) -> tuple[Shift, Receipt]:
        """The next receipt, of this kind, and the shift that has counted it: not stored yet."""
        desk = self._desk
        shift = desk.shift
        assert isinstance(shift, Shift)  # asked for before anything was decided or gone on with
        of = desk.receipt(f"{back.of_shift}-{back.of_number}")
        assert isinstance(of, Receipt)
        now = desk.now()
        tender = _TENDER[back.way]
        whole = back.amount_tiyn == of.total_tiyn
        receipt = Receipt(
            shift=shift.number,
            number=shift.receipts + 1,
            kind=kind,
            time=now,
            cashier=back.cashier,
            sale=of.sale,
            items=of.items if whole else (),
            discount_tiyn=of.discount_tiyn if whole else 0,
            total_tiyn=back.amount_tiyn,
            paid=(_paid_back(back, tender, now),),
            of_shift=back.of_shift,
            of_number=back.of_number,
        )
        return replace(shift, receipts=receipt.number), receipt


def too_much(left_tiyn: int) -> Refusal:
    """More than what is left of a receipt."""
    return Refusal(Code.REFUND_TOO_MUCH, "amount", (("left_tiyn", left_tiyn),))


def gives_back_itself(receipt: Receipt) -> Refusal:
    """A refund or a void is neither refunded nor voided; what a correction lets stand again is."""
    return _stays(corrects=receipt.of) if receipt.kind == CORRECTION else _stays(gives_back_for=receipt.of)


def _stays(**why: str | int) -> Refusal:
    """The receipt is not taken back so; the facts say why, each reason by facts of its own."""
    return Refusal(Code.RECEIPT_OLD, "receipt", tuple(why.items()))


def _named(paid: Paid) -> bytes:
    """What a giving back finds its payment by: a card payment has no id of its own, but a reference."""
    return paid.reference.encode() if paid.tender == CARD else paid.id


def _paid_back(back: GivingBack, tender: str, now: int) -> Paid:
    """How it stands on the receipt."""
    if back.way == BY_CARD:
        return Paid(tender, back.amount_tiyn, now, reference=back.payment.decode(), party=back.to)
    return Paid(tender, back.amount_tiyn, now, back.payment, _purpose(back)[:40], back.to)


def _purpose(back: GivingBack) -> str:
    """What the customer reads beside a transfer; it also tells this transfer from every other."""
    return f"Refund {back.of_shift}-{back.of_number:04d} {back.id.hex()}"
