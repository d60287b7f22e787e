"""The load of a switch: what it says of its answers, and a small one at a switch that runs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pytest

from card_switch.tcp.loading import Loaded
from tender.account.capabilities import CARD_BANKS, Profile
from town.bench.card_payers import CARD_PIN
from town.bench.cards import Half, asked
from town.card_rails import switch_before
from town.cli import main
from town.load_crew import SHOP, able_banks, client_of, crew
from town.load_picture import Picture, histogram, measured
from town.switch import EACH_MOST
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


def test_a_load_that_is_called_off_asks_nothing_more_and_closes_its_cards(
    running: tuple[Town, State], town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def called_off(_picture: Picture, loaded: Loaded) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Picture, "answered", called_off)
    before = len(asked(running[1], "card-list")["cards"])
    main(["switch", "load", "--connections", "1", "--each", str(EACH_MOST), "--json"])
    cards = asked(running[1], "card-list")["cards"]
    assert len(cards) == before + 1 and {card["state"] for card in cards} == {"closed"}
    so_far = asked(running[1], "day-so-far", merchant=SHOP.number)
    assert so_far["acquired_tiyn"] == so_far["issued_tiyn"] and so_far["operations"] < EACH_MOST


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
    assert main(["switch", "load", "--own", "--connections", "1", "--each", "3", "--seconds", "0.001"]) == 1
    said = " ".join(capfd.readouterr().out.split())
    # Its time is over after the first answer; what was under way is waited for.
    assert "A town and a switch of its own: answers 1 in" in said
    assert "✗ the day that is open has something else: operations 0" in said and "✓ the books hold" in said
    assert "Left behind" not in said
