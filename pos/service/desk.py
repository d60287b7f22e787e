"""What the till's use cases share: its rows, its device, the time, and the one way to commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from device.service.wallet import Wallet
from pos.core.model import (
    COUNTER_ROW,
    SETTINGS_ROW,
    Phase,
    Receipt,
    Sale,
    Shift,
    TillSettings,
    receipt_name,
    shift_row,
)
from pos.core.sale import CountDropped, Event, MakeReceipt, receipt_of, step
from pos.core.totals import report
from pos.ports import Changes, Proof, TillStore
from tender.crypto.certificates import DeviceCertificate
from tender.errors import Code, Refusal, StoreError


class TillDesk:
    """The till's working table."""

    def __init__(self, store: TillStore, device: Wallet, proof: Proof) -> None:
        self.store = store
        self.device = device
        self.proof = proof

    def now(self) -> int:
        """The device's time."""
        return self.device.desk.now()

    @property
    def settings(self) -> TillSettings:
        """The till itself."""
        found = self.store.get(TillSettings, SETTINGS_ROW)
        if found is None:
            raise StoreError(Code.STORE_TAMPERED, "store.settings")
        return found

    @property
    def shift(self) -> Shift | None:
        """The open shift, or None."""
        number = self.settings.shift
        found = self.store.get(Shift, shift_row(number)) if number else None
        return found if found is not None and found.open else None

    @property
    def sale(self) -> Sale | None:
        """The sale on the counter, as it was last stored."""
        return self.store.get(Sale, COUNTER_ROW)

    @contextmanager
    def commit(self) -> Iterator[Changes]:
        """Gather changes; on leaving they are durable, or none is. The element is told afterwards how far the
        book has come; an old copy stays known as one, whatever is written into it."""
        changes = self.store.changes()
        yield changes
        self._write(changes, self.store.mark if self.behind else self.store.mark + 1)

    def _write(self, changes: Changes, mark: int) -> None:
        self.store.commit(changes, mark)
        if not self.behind:
            self.device.desk.element.note_book(mark)

    @property
    def behind(self) -> bool:
        """Whether the book is an older copy: the element knows of one that came further."""
        return self.store.mark < self.device.desk.element.book_mark

    def move_on(self) -> None:
        """Go on with an old copy of the book. What it forgot stays forgotten, but no number is given twice:
        a shift takes at least one writing, so the numbers of as many shifts as writings are passed over."""
        if not self.behind:
            return
        mark = self.device.desk.element.book_mark
        settings, shift, sale = self.settings, self.shift, self.sale
        changes = self.store.changes()
        # One more: the power may have gone before the element heard of the last writing.
        changes.put(replace(settings, shift=settings.shift + mark - self.store.mark + 1))
        if shift is not None:
            changes.put(replace(shift, closed_at=self.now()))
        if sale is not None:
            changes.put(replace(sale, phase=Phase.CLOSED, asked=None))
        self._write(changes, mark + 1)

    def need_shift(self) -> Shift | Refusal:
        """The open shift, with somebody signed on; ``store-behind`` while the book is an old copy."""
        if self.behind:
            return Refusal(Code.STORE_BEHIND, "store.book")
        if not self.settings.cashier:
            return Refusal(Code.CASHIER_MISSING, "cashier")
        return self.shift or Refusal(Code.SHIFT_CLOSED, "shift")

    def drawer_short(self, cash_tiyn: int) -> Refusal | None:
        """``drawer-short``: so many notes are not in the drawer, and cannot be handed out."""
        shift = self.shift
        if cash_tiyn <= 0 or shift is None:
            return None
        drawer_tiyn = report(shift, self.receipts(), self.now()).drawer_tiyn
        short = (("drawer_tiyn", drawer_tiyn),)
        return Refusal(Code.DRAWER_SHORT, "drawer", short) if cash_tiyn > drawer_tiyn else None

    def tell(self, event: Event) -> Sale | Refusal:
        """One event for the sale on the counter, and everything that follows from it, in one commit."""
        sale = self.sale
        if sale is None:
            return Refusal(Code.SALE_NONE, "sale")
        return self.step(sale, event)

    def step(self, sale: Sale, event: Event, *beside: Any) -> Sale | Refusal:
        """One event for this sale, which may be a new one; rows ``beside`` it are written in its commit."""
        now = self.now()
        stepped = step(sale, event, now)
        if isinstance(stepped, Refusal):
            return stepped
        after, commands = stepped
        shift = self.store.get(Shift, shift_row(sale.shift))
        assert shift is not None  # a sale is made within one, and shifts are never removed
        with self.commit() as changes:
            for command in commands:
                match command:
                    case MakeReceipt():
                        shift = replace(shift, receipts=shift.receipts + 1)
                        after = replace(after, receipt=shift.receipts)
                        changes.put(receipt_of(after, shift.receipts, now))
                    case CountDropped():
                        shift = replace(
                            shift,
                            dropped=shift.dropped + 1,
                            dropped_tiyn=shift.dropped_tiyn + sale.total_tiyn,
                        )
            if sale.ticket > shift.tickets:
                shift = replace(shift, tickets=sale.ticket)
            for row in (shift, after, *beside):
                changes.put(row)
        return after

    def receipts(self) -> tuple[Receipt, ...]:
        """Every receipt, oldest first."""
        return tuple(sorted(self.store.all(Receipt), key=lambda one: (one.shift, one.number)))

    def receipt(self, name: str) -> Receipt | Refusal:
        """A receipt by its name (``3-0017``, or ``3/17``)."""
        shift, _, number = name.replace("/", "-").partition("-")
        if shift.isdecimal() and number.isdecimal() and len(name) < 24:
            found = self.store.get(Receipt, receipt_name(int(shift), int(number)).encode())
            if found is not None:
                return found
        return Refusal(Code.RECEIPT_UNKNOWN, "receipt")

    @property
    def business_number(self) -> str:
        """The merchant's BIN, as the bank certified it; empty before that."""
        certified = [one for one in self.device.desk.own_keys() if one.certificate]
        if not certified:
            return ""
        newest = certified[-1]
        return DeviceCertificate.unpack(newest.certificate, newest.key, "certificate").business_number or ""
