"""A card that pays in Digital Tenge: what it has spent goes from the client to the payee, at this bank or at
another, by an ordinary notarised movement of its own (DT-S-09, DT-C-27, ADR 0023).

It is decided in the local commit of its group (``cards.py``): from then on the Digital Tenge are not the
client's. They move when a reversal has become unlikely. Until then an undo gives them back; afterwards they
are the payee's, and the payee gives back or nobody does.

A payee who has closed the account meanwhile has a day to open it again (it gets its old address); then they
go back to the client, and an undo finds nothing more to do. Its bank is asked ever more seldom: each question
is a movement, signed, and evidence at both banks. At this bank an account to which they are still to come is
not closed (``account_desk.py``).
"""

from threading import Lock
from typing import Final

from platform_stub.bank.cards import Cards
from platform_stub.bank.money import Money
from platform_stub.bank.office import Office, account_label
from platform_stub.bank.store import BankRows
from platform_stub.desk import derive
from platform_stub.ledger.card_operations import (
    CONVERTED,
    MOVED,
    MOVING,
    UNDONE_ENTRY,
    Operation,
    party_of,
    reference_of,
)
from platform_stub.ledger.outputs import reach_tiyn
from platform_stub.node import Source
from tender.account.client_messages import BY_BIN
from tender.account.participant_messages import Movement, TransferFinal
from tender.account.transaction import Payee, Purpose
from tender.card.in_dt import DtOffer
from tender.errors import Code, LinkError, Refusal

AGAIN_FIRST_S: Final = 5
AGAIN_MOST_S: Final = 3_600
"""How long a payment that was refused waits at least, and at most, before it is tried again."""


