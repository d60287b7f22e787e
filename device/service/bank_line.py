"""The one line to the outside: signed orders to the own bank, signed answers back (DT-P-12, DT-P-29).

An order that may move money is stored before it is sent and forgotten only together with what its answer
changed. So an answer that got lost is asked for again, with the same bytes, and the bank gives the same one.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from device.core.model import BANK_WORD, BankWord, KeyEntry, PendingOrder
from device.ports import Changes
from device.service.desk import Desk
from tender.account import eds
from tender.account.eds import ORDER, Order, Reply
from tender.account.messages import kind_named
from tender.account.participants import DEVICE
from tender.crypto.directory import Trust
from tender.errors import Code, LinkError, NotSentError, Refusal

Apply = Callable[[PendingOrder, Order, Any, Changes], None]
"""What an answer changes: called with the order and the reply's record inside the transaction that forgets
the order."""

ASK_AGAIN: Final = frozenset({Code.PEER_UNREACHABLE, Code.PLATFORM_UNREACHABLE, Code.STORE_BUSY})
"""Refusals that say nothing of how an order ends: it may have been carried out, or may be yet."""


class BankLine:
    """Asks the bank. A refusal is returned; a silent bank raises :class:`LinkError`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._appliers: dict[str, Apply] = {}

    def on_answer(self, kind: str, apply: Apply) -> None:
        """Register what the answer to a stored order changes."""
        self._appliers[kind] = apply

    def ask(self, kind: str, body: Any, *, bank: int = 0, trust: Trust | None = None) -> Any | Refusal:
        """Ask something that is harmless to ask twice; returns the reply's record."""
        raw = self._sealed(kind, body, bank or self._desk.settings.bank)
        return self._exchange(kind, raw, bank or self._desk.settings.bank, trust)[0]

    def ask_signed(self, kind: str, body: Any) -> tuple[Any | Refusal, bytes]:
        """Ask; returns the reply's record and the bytes the bank signed, for whoever must show them."""
        bank = self._desk.settings.bank
        return self._exchange(kind, self._sealed(kind, body, bank), bank, None)

    def order(self, kind: str, body: Any, keys: Iterable[KeyEntry] = ()) -> Any | Refusal:
        """Order something that must happen once: stored first, then sent, then applied.

        ``keys``: what the order promises them to; stored together with it, they are fresh no longer. An order
        that nobody was there to take (:class:`NotSentError`) is forgotten again, unless it promised keys.
        """
        bank = self._desk.settings.bank
        raw = self._sealed(kind, body, bank)
        signed = eds.open_order(raw)
        pending = PendingOrder(signed.order.message_id, kind, raw, self._desk.clock_now())
        promised = tuple(keys)
        with self._desk.commit() as changes:
            changes.put(pending)
            for entry in promised:
                changes.put(self._desk.used(entry))
        try:
            return self._finish(pending)
        except NotSentError:
            # It never left, and whoever is told so may pay in another way: it must not go out later.
            if not promised:
                with self._desk.commit() as changes:
                    changes.drop(pending)
            raise

    def latest(self, kind: str, body: Any) -> Any | Refusal:
        """Order how things shall be from now on: earlier ones of this kind no longer count."""
        superseded = [one for one in self.pending() if one.kind == kind]
        if superseded:
            with self._desk.commit() as changes:
                for pending in superseded:
                    changes.drop(pending)
        return self.order(kind, body)

    def pending(self) -> tuple[PendingOrder, ...]:
        """Orders whose answer has not come yet, oldest first."""
        return tuple(sorted(self._desk.store.all(PendingOrder), key=lambda one: one.time))

    def finish_pending(self) -> list[tuple[PendingOrder, Any | Refusal]]:
        """Send every unanswered order again; raises :class:`LinkError` while the bank is away."""
        return [(pending, self._finish(pending)) for pending in self.pending()]

    def _finish(self, pending: PendingOrder) -> Any | Refusal:
        order = eds.open_order(pending.raw).order
        answer, _ = self._exchange(pending.kind, pending.raw, order.to, None)
        if isinstance(answer, Refusal) and answer.code in ASK_AGAIN:
            return answer  # the order stays: only the same bytes again are the same order
        apply = self._appliers.get(pending.kind)
        with self._desk.commit() as changes:
            changes.drop(pending)
            if apply is not None and not isinstance(answer, Refusal):
                apply(pending, order, answer, changes)
        return answer

    def _sealed(self, kind: str, body: Any, bank: int) -> bytes:
        element = self._desk.element
        order = Order(
            kind=kind,
            sender=DEVICE,
            to=bank,
            key_id=eds.key_id(element.identity),
            message_id=self._desk.entropy.draw(eds.MESSAGE_ID_BYTES),
            time=self._desk.clock_now(),
            body=kind_named(kind).order.encode(body),
        )
        payload = ORDER.encode(order)
        return eds.seal_order(payload, element.sign_order(payload))

    def _exchange(self, kind: str, raw: bytes, bank: int, trust: Trust | None) -> tuple[Any | Refusal, bytes]:
        wire = self._desk.wire(self._desk.settings.gateway)
        answer = wire.send(f"/bank/{bank:03d}/v1/{kind}", raw)
        if trust is None:
            key = self._desk.trust.messages_key(bank, "reply.sender")
            reply = eds.open_reply(answer, raw, bank, key)
        else:
            reply = eds.open_reply(answer, raw, bank, trust.messages_key(bank, "reply.sender"))
        return self._heard(read_reply(kind, reply)), answer

    def _heard(self, answer: Any | Refusal) -> Any | Refusal:
        """Remember that the bank has this device reported lost, and forget it as soon as it answers."""
        desk = self._desk
        lost = isinstance(answer, Refusal) and answer.code is Code.DEVICE_LOST
        word = desk.store.get(BankWord, BANK_WORD)
        if lost != (word is not None):
            with desk.commit() as changes:
                if word is None:
                    changes.put(BankWord(Code.DEVICE_LOST.value, desk.clock_now()))
                else:
                    changes.drop(word)
        return answer


def read_reply(kind: str, reply: Reply) -> Any | Refusal:
    """The record a reply carries, or its refusal."""
    refused = reply.refusal()
    return refused if refused is not None else kind_named(kind).reply.decode(reply.body, "reply")


def unreachable(error: LinkError) -> bool:
    """Whether the bank simply was not there."""
    return error.code is Code.PLATFORM_UNREACHABLE
