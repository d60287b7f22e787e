"""After a cut: finish what the element has signed and the store has not written, and say what is open."""

from contextlib import suppress
from dataclasses import dataclass

from device.core.model import Conversation, Payment, PendingOrder
from device.core.recovery import Open, still_open
from device.service.bank_line import BankLine
from device.service.claiming import Claiming
from device.service.desk import Desk
from device.service.money import Money, Told
from tender.cash.session_state import decode_state
from tender.errors import LinkError


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was found and done: payments finished up to sending, open payments, orders without an answer."""

    finished: tuple[Told, ...]
    open: tuple[Open, ...]
    orders: tuple[PendingOrder, ...]
    behind: bool


class Recovery:
    """Use cases after a bad day. Everything here may run again and again."""

    def __init__(self, desk: Desk, money: Money, line: BankLine) -> None:
        self._desk = desk
        self._money = money
        self._line = line
        self._claiming = Claiming(desk)

    def recover(self, *, online: bool = True) -> Recovered:
        """Resume every unfinished session, write down what the element kept, ask for lost answers."""
        desk = self._desk
        if desk.behind:
            return Recovered((), self.open(), self._line.pending(), True)
        finished = tuple(
            told
            for told in (self._money.resume(payment) for payment in self._half_signed())
            if isinstance(told, Told)
        )
        self._claiming.write_kept()
        if online and self._line.pending():
            with suppress(LinkError):  # still away: the orders stay
                self._line.finish_pending()
        return Recovered(finished, self.open(), self._line.pending(), False)

    def open(self) -> tuple[Open, ...]:
        """Every payment that has not ended, newest first."""
        payments = sorted(self._desk.store.all(Payment), key=lambda one: -one.time)
        return tuple(found for found in map(still_open, payments) if found is not None)

    def _half_signed(self) -> list[bytes]:
        found = []
        for row in self._desk.store.all(Conversation):
            if not row.done and decode_state(row.state).phase.value in ("opening", "signing", "closing"):
                found.append(row.payment)
        return found
