"""Cards of a bank's clients: an authorisation decides and converts in one transaction, many of them in one
commit, and nobody else is asked (DT-P-14, DT-C-01, ADR 0023).

What must be asked of others follows later and at leisure: the outputs move to the bank's inventory, and back,
by ordinary notarised movements (``card_moves.py``); the day is settled by ``card_days.py``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from types import MappingProxyType

from platform_stub.bank.office import Office
from platform_stub.bank.store import BankRows
from platform_stub.ledger.books import entry
from platform_stub.ledger.card_decisions import Decisions
from platform_stub.ledger.card_operations import (
    MOVED,
    Account,
    Card,
    Changes,
    Operation,
    Rules,
    progress,
)
from platform_stub.store.card_book_rows import RefusedUndo
from tender.account.capabilities import Capability
from tender.account.card_day_messages import REASON_MOST
from tender.account.card_messages import (
    BLOCKED,
    CASH,
    CLOSED,
    ECOMMERCE,
    PURCHASE,
    PURCHASE_IN_DT,
    REFUND,
    RETURN,
    Authorise,
    BankReply,
    CardIssued,
    CardLink,
    CardLinked,
    CardState,
    Credit,
    Grouped,
    MerchantAsked,
    MerchantKnown,
    Undo,
)
from tender.card.in_dt import DtOffer
from tender.errors import Code, LocalProtocolError, Refusal

CardOrder = CardIssued | CardState | CardLink

BIN_DIGITS = 12
"""A merchant's number at its bank begins with its BIN."""
MERCHANT_NAME_MOST = 120
OFFICER_MOST = 60
BEARING = ("loss:cards", "receivable:card-undos")
"""Accounts of the bank's books that can bear an undo which could not be done: its own loss, or what it claims
from whoever has the money."""
CHANGED = "card-state."
"""Under what setting an order that changed a card's state is noted."""
_ASKED_OF: dict[str, Capability] = {
    PURCHASE_IN_DT: Capability.CARD_PURCHASE_DT,
    ECOMMERCE: Capability.E_COMMERCE,
    RETURN: Capability.RETURN,
    REFUND: Capability.RETURN,
}


