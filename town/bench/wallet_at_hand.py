"""A wallet to start cold: a client's own, with money on it, and a PIN that is cheap to check.

The cost of the key derivation is meant to be felt by whoever guesses PINs; it is a setting, not a speed, so
it is left out of what is measured.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from town.cast import AIGUL
from town.processes import tenge_words
from town.town import fresh_town

LOADED_TIYN = 1_000_000


@contextmanager
def wallet_at_hand() -> Iterator[tuple[dict[str, str], list[str]]]:
    """The environment of a wallet that holds several pieces of money, and the command for its balance."""
    with fresh_town(crowd=0) as town:
        (aigul,) = town.purses(AIGUL)
        aigul.fill(LOADED_TIYN)
        environment = {**os.environ, **town.programs().environment}
        yield environment, tenge_words("wallet", "balance", "--wallet", aigul.name)
