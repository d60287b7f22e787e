"""Tills, switch and banks as processes over real sockets, each killed with ``kill -9`` again and again.

``make test`` plays 150 operations; ``TENGE_CARD_KILLS=2000`` (``make soak``) as many as it says.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from hardware.clock import SetClock
from hardware.entropy import SystemEntropy
from platform_stub.card_link.keys import link_keys
from platform_stub.compose import build_platform
from platform_stub.config import PlatformConfig
from pos.core.card_tender import CardPhase
from tender.account.participants import ALTYN, BANKS, KAZPOST
from tender.errors import Refusal
from tests.bank_cards.books import check_sheet, check_store
from tests.platform_stub.people import AIGUL, MERCHANT, NOW, TENGE, open_town
from tests.simulation.cards.till_process import JOURNAL, Journal
from tests.switch.test_process import SwitchProcess

OPERATIONS = int(os.environ.get("TENGE_CARD_KILLS", "150"))
TILLS = 3
CARD_EACH = 60
"""A card may be used a hundred times a day."""
START_TENGE = 100_000
AMOUNT_TENGE = 7
KILLS = 8 if OPERATIONS < 1_000 else 40
PATIENCE_S = 60.0 + OPERATIONS / 5


@dataclass
class Streets:
    """The processes."""

    town: Path
    switch: SwitchProcess
    tills: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    bank: subprocess.Popen[bytes] | None = None
    kills: dict[str, int] = field(default_factory=dict)

    def start_bank(self) -> None:
        (self.town / "town.json").unlink(missing_ok=True)
        self.bank = started("bank_process", self.town)
        until((self.town / "town.json").exists)

    def start_till(self, number: int) -> None:
        self.tills[number] = started("till_process", self.folder(number))

    def folder(self, number: int) -> Path:
        return self.town / f"till-{number}"

    def lines(self) -> int:
        """How many steps all tills together have made; a payment has three or more."""
        journals = self.town.glob(f"till-*/{JOURNAL}")
        return sum(journal.read_bytes().count(b"\n") for journal in journals)

    def kill(self, what: str, random: Random) -> None:
        """And start it again."""
        self.kills[what] = self.kills.get(what, 0) + 1
        if what == "switch":
            self.switch.kill()
            self.switch.start()
        elif what == "bank":
            assert self.bank is not None
            ended(self.bank)
            self.start_bank()
        else:
            number = random.choice(list(self.tills))
            ended(self.tills[number])
            self.start_till(number)

    def stop(self) -> None:
        """Everything, without a farewell."""
        for process in (*self.tills.values(), self.bank, self.switch.process):
            if process is not None and process.poll() is None:
                ended(process)


def started(module: str, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", f"tests.simulation.cards.{module}", str(folder)])


def ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.02)


@pytest.fixture
def streets(tmp_path: Path) -> Iterator[Streets]:
    """A town with Aigul's 100 000 DT at Altyn and a merchant at Kazpost, tills that have not begun yet."""
    home = tmp_path / "town"
    platform_folder = home / "platform"
    platform_folder.mkdir(parents=True)
    town = open_town(platform_folder)
    town.stock(ALTYN, 2 * START_TENGE)
    town.rich_phone(AIGUL, START_TENGE)
    town.phone(MERCHANT)
    link_keys(platform_folder / "card_link", BANKS, town.entropy)
    town.platform.close()
    made = Streets(home, SwitchProcess(home, ("--confirm-s", "0")))
    try:
        made.start_bank()
        made.switch.folder.mkdir()
        made.switch.start()
        yield made
    finally:
        made.stop()


def cards(switch: SwitchProcess, count: int) -> list[dict[str, str]]:
    """What is printed on so many cards of Aigul's."""
    printed = []
    for _ in range(count):
        ordered = switch.ask("card-issue", bank=ALTYN, client=AIGUL.identifier, kind="real")
        named = {"card": ordered["reference"]}
        printed.append(switch.ask("card-produce", **named, holder="AIGUL", pin="1234")["printed"])
        switch.ask("card-activate", **named)
    return printed


def handed_out(switch: SwitchProcess, count: int) -> dict[str, str]:
    """What a till gets from its acquirer."""
    told = switch.ask("terminal", bank=KAZPOST, count=count, merchant=MERCHANT.identifier, category=5411)
    return {name: told[name] for name in ("terminal", "mac_key")}


def test_killed_again_and_again_they_end_exact(streets: Streets) -> None:
    random = Random(2026)
    each = OPERATIONS // TILLS
    for number in range(TILLS):
        folder = streets.folder(number)
        folder.mkdir()
        work = {
            "switch": str(streets.switch.folder),
            **handed_out(streets.switch, number + 1),
            "merchant": MERCHANT.identifier,
            "cards": cards(streets.switch, -(-each // CARD_EACH)),
            "count": each,
            "amount_tiyn": AMOUNT_TENGE * TENGE,
        }
        (folder / "work.json").write_text(json.dumps(work))
        streets.start_till(number)
    for turn in range(KILLS):
        # After every so many lines of all journals together, whatever the machine's speed.
        until(lambda turn=turn: streets.lines() > each * TILLS * 3 * (turn + 1) // (KILLS + 1), PATIENCE_S)  # type: ignore[misc]
        streets.kill(("till", "switch", "till", "bank")[turn % 4], random)
    until(lambda: all(till.poll() is not None for till in streets.tills.values()), PATIENCE_S)
    assert {till.returncode for till in streets.tills.values()} == {0}
    assert set(streets.kills) == {"till", "switch", "bank"}, streets.kills
    until(lambda: sum(one["stands_tiyn"] for one in streets.switch.ask("status")["hosts"]) >= 0)
    until(lambda: streets.switch.ask("close-day").get("agrees") is True)
    journals = [Journal(streets.folder(number) / JOURNAL) for number in range(TILLS)]
    payments = [one for journal in journals for one in journal.payments.values()]
    assert len(payments) == each * TILLS
    ends = {CardPhase.APPROVED, CardPhase.DECLINED, CardPhase.REVERSED}
    assert {one.phase for one in payments} <= ends
    stands = {one.life.lstrip("0"): one.amount_tiyn for one in payments if one.phase is CardPhase.APPROVED}
    assert len(stands) > each
    assert any(one.reason in ("no-answer", "restarted") for one in payments)
    assert streets.bank is not None
    ended(streets.bank)
    exact(streets.town, stands)


def exact(town: Path, stands: dict[str, int]) -> None:
    """Client, merchant, both banks and the National Bank, from their own rows."""
    clock = SetClock(NOW + 10_000_000)
    platform = build_platform(town / "platform", PlatformConfig(durable=False), clock, SystemEntropy())
    try:
        for _ in range(3):
            platform.tick()
        has = {}
        for person in (AIGUL, MERCHANT):
            bank = platform.banks[person.bank]
            client = bank.client(person.identifier)
            assert not isinstance(client, Refusal)
            has[person] = bank.balances(client.number)
            with bank.desk.store.reading() as rows:
                operations = rows.operations_of(client.number, 100_000)
            if person is AIGUL:
                assert {
                    one.operation.lstrip("0"): one.net_tiyn for one in operations if one.net_tiyn
                } == stands
        assert has[AIGUL].dt_tiyn == START_TENGE * TENGE - sum(stands.values())
        assert has[MERCHANT].noncash_tiyn == sum(stands.values())
    finally:
        platform.close()
    for number in (ALTYN, KAZPOST):
        check_store(town / "platform" / f"bank-{number}.db")
    check_sheet(town / "platform")
