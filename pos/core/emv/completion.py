"""From the first cryptogram to the end: by card alone, or card and issuer (EMV 4.3 Book 3, 10.8–10.11).

What counts is the card's last cryptogram: an issuer's yes that the card does not seal with a TC is no
approval, and is reversed.
"""

from pos.core.emv import cryptogram, scripts
from pos.core.emv.action import (
    OFFLINE_APPROVED,
    OFFLINE_DECLINED,
    UNREACHED_APPROVED,
    UNREACHED_DECLINED,
    first_request,
    without_issuer,
)
from pos.core.emv.cryptogram import Given
from pos.core.emv.online import ask_issuer, authenticate_issuer, issuer_data
from pos.core.emv.outcome import Outcome, Reason, Verdict
from pos.core.emv.steps import Answered, Stage, Steps, Unanswered
from pos.core.emv.transaction import Torn, Transaction
from tender.card.response_codes import is_approval
from tender.card.values import CardReason, Cryptogram, TransactionType, Tsi

_REFUSALS = {
    CardReason.SERVICE_NOT_ALLOWED: Reason.SERVICE_NOT_ALLOWED,
    CardReason.PIN_TRIES_EXCEEDED: Reason.PIN_TRIES_EXCEEDED,
}


def complete(tx: Transaction) -> Steps[Outcome]:
    """Terminal action analysis, first cryptogram, and what follows from it."""
    wanted = first_request(tx)
    given = yield from cryptogram.first(tx, wanted)
    tx.tsi |= Tsi.CARD_RISK_MANAGEMENT_PERFORMED
    if tx.sale.kind is TransactionType.REFUND:
        return (yield from _refund(tx))
    if given.kind is Cryptogram.AAC:
        tx.response_code = OFFLINE_DECLINED
        refused = wanted is Cryptogram.AAC
        reason = Reason.TERMINAL_REFUSED if refused else _REFUSALS.get(given.reason, Reason.CARD_REFUSED)
        return tx.outcome(Verdict.DECLINED_OFFLINE, reason)
    if given.kind is Cryptogram.TC:
        return _offline(tx, given)
    if not given.is_true:
        # Book 2, 6.6.2: nobody is asked about a cryptogram that may be anybody's; the card is closed.
        tx.response_code = OFFLINE_DECLINED
        yield from cryptogram.second(tx, Cryptogram.AAC)
        return tx.outcome(Verdict.DECLINED_OFFLINE, Reason.SIGNATURE_FORGED)
    if tx.terminal.kind.offline_only:
        # A card may want its issuer where nobody can be asked: unable to go online (10.8.2).
        tx.answer = Unanswered(was_sent=False)
        return (yield from _unanswered(tx))
    answer = yield from ask_issuer(tx)
    if isinstance(answer, Answered):
        return (yield from _answered(tx, answer))
    return (yield from _unanswered(tx))


def _offline(tx: Transaction, given: Given) -> Outcome:
    """The card approves by itself (10.8.1); with a signature that does not hold it approves nothing."""
    if not given.is_true:
        tx.response_code = OFFLINE_DECLINED
        return tx.outcome(Verdict.DECLINED_OFFLINE, Reason.SIGNATURE_FORGED)
    tx.response_code = OFFLINE_APPROVED
    return tx.outcome(Verdict.APPROVED_OFFLINE, Reason.APPROVED)


def _answered(tx: Transaction, answer: Answered) -> Steps[Outcome]:
    """10.9 to 10.11: the issuer's proof, its scripts, the card's last word."""
    tx.response_code = answer.code
    said = issuer_data(answer)
    yield from authenticate_issuer(tx, said.authentication)
    yield from scripts.run(tx, said.before, is_after=False)
    approved = is_approval(answer.code)
    given = yield from cryptogram.second(tx, Cryptogram.TC if approved else Cryptogram.AAC)
    outcome = _judged(tx, approved, given)
    try:
        yield from scripts.run(tx, said.after, is_after=True)
    except Torn:
        # The card had spoken its last word; only a script did not reach it.
        return _judged(tx, approved, given, Stage.SCRIPTS_AFTER)
    return _judged(tx, approved, given) if said.after else outcome


def _judged(tx: Transaction, approved: bool, given: Given, stage: Stage | None = None) -> Outcome:
    """Whether issuer and card both said yes."""
    if not approved:
        return tx.outcome(Verdict.DECLINED_ONLINE, Reason.ISSUER_REFUSED, stage)
    if given.kind is not Cryptogram.TC:
        return tx.outcome(Verdict.DECLINED_ONLINE, Reason.CARD_REFUSED_AFTER_ISSUER, stage)
    if not given.is_true:
        return tx.outcome(Verdict.DECLINED_ONLINE, Reason.SIGNATURE_FORGED, stage)
    return tx.outcome(Verdict.APPROVED_ONLINE, Reason.APPROVED, stage)


def _unanswered(tx: Transaction) -> Steps[Outcome]:
    """Unable to go online (10.11): the default action codes decide, and the card."""
    wanted = without_issuer(tx)
    tx.response_code = UNREACHED_APPROVED if wanted is Cryptogram.TC else UNREACHED_DECLINED
    given = yield from cryptogram.second(tx, wanted)
    if given.kind is Cryptogram.TC and given.is_true:
        return tx.outcome(Verdict.APPROVED_OFFLINE, Reason.APPROVED)
    tx.response_code = UNREACHED_DECLINED
    reason = Reason.ISSUER_UNREACHABLE if given.is_true else Reason.SIGNATURE_FORGED
    return tx.outcome(Verdict.DECLINED_OFFLINE, reason)


def _refund(tx: Transaction) -> Steps[Outcome]:
    """Money back: the card is closed, and the issuer alone decides (Book 4, 6.3, refunds)."""
    answer = yield from ask_issuer(tx)
    if not isinstance(answer, Answered):
        return tx.outcome(Verdict.DECLINED_ONLINE, Reason.ISSUER_UNREACHABLE)
    tx.response_code = answer.code
    if is_approval(answer.code):
        return tx.outcome(Verdict.APPROVED_ONLINE, Reason.APPROVED)
    return tx.outcome(Verdict.DECLINED_ONLINE, Reason.ISSUER_REFUSED)
