"""A terminal of one merchant in virtual time: the real counter of a till, and a process that may die.

What is in its :class:`~tests.simulation.cards.counter.Book` is on the disk; everything else dies with the
process, at a commit of its own or while it waits for its acquirer. One thing is done at a time, but for
customers of its web page, who wait for their own answers.
"""

from collections import Counter as Counting
from collections import deque
from collections.abc import Callable
from typing import Final

from card_switch.core.keys import terminal_zone
from pos.compose_card import TypedPad
from pos.core.card_batch import BatchClosing
from pos.core.card_cassette import CASSETTE_ROW, Cassette, Notes
from pos.core.card_settings import CardSettings
from pos.core.card_tender import (
    CARD_SAID_NO,
    CASH_OUT,
    NOT_COUNTED,
    PURCHASE,
    REFUND,
    VOIDED,
    Approve,
    CardPayment,
    CardPhase,
)
from pos.service.card_by_number import Prepared, PrintedCard
from pos.service.card_taking import Counted
from pos.service.card_values import CardTold
from tender.account.participants import number_text
from tender.errors import Code, Refusal
from tests.issuer.world import PIN, hsm
from tests.platform_stub.people import Person
from tests.simulation.cards.counter import Book, Counter, Owner
from tests.simulation.cards.jobs import Job, Power, PowerGone
from tests.simulation.cards.line import Connect, Line
from tests.simulation.cards.pocket import Holder, Plastic, Reader
from tests.simulation.cards.weather import Sky

AGAIN_MS: Final = 5_000
"""How often a till that owes something looks whether it is time to say it."""
FILLED: Final = {500_000: 2_000, 200_000: 2_000, 100_000: 2_000}
"""Notes in a cash machine: value in tiyn → how many."""


