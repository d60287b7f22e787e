"""One operation of a bank card in full, as its holder reads it: first what people ask for, then what a bank
wants to know when somebody calls it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from faces.amounts import moment_text
from faces.bank_cards import (
    notice_amount,
    notice_kind,
    short_number,
    stands,
    went_back,
    where_text,
)
from faces.language import label
from tender.account.card_client_messages import CONFIRMING, VOID, CardOperation
from tender.account.card_messages import CASH, CREDITS, PURCHASE_IN_DT
from tender.account.participants import name_of


class Fact(NamedTuple):
    """``name``: of its label; ``meaning``: money, good, bad, quiet, or nothing special."""

    name: str
    text: str
    meaning: str = ""


_CONVERTED: Final = {CASH: "slip.to-cash", PURCHASE_IN_DT: "slip.as-they-are"}


def for_people(one: CardOperation) -> Sequence[Fact]:
    """What happened, in the order in which people ask."""
    facts = (
        Fact("slip.amount", notice_amount(one) if one.amount_tiyn else "", "money"),
        Fact("slip.where", where_text(one.place.name, one.place.city, one.place.country)),
        Fact("slip.what", notice_kind(one.kind)),
        Fact("slip.when", moment_text(one.time)),
        Fact("slip.card", short_number(one.masked) if one.masked else ""),
        Fact("slip.status", stands(one), "bad" if one.code else "good"),
        Fact("slip.became", _became(one)),
        Fact("slip.conversion", _conversion(one)),
        Fact("slip.approval", one.place.approval),
        Fact("slip.rrn", one.place.rrn),
    )
    return [fact for fact in facts if fact.text]


def for_the_bank(one: CardOperation, line: str = "") -> Sequence[Fact]:
    """Numbers that help nobody but a bank. ``line``: the number of its line in the history."""
    place = one.place
    facts = (
        Fact("slip.merchant", place.merchant),
        Fact("slip.terminal", place.terminal),
        Fact("slip.category", f"{place.category:04}" if place.category else ""),
        Fact("slip.acquirer", name_of(place.acquirer) if place.acquirer else ""),
        Fact("slip.operation", one.operation),
        Fact("slip.original", one.original),
        Fact("slip.line", line),
    )
    return [Fact(fact.name, fact.text, "quiet") for fact in facts if fact.text]


def _became(one: CardOperation) -> str:
    """What was taken or given back in part, and what is left."""
    back = went_back(one)
    left_tiyn = one.amount_tiyn - one.undone_tiyn - one.back_tiyn
    return ", ".join((*back, label("slip.still", amount_tiyn=left_tiyn))) if back else ""


def _conversion(one: CardOperation) -> str:
    """What became what; nothing of an operation that moves no money."""
    if one.code or one.state in (CONFIRMING, VOID):
        return "" if one.state == CONFIRMING else label("slip.nothing")
    if not one.amount_tiyn:
        return ""
    if one.undone_tiyn == one.amount_tiyn:
        return label("slip.came-back" if one.kind not in CREDITS else "slip.nothing")
    key = "slip.to-you" if one.kind in CREDITS else _CONVERTED.get(one.kind, "slip.to-shop")
    return label(key, amount_tiyn=one.amount_tiyn - one.undone_tiyn)
