"""The commands of a card wallet as a person types them, from a blank card to an unblocked PIN."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.wallet.test_commands import Desk
from tests.wallet.village import Village
from town.card.cli import app as cards
from town.cast import AIGUL


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A keyboard, and nobody who waits for a card."""
    monkeypatch.setattr("device.compose_card.WAIT_S", 0.0)
    monkeypatch.setattr("hardware.card_element.AGAIN_S", 0.0)
    return Desk(Village(tmp_path), monkeypatch)


def test_from_a_blank_card_to_a_payment_and_an_unblocked_pin(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    village = desk.village
    made = CliRunner().invoke(cards, ["new", "my.card"], catch_exceptions=False)
    assert made.exit_code == 0 and "tenge wallet create --card file:my.card" in made.stdout
    words = ("create", "-w", "aigul", "--card", "file:my.card", "--bank", "949")
    without = desk.types(*words)
    assert without.exit_code == 2 and "--root" in without.stderr
    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "home" / "root.key").write_text(village.platform.root_key.hex())
    told = desk.told(*words)
    assert told["card"] == f"file:{tmp_path / 'my.card'}" and len(told["puk"]) == 8
    number = village.client(AIGUL).number
    code = village.platform.banks[AIGUL.bank].clients.activation_code(number)
    desk.does("enrol", "-w", "aigul", "--bank", "949", "--code", code)
    desk.does("open-account", "-w", "aigul")
    desk.does("convert", "2000", "-w", "aigul")
    desk.does("load", "2000", "-w", "aigul")
    monkeypatch.chdir("/")  # the file remembers where the card lies
    status = desk.told("card", "status", "-w", "aigul")
    assert (status["money_tiyn"], status["pin_tries"], status["puk_tries"]) == (200_000, 3, 10)

    (tmp_path / "my.card").rename(tmp_path / "away.card")
    gone = desk.types("balance", "-w", "aigul")
    assert gone.exit_code == 3 and "card-missing" in gone.stderr
    (tmp_path / "away.card").rename(tmp_path / "my.card")

    new, puk, wrong = (tmp_path / name for name in ("new", "puk", "wrong"))
    new.write_text("97531\n")
    puk.write_text(told["puk"])
    wrong.write_text("0000")
    for code_of in ("pin-wrong", "pin-wrong", "pin-wrong", "card-blocked"):
        refused = desk.types("balance", "-w", "aigul", "--pin-file", str(wrong))
        assert refused.exit_code != 0 and f"[{code_of}]" in refused.stderr
        assert "0000" not in refused.output
    blocked = desk.does("card", "status", "-w", "aigul")
    assert "tenge wallet card unblock" in blocked
    desk.does("card", "unblock", "-w", "aigul", "--puk-file", str(puk), "--new-pin-file", str(new))
    assert desk.told("balance", "-w", "aigul", "--pin-file", str(new))["spendable_tiyn"] == 200_000
    wrong.write_text("4071")
    desk.does("card", "pin", "-w", "aigul", "--pin-file", str(new), "--new-pin-file", str(wrong))
    assert desk.told("balance", "-w", "aigul")["spendable_tiyn"] == 200_000


def test_a_wallet_without_a_card_has_no_card_to_ask(desk: Desk) -> None:
    desk.does("create", "-w", "dana")
    asked = desk.types("card", "status", "-w", "dana")
    assert asked.exit_code == 3 and "[card-missing]" in asked.stderr
