"""The sale as a table: what may happen in each phase, and what comes of it.

``step(sale, event, now)`` returns the sale as it is then and the commands to obey, or a refusal, and nothing
has changed. The till stores the new sale before it shows anything; after a power cut the stored sale goes on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from pos.core.bounds import text_refused
from pos.core.model import (
    ITEMS_MOST,
    NAME_MOST,
    PAID_MOST,
    QUANTITY_MOST,
    SALE,
    VAT_MOST,
    Asked,
    Item,
    Paid,
    Phase,
    Receipt,
    Sale,
)
from tender.errors import Code, Refusal
from tender.money import AMOUNT_MAX_TIYN


@dataclass(frozen=True, slots=True)
class AddItem:
    """Something is put into the basket."""

    item: Item


@dataclass(frozen=True, slots=True)
class RemoveItem:
    """The item at this place (0 …) is taken out again."""

    place: int


@dataclass(frozen=True, slots=True)
class SetDiscount:
    """So much is let off the whole basket; 0 takes it back."""

    amount_tiyn: int


@dataclass(frozen=True, slots=True)
class Ask:
    """A way to pay was chosen, and what the customer will be shown is ready."""

    asked: Asked


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The open way to pay is given up; money that comes for it later is no longer expected."""


@dataclass(frozen=True, slots=True)
class Arrive:
    """Money came."""

    paid: Paid


@dataclass(frozen=True, slots=True)
class Finish:
    """The receipt is handed out; the counter is free."""


@dataclass(frozen=True, slots=True)
class Drop:
    """The sale is given up."""


@dataclass(frozen=True, slots=True)
class MakeReceipt:
    """Command: give the sale the next number of its shift, and write the receipt in the same commit."""


@dataclass(frozen=True, slots=True)
class CountDropped:
    """Command: the shift remembers that a sale was given up, and how much it was."""


Event = AddItem | RemoveItem | SetDiscount | Ask | Withdraw | Arrive | Finish | Drop
Command = MakeReceipt | CountDropped
Stepped = tuple[Sale, tuple[Command, ...]]
Handler = Callable[[Sale, Any, int], Stepped | Refusal]


def step(sale: Sale, event: Event, now: int) -> Stepped | Refusal:
    """One event. ``sale-busy`` when this phase has no place for it."""
    handler = TABLE.get((sale.phase, type(event)))
    if handler is None:
        return Refusal(Code.SALE_BUSY, "sale", (("phase", sale.phase.value),))
    return handler(sale, event, now)


def receipt_of(sale: Sale, number: int, now: int) -> Receipt:
    """The receipt of a sale that is paid."""
    return Receipt(
        shift=sale.shift,
        number=number,
        kind=SALE,
        time=now,
        cashier=sale.cashier,
        sale=sale.id,
        items=sale.items,
        discount_tiyn=sale.discount_tiyn,
        total_tiyn=sale.total_tiyn,
        paid=sale.paid,
    )


def _add(sale: Sale, event: AddItem, now: int) -> Stepped | Refusal:
    item = event.item
    named = item.name.strip()
    wrong = text_refused(named, NAME_MOST, "item.name") or text_refused(item.vat, VAT_MOST, "item.vat")
    if wrong is not None or not named:
        return wrong or Refusal(Code.NAME_WRONG, "item.name")
    if not 1 <= item.quantity <= QUANTITY_MOST or item.price_tiyn < 1:
        return Refusal(Code.AMOUNT_OUT_OF_RANGE, "item.price")
    if sale.gross_tiyn + item.amount_tiyn > AMOUNT_MAX_TIYN or len(sale.items) >= ITEMS_MOST:
        return Refusal(Code.AMOUNT_OUT_OF_RANGE, "items")
    return replace(sale, items=(*sale.items, replace(item, name=named))), ()


def _remove(sale: Sale, event: RemoveItem, now: int) -> Stepped | Refusal:
    if not 0 <= event.place < len(sale.items):
        return Refusal(Code.SALE_EMPTY, "items")
    left = replace(sale, items=sale.items[: event.place] + sale.items[event.place + 1 :])
    # A discount that no longer fits would make the sale cost nothing, or less.
    return (left if left.discount_tiyn < left.gross_tiyn else replace(left, discount_tiyn=0)), ()


