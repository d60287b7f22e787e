"""A torn payment of another amount is finished by the next tap, told apart, and nothing is paid on top of it
without a yes of its own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import typer
from typer.testing import CliRunner

from device.cli.speaking import Voice, speaking
from device.service.earlier import NOBODY, Earlier, Finished
from device.service.guest_pair import Passed, pay_between
from device.service.money import Requested, Told
from device.service.tap_card import CardIsPaid, CardPays
from device.service.wallet import Wallet
from tender.errors import Code, DeviceError, Refusal
from tender.purse.commands import Ins
from tests.pos.market import Market
from tests.taps.pocket import CARD_PIN, LOST_ANSWER, LOST_COMMAND, Pocket, Tearing, carded
from tests.wallet.village import good
from town.card.cli import app as cards
from town.cast import AIGUL, BOLAT, DANA
from wallet.cli.earlier import ToldEarlier
from wallet.cli.options import OneWallet

TEN, SEVEN = 1_000, 700
LONG_S = 3_600


@dataclass
class Person:
    """Says yes or no, and hears what was finished."""

    says: bool
    heard: list[Finished] = field(default_factory=list)
    questions: int = 0

    def finished(self, one: Finished) -> None:
        self.heard.append(one)

    def goes_on(self) -> bool:
        self.questions += 1
        return self.says


def pulled(torn: Tearing) -> None:
    """It went, and is back."""
    assert torn.fired
    torn.put_back()


class Pair:
    """Dana's card pays Bolat's on Aigul's laptop; ten were torn after the card had signed them."""

    def __init__(self, market: Market) -> None:
        self.market, self.terminal = market, market.wallet(AIGUL)
        self.dana, self.bolat = carded(market, DANA, 10_000), carded(market, BOLAT)
        market.line.away = True
        torn = Tearing(self.dana, LOST_ANSWER, Ins.SIGN_LINKS)
        self.begun_at = market.clock.now()
        with pytest.raises(DeviceError):
            self.pays(TEN)
        pulled(torn)
        market.clock.advance(LONG_S)

    def pays(self, amount_tiyn: int, earlier: Earlier | None = None) -> Passed | Refusal:
        one, other = self.dana.at(self.terminal), self.bolat.at(self.terminal)
        return pay_between(one, other, amount_tiyn, earlier=earlier or NOBODY)

    @property
    def money(self) -> tuple[int, int]:
        return self.dana.money_tiyn, self.bolat.money_tiyn


def test_another_amount_finishes_the_torn_one_and_waits_for_a_yes(market: Market) -> None:
    pair, no = Pair(market), Person(says=False)
    told = pair.pays(SEVEN, no)
    assert isinstance(told, Refusal) and told.code is Code.EARLIER_FINISHED
    assert dict(told.facts)["amount_tiyn"] == TEN
    assert [(one.amount_tiyn, one.begun_at) for one in no.heard] == [(TEN, pair.begun_at)]
    assert pair.money == (9_000, TEN), "ten went, and seven did not"
    yes = Person(says=True)
    assert good(pair.pays(SEVEN, yes)).amount_tiyn == SEVEN
    assert (yes.heard, yes.questions) == ([], 0), "it is finished: nothing more is asked"
    assert pair.money == (8_300, 1_700)


def test_with_a_yes_both_go_in_one_tap(market: Market) -> None:
    pair, yes = Pair(market), Person(says=True)
    told = good(pair.pays(SEVEN, yes))
    assert (told.amount_tiyn, told.again, yes.questions) == (SEVEN, False, 1)
    assert [one.amount_tiyn for one in yes.heard] == [TEN]
    assert pair.money == (8_300, 1_700)


def test_where_nobody_can_say_yes_nothing_is_paid_on_top(market: Market) -> None:
    pair = Pair(market)
    assert isinstance(pair.pays(SEVEN), Refusal)
    assert pair.money == (9_000, TEN)


def test_the_same_amount_is_that_payment_and_says_when_it_began(market: Market) -> None:
    pair, person = Pair(market), Person(says=False)
    told = good(pair.pays(TEN, person))
    assert (told.amount_tiyn, told.again, told.begun_at) == (TEN, True, pair.begun_at)
    assert (person.heard, person.questions) == ([], 0)
    assert pair.money == (9_000, TEN)


