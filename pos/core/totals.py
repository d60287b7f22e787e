"""What a shift adds up to: read from its receipts alone, so that no counter can drift from them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pos.core.card_tender import IN_DT
from pos.core.model import CORRECTION, REFUND, SALE, VOID, Receipt, Shift
from pos.core.tenders import CARD, CASH, TENDERS


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
    ``last``: receipt numbers, 0 when there are none. ``vat``: label of a rate → what was
    sold under it, less discounts and what went back.
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
    card_dt_tiyn: int = 0
    """What of the cards' net was paid in Digital Tenge on both sides."""
    corrections: int = 0
    corrections_tiyn: int = 0
    """Voids, of this shift or an earlier one, that did not happen after all."""

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
    every = tuple(receipts)
    mine = sorted((one for one in every if one.shift == shift.number), key=lambda one: one.number)
    sales = [one for one in mine if one.kind == SALE]
    voids = [one for one in mine if one.kind == VOID]
    refunds = [one for one in mine if one.kind == REFUND]
    corrections = [one for one in mine if one.kind == CORRECTION]
    came, back = [*sales, *corrections], [*voids, *refunds]
    tenders = tuple(
        found for tender in TENDERS if (found := _total(tender.name, came, back)).sales or found.back
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
        refunds_tiyn=sum(one.total_tiyn for one in refunds),
        voids=len(voids),
        voids_tiyn=sum(one.total_tiyn for one in voids),
        discounts_tiyn=sum(one.discount_tiyn for one in sales),
        dropped=shift.dropped,
        dropped_tiyn=shift.dropped_tiyn,
        tenders=tenders,
        vat=_by_vat(shift.number, every),
        opening_tiyn=shift.drawer_tiyn,
        cash_in_tiyn=shift.cash_in_tiyn,
        cash_out_tiyn=shift.cash_out_tiyn,
        drawer_tiyn=shift.drawer_tiyn + shift.cash_in_tiyn - shift.cash_out_tiyn + cash_tiyn,
        counted_tiyn=shift.counted_tiyn,
        card_dt_tiyn=_in_dt(came) - _in_dt(back),
        corrections=len(corrections),
        corrections_tiyn=sum(one.total_tiyn for one in corrections),
    )


def _in_dt(receipts: Iterable[Receipt]) -> int:
    paid = (one for receipt in receipts for one in receipt.paid)
    return sum(one.amount_tiyn for one in paid if one.tender == CARD and one.channel == IN_DT)


def _total(tender: str, came_in: Iterable[Receipt], back: Iterable[Receipt]) -> TenderTotal:
    came = [one.amount_tiyn for receipt in came_in for one in receipt.paid if one.tender == tender]
    went = [one.amount_tiyn for receipt in back for one in receipt.paid if one.tender == tender]
    return TenderTotal(tender, len(came), sum(came), len(went), sum(went))


def _by_vat(shift: int, receipts: Iterable[Receipt]) -> dict[str, int]:
    """What stayed of each rate's sales, discounts and givings back taken off; items without a label are left
    out. What goes back takes from each rate its part, also when the sale was an earlier shift's, and what
    stands again gives it back."""
    known = {(one.shift, one.number): one for one in receipts}
    gone: dict[tuple[int, int], int] = {}
    found: dict[str, int] = {}
    for at, one in sorted(known.items()):
        of = at if one.kind == SALE else (one.of_shift, one.of_number)
        goes_back = one.kind in (REFUND, VOID)
        before_tiyn = 0 if one.kind == SALE else gone.get(of, 0)
        after_tiyn = before_tiyn + (one.total_tiyn if goes_back or one.kind == SALE else -one.total_tiyn)
        if one.kind != SALE:
            gone[of] = after_tiyn
        if one.shift == shift and of in known:
            sign = 1 if one.kind == SALE else -1
            start = _spread(known[of], before_tiyn)
            for label, part_tiyn in _spread(known[of], after_tiyn).items():
                if label:
                    found[label] = found.get(label, 0) + sign * (part_tiyn - start[label])
    return found


def _spread(sale: Receipt, amount_tiyn: int) -> dict[str, int]:
    """So much of a sale's total, by rate: each label's part in whole tiyn, and the parts add up.

    Running sums are rounded, not parts: so what goes back in pieces adds up to what was sold.
    """
    sums: dict[str, int] = {}
    for item in sale.items:
        sums[item.vat] = sums.get(item.vat, 0) + item.amount_tiyn
    gross_tiyn, reached_tiyn, told_tiyn = sum(sums.values()), 0, 0
    parts: dict[str, int] = {}
    for label, label_tiyn in sums.items():
        reached_tiyn += label_tiyn
        until_tiyn = amount_tiyn * reached_tiyn // gross_tiyn
        parts[label] = until_tiyn - told_tiyn
        told_tiyn = until_tiyn
    return parts
