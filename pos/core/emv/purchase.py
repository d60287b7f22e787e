"""A whole transaction with a contact card, from selection to the last word (EMV 4.3 Book 3, 8).

Purchase, cash, balance and refund are one conversation; what differs stands in the steps.
"""

from pos.core.emv import fallback, selection
from pos.core.emv.authentication import authenticate
from pos.core.emv.cardholder import verify
from pos.core.emv.completion import complete
from pos.core.emv.initiation import initiate
from pos.core.emv.outcome import Outcome, Reason, Verdict
from pos.core.emv.records import read_records
from pos.core.emv.restrictions import restrict
from pos.core.emv.risk import manage
from pos.core.emv.steps import Steps
from pos.core.emv.terminal import Sale, Terminal
from pos.core.emv.transaction import Ended, Torn, Transaction
from tender.card.values import TransactionType
from tender.errors import RemoteProtocolError


def purchase(terminal: Terminal, request: Sale) -> Steps[Outcome]:
    """The transaction as a generator: it yields :data:`~pos.core.emv.steps.Step` and is sent
    :data:`~pos.core.emv.steps.Reply` in kind (:mod:`pos.core.emv.driving` does so with callables).

    Never raises for anything a card or an issuer says. ``LocalProtocolError out-of-order`` for a driver that
    answers another question.
    """
    tx = Transaction(terminal, request)
    try:
        return (yield from _whole(tx))
    except Ended as end:
        return tx.outcome(_verdict(tx, end.reason), end.reason, tx.stage, end.where)
    except RemoteProtocolError as error:
        # Book 3, 7.5: data in a wrong form, or mandatory data that is not there, ends the transaction.
        return tx.outcome(_verdict(tx, Reason.CARD_DATA_WRONG), Reason.CARD_DATA_WRONG, tx.stage, error.field)
    except Torn:
        return tx.outcome(_verdict(tx, Reason.CARD_GONE), Reason.CARD_GONE, tx.stage)


def _whole(tx: Transaction) -> Steps[Outcome]:
    found = yield from selection.candidates(tx)
    while True:
        chosen = yield from selection.select(tx, found)
        if (yield from initiate(tx)):
            break
        # Not a broken chip, but one that does not want to: no way around it by another interface.
        found.some_blocked = True
        found.drop(chosen)
    yield from read_records(tx)
    yield from authenticate(tx)
    restrict(tx)
    if tx.sale.kind is not TransactionType.REFUND:
        yield from verify(tx)
        yield from manage(tx)
    return (yield from complete(tx))


def _verdict(tx: Transaction, reason: Reason) -> Verdict:
    """Once an issuer was asked the answer is no; before, another interface may be left."""
    if tx.answer is not None:
        return Verdict.DECLINED_ONLINE
    return fallback.verdict(tx.terminal, reason, tx.stage)
