"""What a customer sees of cards, and says: its cards, what was done with them, and the yes that a purchase
over the network waits for (DT-C-01, DT-C-18)."""

from typing import Final

from platform_stub.bank.cards import Cards
from platform_stub.bank.office import Office
from platform_stub.desk import Asked
from platform_stub.ledger import card_operations
from platform_stub.ledger.card_operations import Operation
from tender.account.card_client_messages import (
    CONFIRMING,
    DONE,
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
from tender.account.card_messages import PLACE
from tender.account.client_messages import Empty
from tender.errors import Code, Refusal

_SHOWN: Final = {
    card_operations.REFUSED: REFUSED,
    card_operations.CONFIRMING: CONFIRMING,
    card_operations.VOID: VOID,
}
"""What its customer is told of an operation's state; of any other, that it is done."""


class CardWindow:
    """Answers ``cards``, ``card-stop``, ``card-operations``, ``card-confirmations`` and ``card-confirm``."""

    def __init__(self, office: Office, cards: Cards) -> None:
        self._office = office
        self._cards = cards
        self._desk = office.desk
        self._desk.handlers.update(
            {
                "cards": self._all,
                "card-stop": self._stop,
                "card-operations": self._operations,
                "card-confirmations": self._confirmations,
                "card-confirm": self._confirm,
            }
        )

    def _all(self, asked: Asked, _question: CardsQuestion) -> CardsTold:
        with self._desk.store.reading() as rows:
            _, client = self._office.who(rows, asked)
            mine = rows.cards_of(client.number)
        return CardsTold(
            tuple(
                CardShown(one.card, one.masked, one.kind, one.state, one.expiry, one.stopped, one.address)
                for one in mine
            )
        )

    def _stop(self, asked: Asked, order: CardStop) -> Empty | Refusal:
        with self._desk.store.reading() as rows:
            _, client = self._office.who(rows, asked)
        return self._cards.stop(client.number, order.card, order.stopped) or Empty()

    def _operations(self, asked: Asked, question: CardOperationsQuestion) -> CardOperationsTold:
        with self._desk.store.reading() as rows:
            _, client = self._office.who(rows, asked)
            found = rows.operations_of(client.number, question.most)
            masked = {one.card: one.masked for one in rows.cards_of(client.number)}
        return CardOperationsTold(tuple(_shown(one, masked.get(one.card, "")) for one in found))

    def _confirmations(self, asked: Asked, _question: CardConfirmationsQuestion) -> CardConfirmationsTold:
        with self._desk.store.reading() as rows:
            _, client = self._office.who(rows, asked)
            waiting = [one for one in rows.waiting_for(client.number) if one.due > asked.now]
        return CardConfirmationsTold(tuple(_waiting(one) for one in waiting))

    def _confirm(self, asked: Asked, order: CardConfirm) -> CardConfirmed | Refusal:
        with self._desk.store.reading() as rows:
            _, client = self._office.who(rows, asked)
            row = rows.operations_named([order.operation]).get(order.operation)
        if row is not None and row.client == client.number and row.amount_tiyn != order.amount_tiyn:
            return Refusal(Code.AMOUNT_MISMATCH, "card-confirm.amount_tiyn")
        refused = self._cards.confirm(client.number, order.operation, order.yes)
        if refused is not None:
            return refused
        with self._desk.store.reading() as rows:
            return CardConfirmed(self._office.balances(rows, client.number))


def _shown(row: Operation, masked: str) -> CardOperation:
    return CardOperation(
        row.operation,
        row.card,
        row.kind,
        row.amount_tiyn,
        row.undone_tiyn,
        row.back_tiyn,
        _SHOWN.get(row.state, DONE),
        row.code,
        PLACE.decode(row.place, "place"),
        row.time,
        row.original,
        masked,
    )


def _waiting(row: Operation) -> CardConfirmation:
    place = PLACE.decode(row.place, "place")
    return CardConfirmation(
        row.operation, row.card, row.amount_tiyn, place.name, place.city, place.country, row.time, row.due
    )
