"""The reader on the counter by commands: a card in a file pays, and gets its money back."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from device.compose import create_wallet
from device.compose_card import NewCard
from hardware import readers
from hardware.cards.card_file import CardFile
from hardware.entropy import SeededEntropy
from hardware.readers import chips_folder
from tender.account.client_messages import TO_DT
from tender.crypto.sealing import Pin
from tests.pos.market import Market
from tests.pos.test_commands import Counter
from tests.taps.pocket import CARD_PIN, PUK, carded
from tests.wallet.village import good
from town.card.cli import app as cards
from town.cast import AIGUL, DANA


def card_in_a_file(market: Market, load_tiyn: int) -> str:
    """Aigul's card, filled at home; where it lies, as it is typed."""
    path = market.folder / "aigul.card"
    CardFile.create(path, chips_folder(), SeededEntropy("image")).close()
    where, seed = f"file:{path}", SeededEntropy("aigul")
    card = NewCard(where, market.platform.root_key, AIGUL.bank, PUK)
    with create_wallet(
        market.config("aigul"), CARD_PIN, market.clock, seed, lambda _: market.line, card
    ) as home:
        code = market.platform.banks[AIGUL.bank].clients.activation_code(market.client(AIGUL).number)
        good(home.membership.enrol(AIGUL.bank, code, shown=False, root_key=market.platform.root_key))
        good(home.membership.open_account())
        good(home.bank.convert(TO_DT, load_tiyn))
        good(home.bank.load(load_tiyn))
    return where


def test_tap_refund_and_tap_again(market: Market, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    counter = Counter(market, monkeypatch)
    where = card_in_a_file(market, 2_000_000)
    counter.opened()
    market.line.away = True
    told = counter.told("tap", "500", "--reader", where)
    assert told["receipt"]["total_tiyn"] == 50_000
    name = told["receipt"]["receipt"]
    assert "on the card again" in counter.run("refund", name, "--tap", where)
    assert counter.told("sale", "--item", "Tea=500", "--tap", where)["receipt"]["total_tiyn"] == 50_000
    assert "came by tap" in counter.run("tap", "250", "--reader", where)
    # A large sum needs the PIN of whoever holds the card; the question stays open until it comes.
    assert counter.told("tap", "15000", "--reader", where, code=1)["code"] == "card-pin-needed"
    pin_file = tmp_path / "pin"
    pin_file.write_text(CARD_PIN_TEXT)
    paid = counter.told("tap", "--reader", where, "--card-pin-file", str(pin_file))
    assert paid["receipt"]["total_tiyn"] == 1_500_000


def test_a_blank_card_leaves_the_counter_as_it_was(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    counter = Counter(market, monkeypatch)
    counter.opened()
    path = market.folder / "blank.card"
    CardFile.create(path, chips_folder(), SeededEntropy("blank")).close()
    for _ in range(2):
        assert counter.told("tap", "100", "--reader", f"file:{path}", code=3)["code"] == "card-blank"


def test_a_wallet_whose_own_card_is_one_of_the_two_pays_itself(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    Counter(market, monkeypatch)
    where = card_in_a_file(market, 100_000)
    monkeypatch.setenv("TENGE_PIN", CARD_PIN_TEXT)
    dana = carded(market, DANA)
    read = readers.open_reader
    monkeypatch.setattr(readers, "open_reader", lambda at: dana.reader if at == "file:dana" else read(at))
    words = ["pay", "100", "--yes", "-w", "aigul", "--json", "--from", where, "--to"]
    done = json.loads(CliRunner().invoke(cards, [*words, "file:dana"]).stdout)
    assert (done["status"], dana.money_tiyn) == ("paid", 10_000)
    back = [*words[:-3], "--from", "file:dana", "--to", where]
    done = json.loads(CliRunner().invoke(cards, back).stdout)
    assert (done["status"], dana.money_tiyn) == ("received", 0)


def test_nothing_on_the_reader_is_one_sentence(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    counter = Counter(market, monkeypatch)
    counter.opened()
    where = f"file:{market.folder / 'none.card'}"
    told = counter.told("tap", "500", "--reader", where, "--wait-s", "0", code=3)
    assert told["code"] == "card-missing"


CARD_PIN_TEXT = "2580"
assert Pin(CARD_PIN_TEXT).block() == CARD_PIN.block()
