"""A purse card alone, held to a wallet's reader, pays what the wallet asks for."""

from device.core.model import Payment
from device.service.desk import Desk
from device.service.guest import AskPin, Guest
from device.service.money import Money, Requested, Told
from tender.errors import Code, Refusal


class CardPays:
    """The wallet as the other side of a card's conversation."""

    def __init__(self, desk: Desk, money: Money) -> None:
        self._desk = desk
        self._money = money
        self._refusal: Refusal | None = None

    def take(self, guest: Guest, asked: Requested, ask_pin: AskPin | None = None) -> Told | Refusal:
        """Finish what this card has signed for this wallet before: if that was the same amount, it was the
        payment, and nothing new is signed. Else let it pay ``asked``.

        ``DeviceError`` ``card-gone`` or ``card-outcome-unknown``: hold the same card there again and ask for
        the same.
        """
        finished: Told | None = None
        for payment, links in guest.unfinished().items():
            before = self._money.requested(payment)
            if isinstance(before, Refusal):
                continue
            guest.go_on(before.message, links, self._answer)
            told = self._counted(payment)
            if told is not None and before.amount_tiyn == asked.amount_tiyn:
                finished = told
        if finished is not None:
            self._money.cancel(asked.payment)
            return finished
        self._refusal = None
        paid = guest.pay(asked.message, self._answer, ask_pin)
        counted = self._counted(asked.payment)
        if counted is not None:
            return counted
        return paid if isinstance(paid, Refusal) else self._refusal or Refusal(Code.OUT_OF_ORDER, "tap")

    def _answer(self, message: bytes) -> tuple[bytes, ...]:
        heard = self._money.receive(message)
        if isinstance(heard, Refusal):
            self._refusal = heard
            return ()
        self._refusal = heard.refusal
        return heard.messages

    def _counted(self, payment: bytes) -> Told | None:
        """What there is to show once this payment's money is counted here."""
        row = self._desk.store.get(Payment, payment)
        if row is None or row.status != "received":
            return None
        return Told(payment, row.status, row.amount_tiyn, row.party, (), True)