def test_the_command_says_what_it_finished_and_wants_a_yes(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = Pair(market)
    pockets = {"file:dana": pair.dana, "file:bolat": pair.bolat}
    monkeypatch.setattr("hardware.readers.open_reader", lambda where: pockets[where].reader)

    @contextmanager
    def opened(which: OneWallet) -> Iterator[tuple[Voice, Wallet]]:
        with speaking(which.as_json) as voice:
            yield voice, pair.terminal

    monkeypatch.setattr("wallet.cli.opening.opened", opened)
    words = ["pay", "7", "--from", "file:dana", "--to", "file:bolat"]
    alone = CliRunner().invoke(cards, words)
    assert alone.exit_code == 1 and pair.money == (9_000, TEN)
    assert "10,00" in alone.stderr and "begun on 15.01.2027 13:00" in alone.stderr
    assert "Pay 7,00" in alone.stderr and "[earlier-finished]" in alone.stderr
    done = json.loads(CliRunner().invoke(cards, [*words, "--json"]).stdout)
    assert (done["amount_tiyn"], done["earlier"], pair.money) == (SEVEN, [], (8_300, 1_700))
    same = json.loads(CliRunner().invoke(cards, [*words[:5], "file:dana", "--json"]).stdout)
    assert same["code"] == Code.CARD_SAME.value


def test_for_a_program_yes_is_said_before(market: Market, capsys: pytest.CaptureFixture[str]) -> None:
    pair = Pair(market)
    told = ToldEarlier(Voice(as_json=True), SEVEN)
    with pytest.raises(typer.Exit):
        told.need(pair.pays(SEVEN, told))
    row = {"amount_tiyn": TEN, "begun_at": pair.begun_at}
    said = json.loads(capsys.readouterr().out)
    assert said["code"] == Code.EARLIER_FINISHED.value
    assert [{**row, "payment": one["payment"]} for one in said["earlier"]] == said["earlier"] != []
    assert ToldEarlier(Voice(as_json=True), SEVEN, yes=True).goes_on()


def torn_onto_a_wallet(market: Market, way: str, at: Ins) -> tuple[Wallet, Pocket]:
    """Bolat's card was pulled while it paid ten to Dana's wallet."""
    card, dana = carded(market, BOLAT, 10_000), market.wallet(DANA)
    torn = Tearing(card, way, at)
    try:
        CardPays(dana.desk, dana.money).take(card.at(dana), good(dana.money.request(TEN)))
    except DeviceError:
        assert at is Ins.SIGN_LINKS
    pulled(torn)
    return dana, card


def taken(dana: Wallet, card: Pocket, asked: Requested, person: Person) -> Told | Refusal:
    return CardPays(dana.desk, dana.money).take(card.at(dana), asked, lambda: CARD_PIN, person)


def test_a_wallet_that_asks_for_less_hears_of_the_torn_one(market: Market) -> None:
    dana, card = torn_onto_a_wallet(market, LOST_ANSWER, Ins.SIGN_LINKS)
    asked, no = good(dana.money.request(SEVEN)), Person(says=False)
    told = taken(dana, card, asked, no)
    assert isinstance(told, Refusal) and told.code is Code.EARLIER_FINISHED
    assert [one.amount_tiyn for one in no.heard] == [TEN]
    assert (dana.view.balance().spendable_tiyn, card.money_tiyn) == (TEN, 9_000)
    assert good(taken(dana, card, asked, no)).payment == asked.payment, "the same request was left open"
    assert (dana.view.balance().spendable_tiyn, card.money_tiyn) == (1_700, 8_300)


def test_what_a_wallet_has_had_for_long_is_no_news(market: Market) -> None:
    """The money came, only the card was not told: an hour later the same amount is another payment."""
    dana, card = torn_onto_a_wallet(market, LOST_COMMAND, Ins.ACKNOWLEDGE)
    market.clock.advance(LONG_S)
    asked, no = good(dana.money.request(TEN)), Person(says=False)
    assert good(taken(dana, card, asked, no)).payment == asked.payment
    assert (no.heard, dana.view.balance().spendable_tiyn, card.money_tiyn) == ([], 2_000, 8_000)


def test_a_wallet_that_pays_a_card_says_what_it_finished(market: Market) -> None:
    aigul, card = market.wallet(AIGUL, 10_000), carded(market, BOLAT)
    torn = Tearing(card, LOST_COMMAND, Ins.PUT_TOKEN)
    paid, person = CardIsPaid(aigul.desk, aigul.money), Person(says=False)
    with pytest.raises(DeviceError):
        paid.pay(card.at(aigul), TEN, lambda _: True)
    pulled(torn)
    told = good(paid.pay(card.at(aigul), SEVEN, lambda _: False, earlier=person))
    assert told.status == "declined", "the new amount has its own question"
    assert [one.amount_tiyn for one in person.heard] == [TEN]
    assert (aigul.view.balance().spendable_tiyn, card.money_tiyn) == (9_000, TEN)
