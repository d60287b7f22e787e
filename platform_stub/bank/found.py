"""A lost device that was found again (docs/adr/0017): heard again on a fresh activation code of its client's.

Its blocked keys stay blocked for ever, because lists have travelled; it is certified new ones, and what it
held under the old ones it may deposit.
"""

from platform_stub.bank.office import ACTIVE, LOST, Office, code_hash
from platform_stub.bank.receiving import CHEATED
from platform_stub.desk import Asked
from tender.account.client_messages import Empty, ReportFound
from tender.errors import Code, Refusal


class Found:
    """Answers ``report-found``."""

    def __init__(self, office: Office) -> None:
        self._office = office
        office.desk.handlers["report-found"] = self._found

    def _found(self, asked: Asked, order: ReportFound) -> Empty | Refusal:
        with self._office.desk.store.writing() as rows:
            device, client = self._office.who(rows, asked)
            if device.state != LOST:
                return Empty()
            if rows.use_code(code_hash(order.activation_code), asked.now) != client.number:
                return Refusal(Code.ACTIVATION_WRONG, "report-found.activation_code")
            # Being found again takes back no proof of what it signed.
            state = CHEATED if rows.cheated(device.number) else ACTIVE
            rows.device_now(device.number, state=state)
        return Empty()
