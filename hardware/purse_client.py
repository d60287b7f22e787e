"""The host's side of a purse card: one typed method for each command (docs/protocol/purse-card.md).

Every method is safe to repeat. What goes wrong:

* ``card-outcome-unknown`` (from the reader): the card may have done it or not. :meth:`PurseClient.reopen`
  and ask again: the same question gets the same bytes;
* ``card-swapped``: another card lies there now than at first, and nothing was asked of it;
* ``card-wrong``: an answer that no such card gives;
* every refusal of the card itself, as a :class:`~tender.errors.DeviceError` with the code it means
  (``card-pin-needed``, ``limit-per-payment``, ``certificate-wrong`` …). A refused command changed nothing.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, TypeVar

from tender.account.batch import Batch, seal_batch
from tender.card.apdu import DONE, Command, Response
from tender.card.exchange import exchange
from tender.cash.messages import RECEIPT, REQUEST, Receipt, Request
from tender.cash.token import Claim, Link
from tender.crypto.envelope import Typ, open_envelope
from tender.crypto.keys import PUBLIC_KEY_BYTES, SIGNATURE_BYTES
from tender.crypto.sealing import Pin, SealingKey
from tender.errors import Code, DeviceError, RemoteProtocolError
from tender.ports import CardReader
from tender.purse import commands, records
from tender.purse.commands import Ins, Pay, Proof, Signed, stream
from tender.purse.layout import Layout
from tender.purse.records import RequestIs

T = TypeVar("T")

CONNECT_S: Final = 10.0
"""How long a card is waited for."""


class PurseClient:
    """A purse card in the field of a reader. Made by :meth:`opened`."""

    def __init__(self, reader: CardReader, owner: bytes = b"") -> None:
        """``owner``: the secret that :meth:`personalise` told the owner's own host; nobody else has one."""
        self._reader = reader
        self._number: bytes | None = None
        self._is_known = False
        self.owner = owner

    @classmethod
    def opened(cls, reader: CardReader, timeout_s: float = CONNECT_S, owner: bytes = b"") -> "PurseClient":
        """Wait for a card and select the purse on it; ``card-missing``, ``card-not-purse``."""
        client = cls(reader, owner)
        client.reopen(timeout_s)
        return client

    def reopen(self, timeout_s: float = CONNECT_S) -> records.Status:
        """Connect anew, after a tear for instance: the same card (``card-swapped`` otherwise)."""
        self._reader.disconnect()
        self._reader.connect(timeout_s)
        status = self.select()
        if self._number is not None and status.number != self._number:
            self._reader.disconnect()
            raise DeviceError(Code.CARD_SWAPPED, "card")
        if status.state != records.State.BLANK:
            self._number = status.number
        return status

    def close(self) -> None:
        """Let go of the card; it keeps its power, so it is told to forget who was here."""
        if self._is_known:
            with suppress(DeviceError):
                self._exchange(Ins.SELECT, 4, 0, commands.AID)
            self._is_known = False
        self._reader.disconnect()

    def gone(self) -> bool:
        """Whether the card was taken away since it was talked to; asks the reader and not the card."""
        return self._reader.gone(0.0)

    # ------------------------------------------------------------------------------------ the card itself

    def select(self) -> records.Status:
        """Select the purse; ``card-not-purse`` when the card knows none. What it held in RAM goes."""
        answer = self._exchange(Ins.SELECT, 4, 0, commands.AID)
        if answer.sw != DONE or not answer.data:
            raise DeviceError(Code.CARD_NOT_PURSE, "card")
        return self.status()

    def status(self) -> records.Status:
        """Everything the card says of itself without the PIN."""
        return self._record(records.STATUS, self._do(Ins.STATUS))

    def personalise(self, root_key: bytes, pin: Pin, puk: Pin, bank: int) -> bytes:
        """Make a blank card somebody's, once; returns its identity key. ``element-refused`` if it is one.

        :attr:`owner` is from then on the secret that the owner's host must keep.
        """
        data = records.Personalise(root_key, pin.block(), puk.block(), bank)
        answer = self._do(Ins.PERSONALISE, data=records.PERSONALISE.encode(data))
        made = self._record(records.PERSONALISED, answer)
        self._number, self.owner = self.status().number, made.owner_secret
        return made.identity

    def verify(self, pin: Pin) -> None:
        """The PIN for *one payment* above what goes without it, typed at any terminal; it opens nothing else.
        ``pin-wrong`` with the tries ``left``, ``card-blocked``."""
        self._do(Ins.VERIFY, p2=commands.PAYMENT_REFERENCE, data=pin.block())

    def verify_owner(self, pin: Pin) -> None:
        """The PIN and the owner's secret: opens, until the card is let go, what only the owner's own host may
        do, and no payment. Counts like :meth:`verify`; ``card-pin-needed`` for a host without the secret."""
        if not self.owner:
            raise DeviceError(Code.CARD_PIN_NEEDED, "card.owner")
        proof = records.OwnerProof(pin.block(), self.owner)
        self._is_known = True
        self._do(Ins.VERIFY, p2=commands.OWNER_REFERENCE, data=records.OWNER_PROOF.encode(proof))

    def change_pin(self, old: Pin, new: Pin) -> None:
        """Counts like :meth:`verify`."""
        self._do(Ins.CHANGE_PIN, p2=commands.PAYMENT_REFERENCE, data=old.block() + new.block())

    def unblock(self, puk: Pin, new: Pin) -> None:
        """A new PIN with full tries; the PUK has few tries, then it is over."""
        self._do(Ins.UNBLOCK, p2=commands.PAYMENT_REFERENCE, data=puk.block() + new.block())

    def adopt(self, puk: Pin) -> None:
        """A new owner's secret for this host, by the PUK: the host that had the old one is lost."""
        self.owner = self._do(Ins.UNBLOCK, p2=commands.OWNER_REFERENCE, data=puk.block())

    def store_key(self) -> SealingKey:
        """The key under which this card's own host seals its store; for that host only."""
        return SealingKey(self._sized(self._do(Ins.STORE_KEY), 32))

    def book_mark(self) -> int:
        """How far the book of a product around the device has come."""
        return int.from_bytes(self._sized(self._do(Ins.BOOK_MARK), 8), "big")

    def note_book(self, mark: int) -> None:
        """A lower mark changes nothing; for the owner's host."""
        self._do(Ins.BOOK_MARK, 1, data=mark.to_bytes(8, "big"))

    def wipe(self, *, with_money: bool = False) -> None:
        """Back to blank, for the owner's host (after the PIN while it has no key); money forbids it, unless
        ``with_money``."""
        self._do(Ins.WIPE, int(with_money))
        self._number = None

    def acknowledge(self, counter: int) -> None:
        """The owner's host has durably stored everything up to this counter: kept signatures up to it go."""
        self._do(Ins.ACKNOWLEDGE, data=counter.to_bytes(4, "big"))

    def acknowledge_receipt(self, message: bytes) -> None:
        """Show the payee's receipt, as the COSE_Sign1 it signed (the body of its container). No PIN: the chip
        verifies it under the key it paid, and lets go what it kept for that payment, and of nothing else.
        ``receipt-wrong`` unless it names just what was signed; for what is not kept any more, nothing."""
        opened = open_envelope(message, Typ.RECEIPT, "receipt")
        shown = records.Delivered(opened.signature, opened.payload)
        self._do(Ins.ACKNOWLEDGE, commands.Stored.PAYEE, data=records.DELIVERED.encode(shown))

    def log(self) -> tuple[records.LogEntry, ...]:
        """The last payments, the newest first."""
        return self._list(Ins.LOG, records.LOG_ENTRY)

    # --------------------------------------------------------------------------------------------- keys

    def make_keys(self, count: int) -> tuple[bytes, ...]:
        """Keys made in the chip: their public halves, 32 bytes each; ``card-full``."""
        made: list[bytes] = []
        while len(made) < count:
            few = min(count - len(made), commands.KEYS_MOST)
            data = self._sized(self._do(Ins.MAKE_KEYS, few), few * PUBLIC_KEY_BYTES)
            made += [data[at : at + PUBLIC_KEY_BYTES] for at in range(0, len(data), PUBLIC_KEY_BYTES)]
        return tuple(made)

    def keys(self) -> tuple[records.KeyEntry, ...]:
        """The one-time keys."""
        return self._list(Ins.LIST_KEYS, records.KEY_ENTRY)

    def erase_key(self, key: bytes, *, with_requests: bool = False) -> None:
        """Destroy a key on which nothing rests; ``element-refused`` otherwise. ``with_requests``: also one
        under which a request is open that nobody will pay. For the owner's host."""
        self._do(Ins.ERASE_KEY, int(with_requests), data=key)

    def put_certificate(self, key: bytes, packed: bytes) -> None:
        """The bank's packed certificate of an own key; the card checks it under its directory."""
        self._do(Ins.PUT_CERTIFICATE, data=key + packed)

    def certificate(self, key: bytes) -> bytes:
        """That certificate, packed; empty while there is none."""
        return self._do(Ins.READ_CERTIFICATE, data=key)

    def sign_batch(self, keys: Sequence[bytes], bank: int, now: int) -> bytes:
        """The identity's request to certify these keys, as COSE_Sign1; after the PIN."""
        names = b"".join(key[: commands.KEY_NAME_BYTES] for key in keys)
        order = records.BATCH_ORDER.encode(records.BatchOrder(bank, now, names))
        signature = self._signature(self._do(Ins.SIGN_BATCH, data=order))
        return seal_batch(Batch(bank, now, tuple(keys)), signature)

    def sign_possession(self, key: bytes, bank: int) -> bytes:
        """64-byte signature: this key lives here, said to that bank."""
        order = records.POSSESSION_ORDER.encode(records.PossessionOrder(key, bank))
        return self._signature(self._do(Ins.SIGN_POSSESSION, data=order))

    def sign_order(self, payload: bytes) -> bytes:
        """64-byte signature of an order to the bank, streamed; after the PIN. Asked again it differs."""
        return self._signature(self._do(Ins.SIGN_ORDER, data=stream(payload)))

    # ----------------------------------------------------------------------------------- being paid

    def open_request(self, request: Request) -> bytes:
        """64-byte signature of a request under its own key; it is open from then on."""
        return self._signature(self._do(Ins.OPEN_REQUEST, data=REQUEST.encode(request)))

    def requests(self) -> tuple[records.RequestEntry, ...]:
        """What was asked for under keys that still live."""
        return self._list(Ins.LIST_REQUESTS, records.REQUEST_ENTRY)

    def request_payload(self, payment_id: bytes) -> bytes:
        """The request as the card signed it; ``payment-unknown``."""
        return self._do(Ins.READ_REQUEST, data=payment_id)

    def receipt_payload(self, payment_id: bytes) -> bytes:
        """The receipt that closed it; empty while it is open."""
        return self._do(Ins.READ_REQUEST, 1, data=payment_id)

    def request_state(self, payment_id: bytes) -> RequestIs:
        """Whether it was ever opened here, and closed."""
        (state,) = self._sized(self._do(Ins.REQUEST_STATE, data=payment_id), 1)
        try:
            return RequestIs(state)
        except ValueError as error:
            raise DeviceError(Code.CARD_WRONG, "request-state") from error

    def sign_receipt(self, receipt: Receipt, proof: Proof = Proof.CARD) -> bytes:
        """64-byte signature; closes the request for good. ``CARD``: every output it names is live in the
        card's own table under the request's key, together at least the amount. ``HOST``: after the PIN."""
        return self._signature(self._do(Ins.SIGN_RECEIPT, proof, data=RECEIPT.encode(receipt)))

    def put_token(self, packed: bytes, proof: Proof = Proof.CARD) -> bytes:
        """A token for a key of this card; returns its output id (32 bytes). The same again changes nothing.

        ``CARD``: the chip verifies the whole chain. ``HOST``: after the PIN, its own key and last hop only.
        """
        return self._sized(self._do(Ins.PUT_TOKEN, proof, data=stream(packed)), 32)

    # ------------------------------------------------------------------------------------------- paying

    def present_request(self, message: bytes) -> records.Presented:
        """A payee's request, as the COSE_Sign1 it signed (the body of its container), streamed.

        The chip verifies it and its certificate, and knows from then on whom and how much to pay.
        """
        opened = open_envelope(message, Typ.REQUEST, "request")
        key = REQUEST.decode(opened.payload, "request").key
        streamed = stream(opened.payload, opened.signature, key)
        return self._record(records.PRESENTED, self._do(Ins.PRESENT_REQUEST, data=streamed))

    def sign_payment(self, parts: Sequence[tuple[bytes, int]]) -> tuple[bytes, ...]:
        """64-byte signatures of the links that pay the request presented last: (output id, tiyn) each.

        Together exactly its amount. All of them, or none; the change is a live token of the card at once.
        """
        orders = [records.PaymentOrder(parent, amount_tiyn) for parent, amount_tiyn in parts]
        return self._spend(Ins.SIGN_LINKS, Pay.REQUEST, records.PAYMENT_ORDER, orders)

    def sign_splits(self, links: Sequence[Link]) -> tuple[bytes, ...]:
        """Links to own keys; what is kept has no nonce."""
        orders = [records.SplitOrder(link.parent, link.next_key, link.amount_tiyn) for link in links]
        return self._spend(Ins.SIGN_LINKS, Pay.SPLIT, records.SPLIT_ORDER, orders)

    def sign_returns(self, parents: Sequence[bytes]) -> tuple[bytes, ...]:
        """Links of whole tokens back to the key that signed the link which made each."""
        orders = [records.ReturnOrder(parent) for parent in parents]
        return self._spend(Ins.SIGN_LINKS, Pay.RETURN, records.RETURN_ORDER, orders)

    def sign_claims(self, claims: Sequence[Claim]) -> tuple[bytes, ...]:
        """Claims for an account, after the PIN; ``LINKS_MOST`` of them in each command."""
        signatures: list[bytes] = []
        for at in range(0, len(claims), commands.LINKS_MOST):
            few = claims[at : at + commands.LINKS_MOST]
            orders = [records.ClaimOrder(claim.parent, claim.bank, claim.address) for claim in few]
            signatures += self._spend(Ins.SIGN_CLAIMS, 0, records.CLAIM_ORDER, orders)
        return tuple(signatures)

    # ------------------------------------------------------------------------- what the card remembers

    def kept(self) -> tuple[bytes, ...]:
        """Outputs whose signatures the host has not yet said it stored."""
        pages = self._pages(Ins.LIST_KEPT, 32)
        return tuple(page[at : at + 32] for page in pages for at in range(0, len(page), 32))

    def kept_of(self, output: bytes) -> records.Kept | None:
        """What was signed on this output and perhaps not stored; None when nothing is kept."""
        try:
            return self._record(records.KEPT, self._do(Ins.KEPT_OF, data=output))
        except DeviceError as error:
            if error.code is Code.PAYMENT_UNKNOWN:
                return None
            raise

    def has_signed(self, output: bytes) -> bool:
        """Whether this output was ever signed away here, by a key that still lives."""
        return self._sized(self._do(Ins.HAS_SIGNED, data=output), 1) != b"\x00"

    def tokens(self) -> tuple[records.TokenEntry, ...]:
        """The card's token table: what lives, and what is spent and not dropped yet."""
        return self._list(Ins.LIST_TOKENS, records.TOKEN_ENTRY)

    def token(self, output: bytes) -> bytes:
        """A token's packed history, the spent ones' too; ``payment-unknown``."""
        history = bytearray()
        while len(history) % commands.ANSWER_MOST == 0:
            offset = len(history)
            if offset > 0xFFFF:  # it would not fit P1 and P2, and no token is so long
                raise DeviceError(Code.CARD_WRONG, "card.read-token")
            part = self._do(Ins.READ_TOKEN, offset >> 8, offset & 0xFF, output)
            history += part
            if not part:
                break
        return bytes(history)

    def drop(self, output: bytes) -> None:
        """Free the room of a token that is spent and acknowledged; ``element-refused`` otherwise."""
        self._do(Ins.DROP, data=output)

    # ---------------------------------------------------------------------------- what the root signed

    def put_signed(self, message: bytes, what: Signed) -> None:
        """A directory, a revocation list (its date only) or a correction, as COSE_Sign1. An older one changes
        nothing."""
        opened = open_envelope(message, commands.TYP_OF_SIGNED[what], "signed")
        self._do(Ins.PUT_SIGNED, what, data=stream(opened.payload, opened.signature))

    def synced(self, reply: bytes) -> None:
        """The bank's signed reply to the last sync order signed here: counting begins anew."""
        opened = open_envelope(reply, Typ.REPLY, "reply")
        self._do(Ins.SYNCED, data=stream(opened.payload, opened.signature))

    # ------------------------------------------------------------------------------------------ within

    def _spend(self, ins: Ins, p1: int, layout: Layout[T], orders: Sequence[T]) -> tuple[bytes, ...]:
        if len(orders) > commands.LINKS_MOST:
            raise DeviceError(Code.CARD_FULL, ins.name.lower().replace("_", "-"))
        data = b"".join(map(layout.encode, orders))
        answer = self._sized(self._do(ins, p1, data=data), SIGNATURE_BYTES * len(orders))
        return tuple(answer[at : at + SIGNATURE_BYTES] for at in range(0, len(answer), SIGNATURE_BYTES))

    def _list(self, ins: Ins, layout: Layout[T]) -> tuple[T, ...]:
        found: list[T] = []
        for page in self._pages(ins, layout.length):
            found += self._read(lambda: layout.decode_all(page, ins.name.lower()))  # noqa: B023 - at once
        return tuple(found)

    def _pages(self, ins: Ins, entry_bytes: int) -> list[bytes]:
        pages: list[bytes] = []
        entries, per_page = 0, commands.ANSWER_MOST // entry_bytes
        while True:
            page = self._do(ins, entries >> 8, entries & 0xFF)
            if len(page) % entry_bytes:
                raise DeviceError(Code.CARD_WRONG, ins.name.lower())
            pages.append(page)
            entries += len(page) // entry_bytes
            if len(page) // entry_bytes < per_page or entries > 0xFFFF:
                return pages

    def _do(self, ins: Ins, p1: int = 0, p2: int = 0, data: bytes = b"") -> bytes:
        """One command, done: its answer's data. The card's refusals become errors."""
        answer = self._exchange(ins, p1, p2, data)
        if answer.sw == DONE:
            return answer.data
        raise _refusal(answer.sw, ins)

    def _exchange(self, ins: Ins, p1: int, p2: int, data: bytes) -> Response:
        command = Command(commands.cla_of(ins), ins, p1, p2, data, 256)
        return self._read(lambda: exchange(self._reader.transmit, command))

    def _read(self, reading: Callable[[], T]) -> T:
        """What the card said, or ``card-wrong``: a card is a peer, and this one is broken or lies."""
        try:
            return reading()
        except RemoteProtocolError as error:
            raise DeviceError(Code.CARD_WRONG, error.field) from error

    def _record(self, layout: Layout[T], data: bytes) -> T:
        return self._read(lambda: layout.decode(data, "answer"))

    def _sized(self, data: bytes, length: int) -> bytes:
        if len(data) != length:
            raise DeviceError(Code.CARD_WRONG, "answer")
        return data

    def _signature(self, data: bytes) -> bytes:
        return self._sized(data, SIGNATURE_BYTES)


def _refusal(sw: int, ins: Ins) -> DeviceError:
    where = f"card.{ins.name.lower().replace('_', '-')}"
    if sw & 0xFFF0 == commands.PIN_TRY_WRONG:
        return DeviceError(Code.PIN_WRONG, where, left=sw & 0x0F)
    return DeviceError(commands.CODE_OF.get(sw, Code.CARD_WRONG), where)
