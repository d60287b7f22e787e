"""How long a tap of two phones takes, by the models of the air: the table of docs/protocol/nfc.md."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hardware.airtime import MODELS, TimedReader
from hardware.entropy import SeededEntropy
from hardware.field import reader_of
from hardware.nfc import ReaderDoor, TapCard
from tender.purse.tap import Side
from tests.nfc.phones import payee, payer
from tests.wallet.village import Village, good, hand_over
from town.cast import AIGUL, DANA

PAGE = Path(__file__).parents[2] / "docs" / "protocol" / "nfc.md"
PRICE = 10_000
SHOWN = ("air", "slow-phone")
HOPS = (1, 15)


def timed_tap(village: Village, hops: int) -> str:
    """A row of the table: a payment whose token makes this hop, by a till's reader."""
    aigul, dana = village.wallet(AIGUL, PRICE, single=True), village.wallet(DANA)
    for hop in range(hops - 1):
        hand_over(*((dana, aigul) if hop % 2 else (aigul, dana)), PRICE)
    paying, paid = (aigul, dana) if hops % 2 else (dana, aigul)
    phone = TapCard(Side.PAYER, hold_s=60)  # never asked again: what is counted is what must be said
    seconds = dict.fromkeys(SHOWN, 0.0)

    def adds(name: str) -> Callable[[float], None]:
        def add(more_s: float) -> None:
            seconds[name] += more_s

        return add

    first = TimedReader(reader_of(phone), MODELS[SHOWN[0]], adds(SHOWN[0]))
    second = TimedReader(first, MODELS[SHOWN[1]], adds(SHOWN[1]))
    takes = payee(paid, ReaderDoor(second, Side.PAYEE, SeededEntropy("air")), good(paid.money.request(PRICE)))
    pays = payer(paying, phone)
    assert (pays.end(), takes.end()) == ("paid", "received")
    times = " | ".join(f"{seconds[name]:.2f} s" for name in SHOWN)
    return f"| {hops} | {first.commands} | {first.octets} | {times} |"


@pytest.mark.parametrize("hops", HOPS)
def test_the_table_of_the_page(village: Village, hops: int) -> None:
    assert timed_tap(village, hops) in PAGE.read_text()
