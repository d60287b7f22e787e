"""``tenge switch load``: real chips buy as fast as they are answered, at the running switch or at an own one.

Cards, terminals and requests are made beforehand; what is timed is the way from a terminal's request through
acquirer, network, issuer and bank and back, everything durable. Afterwards every terminal closes its batch,
and what was approved has to be what acquirers and issuers have in the day that is open.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import typer

from card_switch.cli.asking import FOLDER_NAME, town_folder
from card_switch.state_file import state_of
from card_switch.tcp.loading import Lane, Loaded, load
from device.cli.speaking import EXIT_REFUSED, EXIT_WORLD
from faces.language import label
from hardware.clock import SystemClock
from pos.core.card_batch import BatchClosing, answered, closing_message, closing_of
from pos.core.card_tender import BatchTotals
from tender.errors import LinkError, TenderError
from town.balance_sheet import read_balance_sheet
from town.bench.card_payers import ACQUIRER, Ask, Payer
from town.bench.cards import AMOUNT_TIYN, asked, real_half
from town.calling_off import EXIT_CALLED_OFF, CalledOff, CallingOff, calling_off
from town.cast import MERCHANT
from town.load_crew import LEFT_BEHIND, SHOP, crew
from town.load_picture import Picture, measured, result
from town.town import fresh_town

CROWD: Final = 10
LOOK_S: Final = 0.25
APPROVED: Final = "00"
SPARE_TIYN: Final = 100
BOOKS_LOOKS: Final = 10
"""The books of a town that works are looked at one after the other, so that one look may find an amount
between two of them."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted: ``each`` purchases of each card at most; nothing more is asked after ``seconds``."""

    connections: int
    each: int
    seconds: float | None = None

    @property
    def most(self) -> int:
        """How many purchases there can be."""
        return self.connections * self.each


@dataclass(frozen=True, slots=True)
class World:
    """Where load is put: the switch's terminals' port and door, who pays whom, whose books have to hold."""

    name: str
    state: dict[str, Any]
    ask: Ask
    payers: list[Payer]
    merchant: str
    folder: Path

    @property
    def port(self) -> int:
        """Of the acquirer whose terminals these are."""
        return int(self.state["terminals"][str(ACQUIRER)])

    def so_far(self) -> Counter[str]:
        """What of the merchant's stands in the day that is open."""
        return Counter(self.ask("day-so-far", merchant=self.merchant))


def run(wish: Wish, *, own: bool, as_json: bool) -> int:
    """Load, show or print what came of it; the exit code. Whoever calls it off at the running switch hears
    what came of it until then; a world of its own is thrown away at once."""
    town = town_folder()
    running = None if own else state_of(town / FOLDER_NAME)
    heard = nullcontext(CallingOff()) if running is None else calling_off()
    with Picture(shown=not as_json) as picture, heard as off:
        try:
            opened = own_world(wish) if running is None else running_world(wish, town, running, off)
            picture.step(label("load.making"), wish.connections)
            with opened as world:
                told = put_under(world, wish, picture, off)
        except (CalledOff, KeyboardInterrupt):
            picture.stop()
            typer.echo(label("load.called-off-early"), err=True)
            return EXIT_CALLED_OFF
        except (TenderError, RuntimeError, OSError) as error:
            picture.stop()
            typer.echo(label("load.broke-off", why=str(error)), err=True)
            return EXIT_WORLD
    if as_json:
        typer.echo(json.dumps(told, indent=2))
    else:
        result(told)
    if told["called_off"]:
        return EXIT_CALLED_OFF
    return 0 if told["good"] else EXIT_REFUSED


# --- where


@contextmanager
def own_world(wish: Wish) -> Iterator[World]:
    """A town and a switch that are thrown away."""
    with fresh_town(crowd=CROWD) as town, real_half(town, wish.connections) as half:
        ask = partial(asked, half.state)
        yield World("own", half.state, ask, half.payers, MERCHANT.number, town.folder)


@contextmanager
def running_world(wish: Wish, town: Path, state: dict[str, Any], off: CallingOff) -> Iterator[World]:
    """The switch that runs, before the banks of the town that is up."""
    told = json.loads((town / "town.json").read_text())
    ask = partial(asked, state)
    each_tiyn = wish.each * AMOUNT_TIYN + SPARE_TIYN
    with crew(town, told, ask, wish.connections, each_tiyn, off.heed) as made:
        yield World("running", state, ask, made.payers, SHOP.number, town)


# --- how


