"""A tap cut before each of its messages, on real processes, either side killed: nothing is lost or doubled.

1 request, 2 offer, 3 ready, 4 transfer (the money), 5 receipt; the wire tears instead of passing that one
on, and the victim dies by kill -9 at that moment.
"""

from collections.abc import Iterator

import pytest

from town.cast import AIGUL, DANA
from town.torn_tap import PAYEE, PAYER, tear
from town.town import Town, fresh_town

AMOUNT_TIYN = 10_000
MESSAGES = ("request", "offer", "ready", "transfer", "receipt")


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """One town for all cuts; Aigul can pay each of them."""
    with fresh_town(crowd=0) as place:
        (aigul, _) = place.purses(AIGUL, DANA)
        aigul.fill(2 * len(MESSAGES) * AMOUNT_TIYN)
        yield place


@pytest.mark.row("DT-O-12")
@pytest.mark.parametrize("victim", [PAYER, PAYEE])
@pytest.mark.parametrize("message", range(1, len(MESSAGES) + 1), ids=MESSAGES)
def test_a_cut_loses_and_doubles_nothing(town: Town, message: int, victim: str) -> None:
    aigul, dana = town.purses(AIGUL, DANA)
    held = aigul.balance(), dana.balance()

    torn = tear(aigul, dana, AMOUNT_TIYN, tear_before=message, victim=victim)
    assert len(torn.passed) == message - 1

    if torn.waiting is None:  # otherwise the payee's process still holds its own store
        assert dana.balance() in (held[1], held[1] + AMOUNT_TIYN)
        assert aigul.balance() + dana.balance() <= sum(held), "at most one of the two can spend it"

    torn.repair()
    assert (aigul.balance(), dana.balance()) == (held[0] - AMOUNT_TIYN, held[1] + AMOUNT_TIYN)


@pytest.mark.row("DT-O-12")
@pytest.mark.parametrize("victim", [PAYER, PAYEE])
def test_after_reconnect_exactly_one_owns_what_was_never_repaired(victim: str) -> None:
    with fresh_town(crowd=0) as town:
        aigul, dana = town.purses(AIGUL, DANA)
        aigul.fill(AMOUNT_TIYN)
        # The receipt is lost and the two never meet again: the money was handed over, and the payee has it.
        torn = tear(aigul, dana, AMOUNT_TIYN, tear_before=5, victim=victim)
        if torn.waiting is not None:
            torn.waiting.finish()
        for purse in (aigul, dana):
            purse.do("recover", "--offline")
            purse.come_home()
        assert (aigul.balance(), dana.balance()) == (0, 0)
        assert (aigul.account_tiyn(), dana.account_tiyn()) == (0, AMOUNT_TIYN)
        sheet = town.balance_sheet()
        assert sheet.holds
        assert sheet.devices_tiyn == 0
