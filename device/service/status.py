"""What is unfinished on this device, whatever it is: looks, and changes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass

from device.core.model import BANK_WORD, BankWord, Conversation, Incident, Payment, PendingOrder, Proof
from device.core.open_things import (
    Thing,
    of_coins,
    of_device,
    of_orders,
    of_payment,
    of_proofs,
    of_unwritten,
    open_payments,
)
from device.service.desk import Desk
from tender.cash.session_state import Payer, Phase, decode_state
from tender.crypto.certificates import DeviceCertificate
from tender.errors import Code

__all__ = ["Standing", "Status", "Thing", "blocked_keys", "lost"]


@dataclass(frozen=True, slots=True)
class Standing:
    """``things``: all that is open, the most pressing first; ``spendable_tiyn`` is there all the same."""

    spendable_tiyn: int
    things: tuple[Thing, ...]


class Status:
    """One use case."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def look(self, payments: Iterable[Payment] | None = None) -> Standing:
        """Everything that has not ended; ``payments``: those that may be open, if known already."""
        desk = self._desk
        now = desk.now()
        blocked = blocked_keys(desk)
        unwritten = desk.unwritten()
        told = self._being_paid() if unwritten else set()
        things = [
            *of_device(behind=desk.behind, lost=lost(desk)),
            *self._payments(self._desk.store.all(Payment) if payments is None else payments),
            *of_unwritten(one for one in unwritten if one.output not in told),
            *of_coins((one for one in desk.coins() if one not in unwritten), now, blocked),
            *of_orders(desk.store.all(PendingOrder)),
            *of_proofs(desk.store.all(Proof)),
        ]
        spendable = sum(
            coin.amount_tiyn
            for coin in desk.spendable()
            if coin.hops_left and coin.expiry > now and coin.holder not in blocked
        )
        return Standing(0 if desk.behind else spendable, tuple(things))

    def _payments(self, payments: Iterable[Payment]) -> list[Thing]:
        rows = open_payments(payments)
        refused = {one.payment: one.code for one in self._desk.store.all(Incident)} if rows else {}
        found = [of_payment(row, begun=self._begun(row), refused=refused.get(row.id, "")) for row in rows]
        return [one for one in found if one is not None]

    def _being_paid(self) -> set[bytes]:
        """What open payments have put down: their own lines say what became of it."""
        rows = (one for one in self._desk.store.all(Conversation) if not one.done)
        states = (decode_state(one.state) for one in rows)
        return {coin.output for one in states if isinstance(one, Payer) for coin in one.coins}

    def _begun(self, row: Payment) -> bool:
        """Whether somebody offered to pay this request and has not paid."""
        talk = self._desk.store.get(Conversation, row.id + b"payee") if row.status == "requested" else None
        return talk is not None and decode_state(talk.state).phase is Phase.OFFERED


def lost(desk: Desk) -> bool:
    """Whether the bank's last word was that this device is reported lost."""
    word = desk.store.get(BankWord, BANK_WORD)
    return word is not None and word.code == Code.DEVICE_LOST


def blocked_keys(desk: Desk) -> frozenset[bytes]:
    """Keys of ours that money rests on and that our own list names: nobody takes a link of them."""
    if not desk.settings.enrolled:
        return frozenset()
    listed = desk.trust.revocations
    found = set()
    for public in {coin.holder for coin in desk.coins()}:
        entry = desk.key(public)
        if entry is not None and entry.certificate:
            one = DeviceCertificate.unpack(entry.certificate, public, "certificate")
            if listed.names(one.issuer, one.epoch_day, one.serial):
                found.add(public)
    return frozenset(found)
