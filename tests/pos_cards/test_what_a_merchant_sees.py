"""What a merchant gets to know of who paid: by card and by wallet, field by field (DT-A-03)."""

import pytest

from pos.service.till import Till
from tests.pos.market import Market, sold
from tests.pos_cards.acquirer import StandInAcquirer
from tests.pos_cards.shop import TIYN, a_card, asked, held, paid
from tests.wallet.village import good
from town.cast import AIGUL

BY_CARD = {"card number": "masked", "card expiry": "yes", "issuing bank": "yes", "card sequence": "yes"}
"""What of a person, or lasting for one, passes a merchant's terminal with every card payment."""


@pytest.mark.row("DT-A-03")
def test_a_wallet_payment_shows_less_of_a_person(
    market: Market, till: Till, acquirer: StandInAcquirer
) -> None:
    """Every value that is the same the next time the same person pays is a personal field."""
    for number in (1, 1):
        asked(till)
        assert paid(till, held(a_card(number=number))).taken is not None
        good(till.finish())
    first, second = acquirer.said("0100")
    personal = (2, 14, 23, 35)  # number, expiry, sequence number, track 2
    same_by_card = {one for one in personal if first.fields.get(one) == second.fields.get(one) is not None}
    assert same_by_card == set(personal)
    seen = [one.seen.pan for one in till.terminal.payments()]
    assert seen[0] == seen[1] and "*" in seen[0], "even masked it tells the same card from others"

    aigul = market.wallet(AIGUL, 2 * TIYN)
    receipts = [sold(till, aigul, TIYN) for _ in range(2)]
    by_wallet = [one.paid[0] for one in receipts]
    assert by_wallet[0].id != by_wallet[1].id and by_wallet[0].party == by_wallet[1].party == ""
    known = {AIGUL.phone, AIGUL.name}
    rows = " ".join(repr(one) for one in receipts)
    assert not [one for one in known if one and one in rows]
    same_by_wallet = {
        name
        for name in ("id", "reference", "party")
        if getattr(by_wallet[0], name) == getattr(by_wallet[1], name) != ""
    }
    assert len(same_by_wallet) < len(same_by_card) == len(BY_CARD)
