"""From a reader to whatever lies there: a purse card, opened as a guest for one tap, or a phone.

:class:`CardInReader` is :class:`device.service.guest_desk.PurseCard` over a
:class:`~hardware.purse_client.PurseClient`.
"""

from device.ports import Line
from device.service.desk import Desk
from device.service.guest import WAIT_S, Guest
from device.service.guest_desk import CardKey, CardToken
from device.store.card_rows import rows_for_a_tap
from hardware.card_element import CardElement
from hardware.nfc import ReaderLine
from hardware.purse_client import PurseClient
from tender.cash.token import Link
from tender.crypto.sealing import Pin
from tender.errors import Code, DeviceError
from tender.ports import CardReader
from tender.purse.commands import Signed
from tender.purse.records import KeptIs, KeyEntry, State, Status, TokenIs
from tender.purse.tap import TOKEN_BYTES, Side


class CardInReader:
    """One card, from :meth:`~hardware.purse_client.PurseClient.opened` on."""

    def __init__(self, client: PurseClient, status: Status) -> None:
        self._client = client
        self._status = status

    @property
    def number(self) -> bytes:
        """16 bytes that tell this card from others."""
        return self._status.number

    @property
    def directory_number(self) -> int:
        """The number of the newest directory the card has seen."""
        return self._status.directory_number

    def put_directory(self, raw: bytes) -> None:
        """Show the card a newer directory."""
        self._client.put_signed(raw, Signed.DIRECTORY)

    def tokens(self) -> tuple[CardToken, ...]:
        """The money it holds."""
        return tuple(
            CardToken(one.output, one.amount_tiyn, one.key, one.hops_left, one.expiry, bool(one.coloured))
            for one in self._client.tokens()
            if one.state == TokenIs.LIVE
        )

    def packed(self, output: bytes) -> bytes:
        """The packed token of an output."""
        return self._client.token(output)

    def keys(self) -> tuple[CardKey, ...]:
        """Its one-time keys, oldest first."""
        return tuple(
            CardKey(one.key, bool(one.flags & KeyEntry.ASKED), bool(one.flags & KeyEntry.CERTIFIED))
            for one in self._client.keys()  # noqa: SIM118 - no dictionary
        )

    def certificate(self, key: bytes) -> bytes:
        """The packed certificate of one of its keys."""
        return self._client.certificate(key)

    def unfinished(self) -> dict[bytes, tuple[Link, ...]]:
        """Links it has signed and still keeps, by payment; returns and splits pay no request and are its own
        host's to finish."""
        found: dict[bytes, tuple[Link, ...]] = {}
        if self._status.counter == self._status.acknowledged:
            return found
        for output in self._client.kept():
            kept = self._client.kept_of(output)
            if kept is not None and kept.kind == KeptIs.LINK and any(kept.payment_id):
                links = found.get(kept.payment_id, ())
                found[kept.payment_id] = (*links, Link.from_payload(kept.payload, "card.kept"))
        return found

    def asked(self, payment: bytes) -> tuple[bytes, bytes] | None:
        """A request it once made, as it signed it, and the receipt that closed it or nothing."""
        try:
            return self._client.request_payload(payment), self._client.receipt_payload(payment)
        except DeviceError as error:
            if error.code is not Code.PAYMENT_UNKNOWN:
                raise
            return None

    def room(self) -> tuple[int, int]:
        """How many tokens more it can hold, and bytes of history."""
        now = self._client.status()
        return now.free_tokens, now.free_bytes

    def verify_pin(self, pin: Pin) -> None:
        """For one payment. Raises ``pin-wrong`` with the tries that are left, or ``card-blocked``."""
        self._client.verify(pin)

    def acknowledge(self, receipt: bytes) -> None:
        """The payee's receipt (COSE_Sign1): what was kept for that payment may go, and its tokens' room."""
        self._client.acknowledge_receipt(receipt)
        kept = frozenset(self._client.kept())
        for token in self._client.tokens():
            if token.state == TokenIs.SPENT and token.output not in kept:
                self._client.drop(token.output)


def guest_at(reader: CardReader, host: Desk, timeout_s: float = WAIT_S) -> Guest:
    """Wait for a purse card. Raises ``DeviceError``: ``card-missing``, ``card-not-purse``, ``card-blank``,
    ``reader-taken`` and what else a reader says."""
    client = PurseClient.opened(reader, timeout_s)
    status = client.status()
    if status.state == State.BLANK:
        client.close()
        raise DeviceError(Code.CARD_BLANK, "card")
    element = CardElement(client)
    return Guest(CardInReader(client, status), element, rows_for_a_tap(element.counter), host)


def phone_at(reader: CardReader, host: Desk) -> Line | None:
    """The phone that lies at a connected reader, to be asked for money; None when it is a card."""
    try:
        return ReaderLine(reader, host.entropy.draw(TOKEN_BYTES), Side.PAYEE)
    except DeviceError as error:
        if error.code is not Code.CARD_NOT_PURSE:
            raise
        return None
