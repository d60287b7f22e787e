"""kill -9 between a wallet and its bank: of the wallet's process, and of the platform's, at every commit.

The platform's process is gateway, National Bank, notary and five banks, each with a store of its own: it dies
between any two of their commits. It starts again, finishes what lay open, and the wallet asks again.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from hardware.wires import HttpWire
from tender.errors import LinkError
from tests.tears.conftest import ALL
from tests.tears.mortal import Mortal
from tests.tears.seam import AFTER, STEP, Place
from tests.tears.street import Fortune, Street, Wish, comes_true_once, fortune, fresh_money
from tests.tears.test_cut_line import served
from tests.tears.victims import KILLED
from tests.wallet.village import good
from town.balance_sheet import read_balance_sheet
from town.cast import BOLAT

WHO = "aigul"


@dataclass(frozen=True)
class Typed(Wish):
    """A wish, and the command that says it."""

    words: tuple[str, ...]


WISHES = (
    Typed("load", lambda wallet: good(wallet.bank.load(300)), (300, -300, 0), ("load", "3")),
    Typed("deposit", lambda wallet: good(wallet.settling.deposit(201)), (-201, 201, 0), ("deposit", "2,01")),
    Typed("sync", lambda wallet: good(wallet.settling.sync()), (0, 0, 0), ("sync",)),
    Typed(
        "transfer",
        lambda wallet: good(wallet.bank.transfer("phone", BOLAT.phone, 40, "")),
        (0, -40, 0),
        ("transfer", "0,40", BOLAT.phone),
    ),
    Typed(
        "convert", lambda wallet: good(wallet.bank.convert("to-dt", 500)), (0, 500, -500), ("convert", "5")
    ),
)


def distinct(places: list[Place], seen: set[tuple[str, ...]], depth: int) -> list[int]:
    """Everywhere; or, by default, after each commit by a function (and its callers, to this depth) not met
    before."""
    if ALL:
        return [at for at, place in enumerate(places) if place.kind != STEP]
    chosen = []
    for at, place in enumerate(places):
        name = tuple(place.site.split(" < ")[:depth])
        if place.kind == AFTER and name not in seen:
            seen.add(name)
            chosen.append(at)
    return chosen


@pytest.mark.row("DT-O-12")
def test_the_platform_is_killed_between_any_two_commits(street: Street) -> None:
    seen: set[tuple[str, ...]] = set()
    deaths: list[str] = []
    with Mortal(street) as mortal:
        with street.opened(WHO, wire=HttpWire(mortal.url)) as (wallet,):
            good(wallet.bank.convert("to-dt", 1_000_000))
        for wish in WISHES:
            with street.opened(WHO, wire=HttpWire(mortal.url)) as (wallet,):
                passed = len(mortal.places)
                wish.act(wallet)
                places = mortal.places[passed:]
                before = fortune(wallet)
            for at in distinct(places, seen, 1):
                before, died = dies_once(mortal, wish, at, before)
                deaths += [places[at].site] if died else []
            assert read_balance_sheet(street.folder / "platform").holds, wish.name
    assert len(deaths) > 8, deaths


def dies_once(mortal: Mortal, wish: Wish, at: int, before: Fortune) -> tuple[Fortune, bool]:
    """The platform dies while the wish is under way; it comes back, and the wish comes true once. False when
    there was less to do than at the rehearsal: then it came true with nobody dying."""
    mortal.dies_at(at)
    torn = False
    with mortal.street.opened(WHO, wire=HttpWire(mortal.url)) as (wallet,):
        try:
            wish.act(wallet)
        except LinkError:
            torn = True
    if torn:
        assert mortal.life.wait() == KILLED
    elif not mortal.life.ended:
        mortal.life.kill()
        mortal.life.wait()
    mortal.rise()
    with mortal.street.opened(WHO, wire=HttpWire(mortal.url)) as (wallet,):
        after = comes_true_once(wallet, wish, before, cut_off=torn)
        fresh_money(wallet)
        return after, torn


@pytest.mark.row("DT-O-12")
@pytest.mark.parametrize("wish", WISHES, ids=lambda wish: wish.name)
def test_the_wallet_is_killed_at_every_commit_with_the_bank(
    street: Street, tmp_path: Path, wish: Typed
) -> None:
    seen: set[tuple[str, ...]] = set()
    deaths = 0
    with served(street) as url:
        with street.opened(WHO, wire=HttpWire(url)) as (wallet,):
            good(wallet.bank.convert("to-dt", 1_000_000))
            with wallet.desk.commit() as changes:
                changes.put(replace(wallet.desk.settings, gateway=url))
        places = street.start(WHO, *wish.words).well().places
        chosen = [at for at in distinct(places, seen, 2) if "compose.open_wallet" not in places[at].site]
        for at in chosen:
            with street.opened(WHO, wire=HttpWire(url)) as (wallet,):
                before = fortune(wallet)
            victim = street.start(WHO, *wish.words, die_at=at)
            if victim.wait() != KILLED:
                assert victim.well().places[at:] == [], "there was less to do than the first time"
                continue
            deaths += 1
            with street.opened(WHO, wire=HttpWire(url)) as (wallet,):
                comes_true_once(wallet, wish, before, cut_off=True)
        assert read_balance_sheet(street.folder / "platform").holds
    assert deaths
