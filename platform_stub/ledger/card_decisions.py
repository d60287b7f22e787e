"""What a card order does to an account, decided without a store: the whole life of one conversion (ADR 0023).

A group of orders is decided one after the other against what is known of their operations, cards and
accounts; what changed is written by the caller in one transaction.
"""

from collections.abc import Mapping
from hashlib import sha256

from platform_stub.ledger.card_operations import (
    BALANCE,
    CARD_OWED,
    CARD_PAYABLE,
    CONFIRMING,
    CONVERTED,
    CONVERTING,
    CREDITED,
    DONE,
    ENTRY_OF,
    MOVING,
    REFUSED,
    SPENT,
    UNDONE_ENTRY,
    VOID,
    Account,
    Card,
    Changes,
    Operation,
    Rules,
    party_of,
)
from tender.account.card_messages import (
    CREDITS,
    PLACE,
    REFUND,
    VERIFICATION,
    Authorise,
    Authorised,
    Balance,
    BalanceTold,
    BankReply,
    Credit,
    Credited,
    Grouped,
    Noted,
    Tried,
    Undo,
    Undone,
    encode_order,
)
from tender.errors import Code


class Decisions:
    """One group of orders; everything that its orders name must have been looked up before."""

    def __init__(
        self,
        operations: Mapping[str, Operation],
        cards: Mapping[bytes, Card],
        accounts: Mapping[bytes, Account],
        rules: Rules,
        now: int,
    ) -> None:
        self.known = frozenset(operations)
        """Those that have a row already."""
        self._operations = dict(operations)
        self._cards = cards
        self._accounts = accounts
        self._rules = rules
        self._now = now
        self._parties: dict[str, str] = {}
        """Where the operations of this group happen: read once, and not again out of their rows."""
        self.changes = Changes()

    def decide(self, order: Grouped) -> BankReply | None:
        """The reply; None while the customer is being asked."""
        if isinstance(order, Undo):
            return self._undo(order)
        if isinstance(order, Tried):
            return self._note(order)
        row = self._operations.get(order.operation)
        if row is not None:
            return self._known(row, order)
        place = PLACE.encode(order.place)
        row = Operation(order.operation, _digest(order), order.card, place=place, time=order.time)
        row.taken = self._now
        self._parties[row.operation] = order.place.name
        if isinstance(order, Balance):
            row.kind = BALANCE
        else:
            row.kind = order.kind
            row.amount_tiyn = 0 if order.kind == VERIFICATION else order.amount_tiyn
        card = self._cards.get(order.card)
        if card is not None:
            row.client, row.address = card.client, card.address
        if isinstance(order, Credit):
            row.original = order.original
        elif isinstance(order, Authorise) and order.payee is not None:
            row.payee_bank, row.payee_reference = order.payee.bank, order.payee.reference
        refused = self._refused(row, order, card)
        if refused is not None:
            row.state, row.code = REFUSED, refused.value
        elif isinstance(order, Authorise):
            self._authorise(row, order)
        elif isinstance(order, Credit):
            self._credit(row)
        else:
            account = self._accounts[row.address]
            row.state, row.free_tiyn, row.other_tiyn = DONE, account.free_tiyn, account.whole_tiyn
        self._keep(row)
        return self._reply(row)

    def _note(self, order: Tried) -> Noted:
        """What the card host refused itself, for the customer's list; nothing else comes of it."""
        row, card = self._operations.get(order.operation), self._cards.get(order.card)
        if row is not None:
            same = row.content == _digest(order)
            return Noted(order.operation, "" if same else Code.REQUEST_REPLAYED.value)
        if card is None:
            return Noted(order.operation, Code.CARD_UNKNOWN.value)
        row = Operation(order.operation, _digest(order), order.card, card.client, card.address, order.kind)
        row.amount_tiyn, row.place, row.time = order.amount_tiyn, PLACE.encode(order.place), order.time
        row.state, row.code, row.taken = REFUSED, order.code, self._now
        self._keep(row)
        return Noted(order.operation, "")

    def confirm(self, operation: str, yes: bool) -> Code | None:
        """The customer's word; None when it counts, else why it does not."""
        row = self._operations.get(operation)
        if row is None or row.state != CONFIRMING:
            return Code.REQUEST_CLOSED if row is not None else Code.ORDER_UNKNOWN
        if row.due <= self._now:
            self._refuse_waiting(row, Code.CONFIRMATION_MISSING)
            return Code.CONFIRMATION_MISSING
        if not yes:
            self._refuse_waiting(row, Code.PAYER_DECLINED)
            return None
        refused = self._short(row) or (None if self._usable(row) else Code.CARD_STOPPED)
        if self._rules.blocked:
            refused = Code.PARTICIPANT_BLOCKED
        if refused is not None:
            self._refuse_waiting(row, refused)
            return refused
        self._convert(row)
        self._keep(row)
        self._answer_waiting(row)
        return None

    def let_wait_no_longer(self) -> None:
        """Refuse whoever did not confirm in time; all who are asked, when the bank is blocked."""
        for row in list(self._operations.values()):
            if row.state == CONFIRMING and self._rules.blocked:
                self._refuse_waiting(row, Code.PARTICIPANT_BLOCKED)
            elif row.state == CONFIRMING and row.due <= self._now:
                self._refuse_waiting(row, Code.CONFIRMATION_MISSING)

    # --- what is known already

    def _known(self, row: Operation, order: Authorise | Credit | Balance) -> BankReply | None:
        if row.state != VOID and row.content != _digest(order):
            return _told(order, Code.REQUEST_REPLAYED)
        if row.state == CONFIRMING:
            return None
        spent = row.state in SPENT and row.kind not in CREDITS and not row.gone
        if self._rules.blocked and spent and row.rest_tiyn:
            # Asked again means not answered to the network yet (DT-M-07).
            self._take_back(row, row.rest_tiyn)
            row.code = Code.PARTICIPANT_BLOCKED.value
            self._keep(row)
        if row.code:
            return self._reply(row)
        undone = row.state == VOID or (row.amount_tiyn and row.undone_tiyn == row.amount_tiyn)
        return _told(order, Code.OPERATION_UNDONE) if undone else self._reply(row)

    def _reply(self, row: Operation) -> BankReply | None:
        if row.state == CONFIRMING:
            return None
        if row.kind == BALANCE:
            free_tiyn, whole_tiyn = max(0, row.free_tiyn), max(0, row.other_tiyn)
            return BalanceTold(row.operation, row.code, free_tiyn, whole_tiyn)
        if row.kind in CREDITS:
            return Credited(row.operation, row.code, row.other_tiyn)
        # Less than nothing is free while change that is on its way back stands behind what was spent.
        return Authorised(row.operation, row.code, max(0, row.free_tiyn))

    # --- something new

    def _refused(self, row: Operation, order: Authorise | Credit | Balance, card: Card | None) -> Code | None:
        if card is None:
            return Code.CARD_UNKNOWN
        if self._rules.blocked:
            return Code.PARTICIPANT_BLOCKED
        if isinstance(order, Credit):
            # Money may come back to a card that may not be used any more: the account is behind it.
            return self._no_credit(row, order)
        if not card.usable:
            return Code.CARD_STOPPED
        if isinstance(order, Balance):
            return None
        offered = self._rules.offered(order)
        if offered is not None:
            return offered.code
        return (self._no_payee(row, order) if row.in_dt else None) or self._short(row)

    def _no_payee(self, row: Operation, order: Authorise) -> Code | None:
        """Whose the Digital Tenge shall be was found out before the group; None: it is known."""
        found = self._rules.payees.get(order.payee) if order.payee is not None else None
        if not isinstance(found, bytes):
            return Code.PAYEE_UNKNOWN if found is None else found.code
        row.payee = found
        return Code.PAYEE_IS_PAYER if found == row.address else None

    def _usable(self, row: Operation) -> bool:
        card = self._cards.get(row.card)
        return card is not None and card.usable

    def _short(self, row: Operation) -> Code | None:
        account = self._accounts[row.address]
        row.free_tiyn = account.free_tiyn
        if row.amount_tiyn <= account.free_tiyn:
            return None
        enough = row.amount_tiyn <= account.whole_tiyn
        return Code.FUNDS_ENCUMBERED if enough else Code.FUNDS_INSUFFICIENT

    def _authorise(self, row: Operation, order: Authorise) -> None:
        if not row.amount_tiyn:
            row.state = DONE
        elif order.confirm_s:
            row.state, row.due = CONFIRMING, self._now + order.confirm_s
        else:
            self._convert(row)

    def _convert(self, row: Operation) -> None:
        """The instant in which the client's Digital Tenge become the network's tenge, in the bank's books; or
        are the payee's, in nobody's."""
        account = self._accounts[row.address]
        account.free_tiyn -= row.amount_tiyn
        account.whole_tiyn -= row.amount_tiyn
        row.state, row.held_tiyn, row.free_tiyn = CONVERTED, row.amount_tiyn, account.free_tiyn
        if not row.in_dt:
            self.changes.book(CONVERTING, CARD_PAYABLE, row.amount_tiyn)
        party = self._parties.get(row.operation) or party_of(row)
        self.changes.enter(row, ENTRY_OF[row.kind], -row.amount_tiyn, party, "", self._now)

    def _no_credit(self, row: Operation, order: Credit) -> Code | None:
        offered = self._rules.offered(order)
        if offered is not None:
            return offered.code
        if not order.original:
            return None if order.kind == REFUND else Code.ORDER_UNKNOWN
        original = self._operations.get(order.original)
        if original is None or original.state not in SPENT or original.kind in CREDITS:
            return Code.ORDER_UNKNOWN
        if original.client != row.client:
            return Code.ORDER_UNKNOWN
        if original.in_dt:
            return Code.PAID_IN_DT
        row.other_tiyn = original.rest_tiyn
        return Code.REFUND_TOO_MUCH if order.amount_tiyn > original.rest_tiyn else None

    def _credit(self, row: Operation) -> None:
        row.state, row.owed_tiyn, row.due = CREDITED, row.amount_tiyn, self._now
        if row.kind == REFUND:
            row.due += self._rules.give_after_s
        self.changes.book(CARD_PAYABLE, CARD_OWED, row.amount_tiyn)
        original = self._operations.get(row.original)
        if original is not None:
            original.back_tiyn += row.amount_tiyn
            row.other_tiyn = original.rest_tiyn
            self._keep(original)

    # --- undoing

    def _undo(self, order: Undo) -> Undone:
        row = self._operations.get(order.original)
        if row is None:
            row = Operation(order.original, state=VOID, taken=self._now, time=self._now)
            self._keep(row)
        if row.state == CONFIRMING:
            self._refuse_waiting(row, Code.OPERATION_UNDONE)
        if row.kind in CREDITS and row.state != REFUSED:
            total_tiyn = order.amount_tiyn or row.amount_tiyn
            code = self._undo_credit(row, total_tiyn)
            if code == Code.FUNDS_INSUFFICIENT:
                self.changes.refused_undos[row.operation] = (total_tiyn, Code.FUNDS_INSUFFICIENT)
            return Undone(order.operation, code, row.undone_tiyn)
        if row.state in SPENT:
            most = row.amount_tiyn - row.back_tiyn
            more = min(order.amount_tiyn or most, most) - row.undone_tiyn
            if more > 0 and row.gone:
                self.changes.refused_undos[row.operation] = (row.undone_tiyn + more, Code.PAID_IN_DT)
                return Undone(order.operation, Code.PAID_IN_DT.value, row.undone_tiyn)
            if more > 0:
                self._take_back(row, more)
                self._keep(row)
            return Undone(order.operation, "", row.undone_tiyn)
        return Undone(order.operation, "", 0)

    def bear(self, operation: str, total_tiyn: int, account: str) -> int:
        """An undo that could not be done is done at the bank's own cost: ``account`` of its books bears what
        of ``total_tiyn`` is missing, which is returned. A refund's client keeps the money; a payer whose
        Digital Tenge the payee has gets as many from the bank."""
        row = self._operations[operation]
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
                self._keep(row)
        return max(0, missing_tiyn)

    def _take_back(self, row: Operation, amount_tiyn: int) -> None:
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
        self._keep(row)
        original = self._operations.get(row.original)
        if original is not None:
            original.back_tiyn -= amount_tiyn
            self._keep(original)

    # --- waiting for the customer

    def _refuse_waiting(self, row: Operation, code: Code) -> None:
        row.state, row.code = REFUSED, code.value
        self._keep(row)
        self._answer_waiting(row)

    def _answer_waiting(self, row: Operation) -> None:
        reply = self._reply(row)
        assert reply is not None
        self.changes.answers.append(reply)

    def _keep(self, row: Operation) -> None:
        self._operations[row.operation] = row
        self.changes.operations[row.operation] = row


def _digest(order: Authorise | Credit | Balance | Tried) -> bytes:
    return sha256(encode_order(order)).digest()


def _told(order: Authorise | Credit | Balance, code: Code) -> BankReply:
    if isinstance(order, Authorise):
        return Authorised(order.operation, code.value, 0)
    if isinstance(order, Credit):
        return Credited(order.operation, code.value, 0)
    return BalanceTold(order.operation, code.value, 0, 0)
