"""How long a played screen is waited for: as long as it works, and not as long as the library guesses.

The library calls a program at rest when it uses little of the processor. A moving code never does, and on
a busy machine nothing does, so every key cost up to a second. The plays look for themselves whether something
is under way (their ``settled``); here the guess becomes one short turn.
"""

from collections.abc import Iterator

import pytest
from textual import _wait

TURN_S = 0.002


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One turn of the loop between keys."""
    monkeypatch.setattr(_wait, "SLEEP_GRANULARITY", TURN_S)
    monkeypatch.setattr(_wait, "SLEEP_IDLE", float("inf"))
    yield
