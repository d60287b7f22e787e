"""A card alone pays a wallet: held to the wallet's reader, in one go or after it was pulled."""

import json

import pytest

from device.cli.speaking import Voice
from device.service.tap_card import CardPays
from tender.errors import DeviceError
from tender.purse.commands import Ins
from tests.pos.market import Market
from tests.taps.pocket import CARD_PIN, LOST_ANSWER, Tearing, carded
from tests.wallet.village import good
from town.cast import BOLAT, DANA
from wallet.cli.tap import request_by_tap


def test_a_card_pays_a_wallet_and_no_network_is_there(market: Market) -> None:
    card, dana = carded(market, BOLAT, 100_000), market.wallet(DANA)
    market.line.away = True
    asked = good(dana.money.request(30_000))
    told = good(CardPays(dana.desk, dana.money).take(card.at(dana), asked, lambda: CARD_PIN))
    assert (told.status, told.amount_tiyn) == ("received", 30_000)
    assert (dana.view.balance().spendable_tiyn, card.money_tiyn) == (30_000, 70_000)


def test_pulled_after_it_signed_it_pays_once_and_a_new_request_for_the_same_is_that_payment(
    market: Market,
) -> None:
    card, dana = carded(market, BOLAT, 100_000), market.wallet(DANA)
    torn = Tearing(card, LOST_ANSWER, Ins.SIGN_LINKS)
    with pytest.raises(DeviceError):
        CardPays(dana.desk, dana.money).take(
            card.at(dana), good(dana.money.request(30_000)), lambda: CARD_PIN
        )
    assert dana.view.balance().spendable_tiyn == 0
    torn.put_back()
    again = good(dana.money.request(30_000))
    told = good(CardPays(dana.desk, dana.money).take(card.at(dana), again, lambda: CARD_PIN))
    assert told.status == "received" and told.payment != again.payment
    assert (dana.view.balance().spendable_tiyn, card.money_tiyn) == (30_000, 70_000)


def test_the_command_that_asks_by_tap_takes_a_card_too(
    market: Market, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    card, dana = carded(market, BOLAT, 100_000), market.wallet(DANA)
    for module in ("hardware.tap_doors", "hardware.readers"):
        monkeypatch.setattr(f"{module}.open_reader", lambda where: card.reader)
    asked = good(dana.money.request(10_000))
    request_by_tap(Voice(as_json=True), dana, "here", asked, as_card=False, timeout_s=1)
    told = json.loads(capsys.readouterr().out)
    assert (told["status"], told["amount_tiyn"], card.money_tiyn) == ("received", 10_000, 90_000)
