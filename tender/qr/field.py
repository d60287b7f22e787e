"""The arithmetic under the frames: GF(256) with the polynomial 0x11D, and a Cauchy matrix over it.

A block of bytes is multiplied by a constant with ``bytes.translate`` and added with one XOR of two large
numbers: no loop over bytes, no library.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Final

_POLYNOMIAL: Final = 0x11D
_ORDER: Final = 255


def _powers() -> tuple[int, ...]:
    found, one = [], 1
    for _ in range(_ORDER):
        found.append(one)
        one = (one << 1) ^ (_POLYNOMIAL if one & 0x80 else 0)
    return tuple(found)


_EXP: Final = _powers()
_LOG: Final = {value: power for power, value in enumerate(_EXP)}


def product(one: int, other: int) -> int:
    """The product of two elements of the field (0 .. 255)."""
    return _EXP[(_LOG[one] + _LOG[other]) % _ORDER] if one and other else 0


def inverse(one: int) -> int:
    """The element whose product with ``one`` (not 0) is 1."""
    return _EXP[-_LOG[one] % _ORDER]


@cache
def _table(factor: int) -> bytes:
    return bytes(product(factor, value) for value in range(256))


def coefficients(number: int, needed: int) -> bytes:
    """What frame ``number`` takes of each of ``needed`` blocks: one of them, or (1 / (number XOR place)).

    The second kind is a row of a Cauchy matrix, all of whose square parts can be inverted; together with the
    rows of the identity that is so for any choice of rows.
    """
    if number < needed:
        return bytes(place == number for place in range(needed))
    return bytes(inverse(number ^ place) for place in range(needed))


def _sum(parts: Iterable[tuple[int, bytes]], length: int) -> bytes:
    total = 0
    for factor, block in parts:
        if factor:
            total ^= int.from_bytes(block.translate(_table(factor)), "big")
    return total.to_bytes(length, "big")


def combined(number: int, blocks: Sequence[bytes]) -> bytes:
    """The block of frame ``number`` over these source blocks, all of one length."""
    return _sum(zip(coefficients(number, len(blocks)), blocks, strict=True), len(blocks[0]))


def solved(needed: int, held: Mapping[int, bytes]) -> list[bytes]:
    """The ``needed`` source blocks out of at least as many frames' blocks (number -> block).

    Gauss-Jordan on the blocks that are missing only: what came as itself needs no arithmetic.
    """
    known = {number: block for number, block in held.items() if number < needed}
    missing = [place for place in range(needed) if place not in known]
    length = len(next(iter(held.values())))
    rows: list[tuple[bytes, bytes]] = []
    for number in [number for number in held if number >= needed][: len(missing)]:
        row = coefficients(number, needed)
        rest = _sum(((row[place], block) for place, block in known.items()), length)
        rows.append((bytes(row[place] for place in missing), _sum(((1, held[number]), (1, rest)), length)))
    for at in range(len(missing)):
        pivot = next(one for one in range(at, len(rows)) if rows[one][0][at])
        rows[at], rows[pivot] = rows[pivot], rows[at]
        scale = _table(inverse(rows[at][0][at]))
        left, right = rows[at] = rows[at][0].translate(scale), rows[at][1].translate(scale)
        for other, (its_left, its_right) in enumerate(rows):
            if other != at and its_left[at]:
                factor = its_left[at]
                rows[other] = (
                    _sum(((1, its_left), (factor, left)), len(missing)),
                    _sum(((1, its_right), (factor, right)), length),
                )
    known.update(zip(missing, (right for _, right in rows), strict=True))
    return [known[place] for place in range(needed)]
