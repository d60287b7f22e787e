"""A node of the account ledger at work: it prepares movements, has them validated and notarised, and takes in
what others send (DT-P-20..27).

A movement's life: *prepared* (inputs locked, signed, marked) → validated by the payees' nodes → *notarised*
(inputs spent, outputs recorded here, the rest in transit, the use case's own postings, all in one
transaction) → delivered from the outbox. If we die before the notary was asked, or after, the order waits
under its operation and :meth:`Desk.tick` takes it up; every step has the same message id and bytes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from platform_stub.desk import Asked, Desk, derive, passing, pending
from platform_stub.ledger.outputs import (
    check_movement,
    choose,
    notarisation,
    payees_with_change,
    validate,
)
from platform_stub.store.ledger_rows import LedgerRows
from platform_stub.store.node_rows import LOCKED, SPENT, UNSPENT, MovementRow
from platform_stub.vault import MESSAGES
from tender.account.participant_messages import MOVEMENT, Movement, TransferValidate, Validated
from tender.account.participants import NBK, NOTARY
from tender.account.transaction import (
    INPUTS_MAX,
    MINTING,
    SALT_BYTES,
    SIGNED_TRANSACTION,
    Mark,
    Output,
    Payee,
    SignedTransaction,
    Transaction,
    sign_as_owner,
    sign_mark,
)
from tender.errors import Code, LinkError, Refusal

R = TypeVar("R", bound=LedgerRows)

PREPARED = "prepared"
DONE = "done"
FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a movement takes its money: an address of this node, and the label of its key."""

    address: bytes
    label: str


