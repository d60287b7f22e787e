"""A card wallet and a till at readers of a real PC/SC daemon: every act is a command in a process of its own.

The one card is made somebody's, filled and tapped through its reader, pulled after it signed and before the
till had the money, and held there again.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hardware.pcsc import SERVICE_VARIABLE
from hardware.pcscd import Pcscd
from pos.cli import app as tills
from tender.purse.commands import CLA_PURSE, Ins
from town.card.cli import app as cards
from town.cast import AIGUL, MERCHANT
from town.counter import Counter
from town.processes import Done, Running
from town.stories.stage import Stage
from town.town import Town, fresh_town

READER, CARD, TILL = "0 00 01", "aigul.card", "kiosk"
WAIT_S = 30.0
SIGNS = f"{CLA_PURSE:02x}{Ins.SIGN_LINKS:02x}"


class Laptop:
    """A keyboard in this town, with virtual readers."""

    def __init__(self, town: Town) -> None:
        self.town = town

    def types(self, *words: str, network: bool = True) -> dict[str, Any]:
        """A command that must work: what it told."""
        done = self.town.programs().run([*words, "--json"], network=network)
        assert done.code == 0, done.describe()
        return done.told

    def at_once(self, *words: str) -> None:
        """A command of the readers that starts a process of its own anyway, or is over before it would."""
        ended = CliRunner().invoke(cards, list(words), env=dict(self.town.programs().environment))
        assert ended.exit_code == 0, ended.output

    def wallet(self, *words: str, network: bool = True) -> dict[str, Any]:
        """A command of Aigul's wallet."""
        return self.types("wallet", *words, "--wallet", "aigul", network=network)

    def holds_the_card(self) -> None:
        """Hold it to its reader, from a process that stays."""
        self.at_once("insert", self.card, "--reader", READER)

    def pulls_the_card(self) -> None:
        """Its process ends, whatever it was asked just now."""
        self.types("card", "remove", "--reader", READER)

    @property
    def card(self) -> str:
        """Where the card's image lies."""
        return str(self.town.folder / CARD)


@pytest.fixture
def laptop(pcscd: Pcscd, monkeypatch: pytest.MonkeyPatch) -> Iterator[Laptop]:
    """A town, and readers beside it; ``pcscd`` says whether they can be."""
    monkeypatch.delenv(SERVICE_VARIABLE, raising=False)
    with fresh_town(crowd=0) as town:
        made = Laptop(town)
        made.at_once("up", "--count", "2")
        yield made
        made.at_once("down")


class Typed(Counter):
    """What everybody has long before: a till, opened by its commands, in this very process."""

    def do(self, command: str, *rest: str, network: bool = False) -> Done:
        """As the other, where a process of its own shows nothing."""
        ended = CliRunner().invoke(tills, [command, *rest, "--till", self.name, "--json"])
        assert ended.exit_code == 0, ended.output
        return Done((command, *rest), 0, ended.stdout, ended.stderr)


def opened_till(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A till that sells, with a cashier."""
    for name, value in town.programs().environment.items():
        monkeypatch.setenv(name, value)
    Typed(town, MERCHANT, TILL).open(Stage())


def signed(session: Path) -> int:
    """How often the card was asked to sign money away, and answered."""
    rows = [json.loads(line) for line in session.read_text().splitlines()] if session.exists() else []
    return sum(row.get("command", "").startswith(SIGNS) and "answer" in row for row in rows)


def pulled_after_it_signed(laptop: Laptop, session: Path, tap: Running) -> None:
    """The air is slow: there is time between the signature and the till's receipt."""
    deadline = time.monotonic() + WAIT_S
    while not signed(session) and tap.child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    laptop.pulls_the_card()


@pytest.mark.row("DT-O-06")
def test_pulled_from_a_real_reader_in_mid_payment_and_finished_by_the_same_card(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    town, session = laptop.town, laptop.town.folder / "tap.jsonl"
    laptop.at_once("new", laptop.card)
    laptop.holds_the_card()
    root = town.folder / "root"
    root.write_text(town.root_key().hex())
    bank = str(AIGUL.bank)
    made = laptop.wallet("create", "--card", READER, "--bank", bank, "--root", str(root))
    assert (made["card"], len(made["puk"])) == (READER, 8)
    laptop.wallet("enrol", "--bank", bank, "--code", str(town.state["codes"][AIGUL.name]))
    laptop.wallet("open-account")
    laptop.wallet("convert", "2000")
    laptop.wallet("load", "2000")
    opened_till(town, monkeypatch)

    monkeypatch.setenv("TENGE_CARD_SESSION", str(session))
    monkeypatch.setenv("TENGE_AIR", "slow-phone")
    words = ["pos", "tap", "500", "--reader", READER, "--till", TILL, "--json"]
    tap = town.programs().start(words, network=False)
    pulled_after_it_signed(laptop, session, tap)
    monkeypatch.delenv("TENGE_CARD_SESSION")
    monkeypatch.delenv("TENGE_AIR")
    laptop.holds_the_card()
    told = tap.finish().told

    assert told["receipt"]["total_tiyn"] == 50_000
    assert signed(session) == 1, "the second meeting hands over what was signed in the first"
    assert laptop.wallet("balance", network=False)["spendable_tiyn"] == 150_000
