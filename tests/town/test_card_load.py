"""The load of a switch: what it says of its answers, and a small one at a switch that runs."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pytest

from card_switch.service.terminals import TERMINALS_MOST
from card_switch.tcp.loading import Lane, Loaded
from card_switch.tcp.loading import load as really_load
from device.cli.speaking import EXIT_WORLD
from hardware.clock import SystemClock
from tender.account.capabilities import CARD_BANKS, Profile
from tender.errors import Code, LinkError
from town.bench.card_payers import ACQUIRER, CARD_PIN
from town.bench.cards import AMOUNT_TIYN, Half, asked
from town.calling_off import EXIT_CALLED_OFF
from town.card_rails import switch_before
from town.cli import main
from town.load_crew import FIRST_TERMINAL, SHOP, able_banks, client_of, crew
from town.load_picture import Picture, histogram, measured, result
from town.shop.terminal import COUNT
from town.switch import CONNECTIONS_MOST, EACH_MOST
from town.town import Town, fresh_town

CONNECTIONS, EACH = 2, 2
State = dict[str, Any]


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Town, State]]:
    """A town with nobody but its cast, and the switch before its banks: processes of their own."""
    with fresh_town(crowd=0) as town, switch_before(town.folder) as (_, state):
        yield town, state


@pytest.fixture
def town(running: tuple[Town, State], monkeypatch: pytest.MonkeyPatch) -> Town:
    """The town, which is the user's own for commands."""
    monkeypatch.setenv("TENGE_HOME", str(running[0].folder))
    return running[0]


def test_answers_are_counted_by_how_long_they_took() -> None:
    rows = histogram([3.0, 4.9, 5.0, 41.0])
    assert [(row["name"], row["value"]) for row in rows if row["value"]] == [
        ("0-5 ms", 2),
        ("5-10 ms", 1),
        ("40-45 ms", 1),
    ]
    assert histogram([]) == []


def test_a_load_is_drawn_before_its_first_answer_too(capsys: pytest.CaptureFixture[str]) -> None:
    with Picture(shown=True) as picture:
        picture.step("asking", 3)
        picture.answered(Loaded())
    assert capsys.readouterr().err == ""


def test_percents_and_rate_are_of_the_answers() -> None:
    loaded = Loaded([float(one) for one in range(1, 101)], seconds=2.0)
    facts = measured(loaded)
    assert (facts["answers"], facts["answers_a_second"]) == (100, 50.0)
    assert (facts["p50_ms"], facts["p95_ms"], facts["p99_ms"], facts["slowest_ms"]) == (51, 96, 100, 100)


def test_a_town_of_the_pilot_has_nobody_who_could_pay() -> None:
    """In the pilot no person turned tenge into Digital Tenge (Table 10, DT-C-24)."""
    assert able_banks(Profile.FULL) == CARD_BANKS and able_banks(Profile.PILOT) == ()
    state = {"profile": Profile.PILOT.value}
    with pytest.raises(RuntimeError, match="no test client could pay"), crew(Path(), state, asked, 1, 1):
        pass


def test_the_running_switch_under_load_and_what_stays_of_it(
    running: tuple[Town, State], town: Town, capfd: pytest.CaptureFixture[str]
) -> None:
    count = CONNECTIONS * EACH
    words = ["--connections", str(CONNECTIONS), "--operations", str(count), "--json"]
    assert main(["switch", "load", *words]) == 0
    told = json.loads(capfd.readouterr().out)
    assert (told["switch"], told["answers"], told["codes"]) == ("running", count, {"00": count})
    assert sum(row["value"] for row in told["histogram"]) == count
    # What was approved stands at acquirer and issuers, and each terminal's batch was closed with it.
    tiyn = told["approved_tiyn"]
    assert told["day"] == {"operations": count, "acquired_tiyn": tiyn, "issued_tiyn": tiyn}
    assert told["batches"] == {"00": CONNECTIONS} and told["books_hold"]
    # Put away: no card can be used, no test client has Digital Tenge, every batch is closed. What the cards
    # have spent is all that still lies there, on its way to the banks.
    cards = asked(running[1], "card-list")["cards"]
    assert [card["state"] for card in cards] == ["closed"] * CONNECTIONS
    assert sum(town.account_tiyn(client_of(card["bank"])) for card in cards) == tiyn
    day = asked(running[1], "close-day")
    assert day["agrees"] and not day["open_batches"] and len(day["batches"]) == CONNECTIONS
    assert {bank["bank"]: bank["merchants"] for bank in day["banks"]}[SHOP.bank] == {SHOP.number: tiyn}


def test_load_has_terminals_that_neither_a_till_nor_the_shop_on_the_web_has() -> None:
    numbers = range(FIRST_TERMINAL, FIRST_TERMINAL + CONNECTIONS_MOST)
    assert COUNT not in numbers and numbers[-1] <= TERMINALS_MOST


def ctrl_c(*_: object) -> None:
    """As somebody presses it."""
    os.kill(os.getpid(), signal.SIGINT)


def cards_closed(state: State) -> int:
    """How many cards there are; every one of them is closed."""
    cards = asked(state, "card-list")["cards"]
    assert {card["state"] for card in cards} <= {"closed"}
    return len(cards)


