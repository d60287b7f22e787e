"""What a payment costs does not grow with what a wallet has been through: counted in acts, not in seconds."""

from collections import Counter
from typing import Any

import pytest

from hardware.sealed_file import SealedFile
from tests.wallet.village import Village, hand_over
from town.cast import AIGUL, DANA


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts rows opened and transactions committed, in both wallets and their elements together."""
    counts: Counter[str] = Counter()

    def counting(name: str, real: Any) -> Any:
        def act(*arguments: Any, **named: Any) -> Any:
            counts[name] += 1
            return real(*arguments, **named)

        return act

    monkeypatch.setattr(SealedFile, "_open_row", counting("rows opened", SealedFile._open_row))
    monkeypatch.setattr(SealedFile, "commit", counting("commits", SealedFile.commit))
    return counts


def test_the_twelfth_payment_costs_what_the_third_did(village: Village, counted: Counter[str]) -> None:
    aigul, dana = village.wallet(AIGUL, 300_000, single=True), village.wallet(DANA)
    village.line.away = True
    told: list[dict[str, int]] = []
    for _ in range(12):
        counted.clear()
        hand_over(aigul, dana, 1_000)
        told.append(dict(counted))
    assert told[2]["commits"] > 0
    assert told[11] == told[2], "nothing is scanned: the history is kept up with, row by row"
