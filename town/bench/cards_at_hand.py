"""Purse cards with one piece of money on each, and what was said to one of them, command by command."""

import time
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from device.compose_guest import guest_at
from device.core.model import Settings
from device.service.desk import Desk
from device.service.wallet import Wallet
from device.store.card_rows import rows_for_a_tap
from hardware.card_element import CardElement
from hardware.cards.purse_card import PurseCard, blank_image
from hardware.clock import SystemClock
from hardware.entropy import SystemEntropy
from hardware.field import reader_of
from hardware.purse_client import PurseClient
from tender.account.client_messages import TO_DT
from tender.crypto.sealing import PIN_COST_CHEAP, Pin
from tender.errors import Code, DeviceError
from tender.ports import CardReader
from town.bench.two_wallets import Gateway, Pair, must, pay
from town.cast import neighbour
from town.serve import move_in

AMOUNT_TIYN: Final = 10_000
CONNECT_S: Final = 5.0
_PIN, _PUK = Pin("202611"), Pin("20261121")


class Exchange(NamedTuple):
    """One command and its answer, and what the chip computed for it."""

    command: bytes
    answer: bytes
    signatures: int
    verifications: int


@dataclass
class Overheard:
    """A reader (:class:`~tender.ports.CardReader`) that writes down what passes through it."""

    reader: CardReader
    card: PurseCard
    said: list[Exchange] = field(default_factory=list)
    connecting_s: float = 0.0
    """Seconds of the clock that connecting took so far."""

    @property
    def name(self) -> str:
        """The other's."""
        return self.reader.name

    def connect(self, timeout_s: float) -> bytes:
        """As the other."""
        started = time.perf_counter()
        try:
            return self.reader.connect(timeout_s)
        finally:
            self.connecting_s += time.perf_counter() - started

    def transmit(self, command: bytes) -> bytes:
        """As the other."""
        work = self.card.chip.work
        signatures, verifications = work.signatures, work.verifications
        answer = self.reader.transmit(command)
        done = (work.signatures - signatures, work.verifications - verifications)
        self.said.append(Exchange(command, answer, *done))
        return answer

    def disconnect(self) -> None:
        """As the other."""
        self.reader.disconnect()

    def gone(self, timeout_s: float) -> bool:
        """As the other."""
        return self.reader.gone(timeout_s)


class Echo:
    """A card (:class:`~tender.ports.Card`) that computes nothing: it gives the answers that were given."""

    def __init__(self, said: list[Exchange], atr: bytes) -> None:
        self._answers = [one.answer for one in said]
        self._next = 0
        self._atr = atr

    @property
    def atr(self) -> bytes:
        """The other card's."""
        return self._atr

    def power(self, on: bool) -> None:
        """From the beginning again."""
        self._next = 0

    def transmit(self, command: bytes) -> bytes:
        """The next answer; ``card-gone`` after the last."""
        if self._next == len(self._answers):
            raise DeviceError(Code.CARD_GONE, "card")
        self._next += 1
        return self._answers[self._next - 1]


def bench_card(pair: Pair, hops: int, place: int) -> PurseCard:
    """The purse card of the ``place``-th neighbour; its one piece of money has ``hops`` hops behind it."""
    card, owner = PurseCard(blank_image(), SystemEntropy()), neighbour(place)
    client = PurseClient.opened(reader_of(card), CONNECT_S)
    client.personalise(pair.platform.root_key, _PIN, _PUK, owner.bank)
    element = CardElement(client, _PIN)
    store = rows_for_a_tap(element.counter)
    changes = store.changes()
    changes.put(Settings(owner.name, element.number, gateway="http://127.0.0.1"))
    store.commit(changes, element.counter)
    desk = Desk(
        store, element, SystemClock(), SystemEntropy(), lambda _: Gateway(pair.platform), PIN_COST_CHEAP
    )
    with Wallet(desk) as holder:
        code = move_in(pair.platform, owner)
        must(holder.membership.enrol(owner.bank, code, shown=False, root_key=pair.platform.root_key))
        must(holder.membership.open_account())
        if not hops:
            must(holder.bank.convert(TO_DT, AMOUNT_TIYN))
            must(holder.bank.load(AMOUNT_TIYN, single=True))
            return card
        pair.load(AMOUNT_TIYN)
        hands = [(pair.aigul, pair.dana)[turn % 2] for turn in range(hops)]
        for payer, payee in pairwise([*hands, holder]):
            pay(payer, payee, AMOUNT_TIYN)
    return card


def tap(reader: CardReader, host: Wallet) -> None:
    """A card alone pays the host all it has: from selecting the purse to the receipt."""

    def answer(message: bytes) -> tuple[bytes, ...]:
        return must(host.money.receive(message)).messages

    guest = guest_at(reader, host.desk, CONNECT_S)
    asked = must(host.money.request(AMOUNT_TIYN, "bench"))
    told = must(guest.pay(asked.message, answer))
    reader.disconnect()
    if not told.closed:
        raise RuntimeError(f"the tap ended as {told.status}: {told.refusal}")


def overheard_tap(pair: Pair, hops: int, place: int) -> list[Exchange]:
    """What is said to a card in a tap that is its money's ``hops``-th hop, on a reader in this process."""
    card = bench_card(pair, hops - 1, place)
    reader = Overheard(reader_of(card), card)
    tap(reader, pair.dana)
    return reader.said
