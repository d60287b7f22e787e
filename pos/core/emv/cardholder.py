"""Cardholder verification: down the issuer's list until a method holds (EMV 4.3 Book 3, 10.5; Book 4, 6.3.4).

A rule whose condition is not met is passed over. One that counts and whose method is not known, not supported
or fails, hands on to the next if it says so, else verification has failed.
"""

from typing import Final

from pos.core.emv import pin
from pos.core.emv.steps import Steps
from pos.core.emv.transaction import NO_CVM, Transaction
from tender.card.cvm_list import Condition, CvmList, Method, Result, Rule
from tender.card.tags import Tag
from tender.card.values import Aip, Capabilities, TransactionType, Tsi, Tvr

NO_CONDITION_MET: Final = bytes.fromhex("3F0001")
"""Results when no rule counted (Book 4, 6.3.4.5)."""
_NEEDS: Final = {
    Method.FAIL: Capabilities(0),
    Method.PLAIN_PIN: Capabilities.PLAIN_PIN,
    Method.ONLINE_PIN: Capabilities.ONLINE_PIN,
    Method.PLAIN_PIN_AND_SIGNATURE: Capabilities.PLAIN_PIN | Capabilities.SIGNATURE,
    Method.ENCIPHERED_PIN: Capabilities.ENCIPHERED_PIN,
    Method.ENCIPHERED_PIN_AND_SIGNATURE: Capabilities.ENCIPHERED_PIN | Capabilities.SIGNATURE,
    Method.SIGNATURE: Capabilities.SIGNATURE,
    Method.NO_CVM: Capabilities.NO_CVM,
}
_OFFLINE_PIN: Final = Capabilities.PLAIN_PIN | Capabilities.ENCIPHERED_PIN
_SIGNED: Final = (
    Method.SIGNATURE,
    Method.PLAIN_PIN_AND_SIGNATURE,
    Method.ENCIPHERED_PIN_AND_SIGNATURE,
)
_OFFLINE: Final = {
    Method.PLAIN_PIN: False,
    Method.PLAIN_PIN_AND_SIGNATURE: False,
    Method.ENCIPHERED_PIN: True,
    Method.ENCIPHERED_PIN_AND_SIGNATURE: True,
}
"""Method → whether the PIN goes enciphered."""


def verify(tx: Transaction) -> Steps[None]:
    """The whole list (10.5), if the card can at all (82)."""
    if Aip.CARDHOLDER_VERIFICATION not in tx.aip:
        return
    value = tx.read.get(Tag.CVM_LIST)
    listed = CvmList.read(value, "record.8E") if value is not None else None
    if listed is None or not listed.rules:
        # 7.5: the profile promises a list that is not there. An empty one is none (10.5).
        tx.tvr |= Tvr.ICC_DATA_MISSING
        tx.cvm_results = NO_CVM
        return
    tx.tsi |= Tsi.CARDHOLDER_VERIFICATION_PERFORMED
    tx.cvm_results = NO_CONDITION_MET
    for rule in listed.rules:
        if not _counts(tx, listed, rule):
            continue
        # Stands where the people call it off in the middle of this method.
        tx.cvm_results = bytes((rule.code, rule.when, Result.FAILED))
        result = yield from _try(tx, rule)
        tx.cvm_results = bytes((rule.code, rule.when, result))
        if result is not Result.FAILED:
            return
        if not rule.goes_on:
            break
    tx.tvr |= Tvr.CARDHOLDER_NOT_VERIFIED


def _try(tx: Transaction, rule: Rule) -> Steps[Result]:
    """One method (10.5.1 to 10.5.4)."""
    method = rule.method
    if method is None:
        tx.tvr |= Tvr.CVM_NOT_RECOGNISED
        return Result.FAILED
    needed, able = _NEEDS[method], tx.terminal.capabilities
    if needed not in able:
        if any(needed & pins and not able & pins for pins in (_OFFLINE_PIN, Capabilities.ONLINE_PIN)):
            # 10.5.1, 10.5.2: whoever takes either of the card's two PINs takes its PIN.
            tx.tvr |= Tvr.PIN_PAD_MISSING
        return Result.FAILED
    if method is Method.FAIL:
        return Result.FAILED
    result = Result.SUCCESSFUL
    if method is Method.ONLINE_PIN:
        result = yield from pin.online(tx)
    elif method in _OFFLINE:
        result = yield from pin.offline(tx, enciphered=_OFFLINE[method])
    if method in _SIGNED and result is not Result.FAILED:
        tx.wants_signature = True
        result = Result.UNKNOWN
    return result


def _counts(tx: Transaction, listed: CvmList, rule: Rule) -> bool:
    """Whether a rule's condition is met; one that is not understood is not (table 40)."""
    condition, kind = rule.condition, tx.sale.kind
    cash = kind is TransactionType.CASH
    attended = tx.terminal.kind.attended
    match condition:
        case Condition.ALWAYS:
            return True
        case Condition.UNATTENDED_CASH:
            return cash and not attended
        case Condition.NEITHER_CASH_NOR_CASHBACK:
            return not cash and kind is not TransactionType.CASHBACK
        case Condition.IF_SUPPORTED:
            return rule.method is not None and _NEEDS[rule.method] in tx.terminal.capabilities
        case Condition.MANUAL_CASH:
            return cash and attended
        case Condition.CASHBACK:
            return kind is TransactionType.CASHBACK
        case None:
            return False
    # The amounts count only in the application's own currency (10.5).
    if tx.number(Tag.APPLICATION_CURRENCY) != tx.sale.currency:
        return False
    limit = listed.x if condition in (Condition.UNDER_X, Condition.OVER_X) else listed.y
    if condition in (Condition.UNDER_X, Condition.UNDER_Y):
        return tx.sale.amount_tiyn < limit
    return tx.sale.amount_tiyn > limit
