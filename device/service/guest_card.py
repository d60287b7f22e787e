"""A purse card in a reader as a tap sees it: its token table, its keys, what it has signed and not given
away (:class:`device.service.guest_desk.PurseCard` over :class:`hardware.purse_client.PurseClient`)."""

from device.service.guest_desk import CardKey, CardToken
from hardware.purse_client import PurseClient
from tender.cash.token import Link
from tender.crypto.sealing import Pin
from tender.errors import Code, DeviceError
from tender.purse.commands import Signed
from tender.purse.records import KeptIs, KeyEntry, Status, TokenIs


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
        """Raises ``pin-wrong`` with the tries that are left, or ``card-blocked``."""
        self._client.verify(pin)
