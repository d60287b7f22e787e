"""What follows a card's conversion at leisure: the Digital Tenge that a card has spent move from the client's
address into the bank's inventory, and those the bank owes back move the other way (ADR 0023).

Both are ordinary notarised movements, each for many operations of one client. An authorisation never waits
for one, and whatever becomes of one, the four sums of each operation say where its money is.
"""

from collections.abc import Callable
from hashlib import sha256
from threading import Lock

from platform_stub.bank.money import INVENTORY, Money
from platform_stub.bank.office import Office, account_label, current
from platform_stub.bank.store import BankRows
from platform_stub.ledger.books import entry
from platform_stub.ledger.card_operations import (
    CARD_OWED,
    CONVERTED,
    CONVERTING,
    ENTRY_OF,
    MOVED,
    MOVING,
    UNDONE_ENTRY,
    Operation,
    party_of,
    progress,
)
from platform_stub.ledger.outputs import choose, reach_tiyn
from platform_stub.node import Source
from tender.account.card_messages import CREDITS
from tender.account.participant_messages import Movement
from tender.account.transaction import Payee, Purpose
from tender.errors import LinkError, Refusal

GIVEN = "given"
_Lock = Callable[[BankRows], Refusal | None]


class CardMoves:
    """Moves what cards spent, gives what cards are owed."""

    def __init__(self, office: Office, money: Money) -> None:
        self._office = office
        self._money = money
        self._desk = office.desk
        self._node = office.node
        self._turn = Lock()

    def tick(self, *, all_of_it: bool = False) -> None:
        """Finish what is on its way, begin what is due; ``all_of_it``: without waiting for late undos."""
        with self._turn:
            now = self._desk.clock.now()
            with self._desk.store.reading() as rows:
                begun = rows.moving()
                ready = rows.to_move(now if all_of_it else now - self._office.config.card_move_after_s)
                owing = rows.owing(now)
            for movement in begun:
                self._carry_in(movement)
            for address in ready:
                self._move(address, now if all_of_it else now - self._office.config.card_move_after_s)
            for client in owing:
                self._give(client, now)

    # --- from the client into the inventory

    def _move(self, address: bytes, before: int) -> None:
        """One movement for as many conversions of one account as its inputs reach."""
        movement = self._desk.entropy.draw(32)
        taken: list[Operation] = []

        def payees(rows: BankRows) -> tuple[Payee, ...]:
            taken.extend(self._reachable(rows, address, before))
            total, to = sum(one.held_tiyn for one in taken), self._office.inventory.address
            if not taken:
                taken.extend(self._out_of_reach(rows, address, before))
                total, to = reach_tiyn(rows.spendable(address)) if taken else 0, address
            return (Payee(self._office.number, to, total),) if total else ()

        def lock(rows: BankRows) -> Refusal | None:
            for one in taken:
                one.state, one.movement = MOVING, movement
            rows.keep_operations(taken, {one.operation for one in taken})
            return None

        with self._desk.store.reading() as rows:
            client = rows.owner_of(address)
        if client is None:
            return
        source = Source(address, account_label(client))
        if self._node.prepare(movement, Purpose.TRANSFER, source, payees, lock=lock) is None:
            self._carry_in(movement)

    def _reachable(self, rows: BankRows, address: bytes, before: int) -> list[Operation]:
        """The oldest conversions that one movement can take; none while other movements have the outputs."""
        available = rows.spendable(address)
        if sum(one.amount_tiyn for one in available) < rows.held(address):
            return []  # change that is on its way stands behind a part of it
        waiting = rows.converted_at(address, before)
        while waiting and isinstance(choose(available, sum(one.held_tiyn for one in waiting)), Refusal):
            waiting = waiting[: len(waiting) // 2]
        return waiting

    def _out_of_reach(self, rows: BankRows, address: bytes, before: int) -> list[Operation]:
        """The oldest conversion, of more small outputs than one movement takes: it waits while a movement
        from the address to itself makes them fewer."""
        available = rows.spendable(address)
        if sum(one.amount_tiyn for one in available) < rows.held(address):
            return []
        oldest = rows.converted_at(address, before)[:1]
        return [one for one in oldest if one.held_tiyn > reach_tiyn(available)]

    def _carry_in(self, movement: bytes) -> None:
        def finish(rows: BankRows, done: Movement) -> None:
            if all(one.address != self._office.inventory.address for one in done.signed.transaction.payees):
                undo(rows)  # its outputs are fewer now, and nothing has left the address
                return
            moved = rows.moved_by(movement)
            total = sum(one.held_tiyn for one in moved)
            for one in moved:
                one.state, one.held_tiyn = MOVED, 0
            rows.keep_operations(moved, {one.operation for one in moved})
            lines = ((INVENTORY, total), (CONVERTING, -total))
            rows.book(entry(movement, "card conversions", *lines), self._desk.clock.now())

        def undo(rows: BankRows) -> None:
            back = rows.moved_by(movement)
            for one in back:
                one.state, one.movement = CONVERTED, None
            rows.keep_operations(back, {one.operation for one in back})

        try:
            self._node.carry(movement, finish, undo)
        except LinkError:
            return

    # --- from the inventory to the client

    def _give(self, client: int, now: int) -> None:
        with self._desk.store.reading() as rows:
            owed = rows.owed_to(client)
            begun = rows.given_by(one.operation for one in owed if one.giving_tiyn)
            closed = rows.account_of(client) is None
            account = None if closed else self._office.account(rows, client)
        if account is None:
            self._pay_out(client, now)
            return
        if begun:
            for movement in set(begun.values()):
                self._carry_out(movement, client)
            return
        due = [one for one in owed if one.due <= now]
        total = sum(one.owed_tiyn for one in due)
        movement = self._desk.entropy.draw(32)

        def payees(rows: BankRows) -> tuple[Payee, ...]:
            # Decided again with the lock: meanwhile a refund may have been undone.
            latest = rows.operations_named(one.operation for one in due)
            due[:] = [one for one in latest.values() if one.owed_tiyn and not one.giving_tiyn]
            sum_tiyn = sum(one.owed_tiyn for one in due)
            return (Payee(self._office.number, account.address, sum_tiyn),) if sum_tiyn else ()

        def lock(rows: BankRows) -> Refusal | None:
            for one in due:
                one.giving_tiyn, one.owed_tiyn = one.owed_tiyn, 0
            rows.keep_operations(due, {one.operation for one in due})
            for one in due:
                rows.give_by(one.operation, movement)
            return None

        with self._money.inventory_turn:
            # The same debt asks the National Bank once, however often it is tried.
            if self._money.stock_up(sha256(GIVEN.encode() + progress(due)).digest(), total) is not None:
                return
            inventory = self._office.inventory
            refused = self._node.prepare(
                movement, Purpose.TRANSFER, inventory, payees, lock=self._enough(due, lock)
            )
            if refused is None:
                self._carry_out(movement, client)

    def _pay_out(self, client: int, now: int) -> None:
        """What comes back to a Digital Tenge account that was closed goes to the current account instead."""
        with self._desk.store.writing() as rows:
            due = [one for one in rows.owed_to(client) if one.owed_tiyn and one.due <= now]
            if not due or rows.account_of(client) is not None:
                return
            name = sha256(b"card money paid out" + progress(due)).digest()
            total = sum(one.owed_tiyn for one in due)
            for one in due:
                kind, part = _kind_given(one), _part(one, name)
                self._office.enter(rows, client, kind, "noncash", one.owed_tiyn, part, party_of(one))
                one.owed_tiyn = 0
            rows.keep_operations(due, {one.operation for one in due})
            rows.book(entry(name, "card money paid out", (CARD_OWED, total), (current(client), -total)), now)

    def _enough(self, due: list[Operation], lock: _Lock) -> _Lock:
        """Nothing is noted as being given while the inventory's outputs are elsewhere."""

        def checked(rows: BankRows) -> Refusal | None:
            available = rows.spendable(self._office.inventory.address)
            chosen = choose(available, sum(one.owed_tiyn for one in due))
            return chosen if isinstance(chosen, Refusal) else lock(rows)

        return checked

    def _carry_out(self, movement: bytes, client: int) -> None:
        def given(rows: BankRows) -> list[Operation]:
            owed = {one.operation: one for one in rows.owed_to(client) if one.giving_tiyn}
            return [owed[name] for name, by in rows.given_by(owed).items() if by == movement]

        def finish(rows: BankRows, _movement: Movement) -> None:
            done = given(rows)
            total = sum(one.giving_tiyn for one in done)
            for one in done:
                self._office.enter(
                    rows, client, _kind_given(one), "dt", one.giving_tiyn, _part(one, movement), party_of(one)
                )
                one.giving_tiyn = 0
            rows.keep_operations(done, {one.operation for one in done})
            lines = ((CARD_OWED, total), (INVENTORY, -total))
            rows.book(entry(movement, "card money given", *lines), self._desk.clock.now())

        def undo(rows: BankRows) -> None:
            back = given(rows)
            for one in back:
                one.owed_tiyn, one.giving_tiyn = one.owed_tiyn + one.giving_tiyn, 0
                rows.give_by(one.operation, None)
            rows.keep_operations(back, {one.operation for one in back})

        try:
            carried = self._node.carry(movement, finish, undo)
        except LinkError:
            return
        if isinstance(carried, Movement):
            self._office.credited(client, carried.signed.transaction.id)


def _kind_given(one: Operation) -> str:
    """What the client's history calls money that comes back."""
    return ENTRY_OF[one.kind] if one.kind in CREDITS else UNDONE_ENTRY


def _part(one: Operation, movement: bytes) -> bytes:
    """The reference of a line of history: a credit is given once, an undone spending perhaps in parts."""
    return one.reference if one.kind in CREDITS else sha256(one.reference + movement).digest()
