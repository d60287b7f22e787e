"""A card without its wallet, hosted by a terminal: what it signs, what it keeps, what it gives up."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from device.core.model import Coin
from device.ports import Element
from device.service.guest import Guest
from device.service.guest_desk import CardKey, CardToken
from device.service.wallet import Wallet
from device.store.card_rows import rows_for_a_tap
from pos.service.values import DT_OFFLINE
from tender.cash.messages import open_request
from tender.cash.session_checks import coin_of
from tender.cash.token import Link
from tender.crypto.sealing import Pin
from tender.errors import Code, DeviceError, Refusal
from tests.pos.market import Market
from tests.wallet.village import good
from town.cast import AIGUL, BOLAT


@dataclass
class PaperCard:
    """The token table of a card, kept by an enrolled wallet's own element: what the guest needs, no chip."""

    wallet: Wallet
    table: dict[bytes, bytes] = field(default_factory=dict)
    keyed: list[Pin] = field(default_factory=list)
    host_requests: dict[bytes, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.table = {coin.output: coin.packed for coin in self.wallet.desk.coins()}

    @property
    def element(self) -> Element:
        return self.wallet.desk.element

    @property
    def number(self) -> bytes:
        return self.element.number

    @property
    def directory_number(self) -> int:
        return self.wallet.desk.trust.directory.number

    def put_directory(self, raw: bytes) -> None:
        raise AssertionError("the directories are the same")

    def tokens(self) -> tuple[CardToken, ...]:
        for output, packed in list(self.table.items()):
            kept = self.element.kept_of(output)
            if kept is not None:
                self._keep_change(packed, Link.from_payload(kept[1], "kept"), kept[2])
        coins = [self.wallet.desk.coin_of(one, b"", 0) for one in self.table.values()]
        return tuple(_row(one) for one in coins if not self.element.has_signed(one.output))

    def _keep_change(self, packed: bytes, link: Link, signature: bytes) -> None:
        holding = self.wallet.desk.holding(packed)
        put = coin_of(holding, self.certificate(holding.holder), link.next_key, link.amount_tiyn, link.nonce)
        change = put.kept(signature)
        if change is not None:
            self.table[self.wallet.desk.holding(change).output] = change

    def packed(self, output: bytes) -> bytes:
        return self.table[output]

    def unfinished(self) -> dict[bytes, tuple[Link, ...]]:
        links = [
            Link.from_payload(kept[1], "kept")
            for kept in map(self.element.kept_of, self.element.kept())
            if kept
        ]
        rows = self.host_requests
        return {rows[link.next_key + link.nonce]: (link,) for link in links}

    def room(self) -> tuple[int, int]:
        return 64, 100_000

    def asked(self, payment: bytes) -> tuple[bytes, bytes] | None:
        return None

    def keys(self) -> tuple[CardKey, ...]:
        rows = self.wallet.desk.own_keys()
        return tuple(CardKey(one.key, self.element.has_asked(one.key), bool(one.certificate)) for one in rows)

    def certificate(self, key: bytes) -> bytes:
        return self.wallet.desk.certificate_of(key)

    def verify_pin(self, pin: Pin) -> None:
        self.keyed.append(pin)

    def acknowledge(self, receipt: bytes) -> None:
        self.wallet.desk.element.acknowledge(self.wallet.desk.element.counter)


def _row(coin: Coin) -> CardToken:
    return CardToken(
        coin.output, coin.amount_tiyn, coin.holder, coin.hops_left, coin.expiry, bool(coin.purpose)
    )


def guest(card: PaperCard, host: Wallet) -> Guest:
    return Guest(card, card.element, rows_for_a_tap(card.element.counter), host.desk)


@pytest.fixture
def market(tmp_path: Path) -> Market:
    """A village with a till in it."""
    return Market(tmp_path)


def test_a_card_pays_the_question_that_is_open(market: Market) -> None:
    card = PaperCard(market.wallet(AIGUL, 500_000))
    till = market.till()
    market.line.away = True
    good(till.add_item("Tea", 120_000))
    good(till.begin_payment(DT_OFFLINE))
    taken = good(till.taps.card(guest(card, till.device)))
    assert taken.receipt is not None and taken.receipt.total_tiyn == 120_000
    assert till.takings_standing().held_tiyn == 120_000
    assert card.element.kept() == (), "the till said in writing that it has the money"


def test_the_same_card_finishes_what_was_torn(market: Market) -> None:
    card = PaperCard(market.wallet(AIGUL, 500_000))
    till = market.till()
    good(till.add_item("Tea", 120_000))
    asked = good(till.begin_payment(DT_OFFLINE))
    signed = guest(card, till.device)
    with pytest.raises(DeviceError):
        signed.pay(asked.shown, _lost_after_signing(till.device))
    remember(card, asked.shown)
    assert card.element.kept() and till.takings_standing().held_tiyn == 0
    taken = good(till.taps.card(guest(card, till.device)))
    assert taken.receipt is not None and till.takings_standing().held_tiyn == 120_000
    assert sum(one.amount_tiyn for one in card.tokens()) in (0, 380_000)
    assert card.element.kept() == ()


def test_money_signed_for_a_withdrawn_question_comes_back(market: Market) -> None:
    card = PaperCard(market.wallet(AIGUL, 500_000, single=True))
    till = market.till()
    good(till.add_item("Tea", 120_000))
    asked = good(till.begin_payment(DT_OFFLINE))
    with pytest.raises(DeviceError):
        guest(card, till.device).pay(asked.shown, _lost_after_signing(till.device))
    remember(card, asked.shown)
    good(till.cancel_payment())
    good(till.begin_payment(DT_OFFLINE, 100_000))
    taken = good(till.taps.card(guest(card, till.device)))
    assert taken.amount_tiyn == 100_000
    assert till.takings_standing().held_tiyn == 100_000


def test_not_enough_money_is_a_refusal_and_moves_nothing(market: Market) -> None:
    card = PaperCard(market.wallet(BOLAT, 50_000))
    till = market.till()
    good(till.add_item("Tea", 120_000))
    good(till.begin_payment(DT_OFFLINE))
    refused = till.taps.card(guest(card, till.device))
    assert isinstance(refused, Refusal) and refused.code is Code.NOT_ENOUGH_MONEY
    assert card.element.kept() == () and len(card.tokens()) == len(card.table)


def remember(card: PaperCard, request: bytes) -> None:
    """A chip keeps the payment with what it signs; this one is told."""
    asked = open_request(request)
    card.host_requests[asked.request.key + asked.request.nonce] = asked.payment_id


def _lost_after_signing(host: Wallet):  # type: ignore[no-untyped-def]
    """The other side until the money is signed; then the card is pulled."""

    def answer(message: bytes) -> tuple[bytes, ...]:
        if len(told) == 1:
            raise DeviceError(Code.CARD_GONE, "reader")
        told.append(message)
        return good(host.money.receive(message)).messages

    told: list[bytes] = []
    return answer
