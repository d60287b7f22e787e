"""What goes wrong with a card at a keyboard is said of the card, and says what to do."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tender.errors import Code
from tests.wallet.test_commands import Desk
from tests.wallet.village import Village
from town.card.cli import app as cards


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A keyboard, a root of trust, and nobody who waits for a card."""
    monkeypatch.setattr("device.compose_card.WAIT_S", 0.0)
    monkeypatch.setattr("device.compose_guest.WAIT_S", 0.0)
    monkeypatch.chdir(tmp_path)
    made = Desk(Village(tmp_path), monkeypatch)
    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "home" / "root.key").write_text(made.village.platform.root_key.hex())
    return made


def card(*words: str) -> dict[str, Any]:
    """``tenge card`` for a program."""
    told = json.loads(CliRunner().invoke(cards, [*words, "--json"], catch_exceptions=False).stdout)
    assert isinstance(told, dict)
    return told


def test_a_new_card_in_a_place_that_is_taken_or_not_there(desk: Desk, tmp_path: Path) -> None:
    made = card("new", "one.card")
    picture = (tmp_path / "one.card").read_bytes()
    assert card("new", "one.card")["code"] == Code.FILE_EXISTS.value
    assert (tmp_path / "one.card").read_bytes() == picture and made["file"] == "one.card"
    assert card("new", "nowhere/one.card")["code"] == Code.FOLDER_MISSING.value


def test_a_blank_card_is_called_blank(desk: Desk) -> None:
    desk.does("create", "-w", "desk")
    for name in ("one.card", "two.card"):
        card("new", name)
    assert [one["what"] for one in card("list", "file:one.card")["cards"]] == ["blank"]
    between = ("pay", "10", "-w", "desk", "--from", "file:one.card", "--to")
    assert card(*between, "file:two.card")["code"] == Code.CARD_BLANK.value
    assert card(*between, "file:./one.card")["code"] == Code.CARD_SAME.value
    Path("no.card").write_bytes(b"no card")
    assert CliRunner().invoke(cards, ["list", "file:one.card", "file:no.card"]).exit_code == 3


def test_a_card_wallet_wants_its_bank_and_follows_its_card(desk: Desk, tmp_path: Path) -> None:
    card("new", "my.card")
    without = desk.types("create", "-w", "aigul", "--card", "file:my.card")
    assert without.exit_code == 2 and "--card wants --bank" in without.stderr
    puk = desk.told("create", "-w", "aigul", "--card", "file:my.card", "--bank", "949")["puk"]

    (tmp_path / "my.card").rename(tmp_path / "moved.card")
    gone = desk.types("balance", "-w", "aigul")
    assert "[card-missing]" in gone.stderr and "my.card" in gone.stderr and "TENGE_CARD" in gone.stderr
    card("new", "other.card")
    assert desk.types("card", "at", "file:other.card", "-w", "aigul").exit_code != 0, "not this wallet's card"
    moved = desk.told("card", "at", "file:moved.card", "-w", "aigul")
    assert moved["card"] == f"file:{tmp_path / 'moved.card'}"
    assert desk.told("balance", "-w", "aigul")["spendable_tiyn"] == 0

    wrong, new = tmp_path / "wrong", tmp_path / "new"
    wrong.write_text("00000000" if puk != "00000000" else "11111111")
    new.write_text("97531")
    words = ("card", "unblock", "-w", "aigul", "--puk-file", str(wrong), "--new-pin-file", str(new), "--json")
    ends = [json.loads(desk.types(*words).stdout) for _ in range(11)]
    assert [one["code"] for one in ends] == [Code.PUK_WRONG.value] * 9 + [Code.PUK_BLOCKED.value] * 2
    assert ends[0]["facts"]["left"] == 9
    assert "signs nothing, ever" in desk.does("card", "status", "-w", "aigul")
