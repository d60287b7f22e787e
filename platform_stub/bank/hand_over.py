"""Keep or return, at the banks: the payer's passes a hand-over on, the payee's keeps it for its device."""

from platform_stub.bank.office import Office
from platform_stub.desk import Asked, derive
from tender.account.client_messages import Empty
from tender.account.hand_over_messages import (
    DELIVERIES_MOST,
    KEEP_OR_RETURN,
    Answer,
    Delivered,
    HandedOver,
    HandOver,
    KeepOrReturn,
    LateMoney,
    PassedOver,
)
from tender.account.participants import NBK
from tender.cash.chain import verify_chain
from tender.errors import Code, Refusal

REPLY_BYTES = 500_000


class HandOvers:
    """Answers ``hand-over``, ``keep-or-return`` and ``late-money``."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._desk = office.desk
        self._desk.handlers.update(
            {"hand-over": self._hand_over, "keep-or-return": self._question, "late-money": self._late_money}
        )

    def _hand_over(self, asked: Asked, order: HandOver) -> HandedOver | Refusal:
        """Only what this very device signed away: nobody hands another's payment over."""
        _, account = self._office.client_and_account(asked)
        for place, packed in enumerate(order.tokens):
            field = f"hand-over.tokens[{place}]"
            last = verify_chain(packed, self._desk.trust, field).last
            with self._desk.store.reading() as rows:
                device, _ = self._office.who(rows, asked)
                key = None if last is None else rows.key(last.signer)
            if key is None or key.device != device.number:
                return Refusal(Code.NOT_PERMITTED, field)
        body = PassedOver(order.payment_id, order.certificate, order.tokens, account.address)
        told: HandedOver | Refusal = self._desk.inquire(NBK, "hand-over-tokens", body)
        return told

    def _question(self, asked: Asked, order: KeepOrReturn) -> Empty | Refusal:
        """Keep it for the device that holds the key."""
        with self._desk.store.writing() as rows:
            key = rows.key(order.key)
            if key is None:
                return Refusal(Code.DEVICE_UNKNOWN, "keep-or-return.key")
            rows.add_late_money(order.reference, key.device, KEEP_OR_RETURN.encode(order), asked.now)
        return Empty()

    def _late_money(self, asked: Asked, order: LateMoney) -> Delivered:
        """Pass the answers on; what the National Bank does not take stays a question."""
        with self._desk.store.reading() as rows:
            device, _ = self._office.who(rows, asked)
        for answer in order.answers:
            self._answer(asked, device.number, answer)
        with self._desk.store.reading() as rows:
            found = rows.late_money(device.number, DELIVERIES_MOST)
        waiting: list[KeepOrReturn] = []
        size = 0
        for question in found:
            size += len(question)
            if waiting and size > REPLY_BYTES:
                break
            waiting.append(KEEP_OR_RETURN.decode(question, "late-money"))
        return Delivered(tuple(waiting))

    def _answer(self, asked: Asked, device: int, answer: Answer) -> None:
        with self._desk.store.reading() as rows:
            ours = rows.late_money_of(answer.reference) == device
        if not ours:
            return
        message_id = derive(asked.operation + answer.reference, "kept-or-returned")
        told = self._desk.ask(NBK, "kept-or-returned", answer, message_id)
        if not isinstance(told, Refusal):
            with self._desk.store.writing() as rows:
                rows.late_money_answered(answer.reference)
