"""After expiry and claim window: what nobody claimed returns to its last recorded owner."""

from collections.abc import Callable
from pathlib import Path

import pytest

from platform_stub.nbk.settler_verifier import Examination
from tender.account.client_messages import LostNoted, ReportLost
from tender.account.token_messages import REFUSED, SETTLED, ItemState, Settle
from tender.cash.fork_proof import check_proof
from tender.crypto.certificates import DAY_S
from tender.crypto.keys import SigningKey
from tender.errors import Code
from tests.platform_stub.people import AIGUL, BOLAT, DANA, Phone, Town
from tests.settlement.offline import claimed, hand_over, holding_of, settle, tenge_of
from town.balance_sheet import read_balance_sheet


def window_ends(town: Town, phone: Phone, token: bytes) -> int:
    """When the 30 + 60 days of a token are over."""
    return holding_of(phone, token).root.expiry + town.platform.nbk.config.claim_window_days * DAY_S


def paid_and_kept(town: Town) -> tuple[Phone, Phone, bytes, bytes]:
    """Aigul paid her 500 to Dana, kept a copy, and neither of them has synced since."""
    aigul, dana = town.rich_phone(AIGUL, 500), town.phone(DANA)
    (token,) = aigul.load(500)
    return aigul, dana, token, hand_over(aigul, token, dana)[0]


def test_any_valid_chain_is_paid_until_the_last_second_of_the_window(town: Town) -> None:
    aigul, dana, token, paid = paid_and_kept(town)
    root = holding_of(aigul, token).root
    assert root.expiry // DAY_S == town.clock.now() // DAY_S + 31, "thirty whole days, to the end of a day"
    town.clock.set(window_ends(town, aigul, token) - 1)
    assert claimed(dana, paid).state == SETTLED
    assert [tenge_of(town, one) for one in (AIGUL, DANA)] == [0, 500]


def test_a_holder_who_was_away_too_long_gets_his_money_back_for_his_word(town: Town) -> None:
    aigul = town.rich_phone(AIGUL, 500)
    (token,) = aigul.load(500)
    town.clock.set(window_ends(town, aigul, token) + 400 * DAY_S)
    assert claimed(aigul, token).state == SETTLED
    assert tenge_of(town, AIGUL) == 500


def owner_first(claims: list[Callable[[], ItemState]]) -> list[Callable[[], ItemState]]:
    return claims


def payee_first(claims: list[Callable[[], ItemState]]) -> list[Callable[[], ItemState]]:
    return claims[::-1]


@pytest.mark.parametrize("order", [owner_first, payee_first])
def test_a_later_chain_takes_the_refund_of_a_false_statement(
    town: Town, order: Callable[[list[Callable[[], ItemState]]], list[Callable[[], ItemState]]]
) -> None:
    aigul, dana, token, paid = paid_and_kept(town)
    town.clock.set(window_ends(town, aigul, token))
    for claim in order([lambda: claimed(aigul, token), lambda: claimed(dana, paid)]):
        claim()
    assert [tenge_of(town, one) for one in (AIGUL, DANA)] == [0, 500]
    (fork,) = town.platform.settlement.forks()
    assert check_proof(fork.proof, town.platform.root_key).key in aigul.keys
    assert claimed(dana, paid).state == SETTLED


def test_a_statement_that_the_records_contradict_is_refused(town: Town, tmp_path: Path) -> None:
    aigul, dana, token, paid = paid_and_kept(town)
    settle(aigul, records=[paid])
    town.clock.set(window_ends(town, aigul, token))
    told = claimed(aigul, token)
    assert (told.state, told.code) == (REFUSED, Code.CLAIM_OWN_FORK)
    assert tenge_of(town, AIGUL) == 0
    assert read_balance_sheet(tmp_path).holds
    # The last recorded owner is Dana, and it is hers, however late.
    assert claimed(dana, paid).state == SETTLED
    assert tenge_of(town, DANA) == 500


def test_a_refund_pays_a_later_chain_no_more_than_it_brought(town: Town) -> None:
    aigul, bolat, dana = town.rich_phone(AIGUL, 1_500), town.phone(BOLAT), town.phone(DANA)
    (token,) = aigul.load(500)
    to_bolat, kept = hand_over(aigul, token, bolat, 400)
    to_dana, _ = hand_over(aigul, token, dana)
    assert kept is not None
    assert claimed(bolat, to_bolat).state == SETTLED
    town.clock.set(window_ends(town, aigul, token))
    # The change, 100, is still hers as far as anybody knows; Dana's copy of the whole comes too late for
    # cover, and nobody's statement about that output was false.
    assert claimed(aigul, kept).state == SETTLED
    told = claimed(dana, to_dana)
    assert (told.state, told.code) == (REFUSED, Code.CLAIM_EXPIRED)
    assert [tenge_of(town, one) for one in (AIGUL, BOLAT, DANA)] == [1_100, 400, 0]


def reported_lost(town: Town, phone: Phone) -> Phone:
    """The owner's new phone, from which the loss of the old one was reported."""
    assert phone.enrolled is not None
    fresh = Phone(town, phone.person, SigningKey(town.entropy.draw(32)))
    fresh.enrol(town.platform.banks[phone.person.bank].clients.activation_code(phone.enrolled.client))
    lost = fresh.ask("report-lost", ReportLost(phone.enrolled.device, "", fresh.identity.public_key))
    assert isinstance(lost, LostNoted), lost
    return fresh


def test_of_a_phone_that_was_reported_lost_nothing_is_taken_back(town: Town) -> None:
    aigul, _, token, _ = paid_and_kept(town)
    bolat = town.phone(BOLAT)
    found_by_a_thief, _ = hand_over(aigul, token, bolat)
    fresh = reported_lost(town, aigul)
    town.clock.set(window_ends(town, fresh, token))
    town.platform.tick()
    assert tenge_of(town, AIGUL) == 500
    late = claimed(bolat, found_by_a_thief)
    assert (late.state, late.code) == (REFUSED, Code.CLAIM_EXPIRED)
    assert [tenge_of(town, one) for one in (AIGUL, BOLAT)] == [500, 0]


@pytest.mark.parametrize("passes_s", [0, 1])
def test_a_claim_that_is_written_after_the_money_went_home_is_late(
    town: Town, monkeypatch: pytest.MonkeyPatch, passes_s: int
) -> None:
    """It came in the window's last second; the tick that sends money home runs while it is examined. With a
    clock that stands still the tick is another process's, one second ahead."""
    aigul, bolat = town.rich_phone(AIGUL, 500), town.phone(BOLAT)
    (token,) = aigul.load(300)
    paid, _ = hand_over(aigul, token, bolat)
    fresh = reported_lost(town, aigul)
    ends, settler = window_ends(town, fresh, token), town.platform.settlement.settler
    examine = settler.examine

    def slowly(order: Settle) -> Examination:
        found = examine(order)
        town.clock.set(ends)
        town.platform.refunds.tick()
        town.clock.set(ends - 1 + passes_s)
        return found

    town.clock.set(ends - 1)
    monkeypatch.setattr(settler, "examine", slowly)
    told = claimed(bolat, paid)
    assert (told.state, told.code) == (REFUSED, Code.CLAIM_EXPIRED)
    assert [tenge_of(town, one) for one in (AIGUL, BOLAT)] == [500, 0]
    assert town.equation()[0] == town.equation()[1]
