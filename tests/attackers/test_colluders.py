"""Two who work together: passing it round, forking in turns, claiming for each other: no money is made."""

import pytest

from tender.account.participants import ALTYN
from tender.account.token_messages import REFUSED, SETTLED
from tender.errors import Code
from tests.platform_stub.people import AIGUL, BOLAT, DANA, MERCHANT, TENGE, Phone, Town
from tests.settlement.offline import claimed, hand_over, holding_of, settle, tenge_of
from town.proof import check_proof


def culprits(town: Town) -> set[bytes]:
    """Every key that a proof names, each confirmed with the root key alone."""
    forks = town.platform.settlement.forks()
    return {check_proof(fork.proof, town.platform.root_key).key for fork in forks}


def sums(town: Town) -> int:
    """All that anybody has on accounts (tenge), Dana and the merchant left out."""
    return tenge_of(town, AIGUL) + tenge_of(town, BOLAT)


@pytest.fixture
def pair(town: Town) -> tuple[Phone, Phone]:
    """Aigul at Altyn with 600 on her account, and Bolat at another bank with nothing."""
    return town.rich_phone(AIGUL, 1_000), town.phone(BOLAT)


def test_a_round_of_forks_between_two_pays_them_what_one_of_them_loses(
    town: Town, pair: tuple[Phone, Phone]
) -> None:
    """Aigul pays Bolat, and Bolat once more from her copy; he claims both at another bank."""
    aigul, bolat = pair
    (token,) = aigul.load(400)
    first, _ = hand_over(aigul, token, bolat)
    second, _ = hand_over(aigul, token, bolat)
    before = sums(town)
    assert [claimed(bolat, one).state for one in (first, second)] == [SETTLED, SETTLED]
    assert sums(town) == before + 400, "the token's own worth, and no tiyn more"
    assert (tenge_of(town, AIGUL), tenge_of(town, BOLAT)) == (200, 800)
    assert culprits(town) <= set(aigul.keys)


def test_whoever_is_paid_from_an_empty_account_is_paid_by_the_bank_that_certified(
    town: Town, pair: tuple[Phone, Phone]
) -> None:
    """The most a pair wins: what their bank covers, which is then its claim on the one who signed twice."""
    aigul, bolat = pair
    (token,) = aigul.load(1_000)
    for branch in [hand_over(aigul, token, bolat)[0] for _ in range(2)]:
        claimed(bolat, branch)
    assert (tenge_of(town, AIGUL), tenge_of(town, BOLAT)) == (0, 2_000)
    with town.platform.banks[ALTYN].desk.store.reading() as rows:
        assert aigul.enrolled is not None
        assert rows.owed(aigul.enrolled.client) == 1_000 * TENGE, "a receivable of the bank's on its client"


def test_both_fork_in_turn_and_each_pays_for_his_own_fork(town: Town, pair: tuple[Phone, Phone]) -> None:
    aigul, bolat = pair
    dana, merchant = town.phone(DANA), town.phone(MERCHANT)
    (token,) = aigul.load(100)
    to_bolat, _ = hand_over(aigul, token, bolat)
    to_dana, _ = hand_over(aigul, token, dana)
    on_to_merchant, _ = hand_over(bolat, to_bolat, merchant)
    on_to_dana, _ = hand_over(bolat, to_bolat, dana)
    for phone, branch in ((dana, to_dana), (merchant, on_to_merchant), (dana, on_to_dana)):
        assert claimed(phone, branch).state == SETTLED, "the honest are paid, each in full"
    assert (tenge_of(town, DANA), tenge_of(town, MERCHANT)) == (200, 100)
    guilty = culprits(town)
    assert len(guilty & set(aigul.keys)) == len(guilty & set(bolat.keys)) == 1 and len(guilty) == 2


def test_no_pair_can_put_the_blame_on_an_honest_hand_between_them(
    town: Town, pair: tuple[Phone, Phone]
) -> None:
    """Aigul forks above Dana, Bolat below her; whatever is shown in whatever order, Dana is never named."""
    aigul, bolat = pair
    dana, merchant = town.phone(DANA), town.phone(MERCHANT)
    (token,) = aigul.load(100)
    to_dana, _ = hand_over(aigul, token, dana)
    to_merchant, _ = hand_over(aigul, token, merchant)
    onward, change = hand_over(dana, to_dana, bolat, 60)
    assert change is not None
    back, _ = hand_over(bolat, onward, merchant)
    again, _ = hand_over(bolat, onward, aigul)
    settle(merchant, [back, to_merchant])
    settle(aigul, [], [again, to_dana])
    settle(dana, [change])
    guilty = culprits(town)
    assert not guilty & set(dana.keys)
    assert guilty and guilty <= {*aigul.keys, *bolat.keys}
    assert (tenge_of(town, DANA), tenge_of(town, MERCHANT)) == (40, 160)


def test_the_culprit_does_not_collect_under_his_own_fork(town: Town, pair: tuple[Phone, Phone]) -> None:
    aigul, _ = pair
    dana = town.phone(DANA)
    (token,) = aigul.load(400)
    to_dana, _ = hand_over(aigul, token, dana)
    to_herself, _ = hand_over(aigul, token, aigul)
    assert claimed(dana, to_dana).state == SETTLED
    told = claimed(aigul, to_herself)
    assert (told.state, told.code) == (REFUSED, Code.CLAIM_OWN_FORK)
    assert (tenge_of(town, AIGUL), tenge_of(town, DANA)) == (600, 400)


def test_a_chain_passed_round_and_round_grows_hops_and_not_money(
    town: Town, pair: tuple[Phone, Phone]
) -> None:
    aigul, bolat = pair
    (token,) = aigul.load(100)
    for hop in range(15):
        payer, payee = (aigul, bolat) if hop % 2 == 0 else (bolat, aigul)
        token, _ = hand_over(payer, token, payee)
    assert holding_of(bolat, token).hops_left == 0
    assert claimed(bolat, token).state == SETTLED
    assert (tenge_of(town, AIGUL), tenge_of(town, BOLAT)) == (900, 100)
    assert culprits(town) == set()
