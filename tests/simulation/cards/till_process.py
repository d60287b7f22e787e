"""A till in a process of its own, to be killed: ``python -m`` this module, its folder.

Each step of each payment is a line of its journal before anything goes to the acquirer; started again it
decides what was under way by the table of ``pos/core/card_tender.py`` and goes on. Ends when everything is.
"""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from card_switch.state_file import STATE_FILE
from hardware.message_mac import terminal_seals
from pos.core.card_messages import heard, packed, reversal, unpacked
from pos.core.card_tender import (
    NO_ANSWER,
    PURCHASE,
    VOIDED,
    Answered,
    Approve,
    Ask,
    CardPayment,
    CardPhase,
    CardSeen,
    Doubt,
    Event,
    Refuse,
    Say,
    after_restart,
    step,
)
from pos.gateway.acquirer import AcquirerLink
from tender.account.participants import KAZPOST
from tender.card.iso8583.dialects import VISA_STYLE
from tender.card.iso8583.message import Message
from tender.errors import LinkError, Refusal
from tests.simulation.cards.till import LATER
from tests.switch.stand_ins import purchase

JOURNAL: Final = "journal"
AGAIN_S: Final = 0.3
PATIENCE_S: Final = 25.0
REVERSALS: Final = 500_000
"""Trace numbers of reversals begin above those of payments."""


@dataclass(frozen=True)
class Work:
    """What a till is to do: ``cards`` as printed, ``count`` payments, every tenth voided."""

    switch: str
    terminal: str
    mac_key: str
    merchant: str
    cards: list[dict[str, str]]
    count: int
    amount_tiyn: int


class Journal:
    """The payments of a till, every step of them on the disk."""

    def __init__(self, file: Path) -> None:
        self.payments: dict[int, CardPayment] = {}
        if file.exists():
            for line in file.read_text().splitlines():
                row = json.loads(line)
                self.payments[row["number"]] = read(row)
        self._file = file.open("a", buffering=1)

    def put(self, payment: CardPayment) -> CardPayment:
        """Durable when this returns (a killed process loses nothing that it has written)."""
        self.payments[payment.number] = payment
        self._file.write(json.dumps(row_of(payment)) + "\n")
        self._file.flush()
        return payment

    def step(self, payment: CardPayment, event: Event) -> CardPayment:
        """One step of the table."""
        after = step(self.payments[payment.number], event, int(time.time()))
        assert not isinstance(after, Refusal), (payment, event)
        return self.put(after)


KEPT: Final = ("number", "kind", "amount_tiyn", "since", "batch", "rrn", "response", "approval", "life")
KEPT_LATER: Final = ("asked_at", "reason", "reversal", "doubted_at", "sent", "next_at")


def row_of(payment: CardPayment) -> dict[str, Any]:
    """As JSON."""
    plain = {name: getattr(payment, name) for name in (*KEPT, *KEPT_LATER)}
    return plain | {"phase": payment.phase.value, "request": payment.request.hex()}


def read(row: dict[str, Any]) -> CardPayment:
    """What :func:`row_of` wrote."""
    plain = {name: row[name] for name in (*KEPT, *KEPT_LATER)}
    return CardPayment(**plain, phase=CardPhase(row["phase"]), request=bytes.fromhex(row["request"]))


class Line:
    """The way to the acquirer, wherever the switch is by now."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._link: AcquirerLink | None = None

    def ask(self, message: Message) -> Message | None:
        """As ``AcquirerLink.ask``; after a failure it looks again where the switch is."""
        try:
            if self._link is None:
                state = json.loads((Path(self._work.switch) / STATE_FILE).read_text())
                port = int(state["terminals"][str(KAZPOST)])
                work = self._work
                seals = terminal_seals(bytes.fromhex(work.mac_key), work.terminal, work.merchant)
                self._link = AcquirerLink("127.0.0.1", port, lambda: int(time.time()), seals)
            answer = self._link.ask(message, PATIENCE_S)
        except (LinkError, OSError, ValueError):
            self._lost()
            raise NotSent from None
        if answer is None:
            self._lost()
        return answer

    def _lost(self) -> None:
        if self._link is not None:
            self._link.close()
        self._link = None
        time.sleep(AGAIN_S)


class NotSent(Exception):
    """Certainly nothing was sent."""


def question(work: Work, number: int) -> Message:
    """A card's number typed by hand, with its printed code."""
    card = work.cards[number % len(work.cards)]
    now_ms = time.time_ns() // 1_000_000
    typed = purchase(now_ms, card["number"], work.amount_tiyn, number, work.terminal, entry="011")
    typed = typed.without(35, 55).having({14: card["expiry"], 42: f"{work.merchant:<15}"})
    return VISA_STYLE.with_cvv2(typed, card["code"])


def say_reversals(journal: Journal, line: Line) -> bool:
    """All that are owed; False while one is not acknowledged."""
    for payment in [one for one in journal.payments.values() if one.waits]:
        message = reversal(payment, unpacked(payment.request))
        journal.step(payment, Say())
        try:
            answer = line.ask(message)
        except NotSent:
            return False
        if answer is None or answer.code in LATER:
            return False
        journal.step(payment, Answered())
    return True


def pay(work: Work, journal: Journal, line: Line, number: int) -> None:
    """One payment, to an end or to a reversal that is owed."""
    now = int(time.time())
    payment = journal.put(CardPayment(number, PURCHASE, work.amount_tiyn, now, 1))
    message = question(work, number)
    journal.step(payment, Ask(packed(message.without(126)), f"{number:012}", CardSeen(), now))
    try:
        answer = line.ask(message)
    except NotSent:
        journal.step(payment, Refuse())
        return
    if answer is None:
        journal.step(payment, Doubt(NO_ANSWER, REVERSALS + number))
        return
    said = heard(answer)
    if not said.approved:
        journal.step(payment, Refuse(said.code))
        return
    journal.step(payment, Approve(said.code, said.approval, said.life, CardSeen()))
    if number % 10 == 0:
        journal.step(payment, Doubt(VOIDED, REVERSALS + number))


def left(work: Work, journal: Journal) -> Iterator[int]:
    """The numbers that were never begun."""
    return (number for number in range(1, work.count + 1) if number not in journal.payments)


def main(folder: Path) -> None:
    """Go on where the journal ends."""
    work = Work(**json.loads((folder / "work.json").read_text()))
    journal, line = Journal(folder / JOURNAL), Line(work)
    for payment in tuple(journal.payments.values()):
        event = after_restart(payment, REVERSALS + payment.number)
        if event is not None:
            journal.step(payment, event)
    for number in left(work, journal):
        while not say_reversals(journal, line):
            time.sleep(AGAIN_S)
        pay(work, journal, line, number)
    while not say_reversals(journal, line):
        time.sleep(AGAIN_S)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
