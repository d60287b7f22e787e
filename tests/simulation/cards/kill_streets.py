"""A town whose tills, switch and banks are processes that are killed with ``kill -9`` and started again."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

from card_switch.state_file import STATE_FILE
from hardware.cards.card_file import CardFile
from hardware.cards.emv.payment_card import PaymentCard
from hardware.cards.image_kinds import PAYMENT
from hardware.entropy import SystemEntropy
from platform_stub.card_link.keys import link_keys
from tender.account.participants import ALTYN, BANKS
from tender.card.personalisation import PERSONALISATION
from tender.errors import Refusal
from tests.platform_stub.people import AIGUL, BOLAT, MERCHANT, TENGE, Person, open_town
from tests.simulation.base import MARAT, SAULE
from tests.simulation.cards.bank_process import TOWN_FILE
from tests.simulation.cards.till_process import (
    BOOK,
    GOAL,
    REACHED,
    STEPS,
    STEPS_EACH,
    TOLD,
    WORK,
    SealedBook,
    Work,
    whole,
)
from town.bench.card_payers import settings_of
from town.bench.cards import asked

CLIENTS: Final = (AIGUL, BOLAT, MARAT, SAULE)
"""Each at another bank; two of Visa's chips with other cryptograms, one of Mastercard's."""
SHOPS: Final = (MERCHANT, Person("Shop of Altyn", ALTYN, "130540007774", "+77012345607", 5411))
"""At a bank that issues no card, and at one that does: there some of the purchases are on us."""
START_TIYN: Final = {one: (2_000 if one is MARAT else 100_000) * TENGE for one in CLIENTS}
"""One client's money ends: from then on its bank says no."""
AMOUNT_TIYN: Final = 7_01
CARD_EACH: Final = 60
"""A card may be used a hundred times a day, and some are asked twice."""
CHIP_SHARE: Final = 0.15
TILLS: Final = 2
TERMINALS: Final = 5
"""Terminals of each till's process."""
PATIENCE_S: Final = 120.0
"""How long nothing at all may happen."""
LOOK_S: Final = 0.01


