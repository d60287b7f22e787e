"""A purse card as a device's secure element (docs/protocol/purse-card.md): the chip has keys, limits, money.

The host asks, the chip decides. Every question may be asked again and gets the same bytes; so when a card
answers nothing (``card-outcome-unknown``) it is connected anew, the same one, and asked once more. What the
chip says about itself is remembered here until something changes it: a reader is one program's at a time.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, TypeVar

from hardware.purse_client import PurseClient
from tender.account.eds import ORDER
from tender.cash.chain import read_chain
from tender.cash.messages import Receipt, Request, unwrap
from tender.cash.token import Claim, Link
from tender.crypto.directory import DIRECTORY
from tender.crypto.envelope import Typ, open_envelope
from tender.crypto.sealing import Pin, PinCost, SealingKey
from tender.errors import NO_ANSWER, Code, DeviceError
from tender.purse.commands import LINKS_MOST, Proof, Signed
from tender.purse.records import (
    TYP_OF_KEPT,
    Kept,
    KeptIs,
    KeyEntry,
    LogEntry,
    Presented,
    RequestIs,
    Status,
    TokenEntry,
    TokenIs,
)

T = TypeVar("T")

AGAIN_S: Final = 1.0
"""How long a card that answered nothing is waited for: it may have been reset, or it is gone."""
_STATE_OF: Final = {RequestIs.UNKNOWN: "unknown", RequestIs.OPEN: "open", RequestIs.CLOSED: "closed"}
_SPENT_BEFORE: Final = frozenset({Code.ALREADY_SPENT, Code.PAYMENT_UNKNOWN, Code.REQUEST_CLOSED})
"""The chip's words for money that it does not hold any more."""
CLOSED_BEFORE: Final = "receipt"
"""The field a session looks for when a request was closed with another receipt."""