def _discount(sale: Sale, event: SetDiscount, now: int) -> Stepped | Refusal:
    if event.amount_tiyn and not 0 < event.amount_tiyn < sale.gross_tiyn:
        return Refusal(Code.AMOUNT_OUT_OF_RANGE, "discount")
    return replace(sale, discount_tiyn=event.amount_tiyn), ()


def _ask(sale: Sale, event: Ask, now: int) -> Stepped | Refusal:
    if not sale.items:
        return Refusal(Code.SALE_EMPTY, "items")
    if len(sale.paid) >= PAID_MOST:
        return Refusal(Code.AMOUNT_OUT_OF_RANGE, "paid")
    if not 0 < event.asked.amount_tiyn <= sale.due_tiyn:
        return Refusal(Code.AMOUNT_OUT_OF_RANGE, "amount")
    return replace(sale, phase=Phase.PAYING, asked=event.asked, tries=sale.tries + 1), ()


def _withdraw(sale: Sale, event: Withdraw, now: int) -> Stepped | Refusal:
    return replace(sale, phase=Phase.OWING if sale.paid else Phase.BASKET, asked=None), ()


def _arrive(sale: Sale, event: Arrive, now: int) -> Stepped | Refusal:
    paid = event.paid
    if not sale.items:
        return Refusal(Code.SALE_EMPTY, "items")
    if paid.id and any(one.id == paid.id for one in sale.paid):
        return sale, ()  # told twice, counted once
    left_tiyn = leaves(sale, paid)
    if isinstance(left_tiyn, Refusal):
        return left_tiyn
    asked = None if _answers(paid, sale.asked) else sale.asked
    more = replace(sale, paid=(*sale.paid, paid), asked=asked)
    if not more.due_tiyn:
        return replace(more, phase=Phase.PAID, asked=None), (MakeReceipt(),)
    return replace(more, phase=Phase.PAYING if more.asked else Phase.OWING), ()


def leaves(sale: Sale, paid: Paid) -> int | Refusal:
    """What is still due (tiyn) once this money is counted; a refusal when it may not be.

    What answers the open question always counts, were it more than is due: it was asked for, and it is here.
    Anything else must leave room for the open question, or make it needless by paying all.
    """
    left_tiyn = sale.due_tiyn - paid.amount_tiyn
    refusal = Refusal(Code.AMOUNT_MISMATCH, "amount", (("amount_tiyn", paid.amount_tiyn),))
    if paid.amount_tiyn < 1:
        return refusal
    if _answers(paid, sale.asked):
        return max(0, left_tiyn)
    asked_tiyn = 0 if sale.asked is None else sale.asked.amount_tiyn
    if left_tiyn < 0 or 0 < left_tiyn < asked_tiyn:
        return refusal
    # One place is kept for the answer to a question.
    return left_tiyn if len(sale.paid) < PAID_MOST - 1 or not left_tiyn else refusal


def _answers(paid: Paid, asked: Asked | None) -> bool:
    """Whether this is the money that was asked for."""
    if asked is None:
        return False
    return paid.id == asked.payment if asked.payment else paid.reference == asked.reference


def _drop(sale: Sale, event: Drop, now: int) -> Stepped | Refusal:
    if sale.paid:
        return Refusal(Code.SALE_BUSY, "sale", (("phase", sale.phase.value),))
    counted = (CountDropped(),) if sale.items else ()
    return replace(sale, phase=Phase.DROPPED, asked=None), counted


def _finish(sale: Sale, event: Finish, now: int) -> Stepped | Refusal:
    return replace(sale, phase=Phase.CLOSED), ()


TABLE: Final[Mapping[tuple[Phase, type[Any]], Handler]] = {
    (Phase.BASKET, AddItem): _add,
    (Phase.BASKET, RemoveItem): _remove,
    (Phase.BASKET, SetDiscount): _discount,
    (Phase.BASKET, Ask): _ask,
    (Phase.BASKET, Arrive): _arrive,
    (Phase.BASKET, Drop): _drop,
    (Phase.PAYING, Withdraw): _withdraw,
    (Phase.PAYING, Arrive): _arrive,
    (Phase.PAYING, Drop): _drop,
    (Phase.OWING, Ask): _ask,
    (Phase.OWING, Arrive): _arrive,
    (Phase.PAID, Finish): _finish,
}
"""(phase, event) → what happens; whatever is not here is refused."""


def possible(sale: Sale, event: type[Any]) -> bool:
    """Whether this phase has a place for such an event."""
    return (sale.phase, event) in TABLE
