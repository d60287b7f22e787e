"""One contact purchase with a CBDC card, step by step, and one that is torn (DT-P-15)."""

import os
import re
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from faces.amounts import amount_text
from tender.account.participants import BANKS, number_text
from tender.money import plain_tenge
from town.card_rails import switch_before
from town.cast import AIGUL, MERCHANT
from town.counter import Counter
from town.processes import Running, tenge_words
from town.purse import Purse, must
from town.stories.acts import close
from town.stories.stage import Stage
from town.town import Town

CONVERTED_TIYN: Final = 1_000_000
BASKET_TIYN: Final = 377_900
"""3 779,00: the average check of the pilot's cards."""
TORN_TIYN: Final = 120_000
CARD_PIN: Final = "4711"
SEEN_S: Final = 20.0
ACCOUNTS: Final = {
    "converting": "DT it has taken for tenge, not moved yet",
    "card-payable": "owed to the shop's side",
    "inventory": "DT of its own",
}


_ABOUT_THE_LINE: Final = re.compile(r" network management |: line ")
_LONG_NAME: Final = re.compile(r"\b(terminal)/[0-9a-f]+-[0-9]+")
"""A connection's own name says nothing in a story of one terminal."""


class Trace:
    """`tenge switch trace` beside the story: what passed, masked, in words."""

    def __init__(self, town: Town) -> None:
        self._file = town.folder / "trace"
        environment = {**os.environ, **town.programs().environment}
        with self._file.open("wb") as out:
            self._watching = subprocess.Popen(
                tenge_words("switch", "trace"), env=environment, stdout=out, stderr=out
            )
        self._seen = 0
        self.wait_for("Ctrl-C")
        self.news()

    def wait_for(self, word: str) -> None:
        """Until it has shown this."""
        until_s = time.monotonic() + SEEN_S
        while word not in self._file.read_text()[self._seen :] and time.monotonic() < until_s:
            time.sleep(0.02)

    def news(self) -> list[str]:
        """Lines since the last time."""
        text = self._file.read_text()
        lines, self._seen = text[self._seen :].splitlines(), len(text)
        return lines

    def end(self) -> None:
        """Stop watching."""
        self._watching.terminate()
        self._watching.wait()


@contextmanager
def traced(town: Town) -> Iterator[Trace]:
    """A trace that ends with the story."""
    trace = Trace(town)
    try:
        yield trace
    finally:
        trace.end()


def show(stage: Stage, lines: Sequence[str], whole: int) -> None:
    """What passed about money: so many messages with every element, of the others who said what to whom."""
    said, told = 0, False
    for line in lines:
        if not line.startswith(" "):
            told = not _ABOUT_THE_LINE.search(line)
            said += told and " → " in line
        if told and (not line.startswith(" ") or said <= whole):
            stage.say(_LONG_NAME.sub(r"\1", line).removesuffix(", visa-style"))


def switch(stage: Stage, town: Town, *words: str, shown: str = "") -> dict[str, Any]:
    """A command of the switch's operator."""
    stage.typed("the bank", f"tenge switch {shown or ' '.join(words)}", network=True)
    return must(town.programs().run(["switch", *words, "--json"])).told


def dt_of(purse: Purse) -> int:
    """Digital Tenge she may spend, as her bank says."""
    told: int = purse.do("statement", network=True).told["dt_tiyn"]
    return told


def books(stage: Stage, town: Town, bank: int) -> None:
    """What the bank's books of cards say, read from its store."""
    file = town.folder / "platform" / f"bank-{bank}.db"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as store:
        for account, words in ACCOUNTS.items():
            query = "SELECT COALESCE(SUM(change_tiyn), 0) FROM lines WHERE account = ?"
            booked_tiyn = int(store.execute(query, (account,)).fetchone()[0])
            stage.say(f"{BANKS[bank]}, {words} ({account}): {amount_text(abs(booked_tiyn), sign='')}")