class Node(Generic[R]):
    """The ledger of one participant with accounts."""

    def __init__(self, desk: Desk[R], knows: Callable[[R, bytes], bool]) -> None:
        """``knows``: whether an address is one of this node's accounts."""
        self.desk = desk
        self._knows = knows

    @property
    def number(self) -> int:
        """The participant's number."""
        return self.desk.number

    def free(self, rows: R, address: bytes) -> int:
        """What an address may spend now: unspent, unlocked and not encumbered (tiyn)."""
        return sum(one.amount_tiyn for one in rows.spendable(address)) - rows.held(address)

    def free_at_once(self, rows: R, address: bytes) -> int:
        """What one movement may take of what is free: it has only so many inputs (tiyn)."""
        amounts = sorted((one.amount_tiyn for one in rows.spendable(address)), reverse=True)
        return max(0, min(sum(amounts) - rows.held(address), sum(amounts[:INPUTS_MAX])))

    # --- sending

    def prepare(
        self,
        operation: bytes,
        purpose: str,
        source: Source | None,
        payees: Sequence[Payee] | Callable[[R], Sequence[Payee]],
        asked: Asked | None = None,
        lock: Callable[[R], Refusal | None] | None = None,
    ) -> Refusal | None:
        """Choose and lock inputs and sign, unless this operation was prepared before.

        ``source`` None: the National Bank makes money. ``lock`` may refuse within the same transaction, and
        ``payees`` may be found in it; nobody to pay is ``funds-insufficient``.
        """
        with self.desk.store.writing() as rows:
            if rows.movement(operation) is not None:
                return None
            payees = payees(rows) if callable(payees) else payees
            if not payees:
                return Refusal(Code.FUNDS_INSUFFICIENT, "amount")
            refused = lock(rows) if lock is not None else None
            inputs: tuple[Output, ...] = ()
            total_tiyn = sum(payee.amount_tiyn for payee in payees)
            if refused is None and source is not None:
                chosen = self._choose(rows, source.address, total_tiyn)
                if isinstance(chosen, Refusal):
                    return chosen
                inputs = chosen
                payees = payees_with_change(inputs, payees, self.number, source.address)
            if refused is not None:
                return refused
            salt = self.desk.entropy.draw(SALT_BYTES)
            transaction = Transaction(purpose, salt, inputs, tuple(payees))
            owners = (
                ()
                if source is None
                else (sign_as_owner(transaction, self.desk.vault.key_in(rows, source.label)),)
            )
            mark = sign_mark(transaction, self.number, self.desk.vault.key(MESSAGES))
            signed = SignedTransaction(transaction, owners, (mark,))
            ids = [one.id for one in inputs]
            rows.turn(ids, UNSPENT, LOCKED, transaction.id)
            now = self.desk.clock.now()
            encoded = SIGNED_TRANSACTION.encode(signed)
            rows.keep_movement(
                MovementRow(operation, transaction.id, purpose, encoded, None, None, PREPARED, ""), now
            )
            rows.validated(transaction.id, purpose, total_tiyn, "valid", now)
            rows.note(transaction.id, purpose, total_tiyn, PREPARED, now)
            if asked is not None:
                rows.keep_setting(pending(operation), asked.signed.raw)
        return None

    def _choose(self, rows: R, address: bytes, wanted_tiyn: int) -> tuple[Output, ...] | Refusal:
        available = rows.spendable(address)
        have = sum(one.amount_tiyn for one in available)
        held = rows.held(address)
        if have >= wanted_tiyn > have - held:
            # A whole account is held by holding more than it has.
            left = max(0, have - held)
            facts = (("have_tiyn", left), ("held_tiyn", have - left), ("need_tiyn", wanted_tiyn))
            return Refusal(Code.FUNDS_ENCUMBERED, "amount", facts)
        return choose(available, wanted_tiyn)

    def carry(
        self,
        operation: bytes,
        finish: Callable[[R, Movement], None],
        undo: Callable[[R], None] | None = None,
    ) -> Movement | Refusal:
        """Take a prepared movement to its end; ``finish`` adds the use case's rows to the last transaction,
        ``undo`` takes back, when somebody refuses it, what was booked with the lock.

        Once the notary was asked, nothing but its own last word unlocks the inputs: it may have written.
        Raises :class:`tender.errors.LinkError` when somebody cannot be reached, or refuses for the moment
        only: repeat later.
        """
        notarise_id = derive(operation, "notarise")
        with self.desk.store.reading() as rows:
            row = rows.movement(operation)
            notary_asked = rows.sent(notarise_id) is not None
        if row is None:
            return Refusal(Code.ORDER_UNKNOWN, "operation")
        if row.state == FAILED:
            return Refusal(Code(row.code), "transaction")
        if row.movement is not None:
            return MOVEMENT.decode(row.movement, "movement")
        signed = SIGNED_TRANSACTION.decode(row.signed, "transaction")
        marked = self._have_validated(operation, signed)
        if isinstance(marked, Refusal):
            if notary_asked or passing(marked):
                raise LinkError(Code.PEER_UNREACHABLE, marked.field)
            return self._fail(row, signed, marked, undo)
        noted = self.desk.ask(NOTARY, "notarise", notarisation(signed), notarise_id)
        if isinstance(noted, Refusal):
            if not self.desk.last_word(notarise_id):
                raise LinkError(Code.PEER_UNREACHABLE, noted.field)
            return self._fail(row, signed, noted, undo)
        movement = Movement(marked, noted.order_raw, noted.reply_raw)
        self._finish(row, movement, finish)
        return movement

    def _have_validated(self, operation: bytes, signed: SignedTransaction) -> SignedTransaction | Refusal:
        """The payees' banks look at it first, so that nothing is spent that one of them would not take."""
        marks = list(signed.marks)
        banks = {payee.bank for payee in signed.transaction.payees} - {self.number, NBK}
        for bank in sorted(banks):
            message_id = derive(operation, f"validate {bank}")
            answered = self.desk.ask(bank, "transfer-validate", TransferValidate(signed), message_id)
            if isinstance(answered, Refusal):
                return answered
            told: Validated = answered.body
            marks.append(Mark(bank, told.mark))
        return replace(signed, marks=tuple(marks))

    def _finish(self, row: MovementRow, movement: Movement, finish: Callable[[R, Movement], None]) -> None:
        transaction = movement.signed.transaction
        now = self.desk.clock.now()
        with self.desk.store.writing() as rows:
            latest = rows.movement(row.operation)
            if latest is None or latest.state != PREPARED:
                return
            rows.turn([one.id for one in transaction.inputs], LOCKED, SPENT, transaction.id)
            for output in transaction.outputs():
                if output.bank == self.number:
                    rows.add_output(output)
                else:
                    rows.send_off(output)
            rows.keep_movement(replace(row, movement=MOVEMENT.encode(movement), state=DONE), now)
            rows.note(row.txid, row.purpose, 0, "final", now)
            finish(rows, movement)

    def _fail(
        self,
        row: MovementRow,
        signed: SignedTransaction,
        refusal: Refusal,
        undo: Callable[[R], None] | None,
    ) -> Refusal:
        now = self.desk.clock.now()
        with self.desk.store.writing() as rows:
            rows.turn([one.id for one in signed.transaction.inputs], LOCKED, UNSPENT, None)
            rows.keep_movement(replace(row, state=FAILED, code=refusal.code.value), now)
            rows.note(row.txid, row.purpose, 0, "refused", now)
            if undo is not None:
                undo(rows)
        return refusal

    # --- receiving

    def judge(self, signed: SignedTransaction) -> Validated | Refusal:
        """A validation node's answer: would we take the outputs meant for us? Recorded either way."""
        transaction = signed.transaction
        mine = [payee for payee in transaction.payees if payee.bank == self.number]
        refused = validate(signed, self.desk.key_of)
        now = self.desk.clock.now()
        with self.desk.store.writing() as rows:
            if refused is None and not (mine and all(self._knows(rows, one.address) for one in mine)):
                refused = Refusal(Code.ACCOUNT_UNKNOWN, "transaction.payees")
            amount = sum(one.amount_tiyn for one in mine)
            result = refused.code.value if refused else "valid"
            rows.validated(transaction.id, transaction.purpose, amount, result, now)
        if refused is not None:
            return refused
        return Validated(sign_mark(transaction, self.number, self.desk.vault.key(MESSAGES)).signature)

    def check(self, movement: Movement) -> Refusal | None:
        """Whether a movement may be taken in: valid, notarised, and something in it is ours."""
        refused = check_movement(movement, self.desk.key_of)
        if refused is None and all(one.bank != self.number for one in movement.signed.transaction.payees):
            return Refusal(Code.ACCOUNT_UNKNOWN, "movement.payees")
        return refused

    def take(self, rows: R, movement: Movement) -> list[Output]:
        """Record our outputs of a checked movement; returns those that are new."""
        transaction = movement.signed.transaction
        now = self.desk.clock.now()
        mine = [one for one in transaction.outputs() if one.bank == self.number]
        new = [one for one in mine if rows.add_output(one)]
        if new:
            amount = sum(one.amount_tiyn for one in mine)
            if transaction.purpose in MINTING:
                rows.validated(transaction.id, transaction.purpose, amount, "valid", now)
            rows.note(transaction.id, transaction.purpose, amount, "final", now)
        return new
