"""A cash machine: notes for a card, its balance; what did not come out is taken back by itself.

It is a terminal of a bank without a cashier and without a shift: the number of its notes is its drawer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pos.core.card_cassette import CASSETTE_ROW, Cassette, Notes
from pos.core.card_tender import (
    BALANCE,
    CASH_OUT,
    NOT_DISPENSED,
    NOTES_UNSURE,
    Approve,
    CardPayment,
    Give,
    Given,
)
from pos.service.card_taking import WAIT_S, Cards, Counted
from pos.service.card_values import CardHands, CardTold
from tender.errors import Code, Refusal
from tender.ports import CardReader

Dispense = Callable[[tuple[Notes, ...]], bool]
"""Moves the notes out; False: they did not come out, and lie in the machine as before."""


@dataclass(frozen=True, slots=True)
class GaveNotes:
    """What came of it: ``notes`` are out; none when ``told`` says why."""

    told: CardTold
    notes: tuple[Notes, ...] = ()


class CashMachine:
    """Use cases of a cash machine."""

    def __init__(self, cards: Cards) -> None:
        self._cards = cards

    def cassette(self) -> Cassette:
        """What lies in it."""
        return self._cards.desk.desk.store.get(Cassette, CASSETTE_ROW) or Cassette()

    def fill(self, more: Mapping[int, int]) -> Cassette | Refusal:
        """Put notes in: value in tiyn → how many. ``amount-out-of-range`` for a note there is none of."""
        filled = self.cassette().with_notes(more)
        if not isinstance(filled, Refusal):
            self._cards.desk.put(filled)
        return filled

    def doubted_tiyn(self) -> int:
        """Of which notes only counting the cassette by hand says whether they are out (this batch)."""
        settings = self._cards.desk.settings
        batch = 0 if settings is None else settings.batch
        return sum(
            one.amount_tiyn
            for one in self._cards.desk.payments()
            if one.reason == NOTES_UNSURE and one.batch == batch
        )

    def withdraw(
        self,
        amount_tiyn: int,
        reader: CardReader,
        hands: CardHands,
        dispense: Dispense,
        *,
        timeout_s: float = WAIT_S,
    ) -> GaveNotes | Refusal:
        """Give out so much for the card in the reader. ``notes-missing`` before the card is asked anything;
        ``notes-stuck`` in ``GaveNotes.told`` when the withdrawal was taken back.

        The notes are counted out of the cassette in the commit that approves, and the withdrawal counts once
        they are out. A machine whose power goes in between does not know which of the two is true: it takes
        the withdrawal back (``notes-unsure``), so that the client never pays for notes that stayed, and an
        audit of the cassette finds where they are (:meth:`doubted_tiyn`). Raises ``DeviceError``.
        """
        lies = self.cassette()
        notes = lies.made_up(amount_tiyn)
        if isinstance(notes, Refusal):
            return notes

        def count(payment: CardPayment, approve: Approve) -> Counted:
            after = self._cards.desk.stepped(payment, Give(approve))
            self._cards.desk.put(after, lies.without(notes))
            return after, None

        told = self._cards.once(CASH_OUT, amount_tiyn, reader, hands, count, timeout_s=timeout_s)
        if isinstance(told, Refusal):
            return told
        if told.refusal is not None:
            return GaveNotes(told)
        with self._cards.desk.deciding(told.payment):
            if dispense(notes):
                return GaveNotes(replace(told, payment=self._cards.desk.ended(told.payment, Given())), notes)
            after, settings = self._cards.desk.doubting(told.payment, NOT_DISPENSED)
            self._cards.desk.put(settings, after, lies)
        self._cards.desk.say_reversals()
        stuck = Refusal(Code.NOTES_STUCK, "cassette")
        return GaveNotes(CardTold(self._cards.desk.again(after), refusal=stuck))

    def balance(
        self, reader: CardReader, hands: CardHands, *, timeout_s: float = WAIT_S
    ) -> CardTold | Refusal:
        """What the card in the reader may spend: ``CardTold.free_tiyn``."""

        def count(payment: CardPayment, approve: Approve) -> Counted:
            return self._cards.desk.step(payment, approve), None

        return self._cards.once(BALANCE, 0, reader, hands, count, timeout_s=timeout_s)
