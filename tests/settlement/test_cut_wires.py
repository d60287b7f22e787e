"""The wires between the participants break at each message of a settlement with a fork in it, before it
arrives or before its answer does; afterwards everybody has what they would have had."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from hardware.clock import SetClock
from hardware.entropy import SeededEntropy
from platform_stub.compose import build_platform
from platform_stub.config import PlatformConfig
from tender.account.participants import ALTYN, BANKS
from tender.account.token_messages import SETTLED, Settle, Settled
from tender.errors import Refusal
from tests.platform_stub.people import AIGUL, BOLAT, DANA, NOW, Phone, Town
from tests.settlement.offline import Cut, hand_over, tenge_of
from town.balance_sheet import read_balance_sheet


@dataclass
class Scene:
    """A town whose wires can be cut, and a cloned phone's two payments, ready to be claimed."""

    town: Town
    wires: Cut
    folder: Path
    orders: tuple[tuple[Phone, bytes], ...]
    claims: tuple[tuple[Phone, Settle], ...]

    def claim_both(self) -> list[Settled | Refusal]:
        """Dana, then Bolat, through whatever wires there are."""
        return [phone.send("settle", raw) for phone, raw in self.orders]

    def states(self) -> list[str]:
        """What both are told when they ask anew: the same order would get its first answer again."""
        told = [phone.ask("settle", body) for phone, body in self.claims]
        return [one.claims[0].state for one in told]

    def fortunes(self) -> list[int]:
        """What Aigul, Dana and Bolat have on their accounts (tenge)."""
        return [tenge_of(self.town, one) for one in (AIGUL, DANA, BOLAT)]

    def books_hold(self) -> bool:
        """The equation, recomputed from the files."""
        return read_balance_sheet(self.folder).holds


def scene(folder: Path) -> Scene:
    wires = Cut()
    clock, entropy = SetClock(NOW), SeededEntropy("town")
    platform = build_platform(folder, PlatformConfig(durable=False), clock, entropy, exchange=wires)
    wires.inner = platform.gateway
    town = Town(platform, clock, entropy)
    for bank in BANKS:
        town.fund_bank(bank, 5_000_000)
    town.stock(ALTYN, 10_000)
    aigul, dana, bolat = town.rich_phone(AIGUL, 800), town.phone(DANA), town.phone(BOLAT)
    (token,) = aigul.load(500)
    copies = [(payee, hand_over(aigul, token, payee)[0]) for payee in (dana, bolat)]
    claims = tuple((phone, Settle((), (phone.claim(copy),))) for phone, copy in copies)
    orders = tuple((phone, phone.order("settle", body)) for phone, body in claims)
    wires.count = 0
    return Scene(town, wires, folder, orders, claims)


def messages_of_a_settlement(folder: Path) -> int:
    """How many orders pass between participants when nothing breaks."""
    made = scene(folder)
    made.claim_both()
    made.town.platform.close()
    return made.wires.count


@pytest.mark.row("DT-O-12")
@pytest.mark.row("DT-Z-01")
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_wire_cut_at_each_message_loses_and_doubles_nothing(tmp_path: Path, when: str) -> None:
    count = messages_of_a_settlement(tmp_path / "whole")
    assert count > 8
    for place in range(count):
        made = scene(tmp_path / f"{when}-{place}")
        getattr(made.wires, when).add(place)
        made.claim_both()
        assert made.books_hold(), f"while message {place} is lost"
        made.town.platform.tick()
        made.claim_both()
        assert made.states() == [SETTLED, SETTLED]
        assert made.books_hold(), f"after message {place} was lost"
        assert made.fortunes() == [0, 500, 500], f"message {place} lost {when} it arrived"
        made.town.platform.close()


def test_orders_repeated_and_turned_round_change_nothing(tmp_path: Path) -> None:
    made = scene(tmp_path)
    first = made.claim_both()
    fortunes = made.fortunes()
    made.orders = made.orders[::-1]
    again = made.claim_both()
    assert again == first[::-1]
    assert made.states() == [SETTLED, SETTLED]
    assert made.fortunes() == fortunes == [0, 500, 500]
    assert len(made.town.platform.settlement.forks()) == 1
    assert made.books_hold()
    made.town.platform.close()
