"""A purse card alone at a wallet's reader: it pays what the wallet asks for, or is paid by the wallet.

What a torn tap left behind is finished first, from what the card keeps and the wallet's store remembers:
nothing is signed twice. After ``DeviceError`` ``card-gone`` or ``card-outcome-unknown`` hold the same card
there again and ask for the same (:mod:`device.service.hold_again`).
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from device.core.model import OUT, Payment
from device.service.desk import Desk
from device.service.earlier import NOBODY, SAME_TAP_S, Earlier, Finished, finished, only
from device.service.guest import AskPin, Guest
from device.service.money import Money, Requested, Told
from device.service.tap import Decide, Taps, Watch, send_all, unwatched
from tender.errors import Code, DeviceError, LinkError, Refusal

OFFERED: Final = "offered"
RECEIVED: Final = "received"
SIGNED: Final = frozenset({"signing", "sent"})


class CardPays:
    """The wallet as the other side of a card's conversation."""

    def __init__(self, desk: Desk, money: Money) -> None:
        self._desk = desk
        self._money = money
        self._refusal: Refusal | None = None

    def take(
        self, guest: Guest, asked: Requested, ask_pin: AskPin | None = None, earlier: Earlier = NOBODY
    ) -> Told | Refusal:
        """Finish what this card has signed for this wallet before: if that was the same amount, it was the
        payment, and nothing new is signed. Else let it pay ``asked``; on top of another amount that was
        finished only if ``earlier`` says so, else ``earlier-finished``, and the request stays."""
        same: Told | None = None
        others: list[Finished] = []
        for payment, links in guest.unfinished().items():
            before = self._money.requested(payment)
            if isinstance(before, Refusal):
                continue
            is_news = payment == asked.payment or self._is_news(payment)
            guest.go_on(before.message, links, self._answer)
            told = self._counted(payment)
            if told is None or not is_news:
                continue
            if before.amount_tiyn == asked.amount_tiyn:
                same = told
            else:
                others.append(finished(before))
                earlier.finished(others[-1])
        if same is not None:
            if same.payment != asked.payment:
                self._money.cancel(asked.payment)
            return same
        if others and not earlier.goes_on():
            return only(others)
        self._refusal = None
        self._money.free(asked.payment)
        try:
            paid = guest.pay(asked.message, self._answer, ask_pin)
        except DeviceError:
            counted = self._counted(asked.payment)
            if counted is None:
                raise
            return counted  # the money is here; only the card's own tidying up was cut off
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

    def _is_news(self, payment: bytes) -> bool:
        """Not when this wallet has had the money for long, and only the card was not told."""
        row = self._desk.store.get(Payment, payment)
        if row is None or row.status != RECEIVED:
            return True
        return self._desk.now() - row.path[-1].time <= SAME_TAP_S

    def _counted(self, payment: bytes) -> Told | None:
        """What there is to show once this payment's money is counted here."""
        row = self._desk.store.get(Payment, payment)
        if row is None or row.status != RECEIVED:
            return None
        return Told(payment, row.status, row.amount_tiyn, row.party, (), True)


class _CardAsks:
    """A card that is to be paid, as the other end of a line: what is said to it, it answers at once."""

    def __init__(self, guest: Guest, *said: bytes) -> None:
        self._guest = guest
        self._said = deque(said)
        self._refusal: Refusal | None = None

    def send(self, message: bytes) -> None:
        """The card, or whoever hosts it, judges it."""
        heard = self._guest.money.receive(message)
        if isinstance(heard, Refusal):
            self._refusal = heard
        else:
            self._said.extend(heard.messages)

    def receive(self, timeout_s: float) -> bytes:
        """What it has said; it never says more later."""
        if not self._said:
            raise LinkError(Code.PEER_UNREACHABLE, "line")
        return self._said.popleft()

    def close(self) -> None:
        """It stays where it lies."""

    def why_over(self, converse: Callable[[], Told | Refusal]) -> Told | Refusal:
        """What came of the conversation; what was not taken without a word, is why it ended."""
        try:
            return converse()
        except LinkError:
            if self._refusal is None:
                raise
            return self._refusal


class CardIsPaid:
    """The wallet pays a card, which asks for what its holder says: the amount is typed at the wallet."""

    def __init__(self, desk: Desk, money: Money, watch: Watch = unwatched) -> None:
        self._desk = desk
        self._money = money
        self._taps = Taps(desk, money, watch)

    def pay(
        self,
        guest: Guest,
        amount_tiyn: int,
        decide: Decide,
        purpose: str = "",
        earlier: Earlier = NOBODY,
    ) -> Told | Refusal:
        """Pay this much onto the card, after the person's yes.

        What this wallet has signed for this card and nobody acknowledged is handed over first: if it was the
        same amount, that was the payment. An offer nothing was signed for goes on if it was for the same
        amount, and is dropped otherwise.
        """
        if guest.number == self._desk.element.number:
            return Refusal(Code.PAYEE_IS_PAYER, "card")
        done: Told | None = None
        for row in self._begun():
            asked = guest.asked_before(row.id)
            if isinstance(asked, Refusal):
                continue
            same = row.amount_tiyn == amount_tiyn
            if row.status == OFFERED and (done is not None or not same):
                self._money.cancel(row.id)
                continue
            going_on = row.status == OFFERED
            told = self._ask(guest, asked, decide) if going_on else self._hand_over(guest, row.id)
            if isinstance(told, Refusal):
                return told
            if told.closed and same:
                done = told
            elif told.closed:
                earlier.finished(finished(asked))
        if done is not None:
            return done
        asked = guest.request(amount_tiyn, purpose)
        return asked if isinstance(asked, Refusal) else self._ask(guest, asked, decide)

    def _begun(self) -> list[Payment]:
        """What went out and is not over, the signed first."""
        rows = [
            row
            for row in self._desk.store.all(Payment)
            if row.direction == OUT and row.status in (OFFERED, *SIGNED)
        ]
        return sorted(rows, key=lambda row: row.status == OFFERED)

    def _ask(self, guest: Guest, asked: Requested, decide: Decide) -> Told | Refusal:
        line = _CardAsks(guest, asked.message)
        return line.why_over(lambda: self._taps.pay(line, decide, 0.0))

    def _hand_over(self, guest: Guest, payment: bytes) -> Told | Refusal:
        """What is signed, as whole tokens: of a card that was away nobody remembers the offer."""
        line = _CardAsks(guest)

        def converse() -> Told | Refusal:
            told = self._money.resume(payment)
            while isinstance(told, Told) and not told.closed and told.refusal is None:
                send_all(line, told)
                told = self._money.receive(line.receive(0.0))
            return told if isinstance(told, Refusal) else told.refusal or told

        return line.why_over(converse)
