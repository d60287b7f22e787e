"""Money on a phone reported lost: it goes home as what it is, and to whoever it belongs by then."""

import pytest

from tender.account.client_messages import AccountOpened, LostNoted, OpenAccount, ReportLost
from tender.cash.token import Rule
from tender.crypto.certificates import DAY_S
from tender.crypto.keys import SigningKey
from tender.errors import Code
from tests.platform_stub.people import AIGUL, DANA, MERCHANT, Person, Phone, Town, refused
from tests.platform_stub.test_noncash_comes_back import Away
from tests.settlement.offline import hand_over, holding_of, settle, tenge_of
from tests.settlement.test_kept_colour import MEALS, kept, load_coloured


def report(town: Town, person: Person, lost: Phone) -> Phone:
    """Their next phone, with which they reported the lost one."""
    assert lost.enrolled is not None
    fresh = Phone(town, person, SigningKey(town.entropy.draw(32)))
    fresh.enrol(town.platform.banks[person.bank].clients.activation_code(lost.enrolled.client))
    told = fresh.ask("report-lost", ReportLost(lost.enrolled.device, "", fresh.identity.public_key))
    assert isinstance(told, LostNoted), told
    return fresh


def after_window(town: Town, phone: Phone, token: bytes) -> None:
    """The claim window of a token is over, and the platform has had its turns."""
    config = town.platform.nbk.config
    town.clock.set(holding_of(phone, token).root.expiry + config.claim_window_days * DAY_S)
    for _ in range(2):
        town.platform.tick()


def test_meal_money_of_a_lost_phone_comes_home_as_meal_money(town: Town) -> None:
    aigul = town.rich_phone(AIGUL, 1_000)
    meals = load_coloured(aigul, MEALS, 300)
    fresh = report(town, AIGUL, aigul)
    after_window(town, fresh, meals)
    assert (tenge_of(town, AIGUL), kept(fresh)) == (700, {MEALS: 300})
    assert town.equation()[0] == town.equation()[1]


def test_part_of_meal_money_keeps_its_purpose_below_its_root(town: Town) -> None:
    aigul, dana = town.rich_phone(AIGUL, 1_000), town.phone(DANA)
    meals = load_coloured(aigul, MEALS, 300)
    paid, change = hand_over(aigul, meals, dana, 100)
    assert change is not None
    settle(aigul, records=[paid])
    fresh = report(town, DANA, dana)
    after_window(town, fresh, meals)
    assert (tenge_of(town, DANA), kept(fresh)) == (0, {MEALS: 100})
    assert kept(aigul) == {}, "her change is not lost"
    assert town.equation()[0] == town.equation()[1]


def test_whom_the_rule_names_has_what_it_was_paid_in_ordinary_money(town: Town) -> None:
    aigul, merchant = town.rich_phone(AIGUL, 1_000), town.phone(MERCHANT)
    meals = load_coloured(aigul, MEALS, 300)
    settle(aigul, records=[hand_over(aigul, meals, merchant)[0]])
    assert Rule.from_bytes(MEALS, "rule").allows(MERCHANT.category, MERCHANT.identifier)
    fresh = report(town, MERCHANT, merchant)
    after_window(town, fresh, meals)
    assert (tenge_of(town, MERCHANT), kept(fresh)) == (300, {})
    assert town.equation()[0] == town.equation()[1]


def test_money_of_a_phone_lost_before_its_owner_had_an_account_comes_home_to_it(town: Town) -> None:
    aigul, dana = town.rich_phone(AIGUL, 1_000), town.phone(DANA, account=False)
    (token,) = aigul.load(300)
    settle(aigul, records=[hand_over(aigul, token, dana)[0]])
    fresh = report(town, DANA, dana)
    assert isinstance(fresh.ask("open-account", OpenAccount()), AccountOpened)
    after_window(town, fresh, token)
    assert tenge_of(town, DANA) == 300
    assert town.equation()[0] == town.equation()[1]


@pytest.mark.parametrize("lost", ["revoke", "lost-keys"])
@pytest.mark.parametrize("again", ["nobody", "the same order", "a new order"])
def test_a_report_by_code_survives_a_cut_wire(town: Town, lost: str, again: str) -> None:
    aigul = town.rich_phone(AIGUL, 1_000)
    assert aigul.enrolled is not None
    (token,) = aigul.load(300)
    altyn = town.platform.banks[AIGUL.bank]
    stranger = Phone(town, AIGUL, SigningKey(town.entropy.draw(32)))
    code = altyn.clients.activation_code(aigul.enrolled.client)
    body = ReportLost(aigul.enrolled.device, code, stranger.identity.public_key)
    raw = stranger.order("report-lost", body)
    whole, altyn.desk.exchange = altyn.desk.exchange, Away(altyn.desk.exchange, lost)
    assert refused(stranger.send("report-lost", raw), Code.PEER_UNREACHABLE)
    altyn.desk.exchange = whole
    if again != "nobody":
        told = stranger.send(
            "report-lost", raw if again == "the same order" else stranger.order("report-lost", body)
        )
        assert isinstance(told, LostNoted), told
    thief = Phone(town, AIGUL, SigningKey(town.entropy.draw(32)))
    with_the_code = ReportLost(aigul.enrolled.device, code, thief.identity.public_key)
    assert refused(thief.ask("report-lost", with_the_code), Code.ACTIVATION_WRONG)
    after_window(town, aigul, token)
    assert tenge_of(town, AIGUL) == 1_000
