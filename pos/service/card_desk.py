"""What card payments share: the terminal's settings and numbers, its rows, its line, and its reversals.

Every step is stored before anything is sent (``pos/core/card_tender.py``). A reversal is said at once, again
before every other request, and again by whoever calls :meth:`CardDesk.say_reversals`, until it is answered.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from pos.core.card_pin import PinEnded, RefusedPin
from pos.core.card_settings import CARD_SETTINGS_ROW, CardSettings, card_settings_refused
from pos.core.card_tender import (
    TABLE,
    VOIDED,
    Answered,
    BatchTotals,
    CardPayment,
    CardPhase,
    Doubt,
    Event,
    Kept,
    Say,
    after_restart,
    next_number,
    payment_row,
    step,
    totals,
)
from pos.ports import AcquirerLine, CardParts
from pos.service.desk import TillDesk
from tender.errors import Code, LinkError, LocalProtocolError, Refusal, RemoteProtocolError, StoreError

if TYPE_CHECKING:
    from pos.core.card_batch import BatchClosing
    from tender.card.iso8583.message import Message

ANSWER_S: Final = 25.0
"""How long a terminal waits for its acquirer, which waits less for the network (docs/protocol/switch.md)."""
REVERSAL_S: Final = 5.0
"""A reversal that nobody answers in this time is said again later; nobody stands and waits for it."""

_ENDS: Final = frozenset({CardPhase.APPROVED, CardPhase.DECLINED, CardPhase.REVERSED})
_UNDER_WAY: Final = frozenset({CardPhase.ASKED, CardPhase.DISPENSING})
"""The acquirer was asked: it may have to hear a reversal, and of the terminal that it knows."""
_LATER: Final = frozenset({"68", "91", "96"})
"""Answers to a reversal that leave it unsaid: too late, nobody there, out of order."""
_TAKEN: Final = "00"
_NEVER_SEEN: Final = "25"
_NO_VOID: Final = "12"
"""With DE 95, what stands: something of it was given back, here or elsewhere."""
_NUMBER_TAKEN: Final = "94"
"""Another message has this number and second: the reversal needs a number of its own."""


class CardDesk:
    """The terminal's working table, beside the till's."""

    def __init__(self, desk: TillDesk, parts: CardParts) -> None:
        self.desk = desk
        self.parts = parts
        self.answer_s = ANSWER_S
        self.reversal_s = REVERSAL_S
        self._line: AcquirerLine | None = None
        self._undecided: list[tuple[CardPayment, Event | None]] = []
        """What no row could say, and how it ended where that is known."""

    # --- settings

    @property
    def settings(self) -> CardSettings | None:
        """The terminal, or None while this till is none."""
        return self.desk.store.get(CardSettings, CARD_SETTINGS_ROW)

    def need_settings(self) -> CardSettings | Refusal:
        """The terminal; ``terminal-not-set``."""
        return self.settings or Refusal(Code.TERMINAL_NOT_SET, "card")

    def configure(self, settings: CardSettings) -> Refusal | None:
        """Make the till this terminal; what was counted goes on. Errors as ``card_settings_refused``;
        ``batch-open``: what another terminal has to close, or to take back, is not closed yet."""
        refused = card_settings_refused(settings)
        if refused is not None:
            return refused
        stands = self.settings
        if stands is not None and stands.who != settings.who and self._unfinished():
            return Refusal(Code.BATCH_OPEN, "card.batch")
        with self.desk.commit() as changes:
            changes.put(settings)
        self.close()
        return None

    def _unfinished(self) -> bool:
        """Whether the acquirer still has to hear something of this terminal, under its number."""
        mine = self.totals()
        return bool(
            mine.sales
            or mine.refunds
            or mine.cash
            or mine.waiting
            or any(one.phase in _UNDER_WAY for one in self.payments())
            or any(not one.answer for one in self.closings())
        )

    # --- rows

    def payments(self) -> tuple[CardPayment, ...]:
        """Every card payment, oldest first."""
        return tuple(sorted(self.desk.store.all(CardPayment), key=lambda one: (one.since, one.number)))

    def paid_by(self, reference: str) -> CardPayment | None:
        """The approved payment of the question with this reference, or one that was and is taken back."""
        mine = [one for one in self.payments() if one.reference == reference and one.approval]
        kept = [one for one in mine if one.phase is CardPhase.APPROVED]
        return next(reversed(kept or mine), None)

    def waiting(self) -> tuple[CardPayment, ...]:
        """Whatever has a reversal that nobody has answered."""
        return tuple(one for one in self.payments() if one.waits)

    @property
    def owes(self) -> bool:
        """Whether there is anything for :meth:`say_due` to do, now or later."""
        return bool(self._undecided or self.waiting())

    def totals(self) -> BatchTotals:
        """The open batch."""
        settings = self.settings
        return totals(self.payments(), settings.batch if settings is not None else 0)

    def begin(self, kind: str, amount_tiyn: int, reference: str = "") -> CardPayment | Refusal:
        """A payment with a number of its own, stored before the card is asked anything."""
        settings = self.need_settings()
        if isinstance(settings, Refusal):
            return settings
        counted = settings.counted()
        payment = CardPayment(
            counted.number,
            kind,
            amount_tiyn,
            self.desk.now(),
            counted.batch,
            reference=reference,
            terminal=counted.terminal,
            merchant=counted.merchant,
        )
        self.put(counted, payment)
        return payment

    def pin_was_refused(self, mark: bytes) -> bool:
        """Whether a card said no to the PIN of this file (``pos/core/card_pin.py``)."""
        return self.desk.store.get(RefusedPin, mark) is not None

    def remember_pin(self, mark: bytes, refused: bool) -> None:
        """A card said no to the PIN of this file, or took it."""
        row = RefusedPin(mark)
        if refused != self.pin_was_refused(mark):
            with self.desk.commit() as changes:
                (changes.put if refused else changes.drop)(row)

    def pin_ended(self, payment: CardPayment) -> PinEnded | None:
        """What ended a payment at its PIN, or None."""
        return self.desk.store.get(PinEnded, payment_row(payment.batch, payment.number))

    def put(self, *rows: Any) -> None:
        """These rows, in one commit."""
        with self.desk.commit() as changes:
            for row in rows:
                changes.put(row)

    def stepped(self, payment: CardPayment, event: Event) -> CardPayment:
        """The payment after this, not stored yet."""
        after = step(payment, event, self.desk.now())
        if isinstance(after, Refusal):
            raise LocalProtocolError(after.code, after.field)
        return after

    def step(self, payment: CardPayment, event: Event) -> CardPayment:
        """The payment after this, stored."""
        after = self.stepped(payment, event)
        self.put(after)
        return after

    def doubting(self, payment: CardPayment, reason: str, **known: Any) -> tuple[CardPayment, CardSettings]:
        """The payment as one that is to be taken back, and the settings with the number of its reversal: not
        stored yet."""
        settings = self.settings
        if settings is None:
            raise StoreError(Code.STORE_TAMPERED, "store.card-settings")
        counted = settings.counted()
        return self.stepped(payment, Doubt(reason, counted.number, **known)), counted

    def doubt(self, payment: CardPayment, reason: str, **known: Any) -> CardPayment:
        """The payment is to be taken back; stored, and said at once if the acquirer is there."""
        after, counted = self.doubting(payment, reason, **known)
        self.put(counted, after)
        self.say_reversals()
        return self.again(after)

    def again(self, payment: CardPayment) -> CardPayment:
        """The same payment as it stands now."""
        same = (payment.batch, payment.number)
        return next(one for one in self.payments() if (one.batch, one.number) == same)

    def resume(self) -> None:
        """After a restart: what was under way is decided, without a network."""
        settings = self.settings
        if settings is None or self.desk.behind:
            return
        for payment in self.payments():
            self.interrupted(payment)

    def interrupted(self, payment: CardPayment) -> None:
        """Decide what a payment comes to whose conversation will not go on; nothing is sent."""
        settings = self.settings
        assert settings is not None  # the payment has its number from them
        event = after_restart(payment, next_number(settings.number))
        if event is not None:
            counted = settings.counted() if isinstance(event, Doubt) else settings
            self.put(counted, self.stepped(payment, event))

    @contextmanager
    def deciding(self, payment: CardPayment) -> Iterator[None]:
        """A conversation that ends in an error is decided at once; where not even that can be stored, before
        the next word to the acquirer: it may have been approved, so it is taken back."""
        try:
            yield
        except BaseException:
            self._undecided.append((payment, None))
            with suppress(StoreError):
                self._settle_undecided()
            raise

    def ended(self, payment: CardPayment, event: Event) -> CardPayment:
        """The payment after what has happened and is not to be undone, such as notes that are out: where no
        row can say it now, one does before the next word to the acquirer, and nothing else becomes of it."""
        try:
            return self.step(payment, event)
        except BaseException:
            self._undecided.append((payment, event))
            raise

    def _settle_undecided(self) -> None:
        while self._undecided:
            payment, known = self._undecided[0]
            # As it stands by now: its end may be stored already.
            stands = self.again(payment)
            if known is not None and (stands.phase, type(known)) in TABLE:
                self.step(stands, known)
            else:
                self.interrupted(stands)
            del self._undecided[0]

    # --- the line

    def ask(self, message: "Message", timeout_s: float | None = None) -> "Message | None":
        """One request over the line; None when there is no answer. Raises ``LinkError`` when certainly
        nothing was sent."""
        from pos.core.card_messages import answers  # loaded when a card pays

        settings = self.settings
        assert settings is not None  # whoever asks has begun a payment
        if self._line is None:
            self._line = self.parts.acquirer(settings)
        answer = self._line.ask(message, self.answer_s if timeout_s is None else timeout_s)
        return answer if answer is not None and answers(answer, message) else None

    def close(self) -> None:
        """Hang up."""
        line, self._line = self._line, None
        if line is not None:
            line.close()

    # --- reversals

    def say_reversals(self, *, all_of_them: bool = True) -> int:
        """Say every reversal that waits (or only those whose time has come); how many nobody has heard. One
        that was heard and refused goes on waiting too. Never raises for a line that is down: they stay."""
        left = 0
        self._settle_undecided()
        for payment in self.waiting():
            if left or (not all_of_them and payment.next_at > self.desk.now()):
                left += 1
                continue
            left += not self._said(payment)
        return left

    # --- the batch

    def close_batch(self) -> "BatchClosing | Refusal":
        """Close the open batch and tell the acquirer what it adds up to; what a void would reverse is gone
        from here then. ``acquirer-unreachable``: reversals wait, or nobody answered; the closing is said
        again before the next payment."""
        from pos.core.card_batch import closing_of

        settings = self.need_settings()
        if isinstance(settings, Refusal):
            return settings
        if self.say_reversals() or not self.say_closing():
            return Refusal(Code.ACQUIRER_UNREACHABLE, "card.batch")
        mine = [one for one in self.payments() if one.batch == settings.batch and one.request]
        # What has no end yet keeps the words of its reversal.
        mine = [one for one in mine if not one.waits and one.phase in _ENDS]
        counted = settings.counted()
        closing = closing_of(self.totals(), counted.number, self.desk.now())
        self.put(closing, counted.closed_batch(), *(replace(one, request=b"") for one in mine))
        if not self.say_closing():
            return Refusal(Code.ACQUIRER_UNREACHABLE, "card.batch")
        return next(one for one in self.closings() if one.batch == closing.batch)

    def closings(self) -> "tuple[BatchClosing, ...]":
        """Every batch that was closed, oldest first."""
        from pos.core.card_batch import BatchClosing

        return tuple(sorted(self.desk.store.all(BatchClosing), key=lambda one: one.time))

    def say_closing(self) -> bool:
        """Say a closing that nobody has answered; whether none is left."""
        from pos.core.card_batch import answered, closing_message

        settings = self.settings
        for closing in self.closings() if settings is not None else ():
            if closing.answer or settings is None:
                continue
            try:
                answer = self.ask(closing_message(closing, settings), self.reversal_s)
                if answer is None or answer.code in _LATER:
                    return False
                told = answered(closing, answer)
            except (LinkError, RemoteProtocolError):
                return False
            self.put(told)
        return True

    def say_due(self) -> int:
        """The same for those whose time has come."""
        return self.say_reversals(all_of_them=False) if self.settings is not None else 0

    def _said(self, payment: CardPayment) -> bool:
        from pos.core.card_messages import reversal, unpacked

        try:
            message = reversal(payment, unpacked(payment.request))
        except RemoteProtocolError:
            return True  # its words are gone: it is shown as waiting for a person, and stops no payment
        after = self.step(payment, Say())
        try:
            answer = self.ask(message, self.reversal_s)
            if answer is None or answer.code in _LATER:
                return False
            code, stands_tiyn = answer.code, answer.replacement_tiyn
        except (LinkError, RemoteProtocolError):
            return False
        # It has it in writing now; or it has never seen an original that nobody here heard a yes to.
        if code == _TAKEN or (code == _NEVER_SEEN and not after.approval):
            self.step(after, Answered())
        elif code == _NO_VOID and stands_tiyn and after.reason == VOIDED:
            self.step(after, Kept())
        elif code == _NUMBER_TAKEN and self.settings is not None:
            counted = self.settings.counted()
            self.put(counted, replace(after, reversal=counted.number, doubted_at=self.desk.now(), sent=0))
        # Any other no ends nothing: it waits, is shown as waiting, and is said again; it stops no payment.
        return True
