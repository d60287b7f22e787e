"""How a load is cut into roots: halves of round sizes, so that most payments find a coin near their amount
and change stays a short history."""

from typing import Final

ROOTS_MOST: Final = 12
SIZES_TIYN: Final = tuple(unit * 10**power for power in range(8, 3, -1) for unit in (5, 2, 1))
"""5 000 000 ₸ … 100 ₸ in ones, twos and fives."""


def roots_of(amount_tiyn: int, *, single: bool = False) -> tuple[int, ...]:
    """The amounts (tiyn) of the roots of one load, largest first; their sum is the load."""
    if single:
        return (amount_tiyn,)
    roots: list[int] = []
    rest_tiyn = amount_tiyn
    while len(roots) < ROOTS_MOST - 1:
        size = next((one for one in SIZES_TIYN if 2 * one <= rest_tiyn), None)
        if size is None:
            break
        roots.append(size)
        rest_tiyn -= size
    if rest_tiyn:
        roots.append(rest_tiyn)
    return tuple(sorted(roots, reverse=True))
