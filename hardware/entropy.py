"""Chance: the one place where the project draws randomness."""

import os
from hashlib import sha256


class SystemEntropy:
    """The operating system's generator."""

    def draw(self, count: int) -> bytes:
        """``count`` unpredictable bytes."""
        return os.urandom(count)


class SeededEntropy:
    """The same bytes for the same seed: for replaying a story or a failure, never for real keys."""

    def __init__(self, seed: str) -> None:
        self._seed = seed.encode()
        self._count = 0

    def draw(self, count: int) -> bytes:
        """``count`` bytes that follow from the seed and how often it was asked."""
        drawn = b""
        while len(drawn) < count:
            drawn += sha256(b"dt-seeded" + self._count.to_bytes(8, "big") + self._seed).digest()
            self._count += 1
        return drawn[:count]
