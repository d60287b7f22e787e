"""The reader on the counter by commands: a card in a file pays, and gets its money back."""

from pathlib import Path

import pytest

from device.compose import create_wallet
from device.compose_card import NewCard
from hardware.cards.card_file import CardFile
from hardware.entropy import SeededEntropy
from hardware.readers import chips_folder
from tender.account.client_messages import TO_DT
from tender.crypto.sealing import Pin
from tests.pos.market import Market
from tests.pos.test_commands import Counter
from tests.taps.pocket import CARD_PIN, PUK
from tests.wallet.village import good
from town.cast import AIGUL


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


def test_nothing_on_the_reader_is_one_sentence(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    counter = Counter(market, monkeypatch)
    counter.opened()
    where = f"file:{market.folder / 'none.card'}"
    told = counter.told("tap", "500", "--reader", where, "--wait-s", "0", code=3)
    assert told["code"] == "card-missing"


CARD_PIN_TEXT = "2580"
assert Pin(CARD_PIN_TEXT).block() == CARD_PIN.block()
