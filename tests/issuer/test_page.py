"""The page on the issuer names every code its checks answer with, and tests that are there."""

import re

from card_switch.core.issuer import checks, chip
from hardware.hsm_cryptograms import SCRIPTS, VERSIONS
from tests.house.tree import ROOT

PAGE = (ROOT / "docs/protocol/card-issuer.md").read_text(encoding="utf-8")


def test_every_code_of_the_checks_is_on_the_page() -> None:
    constants = {**vars(checks), **vars(chip)}
    codes = {
        value
        for name, value in constants.items()
        if name.isupper() and isinstance(value, str) and re.fullmatch(r"[0-9A-Z]{2}", value)
    }
    assert codes >= {"41", "88", "N7"}
    missing = {code for code in codes if not re.search(rf"\b{code}\b", PAGE)}
    assert not missing


def test_every_test_on_the_page_is_there() -> None:
    named = re.findall(r"`(?:tests/issuer/)?(test_\w+\.py)::(test_\w+)`", PAGE)
    assert len(named) > 10
    for file, name in named:
        assert f"def {name}(" in (ROOT / "tests/issuer" / file).read_text(encoding="utf-8"), name


def test_every_version_and_script_of_the_code_is_on_the_page() -> None:
    for _, version in VERSIONS:
        assert f"{version:02X}" in PAGE
    for name in ("pin-unblock", "block"):
        assert f"`{name}` ({SCRIPTS[name][:2].hex().upper()})" in PAGE
