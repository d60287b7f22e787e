"""A market with a till, and an acquirer that says what a test wants."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pos.service.till import Till
from tests.pos.market import Market
from tests.pos_cards.acquirer import StandInAcquirer
from tests.pos_cards.counter import card_in_file
from tests.pos_cards.shop import NOTE_2, NOTE_5, NOTE_20, set_up
from tests.wallet.village import good


@pytest.fixture
def market(tmp_path: Path) -> Market:
    """A village with tills."""
    return Market(tmp_path)


@pytest.fixture
def acquirer() -> Iterator[StandInAcquirer]:
    """One that approves, unless told otherwise."""
    made = StandInAcquirer()
    yield made
    made.close()


@pytest.fixture
def card(market: Market) -> str:
    """A card in a file, and its PIN beside it."""
    return card_in_file(market)


@pytest.fixture
def till(market: Market, acquirer: StandInAcquirer) -> Iterator[Till]:
    """An enrolled till with a shift open, which is a terminal of the acquirer."""
    made = market.till()
    set_up(made, acquirer.port)
    yield made
    made.close()


@pytest.fixture
def machine(till: Till) -> Till:
    """A cash machine: ten notes of 20 000, five of 5 000, three of 2 000."""
    settings = till.terminal.settings
    assert settings is not None
    assert till.terminal.configure(replace(settings, cash_machine=True)) is None
    good(till.cards.machine.fill({NOTE_20: 10, NOTE_5: 5, NOTE_2: 3}))
    return till
