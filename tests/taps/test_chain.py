"""One note through sixteen hands, cards and wallets by turns."""

from itertools import pairwise

from device.service.guest_pair import pay_between
from device.service.wallet import Wallet
from tender.errors import Code, Refusal
from tests.pos.market import Market
from tests.taps.pocket import CARD_PIN, Pocket, carded
from tests.wallet.village import good, hand_over
from town.cast import neighbour

HOPS, NOTE_TIYN = 15, 1_000_000


def pass_on(payer: Pocket | Wallet, payee: Pocket | Wallet, terminal: Wallet) -> None:
    """The whole note from one to the other, by whatever way the two have."""
    if isinstance(payer, Pocket) and isinstance(payee, Pocket):
        with payer.at(terminal) as one, payee.at(terminal) as other:
            good(pay_between(one, other, NOTE_TIYN, ask_pin=lambda: CARD_PIN))
    elif isinstance(payer, Pocket) and isinstance(payee, Wallet):
        with payer.at(payee) as one:
            asked = good(payee.money.request(NOTE_TIYN))
            answer = lambda message: good(payee.money.receive(message)).messages  # noqa: E731
            assert good(one.pay(asked.message, answer, lambda: CARD_PIN)).status == "paid"
    elif isinstance(payer, Wallet) and isinstance(payee, Pocket):
        with payee.at(payer) as other:
            asked = good(other.request(NOTE_TIYN))
            told = good(payer.money.confirm(good(payer.money.propose(asked.message))))  # type: ignore[arg-type]
            (receipt,) = other.answer(told.messages[0])
            assert good(payer.money.receive(receipt)).status == "paid"
    else:
        assert isinstance(payer, Wallet) and isinstance(payee, Wallet)
        hand_over(payer, payee, NOTE_TIYN)


def test_fifteen_hops_over_cards_and_wallets_and_not_sixteen(market: Market) -> None:
    """card → card → wallet → card → wallet → wallet → card …: every way of passing on comes by."""
    hands: list[Pocket | Wallet] = []
    for place, kind in enumerate("ccwcwwccwcwwccwc"):
        load_tiyn = 0 if place else NOTE_TIYN
        if kind == "c":
            hands.append(carded(market, neighbour(place), load_tiyn, single=True))
        else:
            hands.append(market.wallet(neighbour(place)))
    terminal = market.till()
    market.line.away = True
    for payer, payee in pairwise(hands):
        pass_on(payer, payee, terminal.device)
    last = hands[-1]
    assert isinstance(last, Pocket) and last.money_tiyn == NOTE_TIYN
    first = hands[0]
    assert isinstance(first, Pocket) and first.money_tiyn == 0
    with last.at(terminal.device) as one, first.at(terminal.device) as other:
        refused = pay_between(one, other, NOTE_TIYN, ask_pin=lambda: CARD_PIN)
    assert isinstance(refused, Refusal) and refused.code is Code.HOP_LIMIT
    assert last.money_tiyn == NOTE_TIYN
