"""A wallet pays a purse card that lies at its reader; the card asks for what was typed at the wallet."""

import json

import pytest
import typer

from device.cli.speaking import EXIT_USAGE, Voice
from device.service.hold_again import held
from device.service.money import Proposal, Told
from device.service.tap_card import CardIsPaid
from device.service.wallet import Wallet
from tender.errors import Code, DeviceError, Refusal
from tender.purse.commands import Ins
from tests.pos.market import Market
from tests.taps.pocket import LOST_ANSWER, LOST_COMMAND, Pocket, Tearing, carded
from tests.tears.conftest import ALL
from tests.wallet.village import good
from town.cast import AIGUL, BOLAT
from wallet.cli.tap import pay_by_tap, pay_onto_card

AMOUNT_TIYN = 30_000


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A card that was taken away does not come back by itself."""
    monkeypatch.setattr("hardware.card_element.AGAIN_S", 0.0)


def pays(
    wallet: Wallet, card: Pocket, amount_tiyn: int = AMOUNT_TIYN, *, says: bool = True
) -> Told | Refusal:
    """One command: as often as the card is held there again."""
    asked: list[Proposal] = []

    def decide(found: Proposal) -> bool:
        asked.append(found)
        return says

    told = held(
        lambda: card.at(wallet),
        lambda guest: CardIsPaid(wallet.desk, wallet.money).pay(guest, amount_tiyn, decide),
        lambda: None,
    )
    assert [one.amount_tiyn for one in asked] in ([amount_tiyn], []), "asked once at the most"
    return told


def test_a_command_pays_onto_a_card_and_says_how_much_it_must_be_told(
    market: Market, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    aigul, card = market.wallet(AIGUL, 100_000), carded(market, BOLAT)
    market.line.away = True
    for module in ("hardware.tap_doors", "hardware.readers"):
        monkeypatch.setattr(f"{module}.open_reader", lambda where: card.reader)
    with pytest.raises(typer.Exit) as stopped:
        pay_by_tap(Voice(as_json=True), aigul, "here", as_card=False, yes=True, timeout_s=1)
    assert stopped.value.exit_code == EXIT_USAGE
    assert "--amount" in capsys.readouterr().err
    pay_onto_card(Voice(as_json=True), aigul, "here", AMOUNT_TIYN, yes=True, timeout_s=1)
    told = json.loads(capsys.readouterr().out)
    assert (told["status"], told["closed"]) == ("paid", True)
    assert (aigul.view.balance().spendable_tiyn, card.money_tiyn) == (70_000, AMOUNT_TIYN)


def test_a_no_moves_nothing(market: Market) -> None:
    aigul, card = market.wallet(AIGUL, 100_000), carded(market, BOLAT)
    assert good(pays(aigul, card, says=False)).status == "declined"
    assert (aigul.view.balance().spendable_tiyn, card.money_tiyn) == (100_000, 0)


TEARS = [(Ins.SIGN_RECEIPT, LOST_COMMAND), (Ins.SIGN_RECEIPT, LOST_ANSWER)]
if ALL:
    TEARS += [
        (at, way)
        for at in (Ins.OPEN_REQUEST, Ins.PUT_TOKEN, Ins.STATUS)
        for way in (LOST_COMMAND, LOST_ANSWER)
    ]


@pytest.mark.parametrize(("at", "way"), TEARS)
def test_torn_anywhere_and_the_same_command_again_pays_once(market: Market, at: Ins, way: str) -> None:
    aigul, card = market.wallet(AIGUL, 100_000), carded(market, BOLAT)
    torn = Tearing(card, way, at)
    with pytest.raises(DeviceError) as pulled:
        pays(aigul, card)
    assert pulled.value.code is Code.CARD_MISSING, "it was waited for again"
    torn.put_back()
    assert good(pays(aigul, card)).status == "paid"
    assert (aigul.view.balance().spendable_tiyn, card.money_tiyn) == (70_000, AMOUNT_TIYN)


def test_what_was_signed_goes_first_and_another_amount_is_another_payment(market: Market) -> None:
    aigul, card = market.wallet(AIGUL, 100_000), carded(market, BOLAT)
    torn = Tearing(card, LOST_COMMAND, Ins.PUT_TOKEN)
    with pytest.raises(DeviceError):
        pays(aigul, card)
    torn.put_back()
    assert good(pays(aigul, card, 10_000)).amount_tiyn == 10_000
    assert (aigul.view.balance().spendable_tiyn, card.money_tiyn) == (60_000, 40_000)
