"""People with wallets, a shop on the web, the card rails behind it: all of it real, in one process."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from card_switch.config import SwitchConfig
from card_switch.core.keys import terminal_mac_zone
from device.compose import open_wallet
from hardware.entropy import SeededEntropy
from pos.compose import create_till
from pos.config import TillConfig, as_till
from pos.core.card_settings import CardSettings
from tender.account.participants import BANKS, number_text
from tender.errors import Refusal
from tests.bank_cards.books import check_store
from tests.issuer.operator_desk import Operator
from tests.issuer.world import HeldCard, hsm
from tests.platform_stub.people import Person as Owner
from tests.platform_stub.people import Town
from tests.serving import free_port, served
from tests.switch.rails import Rails, at_till, rails
from tests.wallet.test_commands import Desk
from tests.wallet.village import PIN, Village
from town.cast import CANTEEN, MERCHANT, Person
from town.shop.buying import buy_by_card
from town.shop.card_counter import CardCounter
from town.shop.counter import Counter
from town.shop.web import make_app

CONFIRM_S = 120
Bought = tuple[str, dict[str, Any]] | Refusal


@dataclass
class Mall:
    """``desk``: whoever types `tenge wallet …`; ``url``: the shop's."""

    village: Village
    chain: Rails
    desk: Desk
    operator: Operator
    url: str
    cards: CardCounter
    monkeypatch: pytest.MonkeyPatch

    # --- people

    def moves_in(self, person: Person, dt: str = "") -> None:
        """A wallet with an account and so much Digital Tenge on it, by commands."""
        self.desk.moves_in(person)
        if dt:
            self.desk.does("convert", dt, "-w", person.name)

    def balances(self, person: Person) -> tuple[int, int]:
        """Digital Tenge and tenge on the accounts, in the books of the bank (whole tenge)."""
        self.village.platform.tick()
        found = self.village.platform.banks[person.bank].balances(self.village.client(person).number)
        return found.dt_tiyn // 100, found.noncash_tiyn // 100

    def virtual(self, person: Person) -> dict[str, str]:
        """A virtual card, as its owner types it into a page."""
        told = self.operator.ask("card-issue", bank=person.bank, client=person.number, kind="virtual")
        assert told["state"] == "active", told
        printed = told["printed"]
        expiry = printed["expiry"]
        return {**printed, "expiry": f"{expiry[2:]}/{expiry[:2]}"}

    def real(self, person: Person) -> HeldCard:
        """A card with a chip, ordered, produced and activated; also as it is typed into a page."""
        owner = Owner(person.name, person.bank, person.number, person.phone)
        self.operator.people[person.bank] = owner
        return self.operator.real(person.bank)

    def history(self, person: Person) -> list[tuple[str, int]]:
        """Type codes and sums of the wallet's history, newest first, after a look at the bank's notices."""
        self.desk.told("notices", "-w", person.name)
        told = self.desk.told("history", "-w", person.name)["payments"]
        signs = {"in": 1, "out": -1}
        return [(one["channel"], signs[one["direction"]] * one["amount_tiyn"] // 100) for one in told]

    # --- buying

    @contextmanager
    def buying(self, good: str, typed: dict[str, str]) -> Iterator["Future[Bought]"]:
        """At the shop, while the owner's wallet is asked."""
        with ThreadPoolExecutor(1) as customer:
            yield customer.submit(buy_by_card, self.url, good, typed)

    def bought(self, good: str, typed: dict[str, str], owner: Person) -> dict[str, Any]:
        """Bought and confirmed in the wallet; what the shop says."""
        with self.buying(good, typed) as asked:
            said = self.desk.told("confirm", "yes", "--wait-s", "60", "-w", owner.name)
            assert said["confirmed"]
            told = asked.result()
        assert not isinstance(told, Refusal), told
        return told[1]

    def at_till(self, held: HeldCard, amount_tiyn: int, merchant: Person) -> str:
        """At an ordinary till of this merchant; the answer's code."""
        line = self.chain.terminal(merchant.bank, merchant.number)
        answer = line.ask(at_till(held.chip(amount_tiyn), merchant.number), 20)
        line.close()
        assert answer is not None
        return answer.code

    def time_passes(self, seconds: int) -> None:
        """For everybody."""
        self.village.clock.advance(seconds)
        self.monkeypatch.setenv("TENGE_AT", str(self.village.clock.now()))
        self.chain.in_loop(lambda: None)


@contextmanager
def a_mall(folder: Path, monkeypatch: pytest.MonkeyPatch, config: SwitchConfig) -> Iterator[Mall]:
    """Everything open; afterwards every bank's books are added up."""
    village = Village(folder)
    desk = Desk(village, monkeypatch)
    village.wallet(CANTEEN).close()
    village.client(MERCHANT)
    town = Town(village.platform, village.clock, village.entropy)
    with rails(town, folder, config) as chain:
        cards = CardCounter(_till_of(village), _paper_of(chain), CANTEEN, CONFIRM_S)
        counter = Counter(_device_of(village), CANTEEN, village.clock, SeededEntropy("orders"))
        with served(make_app(counter, "http://127.0.0.1:1", cards), free_port()) as url:
            yield Mall(village, chain, desk, Operator(chain), url, cards, monkeypatch)
        cards.close()
        counter.close()
    for bank in BANKS:
        check_store(next(folder.rglob(f"*{bank}*.db")))
    village.platform.close()


def _till_of(village: Village) -> Callable[[], Any]:
    config = TillConfig(as_till(village.config("canteen-shop")))
    return lambda: create_till(config, PIN, village.clock, SeededEntropy("shop"), lambda _: village.line)


def _device_of(village: Village) -> Callable[[], Any]:
    config = village.config(CANTEEN.name)
    return lambda: open_wallet(config, PIN, village.clock, SeededEntropy("takings"), lambda _: village.line)


def _paper_of(chain: Rails) -> Callable[[], CardSettings]:
    return lambda: CardSettings(
        host="127.0.0.1",
        port=chain.ports[CANTEEN.bank],
        acquirer=number_text(CANTEEN.bank),
        terminal=f"{number_text(CANTEEN.bank)}90001",
        merchant=CANTEEN.number,
        key=bytes(16),
        category=CANTEEN.category,
        mac_key=hsm().terminal_mac_key(
            terminal_mac_zone(CANTEEN.bank, f"{number_text(CANTEEN.bank)}90001", CANTEEN.number)
        ),
    )


def everything(folder: Path) -> bytes:
    """All that lies in files here, to look for what must not."""
    return b"".join(one.read_bytes() for one in folder.rglob("*") if one.is_file())


def as_text(told: dict[str, Any]) -> str:
    """What a program was told, to look for what must not stand there."""
    return json.dumps(told, ensure_ascii=False)


def plain(text: str) -> str:
    """With ordinary spaces in its sums."""
    return text.replace("\u202f", " ").replace("\xa0", " ")
