"""The notary: each output is consumed by one transaction, whoever asks and however many ask at once
(DT-P-26, DT-Z-09). It validates nothing and sees hashes only (DT-P-27)."""

from platform_stub.desk import Asked, Desk
from platform_stub.notary.store import NotaryRows
from tender.account.participants import NBK
from tender.account.service_messages import Notarise, Notarised
from tender.errors import Code, Refusal


class Notary:
    """Answers ``notarise``."""

    def __init__(self, desk: Desk[NotaryRows]) -> None:
        self.desk = desk
        desk.handlers["notarise"] = self._notarise
        desk.alone.add("notarise")

    def _notarise(self, asked: Asked, order: Notarise) -> Notarised | Refusal:
        if not order.inputs and asked.sender != NBK:
            return Refusal(Code.NOT_PERMITTED, "notarise.inputs")
        with self.desk.store.writing() as rows:
            for place, output in enumerate(order.inputs):
                known, consumer = rows.consumer(output)
                if not known:
                    return Refusal(Code.ORDER_UNKNOWN, f"notarise.inputs[{place}]")
                if consumer is not None and consumer != order.transaction:
                    facts = (("transaction", consumer.hex()),)
                    return Refusal(Code.ALREADY_SPENT, f"notarise.inputs[{place}]", facts)
            for output in order.inputs:
                rows.consume(output, order.transaction)
            for output in order.outputs:
                rows.make(output, order.transaction, asked.now)
        return Notarised(order.transaction)
