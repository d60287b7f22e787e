"""A bank node in a process of its own that dies by SIGKILL at one of its commits, and the same card orders
over its link again and again until each is answered: ``python -m tests.bank_cards.mortal FOLDER STEP FIRST``.

Founds one town, then plays the same evening on a copy of it for each place to die (before or after a commit;
from the FIRST on every STEP-th), and prints a line of JSON each: where it died, what the books said at last.
"""

import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hardware.disks
from hardware.clock import SetClock
from hardware.entropy import SystemEntropy
from platform_stub.card_link.opening import open_card_link
from platform_stub.compose import Platform, build_platform
from platform_stub.config import PlatformConfig
from tender.account.card_messages import RETURN, CloseDay, DayLine, MerchantCredit, Position
from tender.account.participants import ALTYN, KAZPOST
from tender.errors import Refusal
from tests.bank_cards.books import check_store
from tests.bank_cards.host import Host, card_of, issue, link
from tests.platform_stub.people import AIGUL, MERCHANT, NOW, TENGE, open_town

LINK_KEYS = "card_link"


def found(folder: Path) -> None:
    """Aigul with 1 000 and a card at Altyn, a merchant at Kazpost."""
    town = open_town(folder)
    town.stock(ALTYN, 10_000)
    town.rich_phone(AIGUL, 1_000)
    town.phone(MERCHANT)
    with link(town, folder) as hosts:
        issue(hosts[ALTYN])
    town.platform.close()


def opened(folder: Path, clock: SetClock) -> Platform:
    """The platform over what lies in a folder."""
    return build_platform(folder, PlatformConfig(durable=False), clock, SystemEntropy())


def serve(folder: Path, now: int, die_at: int, pipe: socket.socket) -> None:
    """The child: the link, and a tick for each line that says what time it is; dies at a place if told."""
    clock = SetClock(now)
    platform = opened(folder, clock)
    if die_at:
        hardware.disks._end = _dying(hardware.disks._end, die_at)
    opened_link = open_card_link(platform, folder / LINK_KEYS)
    pipe.sendall(f"{opened_link.port}\n".encode())
    for line in pipe.makefile():
        clock.set(int(line))
        platform.tick()
        pipe.sendall(b"done\n")
    os._exit(0)


def _dying(end: Callable[..., None], die_at: int) -> Callable[..., None]:
    passed = 0

    def counted(connection: Any, *, commit: bool) -> None:
        nonlocal passed
        passed += commit
        if commit and 2 * passed == die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        end(connection, commit=commit)
        if commit and 2 * passed + 1 == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    return counted


