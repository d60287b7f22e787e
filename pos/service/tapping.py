"""A tap at the till: a purse card, or a phone that answers as a card, pays the question that is open.

The till's own device is the payee as by QR or file: it verifies, counts and stores before it answers. A tap
that was torn is finished by holding the same card to the same till again: the card tells what it has signed,
and the till remembers what it asked for. Nothing is paid twice.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from device.service.desk import Desk
from device.service.guest import WAIT_S, AskPin, Guest
from device.service.money import Told
from device.service.tap import LINGER_S, ROUNDS_MOST, STEP_S
from pos.core.model import NFC, Asked, Sale
from pos.core.tenders import DT_OFFLINE
from pos.service.desk import TillDesk
from pos.service.online import Taken
from pos.service.taking import Takings
from tender.errors import Code, DeviceError, LinkError, Refusal, RemoteProtocolError
from tender.ports import CardReader

if TYPE_CHECKING:
    from device.ports import Line

_PULLED: Final = frozenset(
    {Code.CARD_GONE, Code.CARD_MISSING, Code.CARD_OUTCOME_UNKNOWN, Code.PEER_UNREACHABLE}
)
"""What was there a moment ago is gone, and knows what it did."""


@dataclass
class _Hearing:
    """The till as the other side of a conversation: what was taken, and why something was not."""

    takings: Takings
    taken: Taken | None = None
    refusal: Refusal | None = None

    def __call__(self, message: bytes) -> tuple[bytes, ...]:
        found = self.takings.take(message, NFC)
        if isinstance(found, Refusal):
            self.refusal = found
            return ()
        self.taken, self.refusal = found, found.refusal
        return found.messages

    def outcome(self, payment: bytes) -> Taken | None:
        """What the till has to show once this payment's money is counted here; None before."""
        sale = self.takings.catch_up()
        return self.taken if sale is not None and any(one.id == payment for one in sale.paid) else None


@dataclass(frozen=True, slots=True)
class Meet:
    """How the till opens what lies at a reader; see ``device.compose_guest``."""

    guest_at: Callable[[CardReader, Desk, float], Guest]
    phone_at: Callable[[CardReader, Desk], "Line | None"]


class Taps:
    """Use cases of the reader on the counter."""

    def __init__(self, desk: TillDesk, takings: Takings, meet: Meet) -> None:
        self._meet = meet
        self._desk = desk
        self._takings = takings

    def card(self, guest: Guest, ask_pin: AskPin | None = None) -> Taken | Refusal:
        """A purse card is in the field: finish what it began here, then let it pay the open question.

        A refusal says that this card has paid nothing now. ``DeviceError`` ``card-gone`` or
        ``card-outcome-unknown``: hold the same card again.
        """
        asked = self._asked()
        if isinstance(asked, Refusal):
            return asked
        hearing = _Hearing(self._takings)
        try:
            paid: Told | Refusal | None = self._finish(guest, asked, hearing)
            if paid is None:
                self._desk.device.money.free(asked.payment)
                paid = guest.pay(asked.shown, hearing, ask_pin)
        except DeviceError:
            done = hearing.outcome(asked.payment)
            if done is None:
                raise
            return done  # the money is here; only the card's own tidying up was cut off
        return self._told(asked, hearing, paid if isinstance(paid, Refusal) else None)

    def _finish(self, guest: Guest, asked: Asked, hearing: _Hearing) -> Told | Refusal | None:
        """Take again what this card has signed for this till: counted, given its receipt again, or given
        back when its request is closed. None: the open question has yet to be paid."""
        found: Told | Refusal | None = None
        for payment, links in guest.unfinished().items():
            request = self._desk.device.money.requested(payment)
            if isinstance(request, Refusal):
                continue
            told = guest.go_on(request.message, links, hearing)
            if payment == asked.payment:
                found = told
        return found

    def guest(self, reader: CardReader) -> Guest:
        """The purse in the reader, as a guest. Raises as ``device.compose_guest.guest_at``."""
        return self._meet.guest_at(reader, self._desk.device.desk, WAIT_S)

    def at(
        self,
        reader: CardReader,
        *,
        timeout_s: float = WAIT_S,
        ask_pin: AskPin | None = None,
        pulled: Callable[[], None] = lambda: None,
    ) -> Taken | Refusal:
        """Wait at a reader for a card or a phone, and again when it was taken away too early: ``pulled`` is
        told, so that somebody can say so.

        Raises ``DeviceError``: ``card-missing``, ``card-swapped`` (another card than the one that began),
        ``card-not-purse``, and what else a reader says. What was signed by then another try finishes.
        """
        number = b""
        for last in (False, False, True):
            met = False
            try:
                reader.connect(timeout_s)
                met = True
                line = self._meet.phone_at(reader, self._desk.device.desk)
                if line is not None:
                    return self.phone(line)
                guest = self._meet.guest_at(reader, self._desk.device.desk, timeout_s)
                if number not in (b"", guest.number):
                    raise DeviceError(Code.CARD_SWAPPED, "card")
                number = guest.number
                return self.card(guest, ask_pin)
            except (DeviceError, LinkError) as error:
                if last or not met or error.code not in _PULLED:
                    raise
                pulled()
            finally:
                reader.disconnect()
        raise AssertionError("the last try raises or returns")

    def phone(self, line: "Line") -> Taken | Refusal:
        """A phone is in the field: the same messages as over any other wire."""
        asked = self._asked()
        if isinstance(asked, Refusal):
            return asked
        hearing = _Hearing(self._takings)
        self._desk.device.money.free(asked.payment)
        try:
            line.send(asked.shown)
            for _ in range(ROUNDS_MOST):
                for reply in hearing(line.receive(STEP_S)):
                    line.send(reply)
                if hearing.refusal is not None or hearing.outcome(asked.payment) is not None:
                    break
            else:
                return self._told(asked, hearing, None)  # a phone that never comes to the point
            with suppress(LinkError):
                line.receive(LINGER_S)  # the phone reads what was said last, and hangs up first
        except (LinkError, RemoteProtocolError):
            done = hearing.outcome(asked.payment)
            if done is None:
                raise
            return done  # only the receipt may be lost; it is given again
        finally:
            line.close()
        return self._told(asked, hearing, None)

    def _told(self, asked: Asked, hearing: _Hearing, refused: Refusal | None) -> Taken | Refusal:
        done = hearing.outcome(asked.payment)
        if done is not None:
            return done
        return refused or hearing.refusal or Refusal(Code.OUT_OF_ORDER, "tap")

    def _asked(self) -> Asked | Refusal:
        """The question that a tap can answer: an offline one."""
        sale: Sale | None = self._desk.sale
        if sale is None or sale.asked is None:
            return Refusal(Code.SALE_NONE, "sale")
        if sale.asked.tender != DT_OFFLINE:
            return Refusal(Code.TENDER_UNKNOWN, "tender")
        return sale.asked
