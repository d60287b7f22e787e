"""RSA keys drawn from any source of chance, a seeded one too: a test's cards are the same every time.

``cryptography`` makes keys from the system's chance alone, so that nothing of it can be replayed; where keys
guard anything, they are made there.
"""

from math import gcd
from typing import Final

from tender.card.personalisation import RsaPrivateKey
from tender.ports import Entropy

_EXPONENT: Final = 3
_ROUNDS: Final = 12
"""Of Miller and Rabin: for random candidates of these lengths far beyond any doubt."""
_SMALL: Final = tuple(n for n in range(3, 2000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2)))


def rsa_key(bits: int, entropy: Entropy) -> RsaPrivateKey:
    """A key of exactly so many bits, an even number of bytes, with the public exponent 3."""
    while True:
        first, second = _prime(bits // 2, entropy), _prime(bits // 2, entropy)
        if first != second:
            break
    size = bits // 16
    larger, smaller = max(first, second), min(first, second)
    return RsaPrivateKey(larger.to_bytes(size, "big"), smaller.to_bytes(size, "big"), bytes((_EXPONENT,)))


def _prime(bits: int, entropy: Entropy) -> int:
    # The two highest bits are set, so that the product of two has twice as many.
    top = 0b11 << (bits - 2)
    while True:
        start = int.from_bytes(entropy.draw(bits // 8), "big") | top | 1
        for candidate in range(start, start + 4 * bits, 2):
            if candidate.bit_length() > bits:
                break
            if gcd(candidate - 1, _EXPONENT) == 1 and _is_prime(candidate, entropy):
                return candidate


def _is_prime(number: int, entropy: Entropy) -> bool:
    if any(number % small == 0 for small in _SMALL):
        return False
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    size = number.bit_length() // 8
    for _ in range(_ROUNDS):
        power = pow(int.from_bytes(entropy.draw(size), "big") % (number - 3) + 2, odd, number)
        if power in (1, number - 1):
            continue
        for _ in range(twos - 1):
            power = power * power % number
            if power == number - 1:
                break
        else:
            return False
    return True
