"""A terminal that is not ours: it reads stripes, takes a part of what it was paid back (0400 with DE 95), for
which no till of ours has a way, and asks whether a card is good (an amount of nothing)."""

from collections import deque
from dataclasses import replace
from typing import Final

from card_switch.core.keys import terminal_zone
from hardware.pin_pad import PinPad
from pos.core.card_messages import Shop, heard, request, reversal
from pos.core.card_settings import CardSettings
from pos.core.card_tender import NO_ANSWER, PURCHASE, CardPayment, CardPhase, CardSeen
from pos.core.emv.steps import GoOnline
from tender.account.participants import number_text
from tender.card.iso8583.message import Message
from tender.errors import NotSentError
from tests.issuer.world import PIN, hsm
from tests.platform_stub.people import Person
from tests.simulation.cards.counter import CITY
from tests.simulation.cards.jobs import Job, Power
from tests.simulation.cards.line import Connect, Line
from tests.simulation.cards.pocket import Plastic
from tests.simulation.cards.weather import Sky

ANSWER_S: Final = 25.0
REVERSAL_S: Final = 5.0
REPLACED: Final = 95
FALLBACK: Final = "801"
"""DE 22: the stripe, after the chip could not be read."""


class Foreign:
    """One terminal whose process never dies; it closes no batches.

    It owes what it has begun to take back until that is answered, before it does anything else.
    """

    def __init__(self, sky: Sky, name: str, merchant: Person, connect: Connect, number: int) -> None:
        self.sky = sky
        self.merchant = merchant
        self._line = Line(sky, name, connect)
        self._pad = PinPad(hsm().terminal_key(terminal_zone(merchant.bank, name)))
        self._settings = CardSettings(
            "127.0.0.1", 1, number_text(merchant.bank), name, merchant.identifier, bytes(16), number=number
        )
        self._owed: Message | None = None
        self._owed_said = False
        self._power = Power()
        self._jobs: deque[Job] = deque()
        self._busy = False
        self.paid: list[CardPayment] = []
        """What stands, with the amount that was left of it (0: nothing)."""

    @property
    def waits(self) -> bool:
        """Whether anything is not at its end."""
        return self._busy or bool(self._jobs) or self._owed is not None

    def pay(self, card: Plastic, amount_tiyn: int, left_tiyn: int) -> None:
        """A purchase, of which ``left_tiyn`` stands in the end: all of it, a part, or nothing."""
        self._do(Job(lambda: self._pay(card, amount_tiyn, left_tiyn), self._power, self._next))

    def go_on(self) -> None:
        """Say what is owed."""
        if not self._busy and self._owed is not None:
            self._do(Job(self._say_it, self._power, self._next))

    def _say_it(self) -> None:
        self._say_owed()

    def _pay(self, card: Plastic, amount_tiyn: int, left_tiyn: int) -> None:
        if not self._say_owed():
            return
        self.sky.count["operations"] += 1
        self._settings = self._settings.counted()
        now = self.sky.now_ms // 1000
        payment = CardPayment(self._settings.number, PURCHASE, amount_tiyn, now, 1, asked_at=now)
        block = self._pad.block(PIN, card.pan)
        swiped = GoOnline({}, block, card.pan, card.record.expiry, None, b"")
        plain = request(payment, self._settings, Shop(self.merchant.name, CITY), swiped, now)
        message = plain.having({22: FALLBACK, 35: card.stripe.to_text()})
        try:
            answer = self._line.ask(message, ANSWER_S)
        except NotSentError:
            return
        self.sky.count[f"foreign {'silent' if answer is None else answer.code}"] += 1
        if answer is None:
            self._owe(payment, message, 0)
        elif heard(answer, message).approved and amount_tiyn:
            said = heard(answer, message)
            payment = replace(payment, approval=said.approval, life=said.life, phase=CardPhase.APPROVED)
            seen = CardSeen(pan=str(card.pan))
            self.paid.append(replace(payment, amount_tiyn=left_tiyn, seen=seen))
            if left_tiyn < amount_tiyn:
                self._owe(payment, message, left_tiyn)
        self._say_owed()

    def _owe(self, payment: CardPayment, message: Message, left_tiyn: int) -> None:
        self._settings = self._settings.counted()
        now = self.sky.now_ms // 1000
        doubted = replace(payment, reversal=self._settings.number, reason=NO_ANSWER, doubted_at=now)
        said = reversal(doubted, message.without(35, 52, 55))
        self._owed = said.having({REPLACED: f"{left_tiyn:012}{'0' * 30}"}) if left_tiyn else said
        self._owed_said = False

    def _say_owed(self) -> bool:
        owed = self._owed
        if owed is None:
            return True
        said = Message("0401", owed.fields) if self._owed_said else owed
        self._owed_said = True
        try:
            answer = self._line.ask(said, REVERSAL_S)
        except NotSentError:
            return False
        # What was never approved may be unknown there; what was is taken back, and nothing else will do.
        ends = ("00",) if 38 in owed.fields else ("00", "25")
        if answer is not None and answer.code in ends:
            self._owed = None
            self.sky.count["taken back in part" if REPLACED in owed.fields else "taken back"] += 1
        return self._owed is None

    def _do(self, job: Job) -> None:
        self._jobs.append(job)
        if not self._busy:
            self._next()

    def _next(self) -> None:
        self._busy = bool(self._jobs)
        if self._jobs:
            self._jobs.popleft().start()
