"""docs/protocol/emv-kernel.md is held to the code: files, data element 55, stages of a torn card."""

import re
from pathlib import Path

from pos.core.emv.steps import Stage
from pos.core.emv.transaction import ONLINE_DATA
from tender.card.tags import name_of

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/protocol/emv-kernel.md").read_text(encoding="utf-8")


def test_what_the_issuer_is_told_stands_there_in_its_order() -> None:
    rows = re.findall(r"^\| ([0-9A-F]{2,4}) \| (.+) \|$", PAGE, re.MULTILINE)
    assert rows == [(f"{tag:02X}", name_of(tag)) for tag in ONLINE_DATA]


def test_every_step_has_its_file() -> None:
    named = set(re.findall(r"`(\w+\.py)`", PAGE))
    files = {file.name for file in (ROOT / "pos/core/emv").glob("*.py")}
    shared = {
        "__init__.py",
        "driving.py",
        "outcome.py",
        "purchase.py",
        "steps.py",
        "terminal.py",
        "transaction.py",
    }
    assert files - shared == named - {"test_real_card.py"}


def test_every_attack_names_a_test_that_exists() -> None:
    named = set(re.findall(r"`(test_[a-z_]+)`", PAGE))
    tests = "".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_*.py"))
    assert len(named) >= 9
    assert all(f"def {name}(" in tests for name in named)


def test_a_card_taken_away_is_certain_at_every_stage() -> None:
    section = PAGE.partition("## A card that is taken away")[2].partition("\n## ")[0]
    assert all(stage.value in section for stage in Stage)
