"""What a bank's staff may do with a client's Digital Tenge account, as with any current account (DT-C-09):
hold a part of it, release it, block the account, let it go on, close it.

A block is a hold of more than anybody has: whatever spends asks what is held, so nothing is spent, by card or
in the wallet, while money that comes in still comes in.
"""

from dataclasses import dataclass

from platform_stub.bank.office import Office
from platform_stub.bank.receiving import Receiving
from tender.account.card_messages import CLOSED
from tender.account.client_messages import Balances
from tender.account.transaction import AMOUNT_ON_ACCOUNT_MAX_TIYN
from tender.errors import Code, Refusal

BLOCKED = "account-blocked."
"""Under which reference a whole account is held."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An account after something was done with it; ``reference`` (32 bytes) names a hold, empty for none."""

    balances: Balances
    blocked: bool
    reference: bytes = b""


class AccountDesk:
    """One bank's staff."""

    def __init__(self, office: Office, receiving: Receiving) -> None:
        self._office = office
        self._receiving = receiving
        self._desk = office.desk

    def standing(self, client: int, reference: bytes = b"") -> Standing | Refusal:
        """How an account stands; ``account-unknown`` when there is none."""
        with self._desk.store.reading() as rows:
            address = rows.account_of(client)
            if address is None:
                return Refusal(Code.ACCOUNT_UNKNOWN, "account")
            blocked = rows.setting(_name(address)) is not None
            return Standing(self._office.balances(rows, client), blocked, reference)

    def hold(self, client: int, amount_tiyn: int) -> Standing | Refusal:
        """Hold a part of what is free."""
        reference = self._desk.entropy.draw(32)
        with self._desk.store.reading() as rows:
            address = rows.account_of(client)
        if address is None:
            return Refusal(Code.ACCOUNT_UNKNOWN, "account")
        held = self._receiving.hold(address, amount_tiyn, reference, self._desk.clock.now())
        return held if isinstance(held, Refusal) else self.standing(client, reference)

    def release(self, reference: bytes) -> Refusal | None:
        """Lift a hold; ``order-unknown`` when nothing is held under this reference."""
        released = self._receiving.release(reference)
        return released if isinstance(released, Refusal) else None

    def block(self, client: int, blocked: bool = True) -> Standing | Refusal:
        """Let nothing leave the account, or let it again; the second time changes nothing."""
        with self._desk.store.writing() as rows:
            address = rows.account_of(client)
            if address is None:
                return Refusal(Code.ACCOUNT_UNKNOWN, "account")
            reference = rows.setting(_name(address))
            if blocked and reference is None:
                reference = self._desk.entropy.draw(32)
                rows.keep_setting(_name(address), reference)
                rows.hold(reference, address, AMOUNT_ON_ACCOUNT_MAX_TIYN, self._desk.clock.now())
            if not blocked and reference is not None:
                rows.release(reference)
                rows.forget_setting(_name(address))
        return self.standing(client)

    def close(self, client: int) -> Refusal | None:
        """Close an account in which nothing is and to which nothing is owed or on its way, and its cards with
        it; anything else is ``account-not-empty``."""
        with self._desk.store.writing() as rows:
            address = rows.account_of(client)
            if address is None:
                return Refusal(Code.ACCOUNT_UNKNOWN, "account")
            left = rows.balance(address)
            owed = rows.owed_to(client) or rows.owed(client) or rows.awaits(address)
            if left or owed or rows.encumbered(address):
                facts = (("left_tiyn", max(0, left - rows.converting(address))),)
                return Refusal(Code.ACCOUNT_NOT_EMPTY, "account", facts)
            for card in rows.cards_of(client):
                rows.change_card(card.card, state=CLOSED)
            rows.remove_rows("accounts", address=address)
        return None


def _name(address: bytes) -> str:
    return BLOCKED + address.hex()
