"""A till: people, shifts, a basket, ways to pay, receipts. Everything it says is stored before it is said.

Two files are behind it: the device's (money, keys, conversations) and the book of sales. The device is right
about money: whatever the book does not know yet, because the power went between the two, :meth:`Till.resume`
reads there. Amounts in tiyn; a refusal is a returned value; the world's failures are raised (``DeviceError``,
``StoreError``, ``LinkError``). Nothing of it but what says so needs a network.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pos.core.bounds import amount_refused, settings_refused
from pos.core.forwarding import Standing
from pos.core.model import (
    Asked,
    Cashier,
    GivingBack,
    Item,
    Phase,
    Receipt,
    Sale,
    Shift,
    Stray,
    TillSettings,
    shift_row,
)
from pos.core.sale import AddItem, Drop, Finish, RemoveItem, SetDiscount, Withdraw
from pos.core.tenders import DT_OFFLINE, Choice
from pos.core.totals import Report, report
from pos.ports import CardParts
from pos.service.card_counter import CardCounter
from pos.service.card_desk import CardDesk
from pos.service.desk import TillDesk
from pos.service.giving_back import GaveBack, GivingBacks
from pos.service.online import Taken
from pos.service.people import People
from pos.service.taking import Takings
from pos.service.tapping import Meet, Taps
from tender.crypto.sealing import Pin
from tender.errors import Code, Refusal

if TYPE_CHECKING:
    from device.service.settle import Deposited, Homecoming
    from device.service.wallet import Wallet


@dataclass(frozen=True, slots=True)
class TillStatus:
    """Where the till stands: all that a screen needs to show it again after a restart.

    ``bank`` is the bank's number, 0 before enrolment; ``giving_back`` are refunds that are decided and wait
    for the bank; ``strays`` online money that belongs to no receipt; ``behind``: the device's file, or the
    book, is an old copy: nothing is sold before a sync.
    """

    settings: TillSettings
    business_number: str
    bank: int
    account: bool
    cashiers: tuple[str, ...]
    cashier: str
    shift: Shift | None
    sale: Sale | None
    tenders: tuple[Choice, ...]
    standing: Standing
    giving_back: tuple[GivingBack, ...]
    strays: tuple[Stray, ...]
    behind: bool
    synced_at: int

    @property
    def merchant(self) -> str:
        """The merchant's name as customers read it."""
        return self.settings.merchant or self.business_number


