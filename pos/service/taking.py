"""How money comes to a till: offline by the device's conversation, online by the bank's word, cash by
hand."""

from dataclasses import dataclass, replace
from typing import Final

from device.core.model import IN, OFFLINE, REFUSED, Payment
from pos.core.forwarding import Standing, may_ask, most_held, room
from pos.core.model import Asked, Paid, Phase, Receipt, Sale, Stray
from pos.core.sale import Arrive, Ask, Withdraw, possible
from pos.core.tenders import CASH, DT_CONVERTED, DT_OFFLINE, DT_ONLINE, choices
from pos.service.desk import TillDesk
from tender.account.merchant_messages import TAKINGS_MOST, Taking
from tender.errors import Code, Refusal
from tender.qr.latin import latin
from tender.qr.payment_code import HINT_OFFLINE, LocalNames, PaymentCode, encode

COUNTED: Final = frozenset({"received", "claimed", "recorded", "already", "settled", "refunded"})
"""Statuses of a payment whose money came here, whatever became of it since."""
OVERLAP_S: Final = 600
"""Takings are asked for from a little before the last one: banks' clocks differ. Known ones are passed
over."""
_LATIN_MOST: Final = 25
_CITY_MOST: Final = 15


@dataclass(frozen=True, slots=True)
class Taken:
    """What came, and what must be shown now.

    ``messages`` go to the payer: a receipt, money that goes back, or a no (then ``refusal`` says why).
    ``sale`` is the sale as it stands; ``receipt`` the till's own, once all is paid; ``change_tiyn`` is cash
    to hand back. ``again``: it was here before and was not counted twice.
    """

    amount_tiyn: int
    sale: Sale | None
    party: str = ""
    messages: tuple[bytes, ...] = ()
    receipt: Receipt | None = None
    refusal: Refusal | None = None
    change_tiyn: int = 0
    again: bool = False


