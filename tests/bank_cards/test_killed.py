"""A bank node that is killed at its commits, over its real link: the books end as if nothing had happened."""

import json
import os
import subprocess
import sys
from pathlib import Path

STEP = int(os.environ.get("CARD_KILLS_STEP", "24"))
"""Every so many-th place is died at; CARD_KILLS_STEP=1 for each commit, before and after."""
FIRST = int(os.environ.get("CARD_KILLS_FIRST", "3"))


def test_a_node_killed_at_any_commit_ends_with_the_same_books(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "tests.bank_cards.mortal", str(tmp_path), str(STEP), str(FIRST)],
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert told.returncode == 0, told.stderr[-2_000:]
    quiet, *killed = [json.loads(line) for line in told.stdout.splitlines()]
    assert (quiet["place"], quiet["deaths"]) == (0, 0)
    assert quiet["said"]["Aigul dt"] == 1_000 - 120
    assert quiet["said"]["Merchant M noncash"] == 120
    assert [quiet["said"][f"949 {name}"] for name in ("converting", "card-owed", "card-payable")] == [0] * 3
    assert sum(one["deaths"] for one in killed) >= 3
    assert [one for one in killed if one["said"] != quiet["said"]] == []