class Till:
    """One terminal; a cash machine is one, too."""

    def __init__(
        self,
        sky: Sky,
        name: str,
        merchant: Person,
        connect: Connect,
        *,
        accepts_dt: bool = False,
        cash_machine: bool = False,
        number: int = 0,
    ) -> None:
        """``number``: where its trace numbers begin."""
        self.sky = sky
        self.name = name
        self.merchant = merchant
        self._connect = connect
        key = hsm().terminal_key(terminal_zone(merchant.bank, name))
        settings = CardSettings(
            "127.0.0.1",
            1,
            number_text(merchant.bank),
            name,
            "" if cash_machine else merchant.identifier,
            key,
            merchant.category,
            accepts_dt,
            cash_machine,
            number=number,
            ca_keys=hsm().ca_keys(),
        )
        self.book = Book(settings)
        self.given_back: set[int] = set()
        """Payments of which this till has begun to give something back: nobody voids those here."""
        self.doubtful_tiyn = 0
        """Notes of which this machine's power left unknown whether they are out."""
        self._start()
        if cash_machine:
            self._do(lambda: _good(self.counter.machine.fill(FILLED)))

    def _start(self) -> None:
        self._power = Power()
        self._lines: list[Line] = []
        self._jobs: deque[Job] = deque()
        self._busy = False
        self.counter = Counter(
            self.book,
            lambda: self.sky.now_ms // 1000,
            self,
            Owner(self.merchant.name, self.merchant.bank, self.merchant.identifier),
            self._power.commit,
        )
        self._looks = False
        self._look_later()

    # --- what makes it a terminal

    def acquirer(self, settings: CardSettings) -> Line:
        """As ``CardParts``."""
        line = Line(self.sky, self.name, self._connect)
        self._lines.append(line)
        return line

    def pin_pad(self, settings: CardSettings) -> TypedPad:
        """As ``CardParts``."""
        return TypedPad(settings.key)

    # --- what is in its book

    @property
    def payments(self) -> tuple[CardPayment, ...]:
        """Every one."""
        return self.counter.desk.payments()

    @property
    def closings(self) -> tuple[BatchClosing, ...]:
        """Every one."""
        return self.counter.desk.closings()

    @property
    def settings(self) -> CardSettings:
        """The terminal."""
        found = self.counter.desk.settings
        assert found is not None
        return found

    @property
    def cassette(self) -> Cassette:
        """What lies in a cash machine."""
        return self.book.get(Cassette, CASSETTE_ROW) or Cassette()

    @property
    def waits(self) -> bool:
        """Whether anything is not at its end."""
        return self._busy or bool(self._jobs) or self._owes

    @property
    def _owes(self) -> bool:
        return bool(self.counter.desk.waiting()) or any(not one.answer for one in self.closings)

    def approved(self, *, given_back: bool = False) -> list[CardPayment]:
        """Purchases that stand; without ``given_back`` only those of which nothing was."""
        stands = (one for one in self.payments if one.phase is CardPhase.APPROVED and one.kind == PURCHASE)
        return [one for one in stands if given_back or one.number not in self.given_back]

    # --- what people do

    def pay(
        self, card: Plastic, amount_tiyn: int, holder: Holder, pulled_at: int = 0, ends: str = ""
    ) -> None:
        """A card pays here. ``ends``: ``not counted``, the sale has no place for it; ``card said no``, it was
        damaged after its issuer's yes."""

        def count(payment: CardPayment, approve: Approve) -> Counted:
            if ends:
                why = NOT_COUNTED if ends == "not counted" else CARD_SAID_NO
                return self.counter.desk.doubt(payment, why, approval=approve.approval), None
            return self._counted(payment, approve)

        self._with_card(PURCHASE, card, amount_tiyn, holder, pulled_at, count)

    def refund(self, card: Plastic, number: int, part_tiyn: int, holder: Holder, pulled_at: int = 0) -> None:
        """A part of a purchase goes back onto the card that paid it."""
        self.given_back.add(number)
        self._with_card(REFUND, card, part_tiyn, holder, pulled_at, self._counted, number)

    def _counted(self, payment: CardPayment, approve: Approve) -> Counted:
        return self.counter.desk.step(payment, approve), None

    def _with_card(
        self,
        kind: str,
        card: Plastic,
        amount_tiyn: int,
        holder: Holder,
        pulled_at: int,
        count: Callable[[CardPayment, Approve], Counted],
        number: int = 0,
    ) -> None:
        def body() -> None:
            original = next((one for one in self.payments if one.number == number), None)
            gone = original is not None and original.phase is not CardPhase.APPROVED
            if not gone and self._begins(card):
                reader = Reader(card, pulled_at)
                once = self.counter.cards.once
                told = once(kind, amount_tiyn, reader, holder, count, "", original, timeout_s=0)
                self._told(kind, told)

        self._do(body)

    def withdraw(self, card: Plastic, amount_tiyn: int, holder: Holder, notes: str = "") -> None:
        """Cash. ``notes``: ``stuck``, or ``unsure``, the machine's power goes while they move."""

        def dispense(given: tuple[Notes, ...]) -> bool:
            if notes == "unsure":
                self._power.on = False
                raise PowerGone
            return notes != "stuck"

        def body() -> None:
            if self._begins(card):
                told = self.counter.machine.withdraw(amount_tiyn, Reader(card), holder, dispense, timeout_s=0)
                self._told(CASH_OUT, told if isinstance(told, Refusal) else told.told)

        self._do(body)

    def balance(self, card: Plastic, holder: Holder, told: Callable[[int | None], None]) -> None:
        """What the card may spend, in tiyn, for ``told``; None when nobody says."""

        def body() -> None:
            if self._begins(card):
                said = self.counter.machine.balance(Reader(card), holder, timeout_s=0)
                self._told("balance", said)
                told(None if isinstance(said, Refusal) else said.free_tiyn)

        self._do(body)

    def online(self, card: Plastic, amount_tiyn: int, reference: str, code: str = "") -> None:
        """Somebody types a card's number on this shop's page; ``code``: another than is printed on it."""
        printed = PrintedCard(card.pan, card.record.expiry, code or card.code)

        def prepare() -> None:
            prepared = self.counter.by_number.prepare(printed, amount_tiyn, reference)
            if isinstance(prepared, Prepared):
                self.sky.count["operations"] += 1
                self._beside(lambda: ask(prepared))

        def ask(prepared: Prepared) -> None:
            told = prepared.ask()
            self._do(lambda: self._told("online", self.counter.by_number.finish(prepared, told)))

        self._do(prepare)

    def _begins(self, card: Plastic) -> bool:
        """Whether the card is here; counted as an operation then."""
        self.sky.count["operations" if not card.in_use else "cards elsewhere"] += 1
        return not card.in_use

    def _told(self, kind: str, told: CardTold | Refusal) -> None:
        """Count how things end."""
        refusal = told if isinstance(told, Refusal) else told.refusal
        self.sky.count[f"{kind} {'done' if refusal is None else refusal.code.value}"] += 1
        self.sky.count["approved" if refusal is None else "not approved"] += 1
        if refusal is not None and refusal.code is Code.ACQUIRER_SILENT:
            self.sky.count["no answer"] += 1

    def void(self, number: int) -> None:
        """Take an approved payment of the open batch back, as ``GivingBacks`` does: not after anything was
        given back, not after the batch was closed, and not what was paid in Digital Tenge."""

        def body() -> None:
            found = next(one for one in self.payments if one.number == number)
            stands = found.phase is CardPhase.APPROVED and number not in self.given_back
            if stands and found.request and not found.in_dt:
                self.sky.count["voided"] += 1
                self.counter.desk.doubt(found, VOIDED)

        self._do(body)

    def close_batch(self) -> None:
        """The cashier closes the batch."""
        self._do(lambda: _counted_batch(self.sky.count, self.counter.desk.close_batch()))

    def go_on(self) -> None:
        """Say what is owed and due, if nothing else is being done."""
        if not self._busy and self._owes:
            self._do(self._say_owed)

    def _say_owed(self) -> None:
        if not self.counter.desk.say_due():
            self.counter.desk.say_closing()

    # --- its process

    def crash(self, at_commit: int = 0, before: bool = False) -> None:
        """kill -9, and the start after it: now, or at its so-manieth commit from now."""
        if at_commit:
            self._power.cut_at(at_commit, before)
        else:
            self._power.on = False
            self._gone()

    def _gone(self) -> None:
        self.sky.count["tills died"] += 1
        lines, self._lines, self._jobs = self._lines, [], deque()
        self._power = Power()  # of nobody: what ends now has ended for good
        for line in lines:
            line.power_gone()
        self._start()

    def _do(self, body: Callable[[], None]) -> None:
        """After what is being done."""
        self._jobs.append(Job(body, self._power, self._after(self._power, self._next)))
        if not self._busy:
            self._next()

    def _beside(self, body: Callable[[], None]) -> None:
        """At the same time; it begins once the job that wants it stands still."""
        power = self._power
        job = Job(body, power, self._after(power, lambda: None))
        self.sky.after(0, lambda: job.start() if power.on else None)

    def _after(self, power: Power, go_on: Callable[[], None]) -> Callable[[], None]:
        """When a job ends: its process has ended with it, or goes on."""

        def ended() -> None:
            if power is self._power:
                if power.on:
                    go_on()
                else:
                    self._gone()

        return ended

    def _next(self) -> None:
        self._busy = bool(self._jobs)
        if self._jobs:
            self._jobs.popleft().start()
        else:
            self._look_later()

    def _look_later(self) -> None:
        """As often as a till that stands there does."""
        power = self._power

        def look() -> None:
            if power is self._power:
                self._looks = False
                self.go_on()
                self._look_later()

        if self._owes and not self._looks:
            self._looks = True
            self.sky.after(AGAIN_MS, look)


def _counted_batch(count: Counting[str], told: BatchClosing | Refusal) -> None:
    count["batches left open" if isinstance(told, Refusal) else "batches closed"] += 1


def _good(told: object) -> None:
    assert not isinstance(told, Refusal), told


WRONG_PIN: Final = str((int(PIN) + 1) % 10_000).zfill(4)