class CardElement:
    """:class:`device.ports.Element` over a card in a reader.

    ``pin``: the holder's, when the host is the holder's own and its client knows the owner's secret: what
    needs them gets them, and the host answers for the histories it has verified itself. Without (somebody
    else's terminal) the chip verifies all by itself, and what needs the owner, or the PIN, raises
    ``card-pin-needed``. ``bank``: where the host knows it; orders to another raise ``card-other-bank``.
    """

    def __init__(self, client: PurseClient, pin: Pin | None = None, bank: int = 0) -> None:
        self._client = client
        self._pin = pin
        self._bank = bank
        self._status: Status | None = None
        self._tokens: dict[bytes, TokenEntry] | None = None
        self._keys: dict[bytes, KeyEntry] | None = None
        self._held_back: int | None = None

    # --- what the chip says of itself

    def status(self) -> Status:
        """All that it says without a PIN."""
        if self._status is None:
            self._status = self._ask(self._client.status)
        return self._status

    def gone(self) -> bool:
        """Whether the card was taken away since it was talked to."""
        return self._client.gone()

    @property
    def number(self) -> bytes:
        """16 bytes that tell it from others."""
        return self.status().number

    @property
    def counter(self) -> int:
        """Counts every change of state and never goes back."""
        return self.status().counter

    @property
    def acknowledged(self) -> int:
        """The last counter whose outcome a host has stored."""
        return self.status().acknowledged

    @property
    def identity(self) -> bytes:
        """The device's public identity key."""
        return self.status().identity

    @property
    def book_mark(self) -> int:
        """How far the book of a product around the device has come."""
        return self._ask(self._client.book_mark)

    def note_book(self, mark: int) -> None:
        """That book is durable up to this mark; a lower one changes nothing."""
        self._change(lambda: self._client.note_book(mark))

    # --- keys

    def money_keys(self) -> tuple[bytes, ...]:
        """Every one-time public key held in the chip."""
        return tuple(self._key_table())

    def make_keys(self, count: int) -> tuple[bytes, ...]:
        """Make one-time keys in the chip; fewer, or none, when it has no room for so many."""
        before = frozenset(self._key_table())
        try:
            return self._change(lambda: self._client.make_keys(count))
        except DeviceError as error:
            if error.code is not Code.CARD_FULL:
                raise
        return tuple(key for key in self._key_table() if key not in before)

    def has_asked(self, key: bytes) -> bool:
        """Whether this key has ever signed a request."""
        found = self._key_table().get(key)
        return found is None or bool(found.flags & KeyEntry.ASKED)

    def erase_key(self, key: bytes) -> None:
        """Destroy a key on which nothing rests any more. What a stranger's terminal asked for with it and
        nobody paid goes with it; the wallet keeps the keys of its own questions."""
        self._change(lambda: self._client.erase_key(key, with_requests=True))

    def sign_batch(self, keys: tuple[bytes, ...], bank: int, now: int) -> bytes:
        """The identity's request to certify keys of this chip."""
        return self._ask(lambda: self._client.sign_batch(keys, bank, now))

    def sign_possession(self, key: bytes, bank: int) -> bytes:
        """The key's own word that it lives here."""
        return self._ask(lambda: self._client.sign_possession(key, bank))

    def sign_order(self, payload: bytes) -> bytes:
        """Sign an order to the bank."""
        if self._bank and ORDER.decode(payload, "order").to != self._bank:
            raise DeviceError(Code.CARD_OTHER_BANK, "order.to", bank=self._bank)
        return self._change(lambda: self._client.sign_order(payload))

    def learn(self, directory: bytes, certificates: Mapping[bytes, bytes]) -> None:
        """Give the chip what it has not: a newer directory, certificates of its keys."""
        body = DIRECTORY.decode(open_envelope(directory, Typ.DIRECTORY, "directory").payload, "directory")
        if body.number > self.status().directory_number:
            self._tell(lambda: self._client.put_signed(directory, Signed.DIRECTORY))
        for key, packed in certificates.items():
            known = self._key_table().get(key)
            if known is not None and not known.flags & KeyEntry.CERTIFIED:
                self._tell(partial(self._client.put_certificate, key, packed))

    def synced(self, reply: bytes) -> None:
        """The bank has answered a sync: what was paid since the last one begins anew."""
        self._tell(lambda: self._client.synced(reply))

    def _tell(self, telling: Callable[[], None]) -> None:
        """Tell the chip what it judges itself. Whatever it does not take it goes on without, and says so when
        it is asked to sign; the wallet must open all the same, if only for a deposit."""
        try:
            self._change(telling)
        except DeviceError as error:
            if error.code in NO_ANSWER:
                raise

    # --- being paid

    def sign_request(self, request: Request) -> bytes:
        """Open a request; the same request gets the same signature, a repeated nonce gets none."""
        return self._change(lambda: self._client.open_request(request))

    def request_state(self, payment_id: bytes) -> str:
        """``open``, ``closed`` or ``unknown``."""
        return _STATE_OF[self._ask(lambda: self._client.request_state(payment_id))]

    def sign_receipt(self, key: bytes, receipt: Receipt) -> bytes:
        """Close a request for good. The chip has the money it names, or there is no receipt."""
        try:
            return self._change(lambda: self._client.sign_receipt(receipt))
        except DeviceError as error:
            if (
                error.code in NO_ANSWER
                or self.request_state(receipt.payment_id) != _STATE_OF[RequestIs.CLOSED]
            ):
                raise
            raise DeviceError(Code.ELEMENT_REFUSED, CLOSED_BEFORE) from error

    def take(self, tokens: Sequence[bytes]) -> None:
        """Put money into the chip before anybody counts it; what is there already is not sent again."""
        proof = Proof.HOST if self._pin is not None else Proof.CARD
        for packed in tokens:
            if read_chain(packed).output not in self._token_table():
                self._change(partial(self._client.put_token, packed, proof))

    # --- paying

    def sign_links(self, orders: Sequence[tuple[bytes, Link]], request: bytes = b"") -> tuple[bytes, ...]:
        """Spend: a payment of this request, a split to own keys, or returns to whoever signed them here."""
        links = [link for _, link in orders]
        if request:
            parts = [(link.parent, link.amount_tiyn) for link in links]
            return self._spend(lambda: self._pay(unwrap(request)[1], parts))
        own = self._key_table()
        if all(link.next_key in own for link in links):
            return self._spend(lambda: self._client.sign_splits(links))
        parents = [link.parent for link in links]
        return self._in_groups(parents, self._client.sign_returns)

    def _pay(self, request: bytes, parts: Sequence[tuple[bytes, int]]) -> tuple[bytes, ...]:
        # Both in one go: what was presented is forgotten when the power goes.
        presented = self._client.present_request(request)
        if presented.needs & Presented.NEEDS_PIN:
            self._verify(self._client.verify)
        return self._client.sign_payment(parts)

    def sign_claims(self, orders: Sequence[tuple[bytes, Claim]]) -> tuple[bytes, ...]:
        """Claim tokens for an account; the chip wants the PIN for it."""
        return self._in_groups([claim for _, claim in orders], self._client.sign_claims)

    def _in_groups(
        self, items: Sequence[T], sign: Callable[[Sequence[T]], tuple[bytes, ...]]
    ) -> tuple[bytes, ...]:
        """As many as a command holds, one command after the other; each asked again gives the same."""
        signed: list[bytes] = []
        for at in range(0, len(items), LINKS_MOST):
            signed += self._spend(partial(sign, items[at : at + LINKS_MOST]))
        return tuple(signed)

    def _spend(self, sign: Callable[[], tuple[bytes, ...]]) -> tuple[bytes, ...]:
        """Sign away; what went to somebody else before is refused as every element refuses it."""
        try:
            return self._change(sign)
        except DeviceError as error:
            if error.code in _SPENT_BEFORE:
                raise DeviceError(Code.ELEMENT_REFUSED, error.field) from error
            raise

    # --- what the chip remembers

    def has_signed(self, output: bytes) -> bool:
        """Whether this output was signed away here, whatever the host remembers."""
        found = self._token_table().get(output)
        if found is not None:
            return found.state != TokenIs.LIVE
        return self._ask(lambda: self._client.has_signed(output))

    def kept(self) -> tuple[bytes, ...]:
        """The outputs whose signatures no host has said it stored."""
        status = self.status()
        return self._ask(self._client.kept) if status.counter > status.acknowledged else ()

    def kept_of(self, output: bytes) -> tuple[Typ, bytes, bytes] | None:
        """What was signed on an output and perhaps not stored: its type, payload and signature."""
        found = self.kept_row(output)
        return None if found is None else (TYP_OF_KEPT[KeptIs(found.kind)], found.payload, found.signature)

    def kept_row(self, output: bytes) -> Kept | None:
        """The same as the chip tells it: with the payment it was signed for."""
        return self._ask(lambda: self._client.kept_of(output))

    def hold_back(self, counter: int | None) -> None:
        """Acknowledge nothing from here on: somebody may still need what was signed then."""
        self._held_back = counter

    def acknowledge(self, counter: int) -> None:
        """The host has stored everything up to here: kept signatures may go, and spent money with them."""
        if self._held_back is not None:
            counter = min(counter, self._held_back - 1)
        if self.acknowledged < counter <= self.counter:
            self._change(lambda: self._client.acknowledge(counter))
        kept = frozenset(self.kept())
        for token in tuple(self._token_table().values()):
            if token.state != TokenIs.LIVE and token.output not in kept:
                self._change(partial(self._client.drop, token.output))

    # --- for the holder's own host, which catches up with what the card did elsewhere

    def live(self) -> frozenset[bytes]:
        """The outputs it holds."""
        return frozenset(one.output for one in self._token_table().values() if one.state == TokenIs.LIVE)

    def packed(self, output: bytes) -> bytes:
        """A token's history, of one that is spent and not dropped too."""
        return self._ask(lambda: self._client.token(output))

    def log(self) -> tuple[LogEntry, ...]:
        """Its last payments, the newest first."""
        return self._ask(self._client.log)

    def asked(self, payment_id: bytes) -> tuple[bytes, bytes] | None:
        """A request this card has made and the receipt that closed it (payloads), if its key still lives."""
        try:
            return (
                self._ask(lambda: self._client.request_payload(payment_id)),
                self._ask(lambda: self._client.receipt_payload(payment_id)),
            )
        except DeviceError as error:
            if error.code is Code.PAYMENT_UNKNOWN:
                return None
            raise

    # --- PIN

    def store_key(self) -> SealingKey:
        """The key under which the host seals its store."""
        return self._ask(self._client.store_key)

    def check_pin(self, pin: Pin, now: int) -> None:
        """Raises ``pin-wrong`` with the tries that are ``left``, ``card-blocked``."""
        self._forget()
        self._ask(lambda: self._client.verify_owner(pin))
        self._pin = pin

    def change_pin(self, pin: Pin, cost: PinCost) -> None:
        """The chip's PIN; it costs no computation to guess, it counts the tries."""
        if self._pin is None:
            raise DeviceError(Code.CARD_PIN_NEEDED, "pin")
        old = self._pin
        self._change(lambda: self._client.change_pin(old, pin))
        self._pin = pin

    def wipe(self) -> None:
        """Back to a blank card; refused while money lies on it."""
        self._change(self._client.wipe)

    @property
    def owner_secret(self) -> bytes:
        """What makes this host the owner's own; the wallet's file keeps it."""
        return self._client.owner

    def close(self) -> None:
        """Let go of the card; it stays where it lies."""
        self._pin = None
        self._client.close()

    # --- within

    def _token_table(self) -> dict[bytes, TokenEntry]:
        if self._tokens is None:
            self._tokens = _by(self._ask(self._client.tokens), lambda one: one.output)
        return self._tokens

    def _key_table(self) -> dict[bytes, KeyEntry]:
        if self._keys is None:
            self._keys = _by(self._ask(self._client.keys), lambda one: one.key)
        return self._keys

    def _forget(self) -> None:
        self._status = self._tokens = self._keys = None

    def _change(self, asking: Callable[[], T]) -> T:
        """Ask for something that may change what is remembered here, whatever comes of it."""
        try:
            return self._ask(asking)
        finally:
            self._forget()

    def _ask(self, asking: Callable[[], T]) -> T:
        """Ask; with the PIN if the chip wants it and it is known; once more if the chip answered nothing."""
        try:
            return self._with_pin(asking)
        except DeviceError as error:
            if error.code is not Code.CARD_OUTCOME_UNKNOWN:
                raise
        self._forget()
        self._client.reopen(AGAIN_S)
        return self._with_pin(asking)

    def _with_pin(self, asking: Callable[[], T]) -> T:
        try:
            return asking()
        except DeviceError as error:
            if error.code is not Code.CARD_PIN_NEEDED or self._pin is None:
                raise
        self._verify(self._client.verify_owner)
        return asking()

    def _verify(self, verify: Callable[[Pin], None]) -> None:
        if self._pin is None:
            raise DeviceError(Code.CARD_PIN_NEEDED, "pin")
        try:
            verify(self._pin)
        except DeviceError as error:
            if error.code is Code.PIN_WRONG:
                self._pin = None  # changed elsewhere: a stale PIN must not use up the tries
            raise


def _by(found: Iterable[T], name: Callable[[T], bytes]) -> dict[bytes, T]:
    return {name(one): one for one in found}
