"""What a card order does to an account, decided without a store: the whole life of one conversion (ADR 0023).

A group of orders is decided one after the other against what is known of their operations, cards and
accounts; what changed is written by the caller in one transaction.
"""

from collections.abc import Mapping
from hashlib import sha256
from types import MappingProxyType

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
    REFUSED,
    SPENT,
    VOID,
    Account,
    Card,
    Operation,
    Rules,
    party_of,
)
from platform_stub.ledger.card_undoing import Undoing
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


class Decisions(Undoing):
    """One group of orders; everything that its orders name must have been looked up before."""

    def __init__(
        self,
        operations: Mapping[str, Operation],
        cards: Mapping[bytes, Card],
        accounts: Mapping[bytes, Account],
        rules: Rules,
        now: int,
        wanted: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        """``wanted``: operation → what should be undone of it in all and could not be so far (tiyn)."""
        self.known = frozenset(operations)
        """Those that have a row already."""
        super().__init__(operations, accounts, rules, now, wanted)
        self._cards = cards
        self._parties: dict[str, str] = {}
        """Where the operations of this group happen: read once, and not again out of their rows."""

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
        self.keep(row)
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
        self.keep(row)
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
        row.due = self._now  # nobody is waited for any more: the payee of Digital Tenge neither
        self._convert(row)
        self.keep(row)
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
            self.take_back(row, row.rest_tiyn)
            row.code = Code.PARTICIPANT_BLOCKED.value
            self.keep(row)
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
            self.keep(original)

    # --- undoing

    def _undo(self, order: Undo) -> Undone:
        row = self._operations.get(order.original)
        if row is None:
            row = Operation(order.original, state=VOID, taken=self._now, time=self._now)
            self.keep(row)
        if row.state == CONFIRMING:
            self._refuse_waiting(row, Code.OPERATION_UNDONE)
        return self.undone(row, order)

    # --- waiting for the customer

    def _refuse_waiting(self, row: Operation, code: Code) -> None:
        row.state, row.code = REFUSED, code.value
        self.keep(row)
        self._answer_waiting(row)

    def _answer_waiting(self, row: Operation) -> None:
        reply = self._reply(row)
        assert reply is not None
        self.changes.answers.append(reply)


def _digest(order: Authorise | Credit | Balance | Tried) -> bytes:
    return sha256(encode_order(order)).digest()


def _told(order: Authorise | Credit | Balance, code: Code) -> BankReply:
    if isinstance(order, Authorise):
        return Authorised(order.operation, code.value, 0)
    if isinstance(order, Credit):
        return Credited(order.operation, code.value, 0)
    return BalanceTold(order.operation, code.value, 0, 0)
