"""Which coins pay: a table, one named line a case."""

import pytest

from device.core.loading import roots_of
from device.core.model import SPENDABLE, Coin
from device.core.purse import Piece, Wanted, choose, choose_to_claim
from tender.cash.messages import Terms
from tender.errors import Code, Refusal

NOW = 1_800_000_000
DAY_S = 86_400


def coin(amount: int, hops: int = 15, days: int = 30, purpose: str = "", name: int = 0) -> Coin:
    return Coin(
        output=bytes([name or amount % 251]) * 32,
        packed=bytes(300),
        holder=bytes(32),
        amount_tiyn=amount,
        hops_left=hops,
        expiry=NOW + days * DAY_S,
        purpose=purpose,
        state=SPENDABLE,
        payment=b"",
        since=NOW,
    )


def pay(coins: list[Coin], amount: int, **terms: int) -> tuple[Piece, ...] | Refusal:
    wanted = Wanted(amount, Terms(**terms), frozenset({"meals"}), NOW)  # type: ignore[arg-type]
    return choose(coins, wanted)


def shape(found: tuple[Piece, ...] | Refusal) -> list[tuple[int, int]]:
    assert not isinstance(found, Refusal), found
    return sorted((piece.coin.amount_tiyn, piece.pay_tiyn) for piece in found)


@pytest.mark.parametrize(
    ("case", "coins", "amount", "expected"),
    [
        ("exact coin", [coin(100), coin(500)], 100, [(100, 100)]),
        ("smallest that does", [coin(900), coin(500), coin(700)], 400, [(500, 400)]),
        ("fewest coins before exactness", [coin(100), coin(200), coin(900)], 300, [(900, 300)]),
        ("exact pair", [coin(100), coin(200), coin(250)], 450, [(200, 200), (250, 250)]),
        ("least change of pairs", [coin(300), coin(200), coin(290)], 480, [(200, 190), (290, 290)]),
        ("everything", [coin(1), coin(2), coin(3)], 6, [(1, 1), (2, 2), (3, 3)]),
        ("one tiyn", [coin(500)], 1, [(500, 1)]),
        ("used hops first", [coin(500, 3, name=1), coin(500, 15, name=2)], 500, [(500, 500)]),
    ],
)
def test_choice(case: str, coins: list[Coin], amount: int, expected: list[tuple[int, int]]) -> None:
    assert shape(pay(coins, amount)) == expected, case


def test_the_coin_with_fewest_hops_left_goes_and_the_longest_lived_is_split() -> None:
    short, long = coin(500, 3, name=1), coin(500, 15, name=2)
    (only,) = pay([long, short], 500)  # type: ignore[misc]
    assert only.coin is short
    pieces = pay([long, short], 700)
    assert not isinstance(pieces, Refusal)
    assert {piece.coin.hops_left: piece.pay_tiyn for piece in pieces} == {3: 500, 15: 200}


@pytest.mark.parametrize(
    ("case", "coins", "amount", "terms", "code"),
    [
        ("nothing", [], 1, {}, Code.NOT_ENOUGH_MONEY),
        ("one tiyn short", [coin(99)], 100, {}, Code.NOT_ENOUGH_MONEY),
        ("no hop left", [coin(500, 0)], 100, {}, Code.HOP_LIMIT),
        ("expired", [coin(500, days=0)], 100, {}, Code.TOKEN_EXPIRED),
        ("another purpose", [coin(500, purpose="fuel")], 100, {}, Code.COLOUR_BROKEN),
        ("too many pieces", [coin(60, name=1), coin(60, name=2)], 100, {"tokens_max": 1}, Code.TERMS_UNMET),
        ("too old for the payee", [coin(500, 3)], 100, {"hops_left_min": 3}, Code.TERMS_UNMET),
        ("too near its expiry", [coin(500, days=5)], 100, {"days_left_min": 6}, Code.TERMS_UNMET),
        ("too long", [coin(500)], 100, {"bytes_max": 100}, Code.TERMS_UNMET),
        ("most of it stuck", [coin(10), coin(500, 0)], 100, {}, Code.HOP_LIMIT),
    ],
)
def test_refusals(case: str, coins: list[Coin], amount: int, terms: dict[str, int], code: Code) -> None:
    refused = pay(coins, amount, **terms)
    assert isinstance(refused, Refusal), case
    assert refused.code is code, case


def test_money_with_a_purpose_goes_first() -> None:
    assert shape(pay([coin(100), coin(200, purpose="meals")], 100)) == [(200, 100)]
    assert shape(pay([coin(100), coin(50, purpose="meals")], 100)) == [(100, 100)]
    assert shape(pay([coin(100), coin(50, purpose="meals")], 120)) == [(50, 50), (100, 70)]


def test_claims_take_what_cannot_be_passed_on_first() -> None:
    stuck, fresh = coin(300, 0, name=1), coin(300, 15, name=2)
    assert [piece.coin for piece in choose_to_claim([fresh, stuck], 300, NOW)] == [stuck]  # type: ignore[union-attr]
    assert shape(choose_to_claim([fresh, stuck], 400, NOW)) == [(300, 100), (300, 300)]
    alone = choose_to_claim([stuck], 100, NOW)
    assert isinstance(alone, Refusal)
    assert alone.code is Code.HOP_LIMIT


@pytest.mark.parametrize("amount", [1, 99, 10_000, 200_000, 777_777, 50_000_000, 12_345_678_901])
def test_a_load_is_cut_into_round_pieces_that_sum_to_it(amount: int) -> None:
    roots = roots_of(amount)
    assert sum(roots) == amount
    assert 1 <= len(roots) <= 12
    assert roots_of(amount, single=True) == (amount,)


def test_a_usual_load_leaves_small_coins() -> None:
    assert roots_of(200_000) == (100_000, 50_000, 20_000, 10_000, 10_000, 10_000)