class Till:
    """The use cases of a till. One thread at a time, one process at a time (the stores see to it)."""

    def __init__(self, desk: TillDesk, meet: Meet, parts: CardParts) -> None:
        self.desk = desk
        self.takings = Takings(desk)
        self.taps = Taps(desk, self.takings, meet)
        self.terminal = CardDesk(desk, parts)
        self._giving_backs = GivingBacks(desk, self.terminal)
        self.cards = CardCounter(self.terminal, self.takings, self.taps, self._giving_backs)
        self._people = People(desk)

    @property
    def device(self) -> "Wallet":
        """The device inside: enrolment (``membership``), history (``view``), proofs."""
        return self.desk.device

    def close(self) -> None:
        """Let go of the line and of both files, and lock the element."""
        self.terminal.close()
        self.desk.store.close()
        self.desk.device.close()

    def __enter__(self) -> "Till":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- looking

    def status(self) -> TillStatus:
        """Everything at once; reads only."""
        desk = self.desk
        held = desk.device.desk.settings
        return TillStatus(
            settings=replace(desk.settings, merchant=desk.settings.merchant or held.owner),
            business_number=desk.business_number,
            bank=held.bank,
            account=held.account is not None,
            cashiers=tuple(sorted(one.name for one in desk.store.all(Cashier))),
            cashier=desk.settings.cashier,
            shift=desk.shift,
            sale=self.sale(),
            tenders=self.takings.choices(),
            standing=self.takings.standing(),
            giving_back=self._giving_backs.pending(),
            strays=desk.store.all(Stray),
            behind=desk.device.desk.behind or desk.behind,
            synced_at=held.synced_at,
        )

    def sale(self) -> Sale | None:
        """The sale on the counter; None when the counter is free."""
        sale = self.desk.sale
        return None if sale is None or sale.phase in (Phase.CLOSED, Phase.DROPPED) else sale

    def takings_standing(self) -> Standing:
        """Offline money that waits at the till, against its limit; what the bank owes; what no receipt
        knows."""
        return self.takings.standing()

    def receipts(self, most: int = 200) -> tuple[Receipt, ...]:
        """Receipts, newest first."""
        return self.desk.receipts()[: -most - 1 : -1]

    def receipt(self, name: str) -> Receipt | Refusal:
        """A receipt again, by its name (``3-0017``); ``receipt-unknown``."""
        return self.desk.receipt(name)

    def signed_receipt(self, receipt: Receipt) -> bytes:
        """The device's signed receipt for the offline payment of a sale, for a payer who went away too early;
        empty when there is none."""
        for one in receipt.paid:
            held = self.device.money.receipt(one.id) if one.tender == DT_OFFLINE else None
            if held is not None and not isinstance(held, Refusal):
                return held.receipt
        return b""

    # --- the till, its people and shifts

    def configure(
        self,
        *,
        merchant: str | None = None,
        city: str | None = None,
        address: str | None = None,
        offline_most_tiyn: int | None = None,
        warn_percent: int | None = None,
    ) -> TillSettings | Refusal:
        """What stands on receipts, and how much offline money may wait here (0: what the profile allows).
        ``name-wrong``, ``amount-out-of-range``, with the field that does not fit."""
        was = self.desk.settings
        settings = replace(
            was,
            merchant=was.merchant if merchant is None else merchant,
            city=was.city if city is None else city,
            address=was.address if address is None else address,
            offline_most_tiyn=was.offline_most_tiyn if offline_most_tiyn is None else offline_most_tiyn,
            warn_percent=was.warn_percent if warn_percent is None else warn_percent,
        )
        refused = settings_refused(settings)
        if refused is not None:
            return refused
        with self.desk.commit() as changes:
            changes.put(settings)
        return settings

    def add_cashier(self, name: str, code: Pin) -> Refusal | None:
        """Somebody who may sell here, and their code; the first may be added by whoever opened the till.

        ``name-wrong``, ``pin-too-short``, ``cashier-missing`` (somebody must be signed on).
        """
        return self._people.add(name, code)

    def sign_on(self, name: str, code: Pin) -> str | Refusal:
        """Sign a cashier on; returns the name as it is known. ``cashier-wrong``, whichever of the two it
        was; ``pin-wait`` after too many wrong codes, longer with each."""
        return self._people.sign_on(name, code)

    def sign_off(self) -> None:
        """Nobody may sell until somebody signs on; shift and sale stay as they are."""
        self._people.sign_off()

    def open_shift(self, drawer_tiyn: int = 0) -> Shift | Refusal:
        """Begin a shift with so much cash in the drawer; ``shift-open``, ``cashier-missing``."""
        settings = self.desk.settings
        if not settings.cashier:
            return Refusal(Code.CASHIER_MISSING, "cashier")
        wrong = amount_refused(drawer_tiyn, "drawer")
        if wrong is not None or self.desk.behind:
            return wrong or Refusal(Code.STORE_BEHIND, "store.book")
        if self.desk.shift is not None:
            return Refusal(Code.SHIFT_OPEN, "shift")
        shift = Shift(settings.shift + 1, settings.cashier, self.desk.now(), drawer_tiyn)
        with self.desk.commit() as changes:
            changes.put(shift)
            changes.put(replace(settings, shift=shift.number))
        return shift

    def move_cash(self, amount_tiyn: int) -> Shift | Refusal:
        """Put cash into the drawer (positive) or take it out (negative), apart from any sale; never more than
        lies in it (``drawer-short``)."""
        shift = self.desk.need_shift()
        if isinstance(shift, Refusal):
            return shift
        into, out = max(0, amount_tiyn), max(0, -amount_tiyn)
        moved = replace(
            shift, cash_in_tiyn=shift.cash_in_tiyn + into, cash_out_tiyn=shift.cash_out_tiyn + out
        )
        wrong = amount_refused(moved.cash_in_tiyn, "drawer") or amount_refused(moved.cash_out_tiyn, "drawer")
        wrong = wrong or self.desk.drawer_short(out)
        if wrong is not None:
            return wrong
        with self.desk.commit() as changes:
            changes.put(moved)
        return moved

    def x_report(self) -> Report | Refusal:
        """The shift so far; ``shift-closed``."""
        shift = self.desk.shift
        if shift is None:
            return Refusal(Code.SHIFT_CLOSED, "shift")
        return report(shift, self.desk.receipts(), self.desk.now())

    def z_report(self, counted_tiyn: int | None = None) -> Report | Refusal:
        """Close the shift and tell its totals. ``sale-busy`` while a sale is on the counter."""
        shift = self.desk.need_shift()
        if isinstance(shift, Refusal):
            return shift
        wrong = None if counted_tiyn is None else amount_refused(counted_tiyn, "counted")
        if wrong is not None:
            return wrong
        sale = self.sale()
        if sale is not None and (sale.items or sale.paid):
            return Refusal(Code.SALE_BUSY, "sale", (("phase", sale.phase.value),))
        closed = replace(shift, closed_at=self.desk.now(), counted_tiyn=counted_tiyn)
        with self.desk.commit() as changes:
            changes.put(closed)
            if sale is not None:
                changes.put(replace(sale, phase=Phase.CLOSED))
        return report(closed, self.desk.receipts(), closed.closed_at)

    def report_of(self, shift: int) -> Report | Refusal:
        """An earlier shift's Z report again; of the open one, its X report. ``shift-closed`` for none."""
        found = self.desk.store.get(Shift, shift_row(shift)) if 0 < shift < 2**32 else None
        if found is None:
            return Refusal(Code.SHIFT_CLOSED, "shift")
        return report(found, self.desk.receipts(), self.desk.now())

    # --- the basket

    def add_item(self, name: str, price_tiyn: int, quantity: int = 1, vat: str = "") -> Sale | Refusal:
        """Put something into the basket; the first thing begins a sale."""
        shift = self.desk.need_shift()
        if isinstance(shift, Refusal):
            return shift
        sale = self.sale() or Sale(
            id=self.device.desk.entropy.draw(8),
            shift=shift.number,
            ticket=shift.tickets + 1,
            cashier=self.desk.settings.cashier,
            opened_at=self.desk.now(),
        )
        return self.desk.step(sale, AddItem(Item(name, price_tiyn, quantity, vat)))

    def remove_item(self, place: int) -> Sale | Refusal:
        """Take the item at this place (0 …) out again."""
        return self._on_counter() or self.desk.tell(RemoveItem(place))

    def discount(self, amount_tiyn: int) -> Sale | Refusal:
        """Let so much off the whole basket; 0 takes it back."""
        return self._on_counter() or self.desk.tell(SetDiscount(amount_tiyn))

    # --- paying

    def begin_payment(self, tender: str, amount_tiyn: int | None = None) -> Asked | Refusal:
        """Ask for what is due, or a part of it. ``Asked.shown`` is what the customer must see: for
        ``dt-offline`` a signed request (bytes for QR frames or a file), for ``dt-online`` and
        ``dt-converted`` the text of a payment code (UTF-8). The same question again gives the same answer.
        Cash needs none: :meth:`cash`.

        ``limit-holding``: deposit first. ``tender-unknown``, ``not-enrolled``, ``sale-empty``, ``sale-busy``.
        """
        refused = self._may_sell()
        return refused if refused is not None else self.takings.ask(tender, amount_tiyn)

    def take(self, message: bytes) -> Taken | Refusal:
        """What the customer's device sent, any time: a payment (gives its receipt), or a payment once
        more."""
        return self.takings.take(message)

    def poll_online(self) -> Taken | Refusal | None:
        """Ask the bank what came in. ``Taken`` when it paid the open question, None while nothing did.

        Raises :class:`LinkError` while the bank is away. Money for no open sale is kept as a stray.
        """
        return self.takings.poll()

    def cash(self, given_tiyn: int, amount_tiyn: int | None = None) -> Taken | Refusal:
        """Cash was handed over for what is due, or for ``amount_tiyn`` of it; ``Taken.change_tiyn`` goes
        back. ``cash-short`` when it is not enough. An open question must be withdrawn first."""
        refused = self._may_sell()
        return refused if refused is not None else self.takings.cash(given_tiyn, amount_tiyn)

    def cancel_payment(self) -> Sale | Refusal:
        """Withdraw the open question. A payment that was signed for it all the same goes back to its payer
        (offline), or is kept as a stray (online)."""
        refused = self._on_counter() or self.takings.withdraw()
        return refused if refused is not None else self.desk.tell(Withdraw())

    def finish(self) -> Receipt | Refusal:
        """The receipt is handed out and the counter free. Until then every restart shows the receipt
        again."""
        sale = self._on_counter() or self.desk.tell(Finish())
        return sale if isinstance(sale, Refusal) else self.desk.receipt(f"{sale.shift}-{sale.receipt}")

    # --- giving up, giving back

    def drop(self) -> Sale | Refusal:
        """Give up the sale on the counter before anything is paid. Its number is not used; the report counts
        it."""
        refused = self._on_counter() or self.takings.withdraw()
        return refused if refused is not None else self.desk.tell(Drop())

    def void(self, name: str, to: str = "") -> GaveBack | Refusal:
        """Take a receipt of this shift back, each payment as it came: the very coins, notes, or, for an
        online payment, a transfer to the phone ``to``. ``receipt-old``, ``refund-too-much``,
        ``already-spent``, ``paid-in-dt`` by a card: :meth:`refund` by transfer."""
        return self._may_sell() or self._giving_backs.void(name, to)

    def refund(
        self,
        name: str,
        way: str,
        amount_tiyn: int | None = None,
        to: str = "",
        *,
        cash_anyway: bool = False,
    ) -> GaveBack | Refusal:
        """Give back all that is left of a receipt, or a part. ``way``: ``return`` (the very coins, whole
        payments only; ``GaveBack.messages`` go to the payer), ``transfer`` (online, to the phone ``to``),
        ``cash`` (``paid-by-card`` for what a card paid, unless ``cash_anyway``; ``drawer-short``).

        A transfer that the bank did not answer is decided (``TillStatus.giving_back``) and sent once, at the
        next sync at the latest: ``GaveBack.waiting_tiyn``. ``transfer-no-account`` where there is none to
        send from, before anything is decided.
        """
        return self._may_sell() or self._giving_backs.refund(
            name, way, amount_tiyn, to, cash_anyway=cash_anyway
        )

    # --- the bank

    def deposit(self) -> "Deposited | Refusal":
        """Hand all offline takings to the bank. The claims are signed and stored first: when the bank is away
        (:class:`LinkError`) they go at the next :meth:`sync`."""
        return self.device.settling.deposit()

    def sync(self) -> "Homecoming | Refusal":
        """Settle, fetch lists, ask for online takings, carry out refunds that wait. Raises LinkError."""
        home = self.device.settling.sync()
        if not isinstance(home, Refusal):
            self.desk.move_on()
            self.poll_online()
            self._giving_backs.go_on()
            self.terminal.say_reversals()
        return home

    def resume(self) -> TillStatus:
        """After a restart: what the device has counted and the book has not written yet is written now."""
        self.takings.catch_up()
        self.terminal.resume()
        self._giving_backs.go_on(online=False)
        return self.status()

    def _may_sell(self) -> Refusal | None:
        shift = self.desk.need_shift()
        return shift if isinstance(shift, Refusal) else None

    def _on_counter(self) -> Refusal | None:
        return None if self.sale() is not None else Refusal(Code.SALE_NONE, "sale")
