"""Card terminals in a process of its own, to be killed: the till's own desk, book, kernel and line, a thread
for each terminal.

Each terminal goes on until it has asked as often as its folder's ``goal`` says and owes nothing; then
``told.json`` says what became of everything, out of its sealed book, and ``reached`` that it does. Started
again it goes on where the book ends.
"""

import json
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar

from card_switch.state_file import state_of
from device.store.rows import WalletStore
from hardware.cards.card_file import CardFile
from hardware.clock import SystemClock
from hardware.entropy import SystemEntropy
from hardware.field import Field, InProcessReader
from hardware.sealed_file import SealedFile
from pos.compose_card import CardMachine
from pos.core.card_messages import Shop
from pos.core.card_settings import CARD_SETTINGS_ROW, CardSettings
from pos.core.card_tender import PURCHASE, REFUND, VOIDED, Approve, CardPayment, CardPhase
from pos.gateway.acquirer import AcquirerLink
from pos.service.card_by_number import CardByNumber, PrintedCard
from pos.service.card_taking import Counted
from pos.store.schemas import APPLICATION, TABLES, VERSION
from tender.card.pan import Pan
from tender.crypto.sealing import KEY_BYTES, SealingKey
from tender.errors import Refusal
from tests.pos_cards.shop import People
from tests.simulation.cards.counter import Counter, Owner

R = TypeVar("R")
BOOK, GOAL, REACHED, TOLD, STEPS, WORK = "book.db", "goal", "reached", "told.json", "steps", "work.json"
STEPS_EACH: Final = 2
"""How often the file of steps grows for one payment."""
AGAIN_S: Final = 0.05
BATCH: Final = 25
"""Purchases that stand in a batch before it is closed."""
REFUND_SHARE: Final = 0.2
VOID_SHARE: Final = 0.2
"""Of those with a chip."""
KEY: Final = SealingKey(bytes(KEY_BYTES))
SHOP: Final = Shop("Killed again and again", "Almaty")
BY_NUMBER, BY_CHIP = "by-number", "by-chip"


@dataclass(frozen=True)
class Work:
    """What a terminal is to do.

    ``switch``: its folder; ``printed``: what is on its customer's virtual cards; ``chip``: the file of the
    other one, with which ``chip_share`` of the payments are made."""

    switch: str
    printed: list[dict[str, str]]
    chip: str
    chip_share: float
    amount_tiyn: int


class Parts(CardMachine):
    """A terminal that is told where its acquirer is by now."""

    def __init__(self, switch: Path) -> None:
        super().__init__(SystemClock().now)
        self._switch = switch

    def acquirer(self, settings: CardSettings) -> AcquirerLink:
        """As the port says; the last place known where nobody is at the moment."""
        state = state_of(self._switch)
        port = int(state["terminals"][settings.acquirer]) if state is not None else settings.port
        return super().acquirer(replace(settings, port=port))


