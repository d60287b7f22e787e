"""A reader in this very process: a field that a card in software is held to, and taken from.

It behaves as a reader of the PC/SC daemon does, so that what works here works there: a card that was taken
away and put back is a new insertion, and a connection made before never talks to it.
"""

import threading
from typing import Final

from tender.errors import Code, DeviceError
from tender.ports import Card

ANSWER_LEAST_BYTES: Final = 2
"""A status; anything shorter is no answer."""


class _Insertion:
    """One time a card lies in the field."""

    def __init__(self, card: Card) -> None:
        self.card = card
        self.is_on = False
        self.is_gone = False


class Field:
    """Where at most one card lies. Insert and remove from any thread; each reader on it is one program."""

    def __init__(self, name: str = "in-process", card: Card | None = None) -> None:
        self.name = name
        self._changed = threading.Condition()
        self._inserted: _Insertion | None = None
        self._program: object | None = None
        self._busy: _Insertion | None = None
        if card is not None:
            self.insert(card)

    def insert(self, card: Card) -> None:
        """Hold a card to it; ``reader-taken`` while another lies there."""
        with self._changed:
            if self._inserted is not None:
                raise DeviceError(Code.READER_TAKEN, "reader", reader=self.name)
            self._inserted = _Insertion(card)
            self._changed.notify_all()

    def remove(self) -> None:
        """Take the card away, in the middle of a command too; may be repeated."""
        with self._changed:
            gone, self._inserted = self._inserted, None
            if gone is None:
                return
            gone.is_gone = True
            self._changed.notify_all()
            if self._busy is gone:
                return  # the command that runs turns the card off when it comes back
        gone.card.power(False)

    # --- for readers

    def take(self, program: object, timeout_s: float) -> _Insertion:
        """Wait for a card and for its other program to let go; the card is on then."""
        with self._changed:
            # What came in the moment in which the time was over has come.
            self._changed.wait_for(lambda: self._inserted and self._program in (None, program), timeout_s)
            here = self._inserted
            if here is None or self._program not in (None, program):
                code = Code.CARD_MISSING if here is None else Code.READER_TAKEN
                raise DeviceError(code, "reader", reader=self.name)
            self._program = program
            if not here.is_on:
                here.is_on = True
                here.card.power(True)
            return here

    def give_back(self, program: object) -> None:
        """This program needs it no longer."""
        with self._changed:
            if self._program is program:
                self._program = None
                self._changed.notify_all()

    def pass_on(self, here: _Insertion, command: bytes) -> bytes:
        """One command to the card of this insertion; ``card-outcome-unknown`` when it is torn."""
        with self._changed:
            if here.is_gone:
                raise DeviceError(Code.CARD_OUTCOME_UNKNOWN, "reader", reader=self.name)
            self._busy = here
        try:
            answer = here.card.transmit(command)
        except DeviceError as error:
            if error.code is not Code.CARD_GONE:
                raise
            answer = b""
            self.remove()
        finally:
            with self._changed:
                self._busy = None
                torn = here.is_gone
        if torn:
            here.card.power(False)
        if torn or len(answer) < ANSWER_LEAST_BYTES:
            raise DeviceError(Code.CARD_OUTCOME_UNKNOWN, "reader", reader=self.name)
        return answer

    def wait_until_gone(self, here: _Insertion, timeout_s: float) -> bool:
        """Whether that insertion has ended, in this time."""
        with self._changed:
            return self._changed.wait_for(lambda: here.is_gone, timeout_s)


class InProcessReader:
    """One program's reader on a field (:class:`~tender.ports.CardReader`)."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self._here: _Insertion | None = None
        self._is_connected = False

    @property
    def name(self) -> str:
        """The field's."""
        return self._field.name

    def connect(self, timeout_s: float) -> bytes:
        """As the protocol says."""
        self.disconnect()
        self._here = None
        self._here = self._field.take(self, timeout_s)
        self._is_connected = True
        return self._here.card.atr

    def transmit(self, command: bytes) -> bytes:
        """As the protocol says."""
        if self._here is None or not self._is_connected:
            raise DeviceError(Code.CARD_OUTCOME_UNKNOWN, "reader", reader=self.name)
        return self._field.pass_on(self._here, command)

    def disconnect(self) -> None:
        """As the protocol says."""
        self._is_connected = False
        self._field.give_back(self)

    def gone(self, timeout_s: float) -> bool:
        """As the protocol says; true when there never was a card."""
        return self._here is None or self._field.wait_until_gone(self._here, timeout_s)


def reader_of(card: Card, name: str = "in-process") -> InProcessReader:
    """A reader with this card in its field."""
    return InProcessReader(Field(name, card))
