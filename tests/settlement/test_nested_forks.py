"""Cheats below cheats: each pays for what was lost at its own fork; new money is clean."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from platform_stub.nbk.national_bank import correspondent, guarantee
from tender.account.participants import ALTYN, EURASIAN
from tender.account.token_messages import SETTLED, WAITING
from tender.cash.fork_proof import check_proof
from tests.platform_stub.people import (
    AIGUL,
    BOLAT,
    DANA,
    MERCHANT,
    SCHOOL,
    TENGE,
    Phone,
    Town,
    numbered,
    open_town,
)
from tests.settlement.offline import at_nbk, claimed, cloned, hand_over, tenge_of

ORDERS = [(0, 1, 2), (2, 1, 0), (1, 2, 0)]


def nested(town: Town) -> tuple[list[tuple[Phone, bytes]], Phone, Phone]:
    """Aigul pays her 600 to Bolat and once more to Dana; Bolat pays what he got to M and once more to S."""
    aigul, bolat = town.rich_phone(AIGUL, 2_000), town.rich_phone(BOLAT, 2_000)
    dana, merchant, school = town.phone(DANA), town.phone(MERCHANT), town.phone(SCHOOL)
    (token,) = aigul.load(600)
    to_bolat, _ = hand_over(aigul, token, bolat)
    to_dana, _ = hand_over(aigul, token, dana)
    to_merchant, _ = hand_over(bolat, to_bolat, merchant, 500)
    to_school, _ = hand_over(bolat, to_bolat, school)
    return [(dana, to_dana), (merchant, to_merchant), (school, to_school)], aigul, bolat


@pytest.mark.row("DT-O-07")
@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_a_fork_below_a_fork_costs_each_signer_its_own_lie(tmp_path: Path, order: Sequence[int]) -> None:
    town = open_town(tmp_path)
    for bank in (ALTYN, EURASIAN):
        town.stock(bank, 10_000)
    claims, aigul, bolat = nested(town)
    assert [claimed(*claims[place]).state for place in order] == [SETTLED] * 3
    # Claimed 600 + 500 + 600; the root held 600. Bolat's output passed on 600 of 1 100, Aigul's 600 of 1 200.
    assert [tenge_of(town, one) for one in (DANA, MERCHANT, SCHOOL)] == [600, 500, 600]
    assert [tenge_of(town, one) for one in (AIGUL, BOLAT)] == [2_000 - 600 - 600, 2_000 - 500]
    blamed = {
        check_proof(fork.proof, town.platform.root_key).key for fork in town.platform.settlement.forks()
    }
    assert len(blamed & set(aigul.keys)) == len(blamed & set(bolat.keys)) == 1
    liability, located = town.equation()
    assert liability == located
    town.platform.close()


def test_money_that_is_loaded_again_carries_no_taint(town: Town) -> None:
    aigul, dana, bolat, to_dana, to_bolat = cloned(town, 500, reserve=500)
    assert claimed(dana, to_dana).state == claimed(bolat, to_bolat).state == SETTLED
    (clean,) = bolat.load(500)
    onward, _ = hand_over(bolat, clean, dana)
    # A third copy of the old token turns up afterwards: it costs Aigul, and nobody who holds new money.
    merchant = town.phone(MERCHANT)
    with_town = [tenge_of(town, one) for one in (DANA, BOLAT)]
    assert claimed(dana, onward).code == ""
    assert [tenge_of(town, one) for one in (DANA, BOLAT)] == [with_town[0] + 500, with_town[1]]
    assert tenge_of(town, AIGUL) == 0
    assert merchant.balances().dt_tiyn == 0
    assert len(town.platform.settlement.forks()) == 1
    assert aigul.balances().dt_tiyn == 0


def test_the_loss_goes_down_to_its_last_payer_and_the_rest_waits_outside_the_equation(town: Town) -> None:
    """500 are lost: 60 from Aigul's account, 40 from the guarantee, 100 by issuance, and 300 wait."""
    nbk = town.platform.nbk
    _, dana, bolat, to_dana, to_bolat = cloned(town, 500, reserve=60)
    assert nbk.place_guarantee(ALTYN, 40 * TENGE, numbered("guarantee")) is None
    drain = town.platform.banks[ALTYN].money.request_issue(
        (at_nbk(town, correspondent(ALTYN)) - 100) * TENGE, numbered("drain")
    )
    nbk.approve(getattr(drain, "request", 0))
    issued = at_nbk(town, "dt-liability")
    claimed(dana, to_dana)
    assert claimed(bolat, to_bolat).state == WAITING
    town.platform.tick()
    assert [tenge_of(town, one) for one in (AIGUL, DANA, BOLAT)] == [0, 500, 200]
    assert [at_nbk(town, one) for one in (guarantee(ALTYN), correspondent(ALTYN))] == [0, 0]
    assert at_nbk(town, "dt-liability") == issued + 140, "what is not covered is not issued"
    nbk.open_correspondent(ALTYN, 1_000 * TENGE, numbered("more"))
    town.platform.tick()
    assert tenge_of(town, BOLAT) == 500
    assert claimed(bolat, to_bolat).state == SETTLED
