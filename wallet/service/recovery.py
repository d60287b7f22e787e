"""After a cut: finish what the element has signed and the store has not written, and say what is open."""

from contextlib import suppress
from dataclasses import dataclass, replace

from tender.cash.session_checks import coin_of
from tender.cash.session_state import Payer, Role, decode_state
from tender.cash.token import Link
from tender.crypto.envelope import Envelope, Typ
from tender.errors import LinkError
from wallet.core.model import CLAIMED, Coin, Conversation, Payment, PendingOrder
from wallet.core.recovery import Open, still_open
from wallet.ports import Changes
from wallet.service.bank_line import BankLine
from wallet.service.desk import Desk
from wallet.service.money import Money, Told


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
        self._write_kept()
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

    def _write_kept(self) -> None:
        """Splits and claims signed a moment before the power went: all of them in one transaction."""
        desk = self._desk
        left = [coin for coin in desk.unwritten() if not self._in_session(coin.output)]
        if left:
            with desk.commit() as changes:
                for coin in left:
                    self._write(coin, changes)

    def _write(self, coin: Coin, changes: Changes) -> None:
        desk = self._desk
        kept = desk.element.kept_of(coin.output)
        if kept is None:
            return
        typ, payload, signature = kept
        if typ is Typ.CLAIM:
            raw = Envelope(Typ.CLAIM, payload, signature).to_bytes()
            changes.put(replace(coin, state=CLAIMED, claim=raw))
            return
        link = Link.from_payload(payload, "kept")
        if link.next_key != coin.holder:
            return  # a refund: asking for it again finishes it
        holding = desk.holding(coin.packed)
        certificate = desk.certificate_of(coin.holder)
        put = coin_of(holding, certificate, link.next_key, link.amount_tiyn, link.nonce)
        changes.drop(coin)
        changes.put(desk.coin_of(put.paid(signature), coin.payment, desk.now()))
        rest = put.kept(signature)
        if rest is not None:
            changes.put(desk.coin_of(rest, coin.payment, desk.now()))

    def _in_session(self, output: bytes) -> bool:
        for row in self._desk.store.all(Conversation):
            if row.role == Role.PAYER.value and not row.done:
                state = decode_state(row.state)
                if isinstance(state, Payer) and any(coin.output == output for coin in state.coins):
                    return True
        return False
