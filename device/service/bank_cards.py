"""A client's bank cards, seen from the wallet: which there are, what was done with them, and the yes that a
purchase on line waits for (DT-C-01, DT-C-04, DT-C-18).

Every operation becomes a line of the history, once, under a number made of the bank's own name for it; a
later look moves that line on. What still waits for a yes is no line yet: it may come to nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Final

from device.core.model import IN, OUT, CardSlip, Moment, Payment
from device.service.bank_line import BankLine
from device.service.desk import Desk, remembered
from tender.account.card_client_messages import (
    CARD_OPERATION,
    CONFIRMING,
    OPERATIONS_MOST,
    REFUSED,
    VOID,
    CardConfirm,
    CardConfirmation,
    CardConfirmationsQuestion,
    CardConfirmationsTold,
    CardConfirmed,
    CardOperation,
    CardOperationsQuestion,
    CardOperationsTold,
    CardShown,
    CardsQuestion,
    CardsTold,
    CardStop,
)
from tender.account.card_messages import CREDITS
from tender.account.client_messages import Stated, Statement
from tender.errors import Code, Refusal, RemoteProtocolError

__all__ = ["CHANNEL", "BankCards", "CardConfirmation", "CardOperation", "CardShown", "channel_of"]

CHANNEL: Final = "card-"
"""How the channels of card operations begin; what follows is the operation's kind."""
_ID_BYTES: Final = 16
_ENDS: Final[Mapping[str, str]] = {REFUSED: "refused", VOID: "taken-back"}


def channel_of(operation: CardOperation) -> str:
    """The type code it has in the history: ``card-purchase``, ``card-cash``, ``card-ecommerce`` …"""
    return CHANNEL + operation.kind


