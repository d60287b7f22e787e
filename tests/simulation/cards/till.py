"""A till of one merchant: the table of a card payment, its messages, and a line that may break.

What is in ``payments``, ``closings`` and ``settings`` is on the disk; everything else dies with the process.
"""

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Final

from card_switch.core.keys import terminal_zone
from hardware.pin_pad import PinPad
from pos.core.card_batch import BatchClosing, closing_message, closing_of
from pos.core.card_messages import Shop, answers, heard, packed, request, reversal, unpacked
from pos.core.card_settings import CardSettings
from pos.core.card_tender import (
    CARD_SAID_NO,
    CASH_OUT,
    NO_ANSWER,
    NOT_DISPENSED,
    PULLED,
    REFUND,
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
    totals,
)
from pos.core.emv.steps import GoOnline
from tender.account.participants import number_text
from tender.card.iso8583.dialects import VISA_STYLE
from tender.card.iso8583.framing import TPDU_2
from tender.card.iso8583.link import Heard, Link, LinkTimers
from tender.card.iso8583.message import Message
from tender.errors import Refusal
from tests.issuer.world import PIN, HeldCard, hsm
from tests.platform_stub.people import Person
from tests.simulation.cards.weather import Sky

PATIENCE_MS: Final = 25_000
SIGN_ON_MS: Final = 5_000
LATER: Final = frozenset({"68", "91", "96"})
UNWANTED: Final = {"pulled": PULLED, "card says no": CARD_SAID_NO}
QUIET: Final = LinkTimers(echo_idle_ms=3_600_000)

Reply = Message | str
"""An answer; ``silent`` when none came, ``unsent`` when nobody could be asked."""
Job = Generator[Message, Reply, None]
Connect = Callable[["Till"], Callable[[bytes], None]]
"""Opens a connection: calls :meth:`Till.came` with what arrives, returns what sends."""


