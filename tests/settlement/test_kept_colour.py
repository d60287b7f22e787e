"""Money with a purpose, handed in by somebody the purpose does not name: it keeps its colour."""

from pathlib import Path

import pytest

from platform_stub.nbk.national_bank import correspondent
from tender.account.participants import ALTYN, EURASIAN
from tender.account.token_messages import (
    SETTLED,
    WAITING,
    Kept,
    KeptQuestion,
    Load,
    Loaded,
    LoadKept,
    RootWanted,
)
from tender.cash.token import Rule
from tender.errors import Code, Refusal
from tests.platform_stub.people import AIGUL, BOLAT, DANA, MERCHANT, TENGE, Phone, Town, refused
from tests.settlement.offline import at_nbk, claimed, hand_over, holding_of, tenge_of
from town.balance_sheet import read_purposes

MEALS = Rule("school meals", (MERCHANT.category,)).to_bytes()
FUEL = Rule("fuel", (5541,)).to_bytes()


def load_coloured(phone: Phone, rule: bytes, tenge: int) -> bytes:
    (key,) = phone.certify(1)
    told = phone.ask("load", Load((RootWanted(key, tenge * TENGE),), rule))
    assert isinstance(told, Loaded), told
    return told.tokens[0]


def load_kept(phone: Phone, rule: bytes, *tenge: int) -> Loaded | Refusal:
    keys = phone.certify(len(tenge))
    wanted = tuple(RootWanted(key, one * TENGE) for key, one in zip(keys, tenge, strict=True))
    told = phone.ask("load-kept", LoadKept(wanted, rule))
    assert isinstance(told, Loaded | Refusal), told
    return told


def kept(phone: Phone) -> dict[bytes, int]:
    told = phone.ask("kept", KeptQuestion())
    assert isinstance(told, Kept), told
    return {one.rule: one.amount_tiyn // TENGE for one in told.sums}


@pytest.mark.row("DT-T-02")
def test_only_whom_the_rule_names_takes_the_colour_off(town: Town) -> None:
    aigul, merchant = town.rich_phone(AIGUL, 1_000), town.phone(MERCHANT)
    meals = load_coloured(aigul, MEALS, 300)
    assert claimed(merchant, hand_over(aigul, meals, merchant)[0]).code == ""
    assert tenge_of(town, MERCHANT) == 300
    told = claimed(aigul, load_coloured(aigul, MEALS, 200))
    assert (told.state, told.code) == (SETTLED, Code.COLOUR_KEPT)
    assert (tenge_of(town, AIGUL), kept(aigul)) == (500, {MEALS: 200})
    assert town.equation()[0] == town.equation()[1]


def test_what_keeps_its_colour_is_loaded_again_with_the_same_rule_and_no_other(
    town: Town, tmp_path: Path
) -> None:
    aigul, merchant = town.rich_phone(AIGUL, 1_000), town.phone(MERCHANT)
    for rule, tenge in ((MEALS, 200), (MEALS, 100), (FUEL, 50)):
        claimed(aigul, load_coloured(aigul, rule, tenge))
    assert kept(aigul) == {MEALS: 300, FUEL: 50}
    assert refused(load_kept(aigul, FUEL, 51), Code.FUNDS_INSUFFICIENT)
    assert refused(load_kept(aigul, Rule("games", (5816,)).to_bytes(), 1), Code.FUNDS_INSUFFICIENT)
    told = load_kept(aigul, MEALS, 150, 100)
    assert isinstance(told, Loaded), told
    assert [holding_of(aigul, one).root.rule for one in told.tokens] == [Rule.from_bytes(MEALS, "rule")] * 2
    assert kept(aigul) == {MEALS: 50, FUEL: 50}
    assert town.equation()[0] == town.equation()[1]
    assert claimed(merchant, hand_over(aigul, told.tokens[0], merchant)[0]).state == SETTLED
    assert [tenge_of(town, one) for one in (AIGUL, MERCHANT)] == [650, 150]
    # The sponsor's report: given once, spent where it should be, the rest is somewhere and not spent.
    meals = read_purposes(tmp_path)["school meals"]
    assert meals == {"given_tiyn": 300 * TENGE, "spent_tiyn": 150 * TENGE, "left_tiyn": 150 * TENGE}


def test_loading_again_twice_with_one_order_makes_the_tokens_once(town: Town) -> None:
    aigul = town.rich_phone(AIGUL, 1_000)
    claimed(aigul, load_coloured(aigul, MEALS, 200))
    (key,) = aigul.certify(1)
    raw = aigul.order("load-kept", LoadKept((RootWanted(key, 200 * TENGE),), MEALS))
    assert aigul.send("load-kept", raw) == aigul.send("load-kept", raw)
    assert kept(aigul) == {}


def test_nobody_loads_what_was_kept_for_somebody_else(town: Town) -> None:
    aigul, bolat = town.rich_phone(AIGUL, 1_000), town.phone(BOLAT)
    claimed(aigul, load_coloured(aigul, MEALS, 200))
    assert kept(bolat) == {}
    assert refused(load_kept(bolat, MEALS, 200), Code.FUNDS_INSUFFICIENT)


def test_a_forged_copy_that_keeps_its_colour_is_covered_like_any_other(town: Town) -> None:
    aigul, bolat = town.rich_phone(AIGUL, 2_000), town.phone(BOLAT)
    meals, other = load_coloured(aigul, MEALS, 500), town.phone(MERCHANT)
    paid, _ = hand_over(aigul, meals, other)
    copy, _ = hand_over(aigul, meals, bolat)
    assert claimed(other, paid).state == SETTLED
    told = claimed(bolat, copy)
    assert (told.state, told.code) == (SETTLED, Code.COLOUR_KEPT)
    assert (kept(bolat), tenge_of(town, AIGUL)) == ({MEALS: 500}, 1_000)


def test_what_came_in_for_a_coloured_claim_is_loaded_before_the_rest_comes(town: Town) -> None:
    """As anybody's account gets its part, while the culprit's bank has nothing left (docs/adr/0009)."""
    for bank in (ALTYN, EURASIAN):
        town.stock(bank, 10_000)
    aigul, bolat, dana = town.rich_phone(AIGUL, 900), town.phone(BOLAT), town.phone(DANA)
    meals = load_coloured(aigul, MEALS, 500)
    paid, copy = hand_over(aigul, meals, dana)[0], hand_over(aigul, meals, bolat)[0]
    town.stock(ALTYN, at_nbk(town, correspondent(ALTYN)))
    claimed(dana, paid)
    assert claimed(bolat, copy).state == WAITING
    assert kept(bolat) == {MEALS: 400}
    assert refused(load_kept(bolat, MEALS, 401), Code.FUNDS_INSUFFICIENT)
    assert isinstance(load_kept(bolat, MEALS, 300), Loaded)
    assert kept(bolat) == {MEALS: 100}
    assert isinstance(load_kept(bolat, MEALS, 100), Loaded)
    assert kept(bolat) == {}
    assert town.equation()[0] == town.equation()[1]
    nbk = town.platform.nbk
    nbk.open_correspondent(ALTYN, 1_000 * TENGE, bytes(32))
    town.platform.tick()
    assert claimed(bolat, copy).state == SETTLED
    assert kept(bolat) == {MEALS: 100}
    assert isinstance(load_kept(bolat, MEALS, 100), Loaded)
    town.platform.tick()
    assert (kept(bolat), claimed(bolat, copy).state) == ({}, SETTLED)
    assert town.equation()[0] == town.equation()[1]