def put_under(world: World, wish: Wish, picture: Picture, off: CallingOff) -> dict[str, Any]:
    """Ask, close the batches, compare; what came of it, for programs."""
    before = world.so_far()
    lanes = []
    picture.step(label("load.requests"), wish.most)
    for payer in world.payers:
        messages = []
        for _ in range(wish.each):
            off.heed()
            messages.append(payer.ask_for(AMOUNT_TIYN))
            picture.one_more()
        lanes.append(Lane(messages, payer.seals))
    picture.step(label("load.answers"), wish.most)
    try:
        loaded = _watched(world.port, lanes, wish.seconds, picture, off)
    except LinkError:
        picture.stop()
        _closed_where_known(world, lanes)
        raise
    closings = _batches_closed(world, world.payers, lanes)
    batches = Counter(closing.answer for closing in closings.values())
    stands = world.so_far()
    stands.subtract(before)
    approved = loaded.codes[APPROVED]
    counted = {
        "operations": approved,
        "acquired_tiyn": approved * AMOUNT_TIYN,
        "issued_tiyn": approved * AMOUNT_TIYN,
    }
    agrees = dict(stands) == counted
    differing = [
        {
            "terminal": terminal,
            "code": one.answer,
            "till_tiyn": one.debits_tiyn,
            "switch_tiyn": one.their_debits_tiyn,
        }
        for terminal, one in closings.items()
        if not one.agrees
    ]
    holds = _books_hold(world.folder)
    return {
        "switch": world.name,
        **measured(loaded),
        "approved_tiyn": approved * AMOUNT_TIYN,
        "called_off": off.asked,
        "asked": sum(lane.asked for lane in lanes),
        "most": wish.most,
        "batches": dict(batches),
        "batches_differ": differing,
        "day": dict(stands),
        "day_agrees": agrees,
        "books_hold": holds,
        "left_behind": list(LEFT_BEHIND) if world.name == "running" else [],
        "good": bool(approved) and agrees and not differing and holds and set(loaded.codes) == {APPROVED},
    }


def _watched(
    port: int, lanes: list[Lane], seconds: float | None, picture: Picture, off: CallingOff
) -> Loaded:
    """Every lane at once, while the picture is drawn; called off, what is under way is still answered."""
    loaded = Loaded()
    with ThreadPoolExecutor(max_workers=1) as beside:
        done = beside.submit(load, port, lanes, SystemClock().now_ms(), loaded, seconds=seconds)
        try:
            while wait([done], LOOK_S).not_done:
                loaded.stopped = loaded.stopped or off.asked
                picture.answered(loaded)
        except BaseException:
            loaded.stopped = True  # what is under way is answered, then everything is put away
            raise
        picture.answered(loaded)
        return done.result()


def _closed_where_known(world: World, lanes: list[Lane]) -> None:
    """After a switch that went: the terminals that know what they were answered close their batches, when it
    is there again; the others are named."""
    known = [pair for pair in zip(world.payers, lanes, strict=True) if not pair[1].in_doubt]
    open_still = [
        payer.settings.terminal for payer, lane in zip(world.payers, lanes, strict=True) if lane.in_doubt
    ]
    try:
        _batches_closed(world, [payer for payer, _ in known], [lane for _, lane in known])
    except LinkError:
        open_still = [payer.settings.terminal for payer in world.payers]
    if open_still:
        typer.echo(label("load.batches-open", terminals=", ".join(open_still)), err=True)


def _batches_closed(world: World, payers: list[Payer], lanes: list[Lane]) -> dict[str, BatchClosing]:
    """Each terminal says what it counted (0500); terminal → its closing as the acquirer answered it."""
    now = SystemClock().now()
    closings, sayings = [], []
    for payer, lane in zip(payers, lanes, strict=True):
        payer.settings = payer.settings.counted()
        count = lane.codes[APPROVED]
        totals = BatchTotals(payer.settings.batch, sales=count, sales_tiyn=count * AMOUNT_TIYN)
        closings.append(closing_of(totals, payer.settings.number, now))
        sayings.append(Lane([closing_message(closings[-1], payer.settings)], payer.seals))
    load(world.port, sayings, now * 1000)
    return {
        payer.settings.terminal: answered(closing, saying.last)
        for payer, closing, saying in zip(payers, closings, sayings, strict=True)
        if saying.last is not None
    }


def _books_hold(folder: Path) -> bool:
    """Whether the balance sheet adds up (``tenge audit``)."""
    return _comes_true(lambda: read_balance_sheet(folder / "platform").holds)


def _comes_true(looked: Callable[[], bool]) -> bool:
    for _ in range(BOOKS_LOOKS):
        if looked():
            return True
        time.sleep(LOOK_S)
    return False
