"""The threat model names tests; each one it names exists (DT-Z-08)."""

import re

import pytest

from tests.house.tree import ROOT

NAMED = re.compile(r"`(tests/[a-z_/0-9]+\.py)::(test_[a-z_0-9]+)`")
CLASSES = ("prevented", "detected", "bounded")


@pytest.mark.row("DT-Z-08")
def test_each_threat_has_a_class_a_mitigation_and_a_test_that_exists() -> None:
    text = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in text.splitlines() if re.match(r"\| T[0-9]+ ", line)]
    assert len(rows) >= 14
    for row in rows:
        assert row[3].strip(" *") in CLASSES, row[1]
        assert len(row[4].strip()) > 20, row[1]
        named = NAMED.search(row[5])
        assert named is not None, f"{row[1]} names no test"
        assert f"def {named[2]}(" in (ROOT / named[1]).read_text(encoding="utf-8"), named[0]
    for count in ("14 threat categories", "154 controls", "14 kinds of perpetrators", "5 security domains"):
        assert count in text