class Nursery:
    """Where processes come from (``kill_nursery.py``)."""

    def __init__(self) -> None:
        words = [sys.executable, "-m", "tests.simulation.cards.kill_nursery"]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def start(self, what: str, *words: str) -> int:
        """The pid of a new process."""
        return self._ask("start", what, *words)

    def kill(self, pid: int) -> None:
        """No farewell."""
        os.kill(pid, signal.SIGKILL)
        code = self.wait(pid)
        assert code == -signal.SIGKILL, f"it had ended by itself: {code}"

    def wait(self, pid: int) -> int:
        """Its exit code, once it has ended."""
        return self._ask("wait", pid)

    def close(self) -> None:
        """Everything ends."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _ask(self, *words: str | int) -> int:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@dataclass
class Lane:
    """One terminal with its customer."""

    folder: Path
    client: Person
    shop: Person

    def aim(self, goal: int) -> None:
        """Let it ask so often, all in all; -1 ends it."""
        whole(self.folder / GOAL, str(goal))

    @property
    def reached(self) -> int:
        """The last goal it has reached."""
        try:
            return int((self.folder / REACHED).read_text())
        except FileNotFoundError:
            return 0

    @property
    def told(self) -> list[list[Any]]:
        """What had become of its payments by then."""
        rows: list[list[Any]] = json.loads((self.folder / TOLD).read_text())
        return rows

    @property
    def steps(self) -> int:
        """Grows with everything it does."""
        try:
            return (self.folder / STEPS).stat().st_size
        except FileNotFoundError:
            return 0


@dataclass
class Streets:
    """Everybody."""

    town: Path
    nursery: Nursery
    numbers: dict[Person, int]
    lanes: list[list[Lane]] = field(default_factory=list)
    """Of each till's process."""
    pids: dict[str, int] = field(default_factory=dict)
    goal: int = 0
    """How often each terminal is to have asked by now."""
    _before: int = 0
    _coming: int = 0

    @property
    def quiet(self) -> bool:
        """Whether all terminals have reached their goal and owe nothing."""
        return not self._busy()

    def aim(self, goal: int) -> None:
        """Let all terminals together ask so often, all in all."""
        before, self.goal = self.goal, -(-goal // len(self.all_lanes))
        self._before = self.steps
        self._coming = (self.goal - before) * len(self.all_lanes) * STEPS_EACH
        for lane in self.all_lanes:
            lane.aim(self.goal)

    def until_done(self, share: float) -> None:
        """Wait until about this share of what they were told last is done."""
        self.until(lambda: self.steps - self._before >= share * self._coming)

    def ended(self) -> list[int]:
        """The exit codes of the tills, which have nothing more to do."""
        for lane in self.all_lanes:
            lane.aim(-1)
        return [self.nursery.wait(self.pids.pop(f"till-{number}")) for number in range(TILLS)]

    @property
    def switch(self) -> Path:
        """The switch's folder."""
        return self.town / "switch"

    def ask(self, question: str, /, **given: Any) -> dict[str, Any]:
        """One question at the switch's door."""
        return asked(json.loads((self.switch / STATE_FILE).read_text()), question, **given)

    @property
    def all_lanes(self) -> list[Lane]:
        """Of all processes."""
        return [lane for lanes in self.lanes for lane in lanes]

    @property
    def steps(self) -> int:
        """What all terminals together have done."""
        return sum(lane.steps for lane in self.all_lanes)

    def start(self, what: str) -> None:
        """``switch``, ``bank``, ``till-0`` …"""
        if what == "switch":
            words = [str(self.switch), "--town", str(self.town), "--tied", "--confirm-s", "0"]
            self._until_file(what, self.switch / STATE_FILE, words)
        elif what == "bank":
            self._until_file(what, self.town / TOWN_FILE, [str(self.town)])
        else:
            lanes = self.lanes[int(what.removeprefix("till-"))]
            self.pids[what] = self.nursery.start("till", *(str(lane.folder) for lane in lanes))

    def _until_file(self, what: str, says_where: Path, words: Sequence[str]) -> None:
        says_where.unlink(missing_ok=True)
        self.pids[what] = self.nursery.start(what, *words)
        self.until(says_where.exists)

    def kill(self, what: str) -> None:
        """At once."""
        self.nursery.kill(self.pids.pop(what))

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait, as long as anything happens."""
        steps, patient_s = self.steps, time.monotonic() + PATIENCE_S
        while not holds():
            if self.steps != steps:
                steps, patient_s = self.steps, time.monotonic() + PATIENCE_S
            assert time.monotonic() < patient_s, f"nothing happens any more; busy: {self._busy()}"
            time.sleep(LOOK_S)

    def _busy(self) -> list[str]:
        """Terminals that are not at their goal."""
        return [lane.folder.name for lane in self.all_lanes if lane.reached < self.goal]

    def until_nothing_differs(self, differences: Callable[[], list[str]]) -> None:
        """What differs only while something is on its way agrees soon; else it is told."""
        found: list[str] = []

        def none() -> bool:
            found[:] = differences()
            return not found

        try:
            self.until(none)
        except AssertionError as error:
            raise AssertionError(f"differs for ever: {found[:5]}") from error


def opened(nursery: Nursery, home: Path, operations: int) -> Streets:
    """Four clients with Digital Tenge at four banks, two shops; banks and a switch that run, and terminals
    that wait for their first goal."""
    (home / "platform").mkdir(parents=True)
    town = open_town(home / "platform")
    for person in CLIENTS:
        tenge = START_TIYN[person] // TENGE
        town.stock(person.bank, 2 * tenge)
        town.rich_phone(person, tenge)
    for shop in SHOPS:
        town.phone(shop)
    numbers = {}
    for person in (*CLIENTS, *SHOPS):
        client = town.platform.banks[person.bank].client(person.identifier)
        assert not isinstance(client, Refusal)
        numbers[person] = client.number
    link_keys(home / "platform" / "card_link", BANKS, town.entropy)
    town.platform.close()
    streets = Streets(home, nursery, numbers)
    streets.switch.mkdir()
    streets.start("bank")
    streets.start("switch")
    for till in range(TILLS):
        streets.lanes.append([a_lane(streets, till, number, operations) for number in range(TERMINALS)])
        streets.start(f"till-{till}")
    return streets


def a_lane(streets: Streets, till: int, number: int, operations: int) -> Lane:
    """A terminal with its papers, and a client with a virtual card and a chip."""
    client, shop = CLIENTS[number % len(CLIENTS)], SHOPS[till % len(SHOPS)]
    lane = Lane(streets.town / f"terminal-{till}-{number}", client, shop)
    lane.folder.mkdir()
    each = -(-operations // (TILLS * TERMINALS))
    papers = streets.ask(
        "terminal",
        bank=shop.bank,
        count=till * TERMINALS + number + 1,
        merchant=shop.identifier,
        category=shop.category,
    )
    SealedBook.new(lane.folder / BOOK, settings_of(papers))
    work = Work(
        str(streets.switch),
        [virtual(streets, client) for _ in range(-(-each // CARD_EACH))],
        str(chip(streets, client, lane.folder)),
        min(CHIP_SHARE, CARD_EACH / each),
        AMOUNT_TIYN,
    )
    (lane.folder / WORK).write_text(json.dumps(vars(work)))
    lane.aim(0)
    return lane


def virtual(streets: Streets, client: Person) -> dict[str, str]:
    """What is printed on a new virtual card."""
    issued = streets.ask("card-issue", bank=client.bank, client=client.identifier, kind="virtual")
    printed: dict[str, str] = issued["printed"]
    return printed


def chip(streets: Streets, client: Person, folder: Path) -> Path:
    """A new chip card in a file."""
    ordered = streets.ask("card-issue", bank=client.bank, client=client.identifier, kind="real")
    named = {"card": ordered["reference"]}
    made = streets.ask("card-produce", **named, holder=client.name.upper(), pin="1234")
    streets.ask("card-activate", **named)
    personal = PERSONALISATION.decode(bytes.fromhex(made["personalisation"]))
    image = bytearray(PaymentCard.made([personal], SystemEntropy()).image)
    path = folder / "chip.card"
    CardFile.create(path, folder / "chips", SystemEntropy(), PAYMENT, image).close()
    return path


def killed(random: Random, kills: int) -> list[str]:
    """Whom to kill, one after the other: each sort as often, in any order."""
    victims = (["till", "switch", "bank"] * (kills // 3 + 1))[:kills]
    random.shuffle(victims)
    return [f"till-{random.randrange(TILLS)}" if one == "till" else one for one in victims]
