"""The platform process of a town: opens the stores, lets the cast move in, and serves on loopback.

Started by :mod:`town.town` as ``python -m town.serve FOLDER``; it ends with the signal that ``tenge down``
sends. Moving in is safe to repeat: a second start finds everybody there.
"""

import argparse
import json
import os
import signal
import socket
import threading
import time
from hashlib import sha256
from pathlib import Path

import uvicorn

from hardware.clock import SystemClock
from hardware.entropy import SystemEntropy
from platform_stub.bank.store import Client
from platform_stub.card_link.opening import open_card_link
from platform_stub.compose import Platform, build_platform
from platform_stub.config import PlatformConfig
from platform_stub.http.app import make_app
from platform_stub.keeping_up import kept_up
from tender.account.capabilities import Profile
from tender.account.participants import BANKS
from tender.account.service_messages import FIRM, PERSON
from tender.errors import Code, Refusal
from town.cast import CAST, Person, neighbour

LOOPBACK = "127.0.0.1"
STATE_FILE = "town.json"
CORRESPONDENT_TIYN = 100_000_000_00
"""Each bank's tenge at the National Bank when the town opens."""
GUARANTEE_TIYN = 5_000_000_00
"""Set aside by each bank against losses of its devices."""
TICK_S = 5.0
"""How often deadlines that passed and work that was interrupted are looked at."""
ISSUED_TIYN = 10_000_000_00
"""Digital Tenge each bank asks for at the opening."""


class ShiftedClock:
    """This computer's clock, some days ahead: so that a story need not wait for a week to pass."""

    def __init__(self, days: int) -> None:
        self._clock = SystemClock()
        self._shift_s = days * 86_400

    def now(self) -> int:
        """Seconds since 1970 (UTC), shifted."""
        return self._clock.now() + self._shift_s


def _reference(words: str) -> bytes:
    """The same words are the same operation, so a second start repeats nothing."""
    return sha256(b"dt-town " + words.encode()).digest()


def _must(outcome: object, what: str) -> None:
    if isinstance(outcome, Refusal):
        raise SystemExit(f"the town cannot open: {what}: {outcome}")


def open_banks(platform: Platform) -> None:
    """Fund the banks, and have each ask the National Bank for Digital Tenge, which approves."""
    for number, bank in platform.banks.items():
        opening = _reference(f"correspondent {number}")
        bank.money.open_correspondent(CORRESPONDENT_TIYN, opening)
        platform.nbk.open_correspondent(number, CORRESPONDENT_TIYN, opening)
        if not any(request.bank == number for request in platform.nbk.requests()):
            guarantee = platform.nbk.place_guarantee(
                number, GUARANTEE_TIYN, _reference(f"guarantee {number}")
            )
            _must(guarantee, "guarantee")
            asked = bank.money.request_issue(ISSUED_TIYN, _reference(f"issue {number}"))
            if isinstance(asked, Refusal) and asked.code is Code.NOT_SUPPORTED:
                continue  # a bank of the pilot that asked for none
            if isinstance(asked, Refusal):
                raise SystemExit(f"the town cannot open: issue request: {asked}")
            _must(platform.nbk.approve(asked.request), "approval")


def move_in(platform: Platform, person: Person) -> str:
    """Make somebody a client with money on the current account; returns a fresh activation code."""
    bank = platform.banks[person.bank]
    firm = person.business
    client = bank.clients.onboard(
        Client(
            number=0,
            kind=FIRM if firm else PERSON,
            identifier=person.number,
            phone=person.phone,
            surname="" if firm else "Townsman",
            first_name="" if firm else person.shown,
            patronymic="",
            name=person.shown,
            category=person.category,
            identified=True,
            name_shown=True,
        )
    )
    if isinstance(client, Refusal):
        raise SystemExit(f"the town cannot open: {person.name}: {client}")
    bank.clients.pay_in_cash(client.number, person.cash_tiyn, _reference(f"cash {person.number}"))
    return bank.clients.activation_code(client.number)


def _end_with(parent: int) -> None:
    """A story that was killed must not leave its platform behind."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def main(arguments: list[str] | None = None) -> None:
    """Open, seed, say where, serve."""
    parser = argparse.ArgumentParser(prog="python -m town.serve", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--crowd", type=int, default=0, help="how many neighbours W0, W1 … move in")
    parser.add_argument("--days-ahead", type=int, default=0)
    parser.add_argument("--verifiers", type=int, default=0, help="processes that only check signatures")
    parser.add_argument("--profile", choices=list(Profile), default=Profile.FULL, help="what banks offer")
    parser.add_argument("--tied", action="store_true", help="end when whoever started this has ended")
    given = parser.parse_args(arguments)
    if given.tied:
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()

    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((LOOPBACK, given.port))
    listening.listen(64)

    folder: Path = given.folder
    clock = ShiftedClock(given.days_ahead)
    config = PlatformConfig(verifiers=given.verifiers, offering=Profile(given.profile))
    platform = build_platform(folder / "platform", config, clock, SystemEntropy())
    open_banks(platform)
    people = [*CAST, *(neighbour(place) for place in range(given.crowd))]
    codes = {person.name: move_in(platform, person) for person in people}
    platform.tick()
    card_link = open_card_link(platform, folder / "platform" / "card_link")
    state = {
        "pid": os.getpid(),
        "url": f"http://{LOOPBACK}:{listening.getsockname()[1]}",
        "root_key": platform.root_key.hex(),
        "banks": {str(number): name for number, name in BANKS.items()},
        "codes": codes,
        "profile": given.profile,
        "card_link": f"{LOOPBACK}:{card_link.port}",
    }
    # What a card made here is born with, as `tenge platform root` prints it; there before anybody is told.
    (folder / "root.key").write_text(platform.root_key.hex() + "\n")
    part = folder / f"{STATE_FILE}.part"
    part.write_text(json.dumps(state, indent=2) + "\n")
    part.chmod(0o600)
    part.replace(folder / STATE_FILE)
    server = uvicorn.Server(uvicorn.Config(make_app(platform.gateway), log_level="warning", lifespan="off"))
    with kept_up(platform, TICK_S):
        server.run(sockets=[listening])
    card_link.stop()
    platform.close()


if __name__ == "__main__":
    main()
