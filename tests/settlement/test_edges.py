"""Settlement at its edges: what a fault of one word in it would change, and no other story would show."""

from pathlib import Path

import pytest

from tender.account.token_messages import SETTLED
from tender.cash.token import Rule
from tender.errors import Code
from tests.settlement.ledger import Ledger
from tests.settlement.test_settlement import MINT, TRUST, claim

SCHOOL, OTHER = "940140000385", "123456789012"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "nbk.db", TRUST)


@pytest.mark.parametrize(("business", "paid"), [(SCHOOL, [700_00]), (OTHER, [])])
def test_of_two_canteens_only_the_one_that_is_named_takes_the_colour_off(
    ledger: Ledger, business: str, paid: list[int]
) -> None:
    """The loader chose the first holder, so that the chain itself is good for both (DT-T-02)."""
    canteen = MINT.device("canteen", category=5814, business=business)
    root = MINT.load(canteen, 700_00, rule=Rule("school meals", (5814,), (SCHOOL,)))
    ledger.issue(root)
    (told,) = ledger.upload(claims=[claim(root, canteen)]).claims
    assert list(ledger.paid.values()) == paid
    if not paid:
        assert (told.state, told.code) == (SETTLED, Code.COLOUR_KEPT)
