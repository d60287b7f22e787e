"""A table on a narrow terminal cuts names, and never what the next command is given."""

import re
import sys

import pytest

from device.cli.speaking import Voice
from wallet.cli.showing import table

HEADS = ("when", "amount", "what", "with", "card", "rrn", "status")
RRN = "632523000001"
REFUSED = "refused: the card is reported lost or stolen"
ROW = (
    "22.11.2026 05:00",
    "−22 000,00 ₸",
    "purchase on line by card",
    "Merchant M",
    "…5235",
    RRN,
    REFUSED,
)


@pytest.mark.parametrize("columns", [80, 120])
def test_a_number_that_is_typed_again_stands_whole(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    table(Voice(as_json=False), HEADS, [ROW], money=1, typed=5)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert RRN in shown and "22 000,00" in shown
    assert all(word in shown for word in REFUSED.split()), "and nothing is cropped at the edge"
    assert max(len(line) for line in shown.splitlines()) <= columns
