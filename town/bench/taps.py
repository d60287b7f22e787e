"""A purse card pays a terminal: how long a tap takes over a PC/SC daemon, what is said, what the air adds.

The daemon, its readers and its library are real ones, only the chip is a program in this process. What the
tap is compared with is the same commands over the same daemon to a card that computes nothing, in turns; so
a busy machine slows both. Connecting is left out of that ratio, because it would only dilute it. No time on
the air is waited for: each model is asked what it would add.
"""

import os
import shutil
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import pairwise
from typing import Final, NamedTuple

from hardware.airtime import MODELS
from hardware.field import reader_of
from hardware.pcsc import SERVICE_VARIABLE, PcscReader
from hardware.pcscd import Pcscd, missing, own_folder
from hardware.vpcd import insert
from tender.ports import Card, CardReader
from tender.purse.tap import BYE, SELECT, TOKEN_BYTES, CardEnd, ReaderEnd, Side
from town.bench.cards_at_hand import (
    AMOUNT_TIYN,
    CONNECT_S,
    Echo,
    Exchange,
    Overheard,
    bench_card,
    overheard_tap,
    tap,
)
from town.bench.measurement import Measurement, at_most, told
from town.bench.two_wallets import Pair, pay, two_wallets

HOPS: Final = (1, 15)
PAIRS: Final = 5
WALL_MS: Final = 250
ECHO_TIMES: Final = 20
_LABEL: Final = "Bench Reader"


@contextmanager
def in_the_field(card: Card, daemon: Pcscd | None) -> Iterator[CardReader]:
    """A reader with this card lying in it: of the daemon, or of this process."""
    if daemon is None:
        yield reader_of(card)
        return
    reader = daemon.readers[0]
    lying = insert(card, reader.port)
    try:
        yield PcscReader(reader.name)
    finally:
        lying.remove()


@contextmanager
def daemon_of_ours() -> Iterator[Pcscd | None]:
    """A PC/SC daemon with virtual readers for this process; None where there cannot be one."""
    if missing() or find_spec("smartcard") is None or SERVICE_VARIABLE in os.environ:
        yield None
        return
    folder = own_folder()
    daemon = Pcscd(folder, count=2, label=_LABEL)
    daemon.start()
    os.environ[SERVICE_VARIABLE] = str(daemon.socket)
    try:
        yield daemon
    finally:
        daemon.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Tapped(NamedTuple):
    """One tap: seconds of the clock from a card in the field to the receipt, those of them
    that connecting took, and what was said."""

    wall_s: float
    connecting_s: float
    said: list[Exchange]
    atr: bytes


def tapped(pair: Pair, place: int, daemon: Pcscd | None, hops: int = HOPS[-1]) -> Tapped:
    """Really pay: the tap is the money's ``hops``-th hop."""
    card = bench_card(pair, hops - 1, place)
    with in_the_field(card, daemon) as reader:
        # The daemon looks for cards a few times a second: that is before the tap.
        reader.connect(CONNECT_S)
        reader.disconnect()
        heard = Overheard(reader, card)
        started = time.perf_counter()
        tap(heard, pair.dana)
        return Tapped(time.perf_counter() - started, heard.connecting_s, heard.said, card.atr)


def echo_s(one: Tapped, daemon: Pcscd | None) -> float:
    """Seconds of the clock for the same commands to a card that only answers."""
    with in_the_field(Echo(one.said, one.atr), daemon) as reader:
        reader.connect(CONNECT_S)
        started = time.perf_counter()
        for each in one.said:
            reader.transmit(each.command)
        took_s = time.perf_counter() - started
        reader.disconnect()
        return took_s


def over_a_reader(pair: Pair, pairs: int = PAIRS) -> list[Measurement]:
    """The tap and its echo, in turns; judged only over the daemon."""
    walls, connecting, times = [], [], []
    with daemon_of_ours() as daemon:
        for place in range(pairs):
            one = tapped(pair, place, daemon)
            walls.append(one.wall_s * 1000)
            connecting.append(one.connecting_s * 1000)
            times.append((one.wall_s - one.connecting_s) / echo_s(one, daemon))
    wall_ms, ratio = statistics.median(walls), statistics.median(times)
    if daemon is None:
        return [told("15-hop purse tap, reader in this process (no PC/SC daemon here)", wall_ms, "ms")]
    name = "15-hop purse tap over virtual PC/SC"
    return [
        at_most(name, wall_ms, "ms (at most)", WALL_MS),
        told(f"{name}, of it connecting", statistics.median(connecting), "ms"),
        at_most(f"{name} ÷ the same commands to a card that echoes", ratio, "times (at most)", ECHO_TIMES),
    ]


def phone_tap(pair: Pair, hops: int) -> list[Exchange]:
    """What is said to a phone that pays as a card (docs/protocol/nfc.md), if it always answers at once; one
    that thinks is asked again meanwhile."""
    pair.load(AMOUNT_TIYN)
    hands = [(pair.aigul, pair.dana)[turn % 2] for turn in range(hops + 1)]
    said: list[bytes] = []
    for payer, payee in pairwise(hands):
        said.clear()
        pay(payer, payee, AMOUNT_TIYN, said)
    pair.empty(hands[-1])
    reader, card, passed = ReaderEnd(bytes(TOKEN_BYTES)), CardEnd(Side.PAYER), list[Exchange]()

    def passes(command: bytes) -> bytes:
        answer = card.hear(command)
        whole = card.answer() if answer is None else answer
        passed.append(Exchange(command, whole, 0, 0))
        return whole

    passes(SELECT)
    reader.begun(passes(reader.begin()))
    for turn, message in enumerate(said):
        speaker, hearer = ((reader, card), (card, reader))[turn % 2]
        speaker.say(message)
        while not hearer.has_come:
            reader.hear(passes(reader.command()))
        if hearer.message() != message:
            raise RuntimeError("the air changed a message")
    passes(BYE)
    return passed


def on_the_air(name: str, said: list[Exchange]) -> list[Measurement]:
    """Commands and bytes of one tap, what the chip computes, and the seconds each model gives them."""
    signatures, checks = sum(one.signatures for one in said), sum(one.verifications for one in said)
    found = [
        told(name, len(said), "APDUs"),
        told(name, sum(len(one.command) + len(one.answer) for one in said), "bytes"),
    ]
    if signatures:
        found += [told(name, signatures, "signatures"), told(name, checks, "verifications")]
    for model in MODELS.values():
        if model.signature_s and not signatures:
            continue  # a phone computes with its processor
        seconds = sum(
            model.of_bytes(len(one.command), len(one.answer))
            + model.of_work(one.signatures, one.verifications)
            for one in said
        )
        found.append(told(f"{name}, {model.name}", seconds, "s"))
    return found


def tapping(*, scale: bool = False) -> list[Measurement]:
    """All of it. There is no larger scale of it."""
    del scale
    with two_wallets() as pair:
        found = over_a_reader(pair)
        for place, hops in enumerate(HOPS, PAIRS):
            found += on_the_air(f"{hops}-hop purse tap", overheard_tap(pair, hops, place))
        for hops in HOPS:
            found += on_the_air(f"{hops}-hop tap of a phone", phone_tap(pair, hops))
    return found
