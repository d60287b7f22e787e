"""What a shift adds up to: read from its receipts alone, so that no counter can drift from them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pos.core.model import SALE, VOID, Receipt, Shift
from pos.core.tenders import CASH, TENDERS


@dataclass(frozen=True, slots=True)
class TenderTotal:
    """One way to pay within a shift (tiyn, and how many payments)."""

    tender: str
    sales: int
    sales_tiyn: int
    back: int
    back_tiyn: int

    @property
    def net_tiyn(self) -> int:
        """What stayed."""
        return self.sales_tiyn - self.back_tiyn


@dataclass(frozen=True, slots=True)
class Report:
    """An X report (the shift goes on) or a Z report (it is closed).

    ``drawer_tiyn``: what must lie in the drawer; ``counted_tiyn`` what did, if anybody counted. ``first`` and
    ``last``: receipt numbers, 0 when there are none. ``vat``: label of a rate → net amount sold under it.
    """

    kind: str
    shift: int
    cashier: str
    opened_at: int
    time: int
    receipts: int
    first: int
    last: int
    sales_tiyn: int
    refunds_tiyn: int
    voids: int
    voids_tiyn: int
    discounts_tiyn: int
    dropped: int
    dropped_tiyn: int
    tenders: tuple[TenderTotal, ...]
    vat: Mapping[str, int]
    opening_tiyn: int
    cash_in_tiyn: int
    cash_out_tiyn: int
    drawer_tiyn: int
    counted_tiyn: int | None = None

    @property
    def net_tiyn(self) -> int:
        """Sold less given back."""
        return sum(one.net_tiyn for one in self.tenders)

    @property
    def difference_tiyn(self) -> int:
        """Counted less expected; 0 when nobody counted."""
        return 0 if self.counted_tiyn is None else self.counted_tiyn - self.drawer_tiyn


def report(shift: Shift, receipts: Iterable[Receipt], now: int) -> Report:
    """The totals of a shift so far, or, once it is closed, for good."""
    mine = sorted((one for one in receipts if one.shift == shift.number), key=lambda one: one.number)
    sales = [one for one in mine if one.kind == SALE]
    back = [one for one in mine if one.kind != SALE]
    voids = [one for one in back if one.kind == VOID]
    tenders = tuple(
        found for tender in TENDERS if (found := _total(tender.name, sales, back)).sales or found.back
    )
    cash_tiyn = sum(one.net_tiyn for one in tenders if one.tender == CASH)
    return Report(
        kind="x" if shift.open else "z",
        shift=shift.number,
        cashier=shift.cashier,
        opened_at=shift.opened_at,
        time=shift.closed_at or now,
        receipts=len(mine),
        first=mine[0].number if mine else 0,
        last=mine[-1].number if mine else 0,
        sales_tiyn=sum(one.total_tiyn for one in sales),
        refunds_tiyn=sum(one.total_tiyn for one in back if one.kind != VOID),
        voids=len(voids),
        voids_tiyn=sum(one.total_tiyn for one in voids),
        discounts_tiyn=sum(one.discount_tiyn for one in sales),
        dropped=shift.dropped,
        dropped_tiyn=shift.dropped_tiyn,
        tenders=tenders,
        vat=_by_vat(sales),
        opening_tiyn=shift.drawer_tiyn,
        cash_in_tiyn=shift.cash_in_tiyn,
        cash_out_tiyn=shift.cash_out_tiyn,
        drawer_tiyn=shift.drawer_tiyn + shift.cash_in_tiyn - shift.cash_out_tiyn + cash_tiyn,
        counted_tiyn=shift.counted_tiyn,
    )


def _total(tender: str, sales: Iterable[Receipt], back: Iterable[Receipt]) -> TenderTotal:
    came = [one.amount_tiyn for receipt in sales for one in receipt.paid if one.tender == tender]
    went = [one.amount_tiyn for receipt in back for one in receipt.paid if one.tender == tender]
    return TenderTotal(tender, len(came), sum(came), len(went), sum(went))


def _by_vat(sales: Iterable[Receipt]) -> dict[str, int]:
    """Items before a discount on the whole basket, by the rate's label; items without one are left out."""
    found: dict[str, int] = {}
    for receipt in sales:
        for item in receipt.items:
            if item.vat:
                found[item.vat] = found.get(item.vat, 0) + item.amount_tiyn
    return found
