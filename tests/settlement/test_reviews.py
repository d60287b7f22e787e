"""Review: under one fork, what is lost beyond a set sum waits until an operator has looked."""

from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import pytest

from platform_stub.store.token_rows import REVIEW, LossRow
from tender.account.participants import ALTYN
from tender.account.token_messages import REFUSED, SETTLED, WAITING, Sync
from tender.errors import Code, Refusal
from tests.platform_stub.people import AIGUL, BOLAT, DANA, MERCHANT, TENGE, Phone, Town, open_town
from tests.settlement.offline import claimed, hand_over, settle, tenge_of

LIMIT = {"review_above_tiyn": 300 * TENGE}
limited = pytest.mark.parametrize("town", [LIMIT], indirect=True)


def copies(town: Town) -> list[tuple[Phone, bytes]]:
    """One token of 500, paid whole to three people: 1 000 are lost under one fork, 700 beyond the limit."""
    aigul = town.rich_phone(AIGUL, 2_000)
    payees = [town.phone(DANA), town.phone(BOLAT), town.phone(MERCHANT)]
    (token,) = aigul.load(500)
    return [(payee, hand_over(aigul, token, payee)[0]) for payee in payees]


def credited(town: Town) -> list[int]:
    return [tenge_of(town, one) for one in (DANA, BOLAT, MERCHANT)]


@limited
def test_a_claimant_is_told_what_he_waits_for_and_is_paid_when_it_is_released(town: Town) -> None:
    (dana, first), (bolat, second), (merchant, third) = copies(town)
    assert claimed(dana, first).state == SETTLED
    waits = claimed(bolat, second)
    assert (waits.state, waits.code) == (WAITING, Code.CLAIM_IN_REVIEW)
    assert dict(waits.facts) == {"credited_tiyn": 300 * TENGE, "review_tiyn": 200 * TENGE}
    assert claimed(merchant, third).code == Code.CLAIM_IN_REVIEW
    assert (credited(town), tenge_of(town, AIGUL)) == ([500, 300, 0], 1_200)
    town.platform.tick()
    assert credited(town) == [500, 300, 0], "no tick decides for a person"
    (review,) = [one for one in town.platform.reviews.waiting() if one.amount_tiyn == 200 * TENGE]
    decided = town.platform.reviews.release(review.claim)
    assert not isinstance(decided, Refusal)
    assert (decided.losses, decided.amount_tiyn) == (1, 200 * TENGE)
    assert (credited(town), tenge_of(town, AIGUL)) == ([500, 500, 0], 1_000)
    assert not isinstance(town.platform.reviews.release(review.fork[:8]), Refusal)
    assert (credited(town), tenge_of(town, AIGUL)) == ([500, 500, 500], 500)
    assert claimed(bolat, second).state == claimed(merchant, third).state == SETTLED
    again = town.platform.reviews.release(review.fork)
    assert isinstance(again, Refusal)


@limited
def test_what_an_operator_denies_is_refused_and_what_was_paid_stays_paid(town: Town) -> None:
    (dana, first), (bolat, second), (merchant, third) = copies(town)
    for phone, token in ((dana, first), (bolat, second), (merchant, third)):
        claimed(phone, token)
    fork = town.platform.settlement.forks()[0].parent
    denied = town.platform.reviews.deny(fork)
    assert not isinstance(denied, Refusal)
    assert denied.amount_tiyn == 700 * TENGE
    assert (credited(town), tenge_of(town, AIGUL)) == ([500, 300, 0], 1_200)
    part, none = claimed(bolat, second), claimed(merchant, third)
    assert (part.state, part.amount_tiyn) == (SETTLED, 300 * TENGE)
    assert (none.state, none.code) == (REFUSED, Code.CLAIM_DENIED)


def test_a_name_that_is_too_short_or_may_be_anothers_decides_nothing(town: Town) -> None:
    alike = [bytes(31) + bytes((last,)) for last in (1, 2)]
    with town.platform.nbk.desk.store.writing() as rows:
        for claim in alike:
            rows.add_loss(LossRow(claim, claim, b"\xff" * 32, bytes(32), 100, 0, REVIEW))
    for named in (b"", bytes(3), bytes(31), b"\x07" * 32):
        assert isinstance(town.platform.reviews.deny(named), Refusal), named
    assert [one.state for one in town.platform.reviews.waiting()] == [REVIEW] * 2


@limited
@pytest.mark.parametrize("first", ["warned", "covered"])
def test_a_claim_that_nobody_covers_leaves_the_sum_to_those_who_are_covered(town: Town, first: str) -> None:
    aigul = town.rich_phone(AIGUL, 1_000)
    dana, bolat, merchant = town.phone(DANA), town.phone(BOLAT), town.phone(MERCHANT)
    (token,) = aigul.load(300)
    paid = [hand_over(aigul, token, one)[0] for one in (dana, bolat, merchant)]
    settle(dana, records=paid[:1])
    settle(bolat, records=paid[1:2])  # the fork is proved, and nobody has claimed
    merchant.ask("sync", Sync(0, 0, 0, ()))  # and from here on the merchant is warned of Aigul
    claimed(dana, paid[0])
    then = [(merchant, paid[2]), (bolat, paid[1])]
    for phone, copy in then if first == "warned" else then[::-1]:
        claimed(phone, copy)
    assert credited(town) == [300, 300, 0]
    assert town.platform.reviews.waiting() == []


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_the_sums_do_not_depend_on_who_comes_first(tmp_path: Path, order: Sequence[int]) -> None:
    town = open_town(tmp_path, **LIMIT)
    town.stock(ALTYN, 10_000)
    claims = copies(town)
    for place in order:
        claimed(*claims[place])
    waiting = town.platform.reviews.waiting()
    assert sum(one.amount_tiyn for one in waiting) == 700 * TENGE
    assert (sum(credited(town)), tenge_of(town, AIGUL)) == (800, 1_200)
    assert not isinstance(town.platform.reviews.release(waiting[0].fork), Refusal)
    assert (credited(town), tenge_of(town, AIGUL)) == ([500, 500, 500], 500)
    liability, located = town.equation()
    assert liability == located
    town.platform.close()