class Evening:
    """The parent: says each thing until it is answered, and starts the bank anew when it has died."""

    def __init__(self, folder: Path, die_at: int) -> None:
        self.folder = folder
        self.die_at = die_at
        self.deaths = 0
        self.now = NOW
        self.child = 0
        self.hosts: dict[int, Host] = {}
        self.pipe = socket.socket()
        self.start(die_at)

    def start(self, die_at: int) -> None:
        """A process, and a line to it for each bank."""
        mine, its = socket.socketpair()
        self.child = os.fork()
        if not self.child:
            mine.close()
            serve(self.folder, self.now, die_at, its)
        its.close()
        self.pipe, self.lines = mine, mine.makefile()
        port = self.lines.readline()
        if not port:
            raise ConnectionError("it died while it opened")
        for bank in (ALTYN, KAZPOST):
            key = (self.folder / LINK_KEYS / f"{bank}.key").read_bytes()
            self.hosts[bank] = Host(bank, key, int(port))

    def until_done(self, act: Callable[[], Any]) -> None:
        """Again, after each death."""
        while True:
            try:
                act()
            except OSError:
                self.end()
                self.deaths += 1
                self.start(0)
            else:
                return

    def tick(self) -> None:
        """A minute passes; the bank moves what is due."""
        self.now += 60

        def act() -> None:
            self.pipe.sendall(f"{self.now}\n".encode())
            if self.lines.readline() != "done\n":
                raise ConnectionError("it died while it ticked")

        self.until_done(act)

    def altyn(self) -> Host:
        """The line to Altyn's node, as it is by now."""
        return self.hosts[ALTYN]

    def play(self) -> None:
        """An evening in which every kind of thing happens."""
        card, altyn = card_of(AIGUL), self.altyn
        self.until_done(lambda: altyn().authorise("a", 300, card=card))
        self.until_done(lambda: altyn().authorise("b", 200, card=card))
        self.until_done(lambda: altyn().undo("b", 50))
        self.tick()
        self.until_done(lambda: altyn().undo("a"))
        self.until_done(lambda: altyn().credit("r", "b", 100, card=card, kind=RETURN))
        self.until_done(lambda: altyn().undo("c"))
        self.until_done(lambda: altyn().authorise("c", 10, card=card))
        self.until_done(lambda: altyn().authorise("d", 70, card=card))
        self.tick()
        lines = (("b", 150), ("r", -100), ("d", 70))
        self.until_done(lambda: altyn().ask(day(lines, (), ((KAZPOST, 120),))))
        merchants = ((MERCHANT.identifier, 120),)
        self.until_done(lambda: self.hosts[KAZPOST].ask(day((), merchants, ((ALTYN, -120),))))
        self.tick()
        self.tick()

    def end(self) -> None:
        """Reap it, dead or alive."""
        for host in self.hosts.values():
            host.hang_up()
        self.lines.close()
        self.pipe.close()
        if self.child:
            os.kill(self.child, signal.SIGKILL)
            os.waitpid(self.child, 0)
            self.child = 0


Pairs = tuple[tuple[str, int], ...]


def day(lines: Pairs, merchants: Pairs, positions: tuple[tuple[int, int], ...]) -> CloseDay:
    """The evening's day, in whole tenge."""
    return CloseDay(
        "day",
        1,
        1,
        1,
        tuple(DayLine(name, tenge * TENGE) for name, tenge in lines),
        tuple(MerchantCredit(name, tenge * TENGE) for name, tenge in merchants),
        tuple(Position(bank, tenge * TENGE) for bank, tenge in positions),
        NOW + 3_600,
    )


def outcome(folder: Path) -> dict[str, int]:
    """What the books say in the end, whole tenge."""
    platform = opened(folder, SetClock(NOW + 3_600))
    platform.tick()
    said: dict[str, int] = {}
    for number in (ALTYN, KAZPOST):
        check_store(folder / f"bank-{number}.db")
        bank = platform.banks[number]
        person = AIGUL if number == ALTYN else MERCHANT
        client = bank.client(person.identifier)
        assert not isinstance(client, Refusal)
        balances = bank.balances(client.number)
        said[f"{person.name} dt"] = balances.dt_tiyn // TENGE
        said[f"{person.name} noncash"] = balances.noncash_tiyn // TENGE
        with bank.desk.store.reading() as rows:
            assert rows.account("inventory") == rows.balance(bank.office.inventory.address)
            for account in ("converting", "card-owed", "card-payable", "card-settlement"):
                said[f"{number} {account}"] = rows.account(account)
            said[f"{number} entries"] = len(rows.entries(client.number, 100))
    platform.close()
    return said


def main() -> None:
    """Every STEP-th place until one is never reached; the first line is an evening in which nobody dies."""
    folder, step = Path(sys.argv[1]), int(sys.argv[2])
    town = folder / "town"
    found(town)
    for place in (0, *range(int(sys.argv[3]), 10_000, step)):
        copy = folder / f"place-{place}"
        shutil.copytree(town, copy)
        evening = Evening(copy, place)
        evening.play()
        evening.end()
        print(json.dumps({"place": place, "deaths": evening.deaths, "said": outcome(copy)}), flush=True)
        shutil.rmtree(copy)
        if place and not evening.deaths:
            return


if __name__ == "__main__":
    main()
