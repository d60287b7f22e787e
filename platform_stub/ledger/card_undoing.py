"""How a card operation is undone at its bank: in part, twice, late, and beside refunds of it (ADR 0023).

What a client gets back of a spending, undone and given back by credits together, is never more than it was.
"""

from collections.abc import Mapping

from platform_stub.ledger.card_operations import (
    CARD_OWED,
    CARD_PAYABLE,
    CONVERTED,
    CONVERTING,
    MOVED,
    MOVING,
    REFUSED,
    SPENT,
    UNDONE_ENTRY,
    Account,
    Changes,
    Operation,
    Rules,
    party_of,
)
from tender.account.card_messages import CREDITS, Undo, Undone
from tender.errors import Code


class Undoing:
    """What a group of orders takes back; the operations that they name, and those these name, are known."""

    def __init__(
        self,
        operations: Mapping[str, Operation],
        accounts: Mapping[bytes, Account],
        rules: Rules,
        now: int,
        wanted: Mapping[str, int],
    ) -> None:
        """``wanted``: operation → what should be undone of it in all and could not be so far (tiyn)."""
        self._operations = dict(operations)
        self._accounts = accounts
        self._rules = rules
        self._now = now
        self._wanted = dict(wanted)
        self.changes = Changes()

    def undone(self, row: Operation, order: Undo) -> Undone:
        """Undo as much of it as can be; with a code where that is not all of it."""
        if row.kind in CREDITS and row.state != REFUSED:
            total_tiyn = order.amount_tiyn or row.amount_tiyn
            code = self._undo_credit(row, total_tiyn)
            if code == Code.FUNDS_INSUFFICIENT:
                self._want(row, total_tiyn, Code.FUNDS_INSUFFICIENT)
            return Undone(order.operation, code, row.undone_tiyn)
        code = self._undo_spending(row, order) if row.state in SPENT else ""
        return Undone(order.operation, code, row.undone_tiyn if row.state in SPENT else 0)

    def _undo_spending(self, row: Operation, order: Undo) -> str:
        """Never more than credits have left of it: what they gave is back already. ``refund-too-much``: not
        all of it is undone for that; the rest stays wanted until they are undone."""
        total_tiyn = min(order.amount_tiyn or row.amount_tiyn, row.amount_tiyn)
        for credit in list(self._operations.values()) if row.back_tiyn else ():
            if credit.original == row.operation:
                self._stays_given(credit, row, total_tiyn)
        more_tiyn = min(total_tiyn, row.amount_tiyn - row.back_tiyn) - row.undone_tiyn
        if more_tiyn > 0 and row.gone:
            self._want(row, row.undone_tiyn + more_tiyn, Code.PAID_IN_DT)
            return Code.PAID_IN_DT.value
        if more_tiyn > 0:
            self.take_back(row, more_tiyn)
            self.keep(row)
        if row.undone_tiyn >= total_tiyn:
            return ""
        self._want(row, total_tiyn, Code.REFUND_TOO_MUCH)
        return Code.REFUND_TOO_MUCH.value

    def _want(self, row: Operation, total_tiyn: int, why: Code) -> None:
        self._wanted[row.operation] = total_tiyn
        self.changes.refused_undos[row.operation] = (total_tiyn, why)

    def _stays_given(self, credit: Operation, spent: Operation, total_tiyn: int) -> int:
        """Both are to be undone and neither can be alone: what the credit gave is what the client would get
        back of the spending, so it stays there, and nothing moves. How much, in tiyn."""
        given_tiyn = credit.amount_tiyn - credit.undone_tiyn - credit.owed_tiyn - credit.giving_tiyn
        wanted_tiyn = self._wanted.get(credit.operation, 0) - credit.undone_tiyn
        amount_tiyn = min(given_tiyn, wanted_tiyn, total_tiyn - spent.undone_tiyn, spent.back_tiyn)
        if amount_tiyn <= 0 or credit.state == REFUSED or spent.state not in SPENT or spent.gone:
            return 0
        spent.undone_tiyn += amount_tiyn
        self.keep(spent)
        self._no_more_back(credit, amount_tiyn)
        return amount_tiyn

    def bear(self, operation: str, total_tiyn: int, account: str) -> int:
        """An undo that could not be done is done at the bank's own cost: ``account`` of its books bears what
        of ``total_tiyn`` is missing, which is returned. A refund's client keeps the money; a payer whose
        Digital Tenge the payee has gets as many from the bank; nothing while they are on their way, for they
        may come back."""
        row = self._operations[operation]
        if row.in_dt and row.state != MOVED:
            return 0
        if row.kind in CREDITS:
            missing_tiyn = min(total_tiyn, row.amount_tiyn) - row.undone_tiyn
            if missing_tiyn > 0:
                self.changes.book(account, CARD_PAYABLE, missing_tiyn)
                self._no_more_back(row, missing_tiyn)
        else:
            missing_tiyn = min(total_tiyn, row.amount_tiyn - row.back_tiyn) - row.undone_tiyn
            if missing_tiyn > 0:
                row.undone_tiyn += missing_tiyn
                row.owed_tiyn, row.due = row.owed_tiyn + missing_tiyn, self._now
                self.changes.book(account, CARD_OWED, missing_tiyn)
                self.keep(row)
        return max(0, missing_tiyn)

    def take_back(self, row: Operation, amount_tiyn: int) -> None:
        """Undo so much of a spending: at once while the Digital Tenge lie where they lay, else by giving."""
        row.undone_tiyn += amount_tiyn
        if row.state == CONVERTED:
            row.held_tiyn -= amount_tiyn
            if not row.in_dt:
                self.changes.book(CARD_PAYABLE, CONVERTING, amount_tiyn)
            account = self._accounts.get(row.address)
            if account is not None:
                account.free_tiyn += amount_tiyn
                account.whole_tiyn += amount_tiyn
            part = f"undone {row.undone_tiyn}"
            self.changes.enter(row, UNDONE_ENTRY, amount_tiyn, party_of(row), part, self._now)
        else:
            row.owed_tiyn += amount_tiyn
            row.due = self._now
            self.changes.book(CARD_PAYABLE, CARD_OWED, amount_tiyn)

    def _undo_credit(self, row: Operation, total_tiyn: int) -> str:
        """A refund that was none: what is not given yet is not given, the rest is taken from what is free."""
        wanted = min(total_tiyn, row.amount_tiyn) - row.undone_tiyn
        owed = min(wanted, row.owed_tiyn)
        if owed > 0:
            row.owed_tiyn -= owed
            self.changes.book(CARD_OWED, CARD_PAYABLE, owed)
            self._no_more_back(row, owed)
        taken = wanted - owed
        if taken <= 0:
            return ""
        if row.giving_tiyn or row.state == MOVING:
            return Code.STORE_BUSY.value
        original = self._operations.get(row.original)
        if original is not None:
            self._wanted[row.operation] = total_tiyn
            taken -= self._stays_given(row, original, self._wanted.get(original.operation, 0))
        if not taken:
            return ""
        account = self._accounts[row.address]
        if account.free_tiyn < taken:
            return Code.FUNDS_INSUFFICIENT.value
        account.free_tiyn -= taken
        account.whole_tiyn -= taken
        row.state, row.held_tiyn = CONVERTED, row.held_tiyn + taken
        self.changes.book(CONVERTING, CARD_PAYABLE, taken)
        self._no_more_back(row, taken)
        self.changes.enter(row, UNDONE_ENTRY, -taken, party_of(row), f"undone {row.undone_tiyn}", self._now)
        return ""

    def _no_more_back(self, row: Operation, amount_tiyn: int) -> None:
        row.undone_tiyn += amount_tiyn
        self.keep(row)
        original = self._operations.get(row.original)
        if original is not None:
            original.back_tiyn -= amount_tiyn
            self.keep(original)

    def keep(self, row: Operation) -> None:
        """It has changed."""
        self._operations[row.operation] = row
        self.changes.operations[row.operation] = row