class Terminal:
    """One terminal, its book and its customer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work = Work(**json.loads((folder / WORK).read_text()))
        book = SealedBook.opened(folder / BOOK)
        settings = book.get(CardSettings, CARD_SETTINGS_ROW)
        assert settings is not None
        owner = Owner(SHOP.name, int(settings.acquirer), settings.merchant)
        counter = Counter(book, SystemClock().now, Parts(Path(self.work.switch)), owner)
        self.desk, self.cards = counter.desk, counter.cards
        self.by_number = CardByNumber(self.desk, SHOP, confirm_s=0)
        card = CardFile.open(Path(self.work.chip), folder / "chips", SystemEntropy())
        self.reader = InProcessReader(Field("counter", card))
        self.steps = (folder / STEPS).open("ab", buffering=0)

    def run(self) -> None:
        """Until there is no goal any more."""
        reached = -1
        while (goal := goal_of(self.folder)) is not None:
            if reached == goal:
                time.sleep(AGAIN_S)
            elif self.desk.say_reversals() or not self.desk.say_closing():
                self.wait()
            elif (sent := self.sent) < goal:
                self._next(sent)
            else:
                self.tell(goal)
                reached = goal

    @property
    def sent(self) -> int:
        """How many payments have left this terminal."""
        return sum(was_sent(one) for one in self.desk.payments())

    def wait(self) -> None:
        """Nobody is there: look again where."""
        self.desk.close()
        time.sleep(2 * AGAIN_S)

    def tell(self, goal: int) -> None:
        """Write down what has become of everything that was ever said to the acquirer."""
        rows = [row_of(one) for one in self.desk.payments() if was_sent(one)]
        whole(self.folder / TOLD, json.dumps(rows))
        whole(self.folder / REACHED, str(goal))

    # --- one after the other

    def _next(self, sent: int) -> None:
        self.steps.write(b".")
        chance = Random(f"{self.folder.name} {sent}")
        if chance.random() < self.work.chip_share:
            original = self._to_refund() if chance.random() < REFUND_SHARE else None
            payment = self._by_chip(original)
        else:
            payment = self._by_number(sent)
        if payment is None or not was_sent(payment):
            self.wait()
        elif may_be_voided(payment) and chance.random() < VOID_SHARE:
            self.desk.doubt(payment, VOIDED)
        if self.desk.totals().sales >= BATCH:
            self.desk.close_batch()
        self.steps.write(b".")

    def _by_chip(self, original: CardPayment | None) -> CardPayment | None:
        """A purchase, or the refund of one."""

        def count(payment: CardPayment, approve: Approve) -> Counted:
            return self.desk.step(payment, approve), None

        kind, reference = (PURCHASE, BY_CHIP) if original is None else (REFUND, f"R{original.number}")
        told = self.cards.once(
            kind, self.work.amount_tiyn, self.reader, People(), count, reference, original, timeout_s=0
        )
        return None if isinstance(told, Refusal) else told.payment

    def _to_refund(self) -> CardPayment | None:
        """A purchase that nobody has tried to give back."""
        tried = {one.reference for one in self.desk.payments() if one.kind == REFUND and was_sent(one)}
        bought = (
            one
            for one in self.desk.payments()
            if one.phase is CardPhase.APPROVED and one.reference == BY_CHIP and f"R{one.number}" not in tried
        )
        return next(bought, None)

    def _by_number(self, sent: int) -> CardPayment | None:
        printed = self.work.printed[sent % len(self.work.printed)]
        card = PrintedCard(Pan(printed["number"]), printed["expiry"], printed["code"])
        prepared = self.by_number.prepare(card, self.work.amount_tiyn, f"{BY_NUMBER} {sent}")
        if isinstance(prepared, Refusal):
            return None
        return self.by_number.finish(prepared, prepared.ask()).payment


def was_sent(payment: CardPayment) -> bool:
    """Whether it ever left the terminal."""
    return payment.phase is not CardPhase.DECLINED or bool(payment.response)


def may_be_voided(payment: CardPayment) -> bool:
    """Whether the till can still take it back."""
    return payment.phase is CardPhase.APPROVED and payment.kind == PURCHASE and bool(payment.request)


def row_of(payment: CardPayment) -> list[Any]:
    """What is compared of it: kind, phase, life-cycle id, amount (tiyn), why it was taken back."""
    return [payment.kind, payment.phase.value, payment.life, payment.amount_tiyn, payment.reason]


class SealedBook:
    """A till's own book as :class:`~tests.simulation.cards.counter.Rows`."""

    def __init__(self, file: SealedFile) -> None:
        self._store = WalletStore(file, TABLES)

    @classmethod
    def new(cls, path: Path, *rows: Any) -> None:
        """Make one with these rows."""
        file = SealedFile.create(path, application=APPLICATION, version=VERSION, plain={})
        file.seal_new(KEY, SystemEntropy())
        cls(file).write(list(rows))
        file.close()

    @classmethod
    def opened(cls, path: Path) -> "SealedBook":
        """As it was left."""
        file = SealedFile.open(path, application=APPLICATION, version=VERSION)
        file.unseal(KEY, SystemEntropy())
        return cls(file)

    def get(self, of: type[R], name: Any) -> R | None:
        """As ``TillStore.get``."""
        return self._store.get(of, name)

    def all(self, of: type[R]) -> tuple[R, ...]:
        """As ``TillStore.all``."""
        return self._store.all(of)

    def write(self, rows: list[Any]) -> None:
        """All of them, durably, or none."""
        changes = self._store.changes()
        for row in rows:
            changes.put(row)
        self._store.commit(changes, self._store.mark + 1)


def whole(file: Path, text: str) -> None:
    """Write a file that nobody sees half of."""
    part = file.with_suffix(".part")
    part.write_text(text)
    part.replace(file)


def goal_of(folder: Path) -> int | None:
    """How often it is to ask by now; None: it is over."""
    goal = int((folder / GOAL).read_text())
    return goal if goal >= 0 else None


def main(*folders: str) -> None:
    """A thread for each terminal; ends with the first that fails."""
    # Not closed: whoever forked this process ends it, threads and all.
    pool = ThreadPoolExecutor(len(folders))
    running = [pool.submit(Terminal(Path(folder)).run) for folder in folders]
    for done in as_completed(running):
        done.result()
