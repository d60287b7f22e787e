"""What a merchant gets to know of who paid: by card and by wallet, field by field (DT-A-03)."""

import pytest

from pos.service.till import Till
from tests.pos.market import Market, sold
from tests.pos_cards.acquirer import StandInAcquirer
from tests.pos_cards.shop import TIYN, a_card, asked, held, paid
from tests.wallet.village import good
from town.cast import AIGUL

PERSONAL = {2: "card number", 14: "its expiry", 23: "its sequence number", 35: "track 2"}
"""What of a person passes a merchant's terminal with every card payment, by data element."""


@pytest.mark.row("DT-A-03")
def test_a_wallet_payment_shows_less_of_a_person(
    market: Market, till: Till, acquirer: StandInAcquirer
) -> None:
    """Every value that is the same the next time the same person pays is a personal field."""
    for _ in range(2):
        asked(till)
        assert paid(till, held(a_card())).taken is not None
        good(till.finish())
    first, second = acquirer.said("0100")
    by_card = {one for one in PERSONAL if first.fields[one] == second.fields[one]}
    assert by_card == set(PERSONAL)
    seen = [one.seen.pan for one in till.terminal.payments()]
    assert seen[0] == seen[1] and "*" in seen[0], "even masked it tells the same card from others"

    aigul = market.wallet(AIGUL, 2 * TIYN)
    receipts = [sold(till, aigul, TIYN) for _ in range(2)]
    told = [{"id": one.paid[0].id, "party": one.paid[0].party} for one in receipts]
    by_wallet = {name for name, value in told[0].items() if value and value == told[1][name]}
    assert not by_wallet and told[0]["id"] != told[1]["id"]
    rows = " ".join(repr(one) for one in receipts)
    assert AIGUL.phone not in rows and AIGUL.name not in rows
    assert len(by_wallet) < len(by_card) == len(PERSONAL)