def test_a_load_that_is_called_off_asks_nothing_more_closes_batches_and_cards_and_says_so(
    running: tuple[Town, State],
    town: Town,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("town.card_load.LOOK_S", 0.001)  # long before all are answered
    monkeypatch.setattr(Picture, "answered", ctrl_c)
    before = cards_closed(running[1])
    words = ["switch", "load", "--connections", "1", "--each", str(EACH_MOST), "--json"]
    assert main(words) == EXIT_CALLED_OFF
    told = json.loads(capfd.readouterr().out)
    assert told["called_off"] and told["asked"] == told["answers"] < told["most"] == EACH_MOST
    assert told["batches"] == {"00": 1} and told["batches_differ"] == [] and told["day_agrees"]
    assert cards_closed(running[1]) == before + 1
    result(told)
    assert f"Called off: {told['asked']} of {EACH_MOST} purchases" in capfd.readouterr().out


def test_a_load_called_off_before_anything_is_asked_is_put_away(
    running: tuple[Town, State],
    town: Town,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(Picture, "step", ctrl_c)
    so_far = asked(running[1], "day-so-far", merchant=SHOP.number)
    assert main(["switch", "load", "--connections", "1"]) == EXIT_CALLED_OFF
    assert "What was made for it was put away." in capfd.readouterr().err
    cards_closed(running[1])
    assert asked(running[1], "day-so-far", merchant=SHOP.number) == so_far


def test_a_batch_that_differs_is_named_with_both_sums(
    running: tuple[Town, State],
    town: Town,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Somebody sold at the load's terminal before, in the same second, and has not closed that batch."""
    state, second = running[1], SystemClock().now()
    monkeypatch.setattr(
        "town.bench.card_payers.SystemClock", type("OneSecond", (SystemClock,), {"now": lambda _: second})
    )
    with crew(town.folder, town.state, partial(asked, state), 1, 10_000) as made:
        (payer,) = made.payers
        lane = Lane([payer.ask_for(AMOUNT_TIYN)], payer.seals)
        really_load(int(state["terminals"][str(ACQUIRER)]), [lane], SystemClock().now_ms())
    assert main(["switch", "load", "--connections", "1", "--each", "1", "--json"]) == 1
    told = json.loads(capfd.readouterr().out)
    assert told["codes"] == {"00": 1}
    (sums,) = told["batches_differ"]
    terminal = sums["terminal"]
    assert terminal == f"{ACQUIRER}{FIRST_TERMINAL}" and told["day_agrees"] and not told["good"]
    assert (sums["code"], sums["till_tiyn"], sums["switch_tiyn"]) == ("95", AMOUNT_TIYN, 2 * AMOUNT_TIYN)
    result(told)
    said = " ".join(capfd.readouterr().out.split())
    assert f"✗ the batch of terminal {terminal} differs (95): 37,79 ₸ at the terminal, 75,58 ₸" in said
    assert "✓ the day that is open has the same" in said


def test_after_a_switch_that_hung_up_the_batches_nobody_knows_are_named(
    running: tuple[Town, State],
    town: Town,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def torn(port: int, lanes: list[Lane], *given: Any, **more: Any) -> Loaded:
        monkeypatch.setattr("town.card_load.load", really_load)
        really_load(port, lanes, *given, **more)
        lanes[1].asked += 1  # nobody answered this one
        raise LinkError(Code.SWITCH_UNREACHABLE, "switch")

    monkeypatch.setattr("town.card_load.load", torn)
    words = ["switch", "load", "--connections", str(CONNECTIONS), "--each", "1", "--json"]
    assert main(words) == EXIT_WORLD
    said = capfd.readouterr().err
    assert f"answered there: {ACQUIRER}{FIRST_TERMINAL + 1}\n" in said and "broke off" in said
    cards_closed(running[1])
    state = asked(running[1], "close-day")
    assert [one["terminal"] for one in state["open_batches"]] == [f"{ACQUIRER}{FIRST_TERMINAL + 1}"]


def test_no_card_of_a_load_that_broke_off_stays_open(
    running: tuple[Town, State], town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = partial(asked, running[1])
    person = client_of(CARD_BANKS[0])
    with crew(town.folder, town.state, ask, 1, 10_000):
        pass
    killed = ask("card-issue", bank=person.bank, client=person.number, kind="real")["reference"]
    ask("card-produce", card=killed, holder="BENCH/CARD", pin=CARD_PIN)
    ask("card-activate", card=killed)
    before = {card["reference"] for card in ask("card-list")["cards"]}

    def breaks(told: State) -> NoReturn:
        raise RuntimeError(f"no terminal {told['terminal']}")

    monkeypatch.setattr("town.bench.card_payers.settings_of", breaks)
    with pytest.raises(RuntimeError, match="no terminal"), crew(town.folder, town.state, ask, 1, 10_000):
        pass
    cards = {card["reference"]: card["state"] for card in ask("card-list")["cards"]}
    assert len(cards) == len(before) + 1 and set(cards.values()) == {"closed"}


def test_a_world_of_its_own_whose_day_has_something_else_is_told(
    running: tuple[Town, State],
    town: Town,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    @contextmanager
    def half(_town: Town, count: int) -> Iterator[Half]:
        """Its cards pay another shop than the one that is looked at."""
        with crew(town.folder, town.state, partial(asked, running[1]), count, 10_000) as made:
            yield Half(running[1], (), made.payers)

    monkeypatch.setattr("town.card_load.fresh_town", lambda crowd: nullcontext(town))
    monkeypatch.setattr("town.card_load.real_half", half)
    assert main(["switch", "load", "--own", "--connections", "1", "--each", "3", "--seconds", "0.00001"]) == 1
    said = " ".join(capfd.readouterr().out.split())
    # Its time is over after the first answer; what was under way is waited for.
    assert "A town and a switch of its own: answers 1 in" in said
    assert "✗ the day that is open has something else: operations 0" in said and "✓ the books hold" in said
    assert "Left behind" not in said