class Cards:
    """Answers what the issuer's card host asks over the link, in groups."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._desk = office.desk
        self.blocked: Callable[[], bool] = lambda: False
        """Whether the platform blocked this bank; set by whoever wires the gateway."""
        self.found_blocked = False
        """Whether it was, when the last group was decided."""
        self.answered: Callable[[Iterable[BankReply]], None] = lambda _replies: None
        """Told of replies that had waited for a customer; set by the link."""
        self.payee_address: Callable[[DtOffer], bytes | Refusal] = lambda _payee: Refusal(Code.PAYEE_UNKNOWN)
        """Finds the account of a payee that takes Digital Tenge; set by whoever asks the ID Center."""
        self.owing: Callable[[], None] = lambda: None
        """Told when the bank owes Digital Tenge that are due; set by whoever gives them."""

    @property
    def number(self) -> int:
        """The bank's number."""
        return self._office.number

    # --- spending and giving back

    def work(self, orders: Sequence[Grouped]) -> list[BankReply | None]:
        """Decide these orders in one transaction; None for those that wait for their customers.

        Raises :class:`tender.errors.StoreError`: nothing of the group happened then.
        """
        payees = self._payees(orders)
        with self._desk.store.writing() as rows:
            blocked = self.blocked()
            decisions = self._decisions(rows, orders, payees, blocked)
            known = set(decisions.known)
            replies = [decisions.decide(order) for order in orders]
            self._write(rows, decisions.changes, known)
        self.found_blocked = blocked
        self._tell(decisions.changes)
        return replies

    def _payees(self, orders: Sequence[Grouped]) -> dict[DtOffer, bytes | Refusal]:
        """Where the Digital Tenge of this group would go: asked before anything is decided."""
        wanted = {one.payee for one in orders if isinstance(one, Authorise) and one.payee is not None}
        return {payee: self.payee_address(payee) for payee in wanted}

    def _decisions(
        self,
        rows: BankRows,
        orders: Sequence[Grouped],
        payees: Mapping[DtOffer, bytes | Refusal],
        blocked: bool,
    ) -> Decisions:
        names: set[str] = set()
        for order in orders:
            names.add(order.original if isinstance(order, Undo) else order.operation)
            if isinstance(order, Credit) and order.original:
                names.add(order.original)
        operations = rows.operations_named(names)
        # What an undone credit gave back counts again as not given back.
        farther = {one.original for one in operations.values() if one.original} - names
        operations.update(rows.operations_named(farther))
        wanted = self._wanted(rows, operations)
        shown = {order.card for order in orders if not isinstance(order, Undo)}
        cards = rows.cards_named(shown | {one.card for one in operations.values() if one.card})
        return self._looked_up(rows, operations, cards, payees, wanted, blocked)

    def _wanted(self, rows: BankRows, operations: dict[str, Operation]) -> dict[str, int]:
        """Where credits stand against a spending: what should be undone of either and could not be, looked up
        with those credits."""
        if not any(one.back_tiyn for one in operations.values()):
            return {}
        wanted = {one.operation: one.amount_tiyn for one in rows.refused_undos() if not one.decided}
        found = rows.operations_named(wanted.keys() - operations.keys())
        operations.update({name: one for name, one in found.items() if one.original in operations})
        return wanted

    def _looked_up(
        self,
        rows: BankRows,
        operations: dict[str, Operation],
        cards: dict[bytes, Card],
        payees: Mapping[DtOffer, bytes | Refusal] = MappingProxyType({}),
        wanted: Mapping[str, int] = MappingProxyType({}),
        blocked: bool | None = None,
    ) -> Decisions:
        sums = rows.sums_of({card.address for card in cards.values()})
        accounts = {address: Account(free, free + held) for address, (free, held) in sums.items()}
        blocked = self.blocked() if blocked is None else blocked
        rules = Rules(blocked, self._office.config.card_refund_wait_s, self._offered, payees)
        return Decisions(operations, cards, accounts, rules, self._desk.clock.now(), wanted)

    def _write(self, rows: BankRows, changes: Changes, known: set[str]) -> None:
        rows.keep_operations(changes.operations.values(), known)
        lines = [(account, change) for account, change in changes.books.items() if change]
        if lines:
            reference = progress(changes.operations.values())
            if not rows.book(entry(reference, "card operations", *lines), self._desk.clock.now()):
                raise LocalProtocolError(Code.SUMS_DIFFER, "books.card operations")
        rows.enter_many(changes.entries)
        for name, (amount_tiyn, code) in changes.refused_undos.items():
            rows.keep_refused_undo(RefusedUndo(name, amount_tiyn, code.value, self._desk.clock.now()))

    def _tell(self, changes: Changes) -> None:
        if changes.answers:
            self.answered(changes.answers)
        if any(row.owed_tiyn for row in changes.operations.values()):
            self.owing()

    def _offered(self, order: Authorise | Credit) -> Refusal | None:
        """Whether this bank does that at all (Table 10)."""
        on_us = order.place.acquirer == self.number
        if order.kind == PURCHASE:
            wanted = Capability.PURCHASE_ON_US if on_us else Capability.PURCHASE_OFF_US
        elif order.kind == CASH:
            wanted = Capability.CASH_ON_US if on_us else Capability.CASH_OFF_US
        else:
            wanted = _ASKED_OF.get(order.kind, Capability.CARD_PURCHASE)
        return self._office.offered(wanted)

    # --- what nothing settles

    def open_undos(self) -> list[RefusedUndo]:
        """Undos the bank refused, that are not done yet and about which nobody has decided. Not where credits
        have given the rest: nobody lacks anything, and whoever decides does so about the credit. Nor where
        Digital Tenge are on their way to a payee: whether they stay there has no end yet."""
        with self._desk.store.reading() as rows:
            waiting = [one for one in rows.refused_undos() if not one.decided]
            waiting = [one for one in waiting if one.code != Code.REFUND_TOO_MUCH.value]
            known = rows.operations_named(one.operation for one in waiting)
        return [
            one
            for one in waiting
            if (row := known[one.operation]).undone_tiyn < one.amount_tiyn
            and not (row.in_dt and row.state != MOVED)
        ]

    def bear(self, operation: str, account: str, reason: str, officer: str) -> RefusedUndo | Refusal:
        """Somebody of the bank ends such a difference: ``account`` (:data:`BEARING`) bears it from now on;
        the next day's report says so. ``order-unknown``; ``name-wrong`` without a reason or a name."""
        for field, text, most in (("reason", reason, REASON_MOST), ("officer", officer, OFFICER_MOST)):
            if not text.strip() or len(text) > most or not text.isprintable():
                return Refusal(Code.NAME_WRONG, field, (("most", most),))
        found = next((one for one in self.open_undos() if one.operation == operation), None)
        if found is None or account not in BEARING:
            return Refusal(Code.ORDER_UNKNOWN, "operation" if found is None else "account")
        with self._desk.store.writing() as rows:
            operations = rows.operations_named([operation])
            operations.update(rows.operations_named(one.original for one in operations.values()))
            decisions = self._looked_up(rows, operations, {})
            borne_tiyn = decisions.bear(operation, found.amount_tiyn, account)
            if not borne_tiyn:
                return Refusal(Code.ORDER_UNKNOWN, "operation")  # done meanwhile, without anybody's loss
            self._write(rows, decisions.changes, set(decisions.known))
            decided = replace(
                found,
                account=account,
                borne_tiyn=borne_tiyn,
                reason=reason,
                officer=officer,
                decided=self._desk.clock.now(),
            )
            rows.decide_undo(decided)
        self._tell(decisions.changes)
        return decided

    # --- the customer's yes

    def confirm(self, client: int, operation: str, yes: bool) -> Refusal | None:
        """A customer's answer to a purchase that waits for it (DT-C-18); the issuer hears at once."""
        with self._desk.store.writing() as rows:
            operations = rows.operations_named([operation])
            row = operations.get(operation)
            if row is None or row.client != client:
                return Refusal(Code.ORDER_UNKNOWN, "card-confirm.operation")
            decisions = self._looked_up(rows, operations, rows.cards_named([row.card]))
            refused = decisions.confirm(operation, yes)
            self._write(rows, decisions.changes, {operation})
        self._tell(decisions.changes)
        return None if refused is None else Refusal(refused, "card-confirm.operation")

    def let_wait_no_longer(self) -> None:
        """Refuse those whose customer was silent for too long."""
        with self._desk.store.reading() as rows:
            waiting = rows.waiting_for()
        now = self._desk.clock.now()
        if not waiting or not (self.blocked() or any(one.due <= now for one in waiting)):
            return
        with self._desk.store.writing() as rows:
            names = {one.operation for one in rows.waiting_for()}
            decisions = self._looked_up(rows, rows.operations_named(names), {})
            decisions.let_wait_no_longer()
            self._write(rows, decisions.changes, names)
        self._tell(decisions.changes)

    # --- cards themselves

    def card(self, order: CardOrder) -> CardLinked:
        """A card is linked to its client's one account, for life, or its state changes, or is asked about."""
        with self._desk.store.writing() as rows:
            if isinstance(order, CardIssued):
                refused = self._link(rows, order)
                if refused is not None:
                    return CardLinked(order.operation, refused.value, None, "")
            if isinstance(order, CardState):
                self._change(rows, order)
            found = rows.cards_named([order.card]).get(order.card)
        if found is None:
            return CardLinked(order.operation, Code.CARD_UNKNOWN.value, None, "")
        stopped = found.stopped and found.state not in (BLOCKED, CLOSED)
        return CardLinked(order.operation, "", found.address, BLOCKED if stopped else found.state)

    def _change(self, rows: BankRows, order: CardState) -> None:
        """Once for each order: one that comes again after a newer one changes nothing; closed is for good."""
        name = CHANGED + order.operation
        found = rows.cards_named([order.card]).get(order.card)
        if found is None or found.state == CLOSED or rows.setting(name) is not None:
            return
        rows.change_card(order.card, state=order.state)
        rows.keep_setting(name, order.state.encode())

    def _link(self, rows: BankRows, order: CardIssued) -> Code | None:
        client = rows.client_by("identifier", order.client) or rows.client_by("phone", order.client)
        if client is None:
            return Code.CLIENT_UNKNOWN
        address = rows.account_of(client.number)
        if address is None:
            return Code.ACCOUNT_UNKNOWN
        made = Card(
            order.card, client.number, address, order.masked, order.kind, order.state, order.expiry, False
        )
        if rows.add_card(made):
            return None
        known = rows.cards_named([order.card])[order.card]
        same = (known.client, known.masked, known.kind) == (made.client, made.masked, made.kind)
        if same and made.expiry > known.expiry:  # it was made again, with another date printed on it
            rows.change_card(order.card, expiry=made.expiry)
        return None if same else Code.REQUEST_REPLAYED

    def merchant(self, order: MerchantAsked) -> MerchantKnown:
        """Whether a merchant (DE 42, which begins with its BIN) is a client whom takings are credited to."""
        with self._desk.store.reading() as rows:
            client = rows.client_by("identifier", order.merchant[:BIN_DIGITS])
        if client is None:
            return MerchantKnown(order.operation, Code.MERCHANT_UNKNOWN.value, "")
        return MerchantKnown(order.operation, "", client.name[:MERCHANT_NAME_MOST])

    def stop(self, client: int, card: bytes, stopped: bool) -> Refusal | None:
        """The customer stops a card of its own, or lets it be used again; the account is not touched."""
        with self._desk.store.writing() as rows:
            found = rows.cards_named([card]).get(card)
            if found is None or found.client != client:
                return Refusal(Code.CARD_UNKNOWN, "card-stop.card")
            rows.change_card(card, stopped=stopped)
        return None


def digest_of(raw: bytes) -> bytes:
    """What tells one order from another under the same operation."""
    return sha256(raw).digest()
