"""The shop's terminal when the line is silent or down, and when the power goes while the bank is asked."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pos.core.card_messages import Shop
from pos.core.card_settings import CardSettings
from pos.core.card_tender import CardPhase
from pos.service.card_by_number import CardByNumber, Prepared, PrintedCard, printed_card
from pos.service.till import Till
from tender.card.iso8583.dialects import VISA_STYLE
from tender.errors import Code, LinkError, Refusal, StoreError
from tests.patience import soon
from tests.pos.market import Market
from tests.pos_cards.acquirer import APPROVAL, StandInAcquirer, declines
from tests.pos_cards.shop import KEY, pan_of, unanswered
from tests.pos_cards.test_full_disk import fails_once, in_phase
from tests.wallet.village import good
from town.cast import CANTEEN
from town.shop import card_counter
from town.shop.card_counter import CardCounter

SHOP = Shop("Canteen K", "Almaty")
PRICE_TIYN = 1_850_00
NUMBER = pan_of(949).digits


@pytest.fixture
def acquirer() -> Iterator[StandInAcquirer]:
    made = StandInAcquirer()
    yield made
    made.close()


@pytest.fixture
def market(tmp_path: Path) -> Market:
    return Market(tmp_path)


def terminal(till: Till, port: int) -> CardByNumber:
    """The till as a terminal of that acquirer."""
    settings = CardSettings("127.0.0.1", port, "563", "56390001", "150940007891", KEY, 5812)
    stands = till.terminal.settings
    if stands is None:
        assert till.terminal.configure(settings) is None
    return CardByNumber(till.terminal, SHOP, confirm_s=0)


def typed() -> PrintedCard:
    return good(printed_card(NUMBER, "12/30", "123"))


def prepared(shop: CardByNumber, reference: str = "K-1") -> Prepared:
    return good(shop.prepare(typed(), PRICE_TIYN, reference))


def test_what_the_acquirer_hears_is_an_order_of_a_shop_on_the_web(
    market: Market, acquirer: StandInAcquirer
) -> None:
    with market.till(selling=False) as till:
        shop = terminal(till, acquirer.port)
        asked = prepared(shop)
        told = shop.finish(asked, asked.ask())
        assert told.refusal is None and told.payment.phase is CardPhase.APPROVED
        assert (told.payment.approval, told.payment.seen.entry) == (APPROVAL, "81")
        (heard,) = acquirer.said("0100")
        assert (heard.pan.digits, heard.expiry, heard.entry_mode, heard.fields[25]) == (
            NUMBER,
            "3012",
            "81",
            "59",
        )
        assert VISA_STYLE.cvv2(heard) == "123"
        assert not {35, 52, 55} & set(heard.fields)
        assert told.payment.request == b"" and NUMBER not in repr((asked, told, typed()))
        again = shop.prepare(typed(), PRICE_TIYN, "K-1")
        assert isinstance(again, Refusal) and again.code is Code.REQUEST_CLOSED


def test_no_answer_is_taken_back_and_what_is_taken_back_has_no_printed_code(
    market: Market, acquirer: StandInAcquirer
) -> None:
    with market.till(selling=False) as till:
        shop = terminal(till, acquirer.port)
        with unanswered(till, acquirer):
            asked = prepared(shop)
            heard = asked.ask()
        told = shop.finish(asked, heard)
        assert told.refusal is not None and told.refusal.code is Code.ACQUIRER_SILENT
        assert told.payment.phase is CardPhase.REVERSED
        (reversal,) = acquirer.said("0400")
        assert reversal.pan.digits == NUMBER and VISA_STYLE.cvv2(reversal) == ""
        # The order can be paid after all.
        assert not isinstance(shop.prepare(typed(), PRICE_TIYN, "K-1"), Refusal)


def test_a_reversal_nobody_hears_goes_before_the_next_purchase(
    market: Market, acquirer: StandInAcquirer
) -> None:
    with market.till(selling=False) as till:
        shop = terminal(till, acquirer.port)
        with unanswered(till, acquirer):
            asked = prepared(shop)
            told = shop.finish(asked, asked.ask())
            assert told.reversal_waits
            refused = shop.prepare(typed(), PRICE_TIYN, "K-2")
        assert isinstance(refused, Refusal) and refused.code is Code.ACQUIRER_UNREACHABLE
        assert len(acquirer.said("0100")) == 1
        acquirer.script = declines("51")
        other = prepared(shop, "K-2")
        assert acquirer.said("0401"), "said again, and answered now"
        declined = shop.finish(other, other.ask())
        assert declined.refusal is not None and declined.refusal.code is Code.FUNDS_INSUFFICIENT
        assert declined.payment.phase is CardPhase.DECLINED and not declined.payment.request


def test_a_shop_whose_power_goes_while_the_bank_is_asked_takes_it_back(
    market: Market, acquirer: StandInAcquirer
) -> None:
    till = market.till(selling=False)
    asked = prepared(terminal(till, acquirer.port))
    heard = asked.ask()
    assert heard is not None and not isinstance(heard, Refusal) and heard.approved
    till = market.restarted(till)  # the answer was never written down
    with till:
        shop = terminal(till, acquirer.port)
        (kept,) = till.terminal.payments()
        assert (kept.phase, shop.paid("K-1")) == (CardPhase.REVERSING, None)
        assert till.terminal.say_reversals() == 0
        assert not acquirer.stands_tiyn


def test_a_shop_that_is_opened_again_takes_it_back_though_nobody_buys(
    market: Market, acquirer: StandInAcquirer
) -> None:
    till = market.till(selling=False)
    asked = prepared(terminal(till, acquirer.port))
    assert asked.ask() is not None and acquirer.stands_tiyn  # approved, and the power goes
    moved = StandInAcquirer()  # the switch was started anew and listens elsewhere
    settings = till.terminal.settings
    assert settings is not None
    now = replace(settings, port=moved.port)
    counter = CardCounter(lambda: market.restarted(till), lambda: now, CANTEEN)
    try:
        counter.open()
        soon(lambda: moved.said("0400"))
        assert [one.original.stan for one in moved.said("0400")] == [f"{asked.payment.number:06}"]
    finally:
        counter.close()
        moved.close()


def test_what_the_bank_said_is_stored_though_the_switch_is_gone_by_then(
    market: Market, acquirer: StandInAcquirer
) -> None:
    """Nobody can be asked any more which terminal this is; the customer has paid all the same."""
    till = market.till(selling=False)
    terminal(till, acquirer.port)
    running = [till.terminal.settings]

    def papers() -> CardSettings:
        settings = running.pop() if running else None
        if settings is None:
            raise LinkError(Code.SWITCH_UNREACHABLE, "switch")
        return settings

    counter = CardCounter(lambda: till, papers, CANTEEN, 0)
    try:
        told = good(counter.pay(typed(), PRICE_TIYN, "K-1"))
        assert told.refusal is None and told.payment.phase is CardPhase.APPROVED
        assert list(acquirer.stands_tiyn.values()) == [PRICE_TIYN]
    finally:
        counter.close()


def test_what_a_full_disk_left_undecided_is_taken_back_though_nobody_buys(
    market: Market, acquirer: StandInAcquirer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_counter, "SAY_EVERY_S", 0.05)
    till = market.till(selling=False)
    terminal(till, acquirer.port)
    settings = till.terminal.settings
    assert settings is not None
    counter = CardCounter(lambda: till, lambda: settings, CANTEEN, 0)
    fails_once(till, monkeypatch, in_phase(CardPhase.APPROVED))
    try:
        with pytest.raises(StoreError):
            counter.pay(typed(), PRICE_TIYN, "K-1")
        soon(lambda: acquirer.said("0400"))
        soon(lambda: not acquirer.stands_tiyn)
    finally:
        counter.close()


def test_where_nobody_answers_nothing_was_sent(market: Market, acquirer: StandInAcquirer) -> None:
    with market.till(selling=False) as till:
        shop = terminal(till, acquirer.port)
        asked = prepared(shop)
        acquirer.close()
        told = shop.finish(asked, asked.ask())
        assert told.refusal is not None and told.refusal.code is Code.ACQUIRER_UNREACHABLE
        assert told.payment.phase is CardPhase.DECLINED


@pytest.mark.parametrize(
    ("number", "expiry", "code", "field"),
    [
        (NUMBER[:-1] + str((int(NUMBER[-1]) + 1) % 10), "12/30", "123", "card.number"),
        ("4111", "12/30", "123", "card.number"),
        ("٤" * 16, "12/30", "123", "card.number"),
        (NUMBER, "13/30", "123", "card.expiry"),
        (NUMBER, "1230x", "123", "card.expiry"),
        (NUMBER, "12/30", "12", "card.code"),
        (NUMBER, "12/30", "12a", "card.code"),
    ],
)
def test_what_is_typed_wrong_goes_nowhere(number: str, expiry: str, code: str, field: str) -> None:
    refused = printed_card(number, expiry, code)
    assert isinstance(refused, Refusal) and (refused.code, refused.field) == (Code.CARD_MISTYPED, field)


def test_spaces_are_how_people_write_numbers() -> None:
    grouped = " ".join(NUMBER[at : at + 4] for at in range(0, len(NUMBER), 4))
    assert printed_card(grouped, "12 / 30", " 123 ") == typed()