class BankCards:
    """Use cases with the own bank's cards. Each raises :class:`~tender.errors.LinkError` while the bank is
    away."""

    def __init__(self, desk: Desk, line: BankLine) -> None:
        self._desk = desk
        self._line = line

    def all(self) -> tuple[CardShown, ...] | Refusal:
        """Every card linked to the own account."""
        told = self._line.ask("cards", CardsQuestion())
        return told.cards if isinstance(told, CardsTold) else _no(told)

    def find(self, named: str) -> CardShown | Refusal:
        """A card by its last four digits, or by the beginning of its reference; ``card-unknown`` when none or
        more than one fits."""
        told = self.all()
        if isinstance(told, Refusal):
            return told
        wanted = named.strip().lower()
        found = [
            one for one in told if wanted and (one.masked[-4:] == wanted or one.card.hex().startswith(wanted))
        ]
        return found[0] if len(found) == 1 else Refusal(Code.CARD_UNKNOWN, "card")

    def stop(self, card: bytes, *, stopped: bool) -> Refusal | None:
        """Stop a card, named by its link id, or let it be used again; the account stays usable either way."""
        told = self._line.ask("card-stop", CardStop(card, stopped))
        return told if isinstance(told, Refusal) else None

    def waiting(self) -> tuple[CardConfirmation, ...] | Refusal:
        """Purchases that wait for this client's yes, oldest first."""
        told = self._line.ask("card-confirmations", CardConfirmationsQuestion())
        return told.confirmations if isinstance(told, CardConfirmationsTold) else _no(told)

    def confirm(self, asked: CardConfirmation, *, yes: bool) -> int | Refusal:
        """The client's word to what it was shown; what the account holds after it (tiyn).

        Safe to say again after a lost answer: what was done as wished is done, whatever else became of it is
        refused with the code it ended with (``confirmation-missing`` when the time was over).
        """
        told = self._line.ask("card-confirm", CardConfirm(asked.operation, asked.amount_tiyn, yes))
        if isinstance(told, CardConfirmed):
            with self._desk.commit() as changes:
                changes.put(remembered(self._desk.settings, told.balances, self._desk.now()))
            return told.balances.dt_tiyn
        refused = _no(told)
        return self._ended(asked, refused, yes=yes) if refused.code is Code.REQUEST_CLOSED else refused

    def _ended(self, asked: CardConfirmation, refused: Refusal, *, yes: bool) -> int | Refusal:
        """What a question that is no longer open came to."""
        told = self.notices()
        found = [] if isinstance(told, Refusal) else [one for one in told if one.operation == asked.operation]
        if not found:
            return refused
        said_no = found[0].state == REFUSED
        as_wished = not said_no if yes else found[0].code == Code.PAYER_DECLINED
        if as_wished:
            return self._desk.settings.account_tiyn
        known = said_no and found[0].code in {one.value for one in Code}
        return Refusal(Code(found[0].code), refused.field) if known else refused

    def notices(self, most: int = OPERATIONS_MOST) -> tuple[CardOperation, ...] | Refusal:
        """What was done with the own cards, newest first; the history and the account have it after this."""
        told = self._line.ask("card-operations", CardOperationsQuestion(most))
        if not isinstance(told, CardOperationsTold):
            return _no(told)
        self._remember(told.operations)
        return told.operations

    def news(self, most: int = OPERATIONS_MOST) -> tuple[CardOperation, ...] | Refusal:
        """Of the newest operations those that are new or have moved on, newest first; the history has them
        after this. Where there is no news, one question is all that was asked, and nothing is written."""
        told = self._line.ask("card-operations", CardOperationsQuestion(most))
        if not isinstance(told, CardOperationsTold):
            return _no(told)
        moved = {slip.payment for slip in self._slips(told.operations)}
        if moved:
            self._remember(told.operations)
        return tuple(one for one in told.operations if _name(one.operation) in moved)

    def slip(self, payment: bytes) -> CardOperation | None:
        """What the bank last told of the operation behind a line of the history; nobody is asked."""
        found = self._desk.store.get(CardSlip, payment)
        if found is None:
            return None
        try:
            return CARD_OPERATION.decode(found.told, "card-slip")
        except RemoteProtocolError:  # of another version; the next look brings it anew
            return None

    def _remember(self, operations: Sequence[CardOperation]) -> None:
        account = self._line.ask("statement", Statement(1))
        desk = self._desk
        with desk.commit() as changes:
            for line in self._lines(operations):
                changes.put(line)
            for slip in self._slips(operations):
                changes.put(slip)
            if isinstance(account, Stated):
                changes.put(remembered(desk.settings, account.balances, desk.now()))

    def _slips(self, operations: Sequence[CardOperation]) -> Iterator[CardSlip]:
        """What is told anew of operations that are lines."""
        for one in operations:
            made = CardSlip(_name(one.operation), CARD_OPERATION.encode(one))
            if one.state != CONFIRMING and self._desk.store.get(CardSlip, made.payment) != made:
                yield made

    def _lines(self, operations: Sequence[CardOperation]) -> Iterator[Payment]:
        """The lines that are new or have moved on, oldest first."""
        number = self._desk.next_number()
        for one in reversed(operations):
            if one.state == CONFIRMING:
                continue
            name = _name(one.operation)
            known = self._desk.store.get(Payment, name)
            made = _line(one, name, number if known is None else known.number)
            if known is None:
                number += 1
                yield made
            elif (known.status, known.code, known.amount_tiyn) != (made.status, made.code, made.amount_tiyn):
                moved = known.moved(made.status, self._desk.now(), made.code)
                yield replace(moved, amount_tiyn=made.amount_tiyn)


def _no(told: object) -> Refusal:
    assert isinstance(told, Refusal)  # the line returns the kind's own record or a refusal
    return told


def _name(operation: str) -> bytes:
    """The number of its line: the same on every look."""
    return sha256(b"dt-card-notice " + operation.encode()).digest()[:_ID_BYTES]


def _line(one: CardOperation, name: bytes, number: int) -> Payment:
    """An operation as a line. One that was taken back whole keeps its sum and says so; of one that was taken
    back in part, what stands is shown."""
    taken_back = one.state not in _ENDS and 0 < one.amount_tiyn == one.undone_tiyn
    status = "taken-back" if taken_back else _ENDS.get(one.state, "settled")
    return Payment(
        id=name,
        direction=IN if one.kind in CREDITS else OUT,
        channel=channel_of(one),
        amount_tiyn=one.amount_tiyn if taken_back else one.amount_tiyn - one.undone_tiyn,
        time=one.time,
        party=one.party,
        purpose="",
        status=status,
        path=(Moment(status, one.time),),
        code=one.code,
        number=number,
    )
