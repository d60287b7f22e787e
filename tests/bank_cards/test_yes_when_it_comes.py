"""What a bank decides of an order, without a store: what changed between a question and its yes, whose
purchase a return gives back, what an undo leaves free."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from platform_stub.ledger.card_decisions import Decisions
from platform_stub.ledger.card_operations import CONVERTED, REFUSED, Account, Card, Operation, Rules
from tender.account.card_messages import (
    ACTIVE,
    BLOCKED,
    ECOMMERCE,
    PURCHASE,
    RETURN,
    VIRTUAL,
    Authorised,
    Credit,
    Credited,
    Undo,
)
from tender.errors import Code, Refusal
from tests.bank_cards.host import KIOSK, spending
from tests.platform_stub.people import NOW, TENGE

AIGULS, DANAS = bytes([1]) * 16, bytes([2]) * 16
CARDS = {
    card: Card(card, client, bytes([client]) * 32, "411111******1111", VIRTUAL, ACTIVE, "3012", False)
    for client, card in ((1, AIGULS), (2, DANAS))
}
CONFIRM_S = 120


def decisions(
    tenge: int = 1_000,
    operations: dict[str, Operation] | None = None,
    cards: dict[bytes, Card] = CARDS,
    now: int = NOW,
    *,
    blocked: bool = False,
) -> Decisions:
    """A group at a bank where each client has so much."""
    accounts = {card.address: Account(tenge * TENGE, tenge * TENGE) for card in cards.values()}
    return Decisions(operations or {}, cards, accounts, Rules(blocked=blocked), now)


def asked() -> dict[str, Operation]:
    """600 tenge of Aigul's wait for her yes, at a bank where she has 1 000."""
    group = decisions()
    assert group.decide(spending("visa-1", 600, card=AIGULS, kind=ECOMMERCE, confirm_s=CONFIRM_S)) is None
    return group.changes.operations


def changed(**changes: Any) -> dict[bytes, Card]:
    """Her card is another one by now."""
    return CARDS | {AIGULS: dataclasses.replace(CARDS[AIGULS], **changes)}


@pytest.mark.parametrize(
    ("later", "code"),
    [
        (lambda rows: decisions(600, rows, now=NOW + CONFIRM_S - 1), None),
        (lambda rows: decisions(600, rows, now=NOW + CONFIRM_S), Code.CONFIRMATION_MISSING),
        (lambda rows: decisions(599, rows), Code.FUNDS_INSUFFICIENT),
        (lambda rows: decisions(600, rows, changed(stopped=True)), Code.CARD_STOPPED),
        (lambda rows: decisions(600, rows, changed(state=BLOCKED)), Code.CARD_STOPPED),
        (lambda rows: decisions(600, rows, blocked=True), Code.PARTICIPANT_BLOCKED),
    ],
    ids=["in time", "too late", "spent meanwhile", "stopped", "card blocked", "bank blocked"],
)
def test_a_yes_counts_for_what_is_true_when_it_comes(
    later: Callable[[dict[str, Operation]], Decisions], code: Code | None
) -> None:
    group = later(asked())
    assert group.confirm("visa-1", True) == code
    [told] = group.changes.answers
    assert isinstance(told, Authorised) and told.code == (code or "")
    row = group.changes.operations["visa-1"]
    assert row.state == (REFUSED if code else CONVERTED)
    assert bool(group.changes.books) is bool(group.changes.entries) is (code is None)
    assert group.confirm("visa-1", True) is Code.REQUEST_CLOSED


def test_a_return_goes_to_whoever_bought() -> None:
    group = decisions()
    bought = group.decide(spending("visa-1", 600, card=AIGULS, kind=PURCHASE))
    assert isinstance(bought, Authorised) and not bought.code
    for card, code in ((DANAS, Code.ORDER_UNKNOWN), (AIGULS, "")):
        name = f"back to {card.hex()}"
        told = group.decide(Credit(name, "visa-1", card, 600 * TENGE, RETURN, KIOSK, NOW))
        assert isinstance(told, Credited) and told.code == code
    assert group.changes.operations["visa-1"].back_tiyn == 600 * TENGE


def test_what_the_bank_does_not_offer_moves_nothing() -> None:
    accounts = {card.address: Account(TENGE, TENGE) for card in CARDS.values()}
    rules = Rules(offered=lambda _order: Refusal(Code.NOT_SUPPORTED, "capability"))
    group = Decisions({}, CARDS, accounts, rules, NOW)
    told = group.decide(spending("visa-1", 1, card=AIGULS))
    assert isinstance(told, Authorised) and told.code == Code.NOT_SUPPORTED
    assert not group.changes.books and not group.changes.entries


def test_what_is_undone_can_be_spent_in_the_same_group() -> None:
    group = decisions()
    for name, tenge, code in (("visa-1", 600, ""), ("visa-2", 600, Code.FUNDS_INSUFFICIENT)):
        told = group.decide(spending(name, tenge, card=AIGULS))
        assert isinstance(told, Authorised) and told.code == code
    group.decide(Undo("undo-1", "visa-1", 100 * TENGE))
    told = group.decide(spending("visa-3", 500, card=AIGULS))
    assert isinstance(told, Authorised) and (told.code, told.free_tiyn) == ("", 0)
