"""Which coins to pay with: the fewest, then the least change, then those with the fewest hops left to lose.

Every coin is put down whole but the last, which is split; its change stays on the same history, one hop
longer. Money with a purpose is spent before plain money, because plain money is good everywhere.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Final

from device.core.model import Coin
from tender.cash.messages import ANY_COLOUR, Terms
from tender.errors import Code, Refusal

DAY_S: Final = 86_400
SEARCHED_MOST: Final = 2_000
"""Subsets looked at before the greedy answer is good enough."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One coin of a payment, and how much of it is paid (tiyn); the rest is change."""

    coin: Coin
    pay_tiyn: int

    @property
    def change_tiyn(self) -> int:
        """What stays with the payer."""
        return self.coin.amount_tiyn - self.pay_tiyn


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be paid, and what the payee can take.

    ``colours`` are the purposes whose rule allows this payee, worked out by the caller; plain money has none.
    ``longest_tokens_bytes``: how long the tokens of a payment may be together.
    """

    amount_tiyn: int
    terms: Terms
    colours: frozenset[str]
    now: int

    def unfit(self, coin: Coin) -> Code | None:
        """Why this coin cannot be part of the payment, or None."""
        if not coin.spendable:
            return Code.ALREADY_SPENT
        if coin.expiry <= self.now:
            return Code.TOKEN_EXPIRED
        if coin.hops_left < 1:
            return Code.HOP_LIMIT
        if coin.purpose and not (coin.purpose in self.colours and self._takes(coin.purpose)):
            return Code.COLOUR_BROKEN
        if coin.hops_left - 1 < self.terms.hops_left_min:
            return Code.TERMS_UNMET
        if (coin.expiry - self.now) // DAY_S < self.terms.days_left_min:
            return Code.TERMS_UNMET
        return None

    def _takes(self, purpose: str) -> bool:
        return ANY_COLOUR in self.terms.colours or purpose in self.terms.colours


def choose(coins: Iterable[Coin], wanted: Wanted) -> tuple[Piece, ...] | Refusal:
    """The pieces that pay exactly ``wanted.amount_tiyn``, or why the money in hand cannot.

    A refusal names the reason that holds back most money: ``not-enough-money`` only when all of it together
    would not do.
    """
    mine = [coin for coin in coins if coin.spendable]
    unfit = {coin.output: wanted.unfit(coin) for coin in mine}
    fit = [coin for coin in mine if unfit[coin.output] is None]
    have_tiyn = sum(coin.amount_tiyn for coin in fit)
    if have_tiyn < wanted.amount_tiyn:
        return _short(mine, unfit, have_tiyn, wanted)
    coloured = [coin for coin in fit if coin.purpose]
    plain = [coin for coin in fit if not coin.purpose]
    found = _fewest(coloured, wanted) or _fewest(plain, wanted) or _mixed(coloured, plain, wanted)
    most = wanted.terms.tokens_max
    if found is None or len(found) > most:
        return Refusal(Code.TERMS_UNMET, "terms.tokens_max", (("term", f"at most {most} pieces of money"),))
    if sum(len(coin.packed) + 128 for coin in found) > wanted.terms.bytes_max:
        return Refusal(
            Code.TERMS_UNMET, "terms.bytes_max", (("term", f"at most {wanted.terms.bytes_max} bytes"),)
        )
    return _cut(found, wanted.amount_tiyn)


def _short(mine: Sequence[Coin], unfit: dict[bytes, Code | None], have_tiyn: int, wanted: Wanted) -> Refusal:
    total_tiyn = sum(coin.amount_tiyn for coin in mine)
    facts = (("have_tiyn", have_tiyn), ("need_tiyn", wanted.amount_tiyn))
    if total_tiyn < wanted.amount_tiyn:
        return Refusal(Code.NOT_ENOUGH_MONEY, "amount", facts)
    held: dict[Code, int] = {}
    for coin in mine:
        reason = unfit[coin.output]
        if reason is not None:
            held[reason] = held.get(reason, 0) + coin.amount_tiyn
    reason = max(held, key=lambda code: (held[code], code.value))
    worst = max((coin for coin in mine if unfit[coin.output] is reason), key=lambda coin: coin.amount_tiyn)
    if reason is Code.COLOUR_BROKEN:
        return Refusal(reason, "tokens.rule", (("purpose", worst.purpose), *facts))
    if reason is Code.TOKEN_EXPIRED:
        return Refusal(reason, "tokens.expiry", (("expiry", worst.expiry), *facts))
    if reason is Code.TERMS_UNMET:
        return Refusal(reason, "terms", (("term", "fresher money is asked for"), *facts))
    return Refusal(reason, "tokens", facts)


def _fewest(coins: Sequence[Coin], wanted: Wanted) -> tuple[Coin, ...] | None:
    """The fewest coins that reach the amount; among those the least change, then most hops used."""
    falling = sorted(coins, key=lambda coin: (-coin.amount_tiyn, coin.hops_left, coin.output))
    reached, count = 0, 0
    for coin in falling:
        if reached >= wanted.amount_tiyn:
            break
        reached, count = reached + coin.amount_tiyn, count + 1
    if reached < wanted.amount_tiyn:
        return None
    best = tuple(falling[:count])
    best_rank = _rank(best, wanted.amount_tiyn)
    for looked, subset in enumerate(combinations(falling, count)):
        if looked >= SEARCHED_MOST:
            break
        if sum(coin.amount_tiyn for coin in subset) >= wanted.amount_tiyn:
            rank = _rank(subset, wanted.amount_tiyn)
            if rank < best_rank:
                best, best_rank = subset, rank
    return best


def _rank(coins: Sequence[Coin], amount_tiyn: int) -> tuple[int, int, list[bytes]]:
    change_tiyn = sum(coin.amount_tiyn for coin in coins) - amount_tiyn
    return change_tiyn, sum(coin.hops_left for coin in coins), sorted(coin.output for coin in coins)


def _mixed(coloured: Sequence[Coin], plain: Sequence[Coin], wanted: Wanted) -> tuple[Coin, ...] | None:
    """All that fits of the coloured money, and plain money for the rest."""
    return _fewest([*coloured, *plain], wanted)


def _cut(coins: Sequence[Coin], amount_tiyn: int) -> tuple[Piece, ...]:
    """Split one coin: the one whose history is shortest, because its change lives longest."""
    change_tiyn = sum(coin.amount_tiyn for coin in coins) - amount_tiyn
    able = [coin for coin in coins if coin.amount_tiyn > change_tiyn]
    split = max(able, key=lambda coin: (coin.hops_left, coin.output))
    return tuple(Piece(coin, coin.amount_tiyn - (change_tiyn if coin is split else 0)) for coin in coins)


def choose_to_claim(
    coins: Iterable[Coin],
    amount_tiyn: int,
    now: int,
    may_split: Callable[[Coin, int], bool] = lambda coin, part_tiyn: True,
) -> tuple[Piece, ...] | Refusal:
    """Coins to hand to the bank: a claim is no hop, so what can no longer be passed on goes first.

    At most one coin is split, and only one that may still make a hop; ``may_split(coin, part_tiyn)`` says
    whether the split could be verified.
    """
    mine = sorted(
        (coin for coin in coins if coin.spendable),
        key=lambda coin: (coin.hops_left > 0 and coin.expiry > now, coin.hops_left, -coin.amount_tiyn),
    )
    have_tiyn = sum(coin.amount_tiyn for coin in mine)
    if have_tiyn < amount_tiyn:
        return Refusal(
            Code.NOT_ENOUGH_MONEY, "amount", (("have_tiyn", have_tiyn), ("need_tiyn", amount_tiyn))
        )
    whole: list[Piece] = []
    left = amount_tiyn
    for coin in mine:
        if coin.amount_tiyn <= left:
            whole.append(Piece(coin, coin.amount_tiyn))
            left -= coin.amount_tiyn
    if not left:
        return tuple(whole)
    taken = {piece.coin.output for piece in whole}
    able = [
        coin
        for coin in mine
        if coin.output not in taken
        and coin.amount_tiyn > left
        and coin.hops_left > 0
        and coin.expiry > now
        and not coin.purpose
        and may_split(coin, left)
    ]
    exact = None if able else _exactly(mine, amount_tiyn)
    if exact is not None:
        return tuple(Piece(coin, coin.amount_tiyn) for coin in exact)
    if not able:
        return Refusal(Code.HOP_LIMIT, "amount", (("whole_tiyn", amount_tiyn - left),))
    split = min(able, key=lambda coin: (coin.amount_tiyn, -coin.hops_left, coin.output))
    return (*whole, Piece(split, left))


def _exactly(coins: Sequence[Coin], amount_tiyn: int) -> tuple[Coin, ...] | None:
    """Whole coins of exactly this sum, the fewest, as far as a short search finds them."""
    subsets = (found for count in range(1, len(coins) + 1) for found in combinations(coins, count))
    for found in islice(subsets, SEARCHED_MOST):
        if sum(coin.amount_tiyn for coin in found) == amount_tiyn:
            return found
    return None
