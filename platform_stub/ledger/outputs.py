"""What a node decides about outputs (DT-P-20..25): which to spend, and whether a transaction may stand."""

from collections.abc import Callable, Sequence

from tender.account.eds import open_order, open_reply
from tender.account.participant_messages import Movement
from tender.account.participants import NBK, NOTARY
from tender.account.service_messages import NOTARISE, Notarise
from tender.account.transaction import (
    INPUTS_MAX,
    MINTING,
    Output,
    Payee,
    SignedTransaction,
    check_mark,
    check_transaction,
)
from tender.errors import Code, Refusal, RemoteProtocolError


def choose(available: Sequence[Output], wanted_tiyn: int) -> tuple[Output, ...] | Refusal:
    """Outputs worth at least ``wanted_tiyn``: the smallest one that does alone, else the largest first."""
    enough = [one for one in available if one.amount_tiyn >= wanted_tiyn]
    if enough:
        return (min(enough, key=lambda one: (one.amount_tiyn, one.id)),)
    chosen: list[Output] = []
    sum_tiyn = 0
    for one in sorted(available, key=lambda one: (-one.amount_tiyn, one.id))[:INPUTS_MAX]:
        chosen.append(one)
        sum_tiyn += one.amount_tiyn
        if sum_tiyn >= wanted_tiyn:
            return tuple(chosen)
    return Refusal(Code.FUNDS_INSUFFICIENT, "amount", (("have_tiyn", sum_tiyn), ("need_tiyn", wanted_tiyn)))


def reach_tiyn(available: Sequence[Output]) -> int:
    """The most that one movement can take of them: it has only so many inputs."""
    return sum(sorted((one.amount_tiyn for one in available), reverse=True)[:INPUTS_MAX])


def payees_with_change(
    inputs: Sequence[Output], payees: Sequence[Payee], bank: int, change_to: bytes
) -> tuple[Payee, ...]:
    """The payees, and what is left over back to its owner."""
    left = sum(one.amount_tiyn for one in inputs) - sum(one.amount_tiyn for one in payees)
    return (*payees, Payee(bank, change_to, left)) if left else tuple(payees)


def validate(
    signed: SignedTransaction, key_of: Callable[[int], bytes | None], bank: int | None = None
) -> Refusal | None:
    """What every validation node checks (DT-P-20..22, DT-P-41) without its own store.

    ``key_of`` gives a participant's messages key. Money is made by the National Bank alone (DT-P-02); other
    transactions carry the mark of the bank whose node holds the inputs (``bank``, when it is known).
    """
    transaction = signed.transaction
    refused = check_transaction(signed)
    if refused is not None:
        return refused
    if transaction.purpose in MINTING:
        keepers = {NBK}
    else:
        keepers = {one.bank for one in transaction.inputs}
        if len(keepers) != 1 or (bank is not None and keepers != {bank}):
            return Refusal(Code.FIELD_WRONG, "transaction.inputs")
    for keeper in keepers:
        key = key_of(keeper)
        if key is None:
            return Refusal(Code.SENDER_UNKNOWN, "transaction.marks", (("participant", keeper),))
        refused = check_mark(signed, keeper, key)
        if refused is not None:
            return Refusal(Code.ISSUER_FORGED, "transaction.marks") if _forged_mint(signed) else refused
    return None


def _forged_mint(signed: SignedTransaction) -> bool:
    """Somebody else's mark where only the National Bank's makes money."""
    return signed.transaction.purpose in MINTING and any(mark.participant != NBK for mark in signed.marks)


def check_movement(movement: Movement, key_of: Callable[[int], bytes | None]) -> Refusal | None:
    """A transaction that may stand and that the notary confirmed (DT-P-26): None, or the refusal."""
    refused = validate(movement.signed, key_of)
    if refused is not None:
        return refused
    notary = key_of(NOTARY)
    if notary is None:
        return Refusal(Code.SENDER_UNKNOWN, "movement.notarise_reply")
    try:
        told = notarisation(movement.signed)
        order = open_order(movement.notarise_order).order
        reply = open_reply(movement.notarise_reply, movement.notarise_order, NOTARY, notary)
    except RemoteProtocolError as error:
        return error.refusal
    if order.kind != "notarise" or order.body != NOTARISE.encode(told) or reply.code:
        return Refusal(Code.FIELD_WRONG, "movement.notarise_order")
    return None


def notarisation(signed: SignedTransaction) -> Notarise:
    """What the notary is told of a transaction: ids, and nothing else (DT-P-27)."""
    transaction = signed.transaction
    return Notarise(
        transaction.id,
        tuple(one.id for one in transaction.inputs),
        tuple(one.id for one in transaction.outputs()),
    )
