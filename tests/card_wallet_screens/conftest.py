"""A village for each test with a card holder in it, every screen in English unless a test says otherwise."""

from collections.abc import Iterator

import pytest

from tests.card_wallet_screens.holder import Holder, card_holder
from tests.wallet.village import Village
from tests.wallet_screens.conftest import english, unhurried, village

__all__ = ["english", "unhurried", "village"]


@pytest.fixture
def aigul(village: Village) -> Iterator[Holder]:
    """Aigul with 10 000 on her account and a card."""
    with card_holder(village) as holder:
        yield holder
