"""The loss rule at the banks' doors: who is paid, who pays, in which order, whoever comes first."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from platform_stub.nbk.national_bank import correspondent, guarantee
from tender.account.client_messages import BY_PHONE, LostNoted, ReportLost, Transfer, Transferred
from tender.account.participants import ALTYN
from tender.account.token_messages import REFUSED, SETTLED, WAITING, Settle, Settled, Sync, Synced
from tender.cash.fork_proof import check_proof
from tender.crypto.keys import SigningKey
from tender.errors import Code
from tests.platform_stub.people import (
    AIGUL,
    BOLAT,
    DANA,
    MERCHANT,
    TENGE,
    Phone,
    Town,
    numbered,
)
from tests.settlement.offline import at_nbk, claimed, cloned, hand_over, holding_of, settle, tenge_of


@pytest.mark.row("DT-O-07")
@pytest.mark.parametrize("first", ["Dana", "Bolat"])
def test_both_honest_holders_are_paid_and_the_clones_owner_pays(town: Town, first: str) -> None:
    aigul, dana, bolat, to_dana, to_bolat = cloned(town, 500, reserve=700)
    turns = [(dana, to_dana), (bolat, to_bolat)]
    if first == "Bolat":
        turns.reverse()
    states = [claimed(*turn) for turn in turns]
    assert [(one.state, one.code) for one in states] == [(SETTLED, ""), (SETTLED, Code.FORK_PROVED)]
    assert [tenge_of(town, one) for one in (AIGUL, DANA, BOLAT)] == [200, 500, 500]
    (fork,) = town.platform.settlement.forks()
    verdict = check_proof(fork.proof, town.platform.root_key)
    assert verdict.key in aigul.keys
    assert at_nbk(town, guarantee(ALTYN)) == 0


def test_whoever_was_paid_is_told_of_the_fork_with_its_proof(town: Town) -> None:
    aigul, dana, bolat, to_dana, to_bolat = cloned(town, 500, reserve=700)
    claimed(dana, to_dana)
    claimed(bolat, to_bolat)
    told = dana.ask("sync", Sync(0, 0, 0, (holding_of(dana, to_dana).output,)))
    assert isinstance(told, Synced)
    (notice,) = told.notices
    assert notice.code == Code.FORK_PROVED
    assert notice.proof is not None
    assert check_proof(notice.proof, town.platform.root_key).key in aigul.keys


def test_when_the_account_is_empty_the_guarantee_pays_and_then_the_bank(town: Town) -> None:
    town.platform.nbk.place_guarantee(ALTYN, 200 * TENGE, numbered("guarantee"))
    before = at_nbk(town, correspondent(ALTYN))
    _, dana, bolat, to_dana, to_bolat = cloned(town, 500, reserve=100)
    claimed(dana, to_dana)
    assert claimed(bolat, to_bolat).state == SETTLED
    # 500 lost: 100 from Aigul's account, 200 from the guarantee, 200 by issuance on Altyn's account.
    assert tenge_of(town, AIGUL) == 0
    assert at_nbk(town, guarantee(ALTYN)) == 0
    assert before - at_nbk(town, correspondent(ALTYN)) == 200


def test_what_reaches_the_culprit_later_pays_the_receivable_first(town: Town) -> None:
    _, dana, bolat, to_dana, to_bolat = cloned(town, 500, reserve=100)
    claimed(bolat, to_bolat)
    claimed(dana, to_dana)
    done = dana.ask("transfer", Transfer(BY_PHONE, AIGUL.phone, 450 * TENGE, "gift"))
    assert isinstance(done, Transferred), done
    # The bank paid 400 for her; of the 450 that come in now, she sees 50.
    assert [tenge_of(town, one) for one in (AIGUL, DANA)] == [50, 50]


@pytest.mark.parametrize("first", ["Aigul", "Dana"])
def test_the_culprits_own_claim_is_not_covered_and_pays_in_first(town: Town, first: str) -> None:
    aigul = town.rich_phone(AIGUL, 500)
    dana = town.phone(DANA)
    (token,) = aigul.load(500)
    to_dana, _ = hand_over(aigul, token, dana)
    turns = [(aigul, token), (dana, to_dana)]
    if first == "Dana":
        turns.reverse()
    states = [claimed(*turn) for turn in turns]
    assert states[0].state == SETTLED
    if first == "Dana":
        assert (states[1].state, states[1].code) == (REFUSED, Code.CLAIM_OWN_FORK)
    assert [tenge_of(town, one) for one in (AIGUL, DANA)] == [0, 500]
    assert at_nbk(town, correspondent(ALTYN)) == 4_900_000


def test_a_bank_that_cannot_pay_owes_and_the_claim_waits(town: Town) -> None:
    _, dana, bolat, to_dana, to_bolat = cloned(town, 500, reserve=0)
    poor = at_nbk(town, correspondent(ALTYN))
    drained = town.platform.banks[ALTYN].money.request_issue(poor * TENGE, numbered("drain"))
    town.platform.nbk.approve(getattr(drained, "request", 0))
    claimed(dana, to_dana)
    waits = claimed(bolat, to_bolat)
    assert (waits.state, waits.code) == (WAITING, Code.CLAIM_WAITS)
    assert tenge_of(town, BOLAT) == 0
    town.platform.nbk.open_correspondent(ALTYN, 1_000 * TENGE, numbered("more"))
    town.platform.tick()
    assert tenge_of(town, BOLAT) == 500
    assert claimed(bolat, to_bolat).state == SETTLED
    assert at_nbk(town, correspondent(ALTYN)) == 500


def test_what_a_poor_bank_has_is_shared_among_those_who_wait(town: Town) -> None:
    aigul = town.rich_phone(AIGUL, 800)
    dana, bolat, merchant = town.phone(DANA), town.phone(BOLAT), town.phone(MERCHANT)
    large, small = aigul.load(600, 200)
    settle(dana, [hand_over(aigul, large, dana)[0], hand_over(aigul, small, dana)[0]])
    copies = (hand_over(aigul, large, bolat)[0], hand_over(aigul, small, merchant)[0])
    poor = at_nbk(town, correspondent(ALTYN))
    drained = town.platform.banks[ALTYN].money.request_issue(poor * TENGE, numbered("drain"))
    town.platform.nbk.approve(getattr(drained, "request", 0))
    for phone, copy in zip((bolat, merchant), copies, strict=True):
        assert claimed(phone, copy).state == WAITING
    shared = []
    for more in (400, 100, 500):
        town.platform.nbk.open_correspondent(ALTYN, more * TENGE, numbered(f"more {more}"))
        town.platform.tick()
        town.platform.tick()
        shared.append([tenge_of(town, one) for one in (BOLAT, MERCHANT)])
    assert shared == [[300, 100], [375, 125], [600, 200]]
    assert claimed(bolat, copies[0]).state == SETTLED
    assert at_nbk(town, correspondent(ALTYN)) == 200


def test_a_payee_that_was_warned_is_not_covered(town: Town) -> None:
    aigul = town.rich_phone(AIGUL, 500)
    dana, bolat, merchant = town.phone(DANA), town.phone(BOLAT), town.phone(MERCHANT)
    (token,) = aigul.load(500)
    copies = [hand_over(aigul, token, payee)[0] for payee in (dana, bolat, merchant)]
    claimed(dana, copies[0])
    claimed(bolat, copies[1])
    told = merchant.ask("sync", Sync(0, 0, 0, ()))
    assert isinstance(told, Synced)
    assert told.revocations is not None
    late = claimed(merchant, copies[2])
    assert (late.state, late.code) == (REFUSED, Code.CERTIFICATE_REVOKED)
    assert [tenge_of(town, one) for one in (DANA, BOLAT, MERCHANT)] == [500, 500, 0]


@pytest.mark.parametrize(("turns", "merchant_has"), [((2, 0, 1), 500), ((0, 2, 1), 0), ((0, 1, 2), 0)])
def test_a_warned_payee_who_claims_first_costs_one_loss_more_and_no_honest_payee(
    town: Town, turns: Sequence[int], merchant_has: int
) -> None:
    # A known cost (docs/adr/0009-who-pays-for-a-copy.md): the one place where order decides money.
    aigul = town.rich_phone(AIGUL, 500)
    payees = [town.phone(DANA), town.phone(BOLAT), town.phone(MERCHANT)]
    (token,) = aigul.load(500)
    copies = [hand_over(aigul, token, payee)[0] for payee in payees]
    for honest in (0, 1):
        settle(payees[honest], records=[copies[honest]])  # the fork is proved, and nobody has claimed
    assert isinstance(payees[2].ask("sync", Sync(0, 0, 0, ())), Synced)
    before = at_nbk(town, correspondent(ALTYN))
    for turn in turns:
        claimed(payees[turn], copies[turn])
    assert [tenge_of(town, one) for one in (DANA, BOLAT, MERCHANT)] == [500, 500, merchant_has]
    assert before - at_nbk(town, correspondent(ALTYN)) == 500 + merchant_has
    assert town.equation()[0] == town.equation()[1]


def test_a_cheat_that_shows_a_payment_first_cannot_make_its_payee_a_warned_one(town: Town) -> None:
    aigul = town.rich_phone(AIGUL, 500)
    dana, bolat, merchant = town.phone(DANA), town.phone(BOLAT), town.phone(MERCHANT)
    (token,) = aigul.load(500)
    copies = [hand_over(aigul, token, payee)[0] for payee in (dana, bolat, merchant)]
    claimed(dana, copies[0])
    claimed(bolat, copies[1])
    # Aigul's phone fetches the list that names it, and only then uploads what it paid to the merchant.
    assert isinstance(aigul.ask("sync", Sync(0, 0, 0, ())), Synced)
    settle(aigul, records=[copies[2]])
    assert claimed(merchant, copies[2]).state == SETTLED
    assert tenge_of(town, MERCHANT) == 500


def test_after_the_claim_window_a_holder_gets_what_is_left_and_nobody_pays_for_more(town: Town) -> None:
    aigul = town.rich_phone(AIGUL, 1_000)
    dana, bolat = town.phone(DANA), town.phone(BOLAT)
    copied, forgotten = aigul.load(500, 200)
    to_dana, _ = hand_over(aigul, copied, dana, 400)
    to_bolat, _ = hand_over(aigul, copied, bolat)
    claimed(dana, to_dana)
    root = holding_of(aigul, copied).root
    town.clock.set(root.expiry + town.platform.nbk.config.claim_window_days * 86_400)
    # 400 of the 500 went to Dana in time; Bolat, too late, gets the 100 that are left, and no cover.
    late = claimed(bolat, to_bolat)
    assert (late.state, late.amount_tiyn) == (SETTLED, 100 * TENGE)
    assert claimed(aigul, forgotten).state == SETTLED
    assert [tenge_of(town, one) for one in (AIGUL, DANA, BOLAT)] == [500, 400, 100]
    assert len(town.platform.settlement.forks()) == 1


def test_money_on_a_lost_phone_goes_home_when_nobody_can_claim_it_any_more(town: Town) -> None:
    aigul, dana = town.rich_phone(AIGUL, 1_000), town.phone(DANA)
    spent, unheard_of = aigul.load(500, 200)
    paid, _ = hand_over(aigul, spent, dana, 300)
    assert aigul.enrolled is not None
    fresh = Phone(town, AIGUL, SigningKey(town.entropy.draw(32)))
    fresh.enrol(town.platform.banks[ALTYN].clients.activation_code(aigul.enrolled.client))
    lost = fresh.ask("report-lost", ReportLost(aigul.enrolled.device, "", fresh.identity.public_key))
    assert isinstance(lost, LostNoted), lost
    # Whoever was paid before is paid; what is left waits for the end of the window, and no longer.
    assert claimed(dana, paid).state == SETTLED
    end = holding_of(fresh, unheard_of).root.expiry + town.platform.nbk.config.claim_window_days * 86_400
    had = []
    for now in (end - 1, end, end + 1):
        town.clock.set(now)
        town.platform.tick()
        had.append([tenge_of(town, one) for one in (AIGUL, DANA)])
    assert had == [[300, 300], [700, 300], [700, 300]]
    assert town.platform.settlement.forks() == []


def test_a_listed_earlier_holder_voids_nothing(town: Town) -> None:
    aigul = town.rich_phone(AIGUL, 1_000)
    dana, bolat = town.phone(DANA), town.phone(BOLAT)
    (token,) = aigul.load(500)
    to_dana, _ = hand_over(aigul, token, dana)
    onward, _ = hand_over(dana, to_dana, bolat)
    hand_over(aigul, token, dana)
    settle(dana, records=[hand_over(aigul, token, dana)[0], onward])
    assert len(town.platform.settlement.forks()) == 1
    assert claimed(bolat, onward).state == SETTLED
    assert tenge_of(town, BOLAT) == 500


@pytest.mark.row("DT-O-12")
def test_a_payment_that_was_torn_has_one_owner_afterwards(town: Town) -> None:
    """Aigul signed and the wire broke: she can neither take it back nor lose it for Dana."""
    aigul, dana = town.rich_phone(AIGUL, 500), town.phone(DANA)
    (token,) = aigul.load(500)
    paid, _ = hand_over(aigul, token, dana)
    # She uploads what she signed; that moves nothing, and Dana has heard of nothing yet.
    settle(aigul, records=[paid])
    assert [tenge_of(town, one) for one in (AIGUL, DANA)] == [0, 0]
    # Sent again, the same bytes arrive; Dana, and nobody else, is credited, once.
    assert claimed(dana, paid).state == SETTLED
    assert claimed(dana, paid).state == SETTLED
    settle(aigul, records=[paid, paid])
    assert [tenge_of(town, one) for one in (AIGUL, DANA)] == [0, 500]
    assert town.platform.settlement.forks() == []


@pytest.mark.row("DT-Z-01")
def test_the_same_claim_from_eight_hands_at_once_is_credited_once(town: Town) -> None:
    aigul, dana = town.rich_phone(AIGUL, 500), town.phone(DANA)
    (token,) = aigul.load(500)
    paid, _ = hand_over(aigul, token, dana)
    item = dana.claim(paid)
    orders = [dana.order("settle", Settle((), (item,))) for _ in range(8)]
    with ThreadPoolExecutor(8) as hands:
        told: Sequence[object] = list(hands.map(lambda raw: dana.send("settle", raw), orders))
    assert all(isinstance(one, Settled) for one in told), told
    assert tenge_of(town, DANA) == 500


def test_nobody_claims_for_an_account_of_another_bank(town: Town) -> None:
    aigul, bolat = town.rich_phone(AIGUL, 500), town.phone(BOLAT)
    (token,) = aigul.load(500)
    paid, _ = hand_over(aigul, token, bolat)
    told = settle(aigul, [bolat.claim(paid)])
    assert (told.claims[0].state, told.claims[0].code) == (REFUSED, Code.NOT_PERMITTED)
    assert tenge_of(town, BOLAT) == 0
