"""How money comes to a till online: by the bank's word, page by page, each taking known by its transaction.

Anybody who has seen a code may pay any sum under its reference, so a taking counts for a sale only when it is
exactly what that very code asked for, and when it does not spoil the question that is open now. Whatever else
comes is kept as a stray: it is the merchant's, and it moves no sale.
"""

from base64 import b32encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from pos.core.model import Asked, Paid, Receipt, Sale, Shown, Stray
from pos.core.sale import Arrive, leaves, possible
from pos.core.tenders import DT_CONVERTED, DT_ONLINE
from pos.service.desk import TillDesk
from tender.account.merchant_messages import TAKINGS_MOST, Taking
from tender.errors import Refusal

OVERLAP_S: Final = 600
"""Takings are asked for from a little before the last one: banks' clocks differ. Known ones are passed
over."""


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


def mark_of(desk: TillDesk) -> str:
    """What the references of this till begin with: the same account may have other tills, and a shop."""
    return f"{_base_32(desk.device.desk.settings.device.to_bytes(5, 'big')).lstrip('A') or 'A'}-"


def reference_of(desk: TillDesk, sale: Sale) -> str:
    """What an online payment carries: the till, the sale, the try; 18 characters of the 25 there are, because
    each of them makes the code larger."""
    return f"{mark_of(desk)}{_base_32(sale.id[:5])}{sale.tries % 100:02d}"


def _base_32(five: bytes) -> str:
    """Five bytes as eight letters and digits."""
    return b32encode(five).decode()


def known(desk: TillDesk) -> set[bytes]:
    """Every payment and transaction that the book has written somewhere."""
    sale = desk.sale
    found = {paid.id for receipt in desk.receipts() for paid in receipt.paid if paid.id}
    found |= {paid.id for paid in sale.paid} if sale is not None else set()
    return found | {one.transaction for one in desk.store.all(Stray)}


def arrived(desk: TillDesk, sale: Sale, paid: Paid, *beside: Any) -> Taken | Refusal:
    """Money that nobody has to be answered for: the bank's word, or notes; with rows of the same commit."""
    after = desk.step(sale, Arrive(paid), *beside)
    if isinstance(after, Refusal):
        return after
    receipt = desk.receipt(f"{after.shift}-{after.receipt}") if after.receipt else None
    return Taken(
        amount_tiyn=paid.amount_tiyn,
        sale=after,
        receipt=None if isinstance(receipt, Refusal) else receipt,
        change_tiyn=paid.change_tiyn,
    )


class OnlineTakings:
    """Use cases of the bank's word. ``catch_up`` brings the book to where the device is; ``withdraw`` takes
    the open question back at the device and says why it cannot."""

    def __init__(
        self, desk: TillDesk, catch_up: Callable[[], Sale | None], withdraw: Callable[[], Refusal | None]
    ) -> None:
        self._desk = desk
        self._catch_up = catch_up
        self._withdraw = withdraw

    def show(self, asked: Asked) -> None:
        """Remember what this code asks for, before anybody can see it; codes of earlier sales are done."""
        with self._desk.commit() as changes:
            for one in self._desk.store.all(Shown):
                if one.reference[:-2] != asked.reference[:-2]:
                    changes.drop(one)
            changes.put(Shown(asked.reference, asked.amount_tiyn))

    def poll(self) -> Taken | Refusal | None:
        """See :meth:`pos.service.till.Till.poll_online`. What the open question waits for is asked for by its
        reference first: however much else came in, the counter does not wait for it."""
        desk = self._desk
        sale = self._catch_up()
        asked = None if sale is None else sale.asked
        if asked is not None and asked.shown and not asked.payment:
            taken = self._read(max(0, asked.since - OVERLAP_S), asked.reference)
            if taken is not None:
                return taken
        return self._read(max(0, desk.settings.seen_until - OVERLAP_S))

    def _read(self, since: int, reference: str = "") -> Taken | Refusal | None:
        taken = None
        for page in self._pages(since, reference):
            if isinstance(page, Refusal):
                return page
            taken = self._noted(page, seen=not reference) or taken
        return taken

    def _pages(self, since: int, reference: str) -> Iterator[tuple[Taking, ...] | Refusal]:
        after: bytes | None = None
        while True:
            page = self._desk.device.merchants.takings(since, reference, after=after)
            yield page
            if isinstance(page, Refusal) or len(page) < TAKINGS_MOST or page[-1].transaction == after:
                return
            since, after = page[-1].time, page[-1].transaction

    def _noted(self, page: tuple[Taking, ...], *, seen: bool) -> Taken | None:
        """One page, into the sale or among the strays; all strays of it in one commit."""
        desk, taken = self._desk, None
        old, strays = known(desk), []
        for one in page:
            if one.transaction in old or not one.reference.startswith(mark_of(desk)):
                continue
            old.add(one.transaction)
            tender = DT_CONVERTED if one.converted else DT_ONLINE
            counted = self._counted(one, tender)
            if counted is None:
                strays.append(Stray(one.transaction, one.amount_tiyn, one.time, one.reference, tender))
            taken = counted or taken
        further = seen and bool(page) and page[-1].time > desk.settings.seen_until
        if strays or further:
            with desk.commit() as changes:
                for stray in strays:
                    changes.put(stray)
                if further:
                    changes.put(replace(desk.settings, seen_until=page[-1].time))
        return taken

    def _counted(self, one: Taking, tender: str) -> Taken | None:
        """This taking in the sale on the counter, if it is what a code of that sale asked for."""
        desk = self._desk
        sale = self._catch_up()
        if desk.behind or sale is None or not possible(sale, Arrive):
            return None
        shown = desk.store.get(Shown, one.reference.encode())
        ours = one.reference[:-2] == reference_of(desk, sale)[:-2]
        if shown is None or not ours or shown.amount_tiyn != one.amount_tiyn:
            return None
        if any(paid.id and paid.reference == one.reference for paid in sale.paid):
            return None  # one code, paid a second time
        paid = Paid(tender, one.amount_tiyn, one.time, one.transaction, one.reference)
        if isinstance(leaves(sale, paid), Refusal):
            return None
        asked = sale.asked
        # The device's own request must be dead before its place is taken, or the customer could pay twice.
        if asked is not None and asked.payment and one.amount_tiyn == sale.due_tiyn and not self._let_go():
            return None
        taken = arrived(desk, sale, paid)
        return None if isinstance(taken, Refusal) else taken

    def _let_go(self) -> bool:
        return not self._desk.device.desk.behind and self._withdraw() is None
