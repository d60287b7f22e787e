"""How money comes to a till: offline by the device's conversation, online by the bank's word, cash by
hand."""

from typing import Final

from device.core.model import IN, OFFLINE, REFUSED, Payment
from pos.core.bounds import amount_refused
from pos.core.card_settings import CARD_SETTINGS_ROW, CardSettings
from pos.core.forwarding import Standing, may_ask, most_held, room
from pos.core.model import CITY_DEFAULT, Asked, Paid, Phase, Receipt, Sale, Stray
from pos.core.sale import Arrive, Ask, Withdraw, possible
from pos.core.tenders import CARD, CASH, DT_OFFLINE, Choice, choices
from pos.service.desk import TillDesk
from pos.service.online import OnlineTakings, Taken, arrived, known, reference_of
from tender.errors import Code, Refusal
from tender.qr.latin import latin
from tender.qr.payment_code import HINT_OFFLINE, LocalNames, PaymentCode, small_text

COUNTED: Final = frozenset({"received", "claimed", "recorded", "already", "settled", "refunded"})
"""Statuses of a payment whose money came here, whatever became of it since."""
_LATIN_MOST: Final = 25
_CITY_MOST: Final = 15


class Takings:
    """Use cases that bring money to the sale on the counter."""

    def __init__(self, desk: TillDesk) -> None:
        self._desk = desk
        self._online_takings = OnlineTakings(desk, self.catch_up, self.withdraw)

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
        choice = next((one for one in self.choices() if one.name == tender and tender != CASH), None)
        if choice is None or choice.why is not None:
            return Refusal(
                Code.TENDER_UNKNOWN if choice is None else choice.why or Code.TENDER_UNKNOWN, "tender"
            )
        if tender == CARD:  # nothing is shown: the terminal asks the card
            asked: Asked | Refusal = Asked(tender, wanted_tiyn, desk.now(), reference_of(desk, sale))
        else:
            asked = (self._offline if tender == DT_OFFLINE else self._online)(sale, tender, wanted_tiyn)
        if isinstance(asked, Refusal):
            return asked
        if not asked.payment and tender != CARD:
            self._online_takings.show(asked)
        after = desk.tell(Ask(asked))
        return after if isinstance(after, Refusal) else asked

    def choices(self) -> tuple[Choice, ...]:
        """Every way to pay that makes sense here, and whether it can be chosen now."""
        desk = self._desk
        held = desk.device.desk.settings
        return choices(
            enrolled=held.enrolled,
            account=held.account is not None,
            terminal=desk.store.get(CardSettings, CARD_SETTINGS_ROW) is not None,
        )

    def _offline(self, sale: Sale, tender: str, amount_tiyn: int) -> Asked | Refusal:
        device = self._desk.device
        found = self._orphan(sale, amount_tiyn)
        if found is None:
            standing = self.standing()
            refused = may_ask(amount_tiyn, standing.waiting_tiyn, standing.most_tiyn)
            if refused is not None:
                return refused
            asked = device.money.request(amount_tiyn, _purpose(sale))
        else:
            resumed = device.money.resume(found.id)  # it may lack its signature
            asked = resumed if isinstance(resumed, Refusal) else device.money.requested(found.id)
        if isinstance(asked, Refusal):
            return asked
        reference = reference_of(self._desk, sale)
        return Asked(tender, amount_tiyn, self._desk.now(), reference, asked.payment, asked.message)

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
        reference = reference_of(desk, sale)
        text = small_text(
            PaymentCode(
                merchant_name=latin(name, _LATIN_MOST) or f"BIN {number}",
                city=latin(settings.city, _CITY_MOST) or CITY_DEFAULT,
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

    def take(self, message: bytes, channel: str = "") -> Taken | Refusal:
        """See :meth:`pos.service.till.Till.take`. The device counts and stores first, then the book, which
        remembers the ``channel`` if the money comes by one that has a name (``nfc``)."""
        before = self._desk.sale
        told = self._desk.device.money.receive(message)
        if isinstance(told, Refusal):
            return told
        sale = self.catch_up(channel)
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

    def catch_up(self, channel: str = "") -> Sale | None:
        """Bring the book to where the device is: its word on the open question, told once."""
        desk = self._desk
        sale = desk.sale
        if desk.behind or sale is None or sale.asked is None or not sale.asked.payment:
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
                asked.tender,
                found.amount_tiyn,
                desk.now(),
                found.id,
                asked.reference,
                found.party[:200],
                channel=channel,
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
        wrong = amount_refused(given_tiyn, "cash")
        if wrong is not None:
            return wrong
        if given_tiyn < due_tiyn:
            return Refusal(Code.CASH_SHORT, "cash", (("given_tiyn", given_tiyn), ("due_tiyn", due_tiyn)))
        paid = Paid(CASH, due_tiyn, desk.now(), reference=reference_of(desk, sale), given_tiyn=given_tiyn)
        return arrived(desk, sale, paid)

    # --- the bank's word

    def poll(self) -> Taken | Refusal | None:
        """See :meth:`pos.service.till.Till.poll_online`."""
        return self._online_takings.poll()

    # --- what waits

    def standing(self) -> Standing:
        """See :meth:`pos.service.till.Till.takings_standing`."""
        desk = self._desk
        device = desk.device.desk
        coins = device.coins()
        held = [one for one in coins if one.spendable]
        held_tiyn = sum(one.amount_tiyn for one in held)
        claimed_tiyn = sum(one.amount_tiyn for one in coins if one.claim and one.state != REFUSED)
        own_tiyn = desk.settings.offline_most_tiyn
        enrolled = device.settings.enrolled
        most_tiyn = most_held(device.profile().holding_tiyn, own_tiyn) if enrolled else own_tiyn
        rows = device.store.all(Payment)
        written = known(desk)
        came = (one for one in rows if one.direction == IN and one.channel == OFFLINE)
        strays_tiyn = sum(one.amount_tiyn for one in desk.store.all(Stray))
        return Standing(
            held_tiyn=held_tiyn,
            claimed_tiyn=claimed_tiyn,
            promised_tiyn=device.payment_tally.promised_tiyn,
            refused_tiyn=sum(one.amount_tiyn for one in coins if one.state == REFUSED),
            most_tiyn=most_tiyn,
            oldest_at=min((one.since for one in held), default=0),
            room=room(held_tiyn + claimed_tiyn, most_tiyn, desk.settings.warn_percent),
            settled_tiyn=sum(
                one.amount_tiyn for one in rows if one.channel == "deposit" and one.status == "settled"
            ),
            unmatched_tiyn=strays_tiyn
            + sum(one.amount_tiyn for one in came if counted(one) and one.id not in written),
        )


def counted(payment: Payment) -> bool:
    """Whether this payment's money was counted here: its receipt is signed, whatever became of it since."""
    return payment.status in COUNTED and bool(payment.receipt)


def _purpose(sale: Sale) -> str:
    """What the customer reads before paying; it also finds the request of a try again after a power cut."""
    return f"№ {sale.label} ({sale.tries + 1})" if sale.tries else f"№ {sale.label}"