class Takings:
    """Use cases that bring money to the sale on the counter."""

    def __init__(self, desk: TillDesk) -> None:
        self._desk = desk

    # --- asking

    def ask(self, tender: str, amount_tiyn: int | None) -> Asked | Refusal:
        """See :meth:`pos.service.till.Till.begin_payment`."""
        desk = self._desk
        sale = desk.sale
        if sale is None or sale.phase in (Phase.CLOSED, Phase.DROPPED):
            return Refusal(Code.SALE_NONE, "sale")
        wanted_tiyn = sale.due_tiyn if amount_tiyn is None else amount_tiyn
        open_one = sale.asked
        if open_one is not None and (open_one.tender, open_one.amount_tiyn) == (tender, wanted_tiyn):
            return open_one
        if not possible(sale, Ask):
            return Refusal(Code.SALE_BUSY, "sale", (("phase", sale.phase.value),))
        if not sale.items:
            return Refusal(Code.SALE_EMPTY, "items")
        if not 0 < wanted_tiyn <= sale.due_tiyn:
            return Refusal(Code.AMOUNT_OUT_OF_RANGE, "amount")
        held = desk.device.desk.settings
        known = choices(enrolled=held.enrolled, account=held.account is not None)
        choice = next((one for one in known if one.name == tender and tender != CASH), None)
        if choice is None or choice.why is not None:
            return Refusal(
                Code.TENDER_UNKNOWN if choice is None else choice.why or Code.TENDER_UNKNOWN, "tender"
            )
        asked = (self._offline if tender == DT_OFFLINE else self._online)(sale, tender, wanted_tiyn)
        if isinstance(asked, Refusal):
            return asked
        after = desk.tell(Ask(asked))
        return after if isinstance(after, Refusal) else asked

    def _offline(self, sale: Sale, tender: str, amount_tiyn: int) -> Asked | Refusal:
        device = self._desk.device
        found = self._orphan(sale, amount_tiyn)
        if found is None:
            standing = self.standing()
            refused = may_ask(amount_tiyn, standing.held_tiyn + standing.promised_tiyn, standing.most_tiyn)
            if refused is not None:
                return refused
            asked = device.money.request(amount_tiyn, _purpose(sale))
        else:
            resumed = device.money.resume(found.id)  # it may lack its signature
            asked = resumed if isinstance(resumed, Refusal) else device.money.requested(found.id)
        if isinstance(asked, Refusal):
            return asked
        return Asked(
            tender, amount_tiyn, self._desk.now(), self._reference(sale), asked.payment, asked.message
        )

    def _orphan(self, sale: Sale, amount_tiyn: int) -> Payment | None:
        """A request made for this very sale a moment before the power went: nobody has seen it yet."""
        purpose = _purpose(sale)
        for one in self._desk.device.desk.store.all(Payment):
            mine = one.direction == IN and one.channel == OFFLINE and one.status in ("created", "requested")
            if mine and one.purpose == purpose and one.amount_tiyn == amount_tiyn:
                return one
        return None

    def _online(self, sale: Sale, tender: str, amount_tiyn: int) -> Asked | Refusal:
        desk = self._desk
        settings, number = desk.settings, desk.business_number
        name = settings.merchant or desk.device.desk.settings.owner
        local = LocalNames("kk", name[:_LATIN_MOST], settings.city[:_CITY_MOST])
        reference = self._reference(sale)
        text = encode(
            PaymentCode(
                merchant_name=latin(name, _LATIN_MOST) or f"BIN {number}",
                city=latin(settings.city, _CITY_MOST) or "Qazaqstan",
                merchant=number,
                bank=desk.device.desk.settings.bank,
                mcc=settings.category or 5999,
                amount_tiyn=amount_tiyn,
                dynamic=True,
                bill_number=sale.label,
                reference_label=reference,
                local=None if name.isascii() else local,
                hint=HINT_OFFLINE,
            )
        )
        return Asked(tender, amount_tiyn, desk.now(), reference, shown=text.encode())

    def withdraw(self) -> Refusal | None:
        """Take back what the open question asked for, at the device first; the book follows."""
        sale = self._desk.sale
        if sale is None or sale.asked is None or not sale.asked.payment:
            return None
        told = self._desk.device.money.cancel(sale.asked.payment)
        return told if isinstance(told, Refusal) else None

    # --- money comes

    def take(self, message: bytes) -> Taken | Refusal:
        """See :meth:`pos.service.till.Till.take`. The device counts and stores first, then the book."""
        before = self._desk.sale
        told = self._desk.device.money.receive(message)
        if isinstance(told, Refusal):
            return told
        sale = self.catch_up()
        fresh = sale is not None and before is not None and len(sale.paid) > len(before.paid)
        return Taken(
            amount_tiyn=told.amount_tiyn,
            sale=sale,
            party=told.party,
            messages=told.messages,
            receipt=self._receipt_with(told.payment),
            refusal=told.refusal,
            again=told.status in COUNTED and not fresh,
        )

    def catch_up(self) -> Sale | None:
        """Bring the book to where the device is: its word on the open question, told once."""
        desk = self._desk
        sale = desk.sale
        if sale is None or sale.asked is None or not sale.asked.payment:
            return sale
        asked = sale.asked
        found = desk.device.desk.store.get(Payment, asked.payment)
        unsigned = found is not None and found.status == "received" and not found.receipt
        if found is not None and unsigned and not desk.device.desk.behind:
            # Seen and not counted: the power went before the receipt was signed. Money counts with it.
            desk.device.money.resume(found.id)
            found = desk.device.desk.store.get(Payment, asked.payment)
        if found is not None and counted(found):
            paid = Paid(
                asked.tender, found.amount_tiyn, desk.now(), found.id, asked.reference, found.party[:200]
            )
            after = desk.step(sale, Arrive(paid))
        elif found is not None and found.status == "cancelled":
            after = desk.step(sale, Withdraw())
        else:
            return sale
        return sale if isinstance(after, Refusal) else after

    def _receipt_with(self, payment: bytes) -> Receipt | None:
        """The newest receipt that names this payment."""
        held = (
            one for one in reversed(self._desk.receipts()) if any(paid.id == payment for paid in one.paid)
        )
        return next(held, None)

    def cash(self, given_tiyn: int, amount_tiyn: int | None) -> Taken | Refusal:
        """See :meth:`pos.service.till.Till.cash`."""
        desk = self._desk
        sale = desk.sale
        if sale is None or sale.phase in (Phase.CLOSED, Phase.DROPPED):
            return Refusal(Code.SALE_NONE, "sale")
        if sale.asked is not None or sale.phase is Phase.PAID:
            return Refusal(Code.SALE_BUSY, "sale", (("phase", sale.phase.value),))
        due_tiyn = sale.due_tiyn if amount_tiyn is None else amount_tiyn
        if given_tiyn < due_tiyn:
            return Refusal(Code.CASH_SHORT, "cash", (("given_tiyn", given_tiyn), ("due_tiyn", due_tiyn)))
        paid = Paid(CASH, due_tiyn, desk.now(), reference=self._reference(sale), given_tiyn=given_tiyn)
        return self._arrived(sale, paid)

    def _arrived(self, sale: Sale, paid: Paid) -> Taken | Refusal:
        after = self._desk.step(sale, Arrive(paid))
        if isinstance(after, Refusal):
            return after
        receipt = self._desk.receipt(f"{after.shift}-{after.receipt}") if after.receipt else None
        return Taken(
            amount_tiyn=paid.amount_tiyn,
            sale=after,
            receipt=None if isinstance(receipt, Refusal) else receipt,
            change_tiyn=paid.change_tiyn,
        )

    # --- the bank's word

    def poll(self) -> Taken | Refusal | None:
        """See :meth:`pos.service.till.Till.poll_online`."""
        desk = self._desk
        since, taken = max(0, desk.settings.seen_until - OVERLAP_S), None
        known = self._known()
        while True:
            told = desk.device.merchants.takings(since)
            if isinstance(told, Refusal):
                return told
            for one in told:
                if one.transaction not in known and one.reference.startswith(self._mark):
                    known.add(one.transaction)
                    taken = self._credited(one) or taken
            if told and told[-1].time > desk.settings.seen_until:
                with desk.commit() as changes:
                    changes.put(replace(desk.settings, seen_until=told[-1].time))
            if len(told) < TAKINGS_MOST or told[-1].time <= since:
                return taken
            since = told[-1].time

    def _credited(self, one: Taking) -> Taken | None:
        """One credit the book does not know: for the sale it names, or a stray."""
        desk = self._desk
        sale = desk.sale
        tender = DT_CONVERTED if one.converted else DT_ONLINE
        if sale is not None and one.reference[:-2] == self._reference(sale)[:-2] and possible(sale, Arrive):
            paid = Paid(tender, one.amount_tiyn, one.time, one.transaction, one.reference)
            taken = self._arrived(sale, paid)
            if not isinstance(taken, Refusal):
                return taken
        with desk.commit() as changes:
            changes.put(Stray(one.transaction, one.amount_tiyn, one.time, one.reference, tender))
        return None

    @property
    def _mark(self) -> str:
        """What the references of this till begin with: the same account may have other tills, and a shop."""
        return f"{self._desk.device.desk.settings.device:X}-"

    def _reference(self, sale: Sale) -> str:
        """What an online payment carries: the till, the sale, the try; 22 characters of the 25 there are."""
        return f"{self._mark}{sale.id[:5].hex().upper()}-{sale.tries % 100:02d}"

    def _known(self) -> set[bytes]:
        sale = self._desk.sale
        known = {paid.id for receipt in self._desk.receipts() for paid in receipt.paid if paid.id}
        known |= {paid.id for paid in sale.paid} if sale is not None else set()
        return known | {one.transaction for one in self._desk.store.all(Stray)}

    # --- what waits

    def standing(self) -> Standing:
        """See :meth:`pos.service.till.Till.takings_standing`."""
        desk = self._desk
        device = desk.device.desk
        coins = device.coins()
        held = [one for one in coins if one.spendable]
        held_tiyn = sum(one.amount_tiyn for one in held)
        own_tiyn = desk.settings.offline_most_tiyn
        enrolled = device.settings.enrolled
        most_tiyn = most_held(device.profile().holding_tiyn, own_tiyn) if enrolled else own_tiyn
        rows = device.store.all(Payment)
        known = self._known()
        came = (one for one in rows if one.direction == IN and one.channel == OFFLINE)
        strays_tiyn = sum(one.amount_tiyn for one in desk.store.all(Stray))
        return Standing(
            held_tiyn=held_tiyn,
            claimed_tiyn=sum(one.amount_tiyn for one in coins if one.claim and one.state != REFUSED),
            promised_tiyn=device.payment_tally.promised_tiyn,
            refused_tiyn=sum(one.amount_tiyn for one in coins if one.state == REFUSED),
            most_tiyn=most_tiyn,
            oldest_at=min((one.since for one in held), default=0),
            room=room(held_tiyn, most_tiyn, desk.settings.warn_percent),
            settled_tiyn=sum(
                one.amount_tiyn for one in rows if one.channel == "deposit" and one.status == "settled"
            ),
            unmatched_tiyn=strays_tiyn
            + sum(one.amount_tiyn for one in came if counted(one) and one.id not in known),
        )


def counted(payment: Payment) -> bool:
    """Whether this payment's money was counted here: its receipt is signed, whatever became of it since."""
    return payment.status in COUNTED and bool(payment.receipt)


def _purpose(sale: Sale) -> str:
    """What the customer reads before paying; it also finds the request of a try again after a power cut."""
    return f"{sale.label} ({sale.tries + 1})" if sale.tries else sale.label