class CardPayments:
    """Finds payees, and pays them."""

    def __init__(self, office: Office, money: Money, cards: Cards) -> None:
        self._office = office
        self._money = money
        self._desk = office.desk
        self._node = office.node
        self._turn = Lock()
        cards.payee_address = self.address_of

    def address_of(self, payee: DtOffer) -> bytes | Refusal:
        """The account at the bank that was named; ``payee-unknown``, ``platform-unreachable``."""
        try:
            found = self._money.find(BY_BIN, payee.business_number)
        except LinkError as error:
            return error.refusal
        if isinstance(found, Refusal) or found.bank != payee.bank:
            return Refusal(Code.PAYEE_UNKNOWN, "authorise.payee")
        if found.bank == self._office.number:
            # The ID Center remembers accounts that are closed; of its own the bank knows better.
            with self._desk.store.reading() as rows:
                if rows.owner_of(found.address) is None:
                    return Refusal(Code.PAYEE_UNKNOWN, "authorise.payee")
        return found.address

    def tick(self, *, all_of_it: bool = False) -> None:
        """Finish what is on its way, pay what is due; ``all_of_it``: without waiting for late undos."""
        with self._turn:
            now = self._desk.clock.now()
            before = now if all_of_it else now - self._office.config.card_move_after_s
            with self._desk.store.reading() as rows:
                ready = rows.to_pay(before, now)
            for one in ready:
                movement = one.movement if one.state == MOVING else self._begin(one, now)
                if movement is not None and not self._carry(movement, one):
                    self._give_back(one, now)

    def _begin(self, ready: Operation, now: int) -> bytes | None:
        """Lock its outputs; None when it is undone by now, nobody's, or other movements have them."""
        movement = self._desk.entropy.draw(32)
        taken: list[Operation] = []
        here = ready.payee_bank == self._office.number
        with self._desk.store.reading() as rows:
            gone = here and rows.owner_of(ready.payee) is None
        if gone:  # closed between the question and the commit of its group
            self._give_back(ready, now)
            return None

        def payees(rows: BankRows) -> tuple[Payee, ...]:
            latest = rows.operations_named([ready.operation])[ready.operation]
            if latest.state != CONVERTED or not latest.held_tiyn or not _all_there(rows, latest):
                return ()
            taken.append(latest)
            reach = reach_tiyn(rows.spendable(latest.address))
            if reach < latest.held_tiyn:
                # More small outputs than a movement takes: they are made fewer first, on their own address.
                return (Payee(self._office.number, latest.address, reach),)
            return (Payee(latest.payee_bank, latest.payee, latest.held_tiyn),)

        def lock(rows: BankRows) -> Refusal | None:
            for one in taken:
                one.state, one.movement = MOVING, movement
            rows.keep_operations(taken, {one.operation for one in taken})
            return None

        source = Source(ready.address, account_label(ready.client))
        refused = self._node.prepare(movement, Purpose.TRANSFER, source, payees, lock=lock)
        return None if refused is not None else movement

    def _give_back(self, paid: Operation, now: int) -> None:
        """Nobody has the payee's account any more: the client gets back what nobody took, for good."""
        if now < paid.taken + self._office.config.card_payee_waits_s:
            return
        with self._desk.store.writing() as rows:
            one = rows.operations_named([paid.operation])[paid.operation]
            if one.state != CONVERTED or not one.held_tiyn:
                return
            back_tiyn, one.held_tiyn = one.held_tiyn, 0
            one.undone_tiyn += back_tiyn
            rows.keep_operations([one], {one.operation})
            reference = reference_of(f"{one.operation} undone {one.undone_tiyn}")
            self._office.enter(rows, one.client, UNDONE_ENTRY, "dt", back_tiyn, reference, party_of(one))

    def _carry(self, movement: bytes, paid: Operation) -> bool:
        """False: nobody has the account it goes to."""
        final_id = derive(movement, "final")

        def finish(rows: BankRows, moved: Movement) -> None:
            if not _pays(moved, paid):
                turn_back(rows, paid.due)  # its outputs are fewer now: it is paid at once
                return
            for one in rows.moved_by(movement):
                amount_tiyn = one.held_tiyn
                one.state, one.held_tiyn = MOVED, 0
                rows.keep_operations([one], {one.operation})
                self._hand_over(rows, one, amount_tiyn, moved, final_id)

        def undo(rows: BankRows) -> None:
            # Whoever refused it may take it later: nobody but the payee may have this money.
            turn_back(rows, self._again_at(paid, self._desk.clock.now()))

        def turn_back(rows: BankRows, due: int) -> None:
            for one in rows.moved_by(movement):
                one.state, one.movement, one.due = CONVERTED, None, due
                rows.keep_operations([one], {one.operation})

        try:
            carried = self._node.carry(movement, finish, undo)
        except LinkError:
            return True
        if isinstance(carried, Refusal):
            return carried.code is not Code.ACCOUNT_UNKNOWN
        if not _pays(carried, paid):
            return True
        self._desk.deliver(final_id)
        with self._desk.store.reading() as rows:
            owner = rows.owner_of(paid.payee)
        if owner is not None:
            self._office.credited(owner, carried.signed.transaction.id)
        return True

    def _again_at(self, paid: Operation, now: int) -> int:
        """When one that was refused is tried again: after as long again as it has waited by now, and once at
        the end of the payee's day."""
        wait_s = min(AGAIN_MOST_S, max(AGAIN_FIRST_S, now - paid.taken))
        over = paid.taken + self._office.config.card_payee_waits_s
        return min(now + wait_s, over) if now < over else now + wait_s

    def _hand_over(
        self, rows: BankRows, one: Operation, amount_tiyn: int, moved: Movement, final_id: bytes
    ) -> None:
        """Into the payee's history here, or with the movement to the payee's bank."""
        client = rows.client_by("number", one.client)
        shown = client.name if client is not None and client.name_shown else None
        if one.payee_bank != self._office.number:
            body = TransferFinal(moved, shown, one.payee_reference)
            self._desk.post(rows, one.payee_bank, "transfer-final", body, final_id)
            return
        owner = rows.owner_of(one.payee)
        if owner is not None:
            txid = moved.signed.transaction.id
            self._office.enter(
                rows, owner, "received", "dt", amount_tiyn, txid, shown or "", one.payee_reference
            )


def _all_there(rows: BankRows, one: Operation) -> bool:
    """Whether no other movement has what it needs; change that is on its way may stand behind it."""
    return sum(output.amount_tiyn for output in rows.spendable(one.address)) >= rows.held(one.address)


def _pays(movement: Movement, one: Operation) -> bool:
    """Whether it goes to the payee, and not only from the client's address to itself."""
    return any(payee.address == one.payee for payee in movement.signed.transaction.payees)