class Till:
    """One terminal."""

    def __init__(self, sky: Sky, name: str, bank: int, merchant: Person, connect: Connect) -> None:
        self.sky = sky
        self.name = name
        self.merchant = merchant
        self._connect_to = connect
        self.settings = CardSettings(
            "127.0.0.1", 1, number_text(bank), name, merchant.identifier, bytes(16), merchant.category
        )
        self.shop = Shop(merchant.name, "Almaty")
        self.payments: dict[int, CardPayment] = {}
        self.closings: dict[int, BatchClosing] = {}
        self.issuers: dict[int, int] = {}
        self.refunded: dict[int, int] = {}
        self._life = 0
        self._forget()

    def _forget(self) -> None:
        self._life += 1
        self._jobs: deque[Job] = deque()
        self._job: Job | None = None
        self._link: Link | None = None
        self._send: Callable[[bytes], None] = lambda _data: None
        self._question: Message | None = None
        self._said = False
        self._serial = 0

    @property
    def now(self) -> int:
        return self.sky.now_ms // 1000

    @property
    def waits(self) -> bool:
        """Whether anything is not at its end."""
        return bool(
            self._job
            or self._jobs
            or any(one.waits for one in self.payments.values())
            or any(not one.answer for one in self.closings.values())
        )

    # --- what people do

    def pay(self, kind: str, held: HeldCard, amount_tiyn: int, twist: str, original: int = 0) -> None:
        """A card pays, draws cash, or is paid back; queued behind what the till is doing."""
        self._do(self._pay(kind, held, amount_tiyn, twist, original))

    def void(self, number: int) -> None:
        """Take an approved payment of the open batch back."""
        self._do(self._void(number))

    def close_batch(self) -> None:
        """The cashier closes the batch."""
        self._do(self._close())

    def open_approved(self) -> list[CardPayment]:
        """What a void or a refund may be of."""
        return [
            one
            for one in self.payments.values()
            if one.phase is CardPhase.APPROVED
            and one.kind not in (REFUND, CASH_OUT)
            and one.number not in self.refunded
        ]

    def crash(self) -> None:
        """kill -9, and the start after it."""
        self.sky.count["tills died"] += 1
        self._hang_up()
        self._forget()
        for payment in tuple(self.payments.values()):
            event = after_restart(payment, self._next() if payment.phase is CardPhase.ASKED else 0)
            if event is not None:
                self._step(payment, event)
        self.go_on()

    def go_on(self) -> None:
        """Say what is owed, if nothing else is being done."""
        if self._job is None and not self._jobs and self.waits:
            self._do(self._owed())

    # --- jobs

    def _next(self) -> int:
        self.settings = self.settings.counted()
        return self.settings.number

    def _step(self, payment: CardPayment, event: Event) -> CardPayment:
        after = step(self.payments[payment.number], event, self.now)
        assert not isinstance(after, Refusal), (payment.phase, event)
        self.payments[payment.number] = after
        return after

    def _owed(self) -> Generator[Message, Reply, None]:
        if (yield from self._say_reversals()):
            yield from self._say_closing()

    def _say_reversals(self) -> Generator[Message, Reply, bool]:
        for payment in [one for one in self.payments.values() if one.waits]:
            message = reversal(payment, unpacked(payment.request))
            self._step(payment, Say())
            answer = yield message
            if isinstance(answer, str) or answer.code in LATER:
                return False
            self._step(payment, Answered())
        return True

    def _say_closing(self) -> Generator[Message, Reply, bool]:
        for closing in [one for one in self.closings.values() if not one.answer]:
            answer = yield closing_message(closing, self.settings)
            if isinstance(answer, str) or answer.code in LATER:
                return False
            self.closings[closing.batch] = replace(closing, answer=answer.code)
        return True

    def _pay(
        self, kind: str, held: HeldCard, amount_tiyn: int, twist: str, original_number: int
    ) -> Generator[Message, Reply, None]:
        number, batch = self._next(), self.settings.batch
        seen = CardSeen(pan=str(held.pan))
        payment = CardPayment(number, kind, amount_tiyn, self.now, batch, seen=seen)
        self.payments[number] = payment
        self.issuers[number] = held.world.bank_number
        if not (yield from self._say_reversals()) or not (yield from self._say_closing()):
            self._step(payment, Refuse())
            return
        code = {CASH_OUT: "01", REFUND: "20"}.get(kind, "00")
        chip = held.cryptogram(amount_tiyn, code)
        block = None
        if kind == CASH_OUT:
            zone = terminal_zone(int(self.settings.acquirer), self.name)
            block = PinPad(hsm().terminal_key(zone)).block(PIN, held.pan)
        online = GoOnline(chip, block, held.pan, held.record.expiry, held.record.sequence, b"")
        original = self.payments[original_number] if original_number else None
        message = request(payment, self.settings, self.shop, online, self.now, original)
        self._step(payment, Ask(packed(message), message.rrn, seen, self.now))
        if original is not None:
            self.refunded[original_number] = number
        answer = yield message
        if answer == "unsent":
            self._step(payment, Refuse())
        elif isinstance(answer, str):
            self.sky.count["no answer"] += 1
            self._step(payment, Doubt(NO_ANSWER, self._next()))
        else:
            self._answered(payment, answer, twist)
        yield from self._owed()

    def _answered(self, payment: CardPayment, answer: Message, twist: str) -> None:
        said = heard(answer)
        if not said.approved:
            self.sky.count[f"declined {said.code}"] += 1
            self._step(payment, Refuse(said.code))
        elif twist in UNWANTED:
            self.sky.count[twist] += 1
            doubt = Doubt(UNWANTED[twist], self._next(), said.code, said.approval, said.life)
            self._step(payment, doubt)
        else:
            self.sky.count["approved"] += 1
            self._step(payment, Approve(said.code, said.approval, said.life, payment.seen))

    def _void(self, number: int) -> Generator[Message, Reply, None]:
        payment = self.payments[number]
        fits = payment.batch == self.settings.batch and payment.phase is CardPhase.APPROVED
        if fits and number not in self.refunded:
            self.sky.count["voided"] += 1
            reason = NOT_DISPENSED if payment.kind == CASH_OUT else VOIDED
            self._step(payment, Doubt(reason, self._next()))
        yield from self._owed()

    def _close(self) -> Generator[Message, Reply, None]:
        if not (yield from self._say_reversals()) or not (yield from self._say_closing()):
            return
        batch = self.settings.batch
        closing = closing_of(totals(self.payments.values(), batch), self._next(), self.now)
        self.closings[batch] = closing
        self.settings = self.settings.closed_batch()
        yield from self._say_closing()

    # --- one question at a time

    def _do(self, job: Job) -> None:
        self._jobs.append(job)
        if self._job is None:
            self._begin()

    def _begin(self) -> None:
        if self._jobs:
            self._job = self._jobs.popleft()
            self._advance(None)

    def _advance(self, reply: Reply | None) -> None:
        assert self._job is not None
        self._question = None
        try:
            message = next(self._job) if reply is None else self._job.send(reply)
        except StopIteration:
            self._job = None
            life = self._life
            if self.waits and not self._jobs:
                self.sky.after(5_000, lambda: self.go_on() if life == self._life else None)
            self._begin()
            return
        self._ask(message)

    def _ask(self, message: Message) -> None:
        self._serial += 1
        self._question, self._said = message, False
        serial, life = self._serial, self._life

        def at(wait_ms: int, do: Callable[[], None]) -> None:
            def still() -> None:
                if (serial, life) == (self._serial, self._life) and self._question is message:
                    do()

            self.sky.after(wait_ms, still)

        if self._link is None:
            self._open()
        at(SIGN_ON_MS, lambda: None if self._said else self._over("unsent"))
        at(PATIENCE_MS, lambda: self._over("silent"))
        self._speak()

    def _open(self) -> None:
        self._link = Link(TPDU_2, VISA_STYLE, False, QUIET)
        self._send = self._connect_to(self)
        self._link.opened(self.sky.now_ms)
        self._flush()

    def _over(self, how: str) -> None:
        """Nobody is waited for any more: the next question gets a line of its own."""
        self._hang_up()
        self._advance(how)

    def broken(self) -> None:
        """The other side has hung up."""
        self._link = None
        if self._question is not None:
            life, said = self._life, self._said
            self._serial += 1
            how = "silent" if said else "unsent"
            self.sky.after(1, lambda: self._advance(how) if life == self._life else None)

    def _hang_up(self) -> None:
        if self._link is not None:
            self._link = None
            self._send(b"")

    def came(self, data: bytes) -> None:
        """Bytes from the acquirer."""
        if self._link is None:
            return
        self._link.receive_data(data, self.sky.now_ms)
        for event in self._link.events():
            asked = self._question
            if isinstance(event, Heard) and asked is not None and answers(event.message, asked):
                self._flush()
                self._advance(event.message)
        self._flush()
        self._speak()

    def _speak(self) -> None:
        if self._question is not None and not self._said and self._link is not None and self._link.is_up:
            self._said = self._link.send(self._question)
            self._flush()

    def _flush(self) -> None:
        if self._link is not None and (data := self._link.data_to_send()):
            self._send(data)
