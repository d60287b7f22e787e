"""The honest payee of forged money is paid, whatever it does first when it comes home (DT-O-07)."""

import pytest

from town.cast import AIGUL, DANA, MERCHANT
from town.town import fresh_town

AMOUNT_TIYN = 500_000


@pytest.mark.row("DT-O-07")
@pytest.mark.parametrize("first", ["deposit", "sync"])
def test_a_payee_that_took_the_money_before_it_could_be_warned_is_paid(first: str) -> None:
    """A sync shows held money before it fetches the list; only who had that list *before* was warned."""
    with fresh_town(crowd=0) as town:
        aigul, dana, merchant = town.purses(AIGUL, DANA, MERCHANT)
        aigul.fill(AMOUNT_TIYN, single=True)
        clone = aigul.clone("aigul-clone")
        aigul.hand_over(None, dana, AMOUNT_TIYN, "rent")
        clone.hand_over(None, merchant, AMOUNT_TIYN, "a phone")
        dana.come_home()
        if first == "sync":
            merchant.sync()
        merchant.come_home()
        assert (dana.account_tiyn(), merchant.account_tiyn()) == (AMOUNT_TIYN, AMOUNT_TIYN)
        sheet = town.balance_sheet()
        assert sheet.holds
        assert sheet.fraud_cover_tiyn == AMOUNT_TIYN