def ready(stage: Stage, town: Town, aigul: Purse, till: Counter) -> tuple[Path, Path]:
    """A card in Aigul's hand and a till that is a terminal; the card's image and where its PIN stands."""
    stage.scene(
        "Aigul's bank gives her a card on her Digital Tenge",
        "One account: the card has no money of its own, and the shop needs to know nothing of Digital Tenge.",
    )
    aigul.show(stage, f"convert {plain_tenge(CONVERTED_TIYN)}", network=True)
    aigul.do("convert", plain_tenge(CONVERTED_TIYN), network=True)
    image, pin = town.folder / "aigul.card", town.folder / "card-pin"
    pin.write_text(CARD_PIN)
    pin.chmod(0o600)
    issued = switch(stage, town, "card", "issue", AIGUL.number, "--bank", str(AIGUL.bank))
    reference = str(issued["reference"])
    made = ("--name", "AKHMETOVA/AIGUL", "--out", str(image), "--pin-file", str(pin))
    shown = f"card produce {reference[:8]} --name AKHMETOVA/AIGUL --out aigul.card"
    switch(stage, town, "card", "produce", reference, *made, shown=shown)
    switch(stage, town, "card", "activate", reference, shown=f"card activate {reference[:8]}")
    till.open(stage)
    papers = town.folder / "terminal.json"
    words = ("terminal", MERCHANT.number, "--bank", number_text(MERCHANT.bank), "--out", str(papers))
    switch(
        stage, town, *words, shown=f"terminal {MERCHANT.number} --bank {MERCHANT.bank} --out terminal.json"
    )
    till.show(stage, "card set --from terminal.json")
    till.do("card", "set", "--from", str(papers), network=True)
    return image, pin


def sell(stage: Stage, till: Counter, image: Path, pin: Path, amount_tiyn: int) -> Running:
    """The cashier sells; not waited for."""
    basket = f"Basket={plain_tenge(amount_tiyn)}".replace(" ", "")
    till.show(stage, f"sale --item {basket} --card file:aigul.card", network=True)
    words = ["pos", "sale", "--item", basket, "--card", f"file:{image}", "--card-pin-file", str(pin)]
    return till.town.programs().start([*words, "--till", till.name, "--json"])


def tell(stage: Stage, town: Town) -> None:
    """The card, a purchase, a torn one, the end of the day."""
    (aigul,) = town.purses(AIGUL)
    till = Counter(town, MERCHANT, "kiosk")
    with switch_before(town.folder), traced(town) as trace:
        image, pin = ready(stage, town, aigul, till)
        trace.news()
        stage.scene(
            "The card is in the terminal: 3 779 tenge",
            "Chip and terminal prove themselves to each other, the bank converts and answers in one commit.",
        )
        before = dt_of(aigul)
        sold = must(sell(stage, till, image, pin, BASKET_TIYN).finish()).told
        stage.check("Approved, and on the receipt", sold["card"]["phase"] == "approved")
        show(stage, trace.news(), whole=1)
        after = dt_of(aigul)
        stage.balances("Digital Tenge of Aigul", [("Aigul", before, after)])
        stage.check("Her Digital Tenge fell by exactly that", before - after == BASKET_TIYN)
        books(stage, town, AIGUL.bank)
        torn(stage, town, aigul, till, trace, (image, pin))
        stage.scene("The end of the day", "Till, switch and bank say one sum, or which line differs.")
        till.show(stage, "card close", network=True)
        till.do("card", "close", network=True)
        day = switch(stage, town, "close-day")
        stage.fact("day", day["day"])
        stage.check("Till, switch and banks agree", bool(day["agrees"]))
        stage.check(
            "The shop's bank is owed what was sold, and nothing of what was torn",
            sum(one["merchants"].get(MERCHANT.number, 0) for one in day["banks"]) == BASKET_TIYN,
        )
    close(stage, town)


def torn(
    stage: Stage, town: Town, aigul: Purse, till: Counter, trace: Trace, card: tuple[Path, Path]
) -> None:
    """The bank falls silent, and the till dies while it waits for the answer."""
    stage.scene(
        "Torn in the middle: the till dies while the bank is thinking",
        "The bank may have converted, the shop has no answer. It must end as if nobody had paid.",
    )
    before = dt_of(aigul)
    pid = int(town.state["pid"])
    os.kill(pid, signal.SIGSTOP)
    try:
        selling = sell(stage, till, *card, TORN_TIYN)
        trace.wait_for("0100 authorisation request")
        selling.kill()
        selling.finish()
        stage.say("kill -9: the till is dead, its question is on the way.", "bad")
    finally:
        os.kill(pid, signal.SIGCONT)
    stage.say("The bank wakes up. The till starts again, and says the reversal it wrote down before.")
    till.show(stage, "card close", network=True)
    till.do("card", "close", network=True)
    until_s = time.monotonic() + SEEN_S
    while dt_of(aigul) != before and time.monotonic() < until_s:
        time.sleep(0.2)
    passed = trace.news()
    show(stage, passed, whole=0)
    stage.check("The reversal reached the switch", any("0400" in line or "0401" in line for line in passed))
    after = dt_of(aigul)
    stage.balances("Digital Tenge of Aigul", [("Aigul", before, after)])
    stage.check("She has what she had before", after == before)
