"""A secure element in software: the same face a chip has, and as much of a chip's honesty as a file can have.

What it does like a chip: private keys are made here and never leave; it signs only messages it has built or
read wholly itself; a second, different link on an output is refused for ever; signatures are kept until the
host has stored them; a request opens once and closes once; the counter never goes back; wrong PINs wait.

**What software cannot prevent.** Whoever copies this file *and* the wallet's has two devices that both
believe they are the first (a clone); whoever puts an older copy of this file back has undone what it forgot;
whoever takes the file away may guess PINs on faster machines, and waits are nothing to him. A chip prevents
these; here they are caught later: a clone's second payment is proved at settlement by two signatures of one
key, and the counter that the bank is told at each sync shows an element that went back. Copying only the
*wallet's* files back is noticed at once, because the counter lives here.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

from hardware.element_pin import COST
from hardware.element_rows import (
    BOOK,
    BOOK_ROW,
    CLOSED,
    KEPT,
    KEPT_ROW,
    KEY,
    KEY_ROW,
    OPEN,
    REQUEST,
    REQUEST_ROW,
    SPENT,
    SPENT_ROW,
    STATE,
    STATE_ROW,
    UNKNOWN,
    USE_IDENTITY,
    USE_MONEY,
    BookRow,
    KeptRow,
    KeyRow,
    RequestRow,
    SpentRow,
    State,
)
from hardware.sealed_file import Batch, SealedFile
from tender.account.batch import BATCH, possession_payload, seal_batch
from tender.account.batch import Batch as KeyBatch
from tender.account.eds import ORDER, key_id
from tender.cash.messages import RECEIPT, Receipt, Request, payment_id
from tender.cash.messages import REQUEST as REQUEST_MESSAGE
from tender.cash.token import Claim, Link
from tender.crypto.envelope import Typ, sign
from tender.crypto.keys import SEED_BYTES, SigningKey
from tender.crypto.sealing import KEY_BYTES, NONCE_BYTES, SALT_BYTES, Pin, PinCost, SealingKey
from tender.crypto.tries import TRIES, Tries
from tender.errors import Code, DeviceError, RemoteProtocolError, StoreError
from tender.ports import Entropy

APPLICATION: Final = 0x64744531
"""SQLite's application id: ``dtE1``."""
VERSION: Final = 1
_FILE: Final = "element.db"
_WRAP_PLACE: Final = b"dt-element-key"
_STATE: Final = b"state"


class SoftwareElement:
    """An unlocked :class:`tender.ports.SecureElement`, made by :func:`create` or :func:`unlock`."""

    def __init__(self, file: SealedFile, master: SealingKey, entropy: Entropy, number: bytes) -> None:
        self._file = file
        self._master = master
        self._entropy = entropy
        self._number = number
        self._now: State | None = None

    @property
    def number(self) -> bytes:
        """16 bytes that tell this element from others to its own wallet."""
        return self._number

    def store_key(self) -> SealingKey:
        """The key under which the host seals its store: no element, or another PIN, and no store."""
        return self._master.derive("wallet store")

    @property
    def counter(self) -> int:
        """Counts every change of state."""
        return self._state().counter

    @property
    def acknowledged(self) -> int:
        """The last counter whose outcome the host has stored."""
        return self._state().acknowledged

    @property
    def identity(self) -> bytes:
        """The device's public identity key."""
        return self._identity()[0]

    def money_keys(self) -> tuple[bytes, ...]:
        """Every one-time public key held here; after a crash the host asks which it forgot."""
        return tuple(public for public, body in self._file.all(KEY) if KEY_ROW.decode(body).use == USE_MONEY)

    def make_keys(self, count: int) -> tuple[bytes, ...]:
        """Make one-time keys; returns their public halves."""
        state, batch = self._state().advanced(), Batch()
        made = [self._new_key(batch, USE_MONEY) for _ in range(count)]
        self._commit(batch, state)
        return tuple(made)

    def sign_batch(self, keys: tuple[bytes, ...], bank: int, now: int) -> bytes:
        """The identity's request to certify keys of this element."""
        for key in keys:
            self._key(key, USE_MONEY)
        batch = KeyBatch(bank, now, keys)
        signature = sign(Typ.BATCH, BATCH.encode(batch), SigningKey(self._identity()[1].seed)).signature
        return seal_batch(batch, signature)

    def sign_possession(self, key: bytes, bank: int) -> bytes:
        """The key's own word that it lives here."""
        signer = SigningKey(self._key(key, USE_MONEY).seed)
        return sign(Typ.BATCH, possession_payload(key, bank), signer).signature

    def sign_order(self, payload: bytes) -> bytes:
        """Sign an order to the bank; refused unless it reads strictly as one and names this identity."""
        public, row = self._identity()
        if ORDER.decode(payload, "order").key_id != key_id(public):
            raise DeviceError(Code.ELEMENT_REFUSED, "order.key_id")
        # As in a chip: whatever is signed counts, so that a file from before a quiet sync is known as old.
        self._commit(Batch(), self._state().advanced())
        return sign(Typ.ORDER, payload, SigningKey(row.seed)).signature

    def sign_request(self, request: Request) -> bytes:
        """Open a request; the same request gets the same signature, a repeated nonce gets none."""
        payload = REQUEST_MESSAGE.encode(request)
        named = payment_id(payload)
        row = self._key(request.key, USE_MONEY)
        if self._file.get(REQUEST, named) is None:
            # An empty nonce says "this key is fresh": true only once in its life.
            if request.nonce in row.nonces or (not request.nonce and row.nonces):
                raise DeviceError(Code.ELEMENT_REFUSED, "request.nonce")
            state, batch = self._state().advanced(), Batch()
            spoken = KeyRow(row.seed, row.use, (*row.nonces, request.nonce))
            batch.put(KEY, request.key, KEY_ROW.encode(spoken))
            opened = RequestRow(request.key, OPEN, b"", state.counter)
            batch.put(REQUEST, named, REQUEST_ROW.encode(opened))
            self._commit(batch, state)
        return sign(Typ.REQUEST, payload, SigningKey(row.seed)).signature

    def sign_links(self, orders: Sequence[tuple[bytes, Link]], request: bytes = b"") -> tuple[bytes, ...]:
        """Spend outputs: all of them in one durable step, or none. The request was judged by the host."""
        return self._spend([(key, Typ.LINK, link.parent, link.payload()) for key, link in orders])

    def sign_claims(self, orders: Sequence[tuple[bytes, Claim]]) -> tuple[bytes, ...]:
        """Claim outputs for an account; a claim spends like a link."""
        return self._spend([(key, Typ.CLAIM, claim.parent, claim.payload()) for key, claim in orders])

    def sign_receipt(self, key: bytes, receipt: Receipt) -> bytes:
        """Close a request for good; the same receipt again gets the same signature, another gets none."""
        payload = RECEIPT.encode(receipt)
        row = self._request(receipt.payment_id)
        if row is None or row.key != key:
            raise DeviceError(Code.ELEMENT_REFUSED, "receipt.payment_id")
        named = sha256(payload).digest()
        if row.state == CLOSED and row.receipt != named:
            raise DeviceError(Code.ELEMENT_REFUSED, "receipt")
        signature = sign(Typ.RECEIPT, payload, SigningKey(self._key(key, USE_MONEY).seed)).signature
        if row.state == OPEN:
            state, batch = self._state().advanced(), Batch()
            closed = RequestRow(key, CLOSED, named, state.counter)
            batch.put(REQUEST, receipt.payment_id, REQUEST_ROW.encode(closed))
            self._commit(batch, state)
        return signature

    def request_state(self, payment_id: bytes) -> str:
        """``open``, ``closed`` or ``unknown``."""
        row = self._request(payment_id)
        return UNKNOWN if row is None else row.state

    def take(self, tokens: Sequence[bytes]) -> None:
        """Nothing to do: the host's store is where the money of this element lies."""

    def learn(self, directory: bytes, certificates: Mapping[bytes, bytes]) -> None:
        """Nothing to do: the host judges by what the root signed."""

    def synced(self, reply: bytes) -> None:
        """Nothing to do: the host counts what was paid since."""

    def acknowledge(self, counter: int) -> None:
        """The host has stored everything up to here; kept signatures may go."""
        state = self._state()
        if not state.acknowledged < counter <= state.counter:
            return
        batch = Batch()
        for parent, body in self._file.all(KEPT):
            if KEPT_ROW.decode(body).counter <= counter:
                batch.delete(KEPT, parent)
        self._commit(batch, State(state.counter, counter))

    @property
    def book_mark(self) -> int:
        """How far the book of a product around the device has come; 0 before its first word."""
        body = self._file.get(BOOK, _STATE)
        return 0 if body is None else BOOK_ROW.decode(body).mark

    def note_book(self, mark: int) -> None:
        """That book is durable up to this mark; a lower one changes nothing."""
        if mark > self.book_mark:
            batch = Batch()
            batch.put(BOOK, _STATE, BOOK_ROW.encode(BookRow(mark)))
            self._file.commit(batch, 0)

    def has_asked(self, key: bytes) -> bool:
        """Whether this key has ever signed a request: then it is no longer a number used once."""
        return bool(self._key(key, USE_MONEY).nonces)

    def has_signed(self, output: bytes) -> bool:
        """Whether this output (32-byte id) was signed away here, whatever the host remembers."""
        return self._file.get(SPENT, output) is not None

    def kept(self) -> tuple[bytes, ...]:
        """The outputs (32-byte ids) whose signatures the host has not yet said it stored."""
        return tuple(parent for parent, _ in self._file.all(KEPT))

    def kept_of(self, output: bytes) -> tuple[Typ, bytes, bytes] | None:
        """What was signed on an output and perhaps not stored: its type, payload and signature."""
        body = self._file.get(KEPT, output)
        if body is None:
            return None
        row = KEPT_ROW.decode(body)
        return Typ(row.typ), row.payload, row.signature

    def erase_key(self, key: bytes) -> None:
        """Destroy a key and what was remembered for it; refused while something is unacknowledged or open."""
        state, batch = self._state().advanced(), Batch()
        self._key(key, USE_MONEY)
        if any(KEPT_ROW.decode(body).key == key for _, body in self._file.all(KEPT)):
            raise DeviceError(Code.ELEMENT_REFUSED, "key.unacknowledged")
        for parent, body in self._file.all(SPENT):
            if SPENT_ROW.decode(body).key == key:
                batch.delete(SPENT, parent)
        for named, body in self._file.all(REQUEST):
            request = REQUEST_ROW.decode(body)
            if request.key == key:
                if request.state == OPEN:
                    raise DeviceError(Code.ELEMENT_REFUSED, "key.request")
                batch.delete(REQUEST, named)
        batch.delete(KEY, key)
        self._commit(batch, state)

    def check_pin(self, pin: Pin, now: int) -> None:
        """Whether somebody who is in already knows the PIN; counted and slowed down like any other try."""
        _master_of(self._file, pin, now)

    def change_pin(self, pin: Pin, cost: PinCost) -> None:
        """Wrap the master key under a new PIN; no row is rewritten."""
        batch = Batch()
        for name, value in _wrapping(pin, cost, self._master, self._entropy).items():
            batch.set_plain(name, value)
        self._file.commit(batch, 0)

    def close(self) -> None:
        """Lock it again."""
        self._file.close()

    def _spend(self, orders: list[tuple[bytes, Typ, bytes, bytes]]) -> tuple[bytes, ...]:
        state, batch = self._state().advanced(), Batch()
        signatures: list[bytes] = []
        fresh: dict[bytes, bytes] = {}
        for key, typ, parent, payload in orders:
            message = sha256(typ.value.encode() + b"\x00" + payload).digest()
            if fresh.setdefault(parent, message) != message:
                raise DeviceError(Code.ELEMENT_REFUSED, "link.parent", output=parent.hex()[:16])
            body = self._file.get(SPENT, parent)
            signer = SigningKey(self._key(key, USE_MONEY).seed)
            if body is not None:
                SPENT_ROW.decode(body).same(key, message, parent)
            signature = sign(typ, payload, signer).signature
            if body is None:
                batch.put(SPENT, parent, SPENT_ROW.encode(SpentRow(key, message)))
                kept = KeptRow(key, typ.value, payload, signature, state.counter)
                batch.put(KEPT, parent, KEPT_ROW.encode(kept))
            signatures.append(signature)
        if batch.puts:
            self._commit(batch, state)
        return tuple(signatures)

    def _state(self) -> State:
        if self._now is None:
            body = self._file.get(STATE, _STATE)
            self._now = State(0, 0) if body is None else STATE_ROW.decode(body)
        return self._now

    def _identity(self) -> tuple[bytes, KeyRow]:
        for public, body in self._file.all(KEY):
            row = KEY_ROW.decode(body)
            if row.use == USE_IDENTITY:
                return public, row
        raise DeviceError(Code.ELEMENT_MISSING, "identity")

    def _key(self, public: bytes, use: str) -> KeyRow:
        body = self._file.get(KEY, public)
        row = None if body is None else KEY_ROW.decode(body)
        if row is None or row.use != use:
            raise DeviceError(Code.ELEMENT_REFUSED, "key", key=public.hex()[:16])
        return row

    def _request(self, named: bytes) -> RequestRow | None:
        body = self._file.get(REQUEST, named)
        return None if body is None else REQUEST_ROW.decode(body)

    def _new_key(self, batch: Batch, use: str) -> bytes:
        seed = self._entropy.draw(SEED_BYTES)
        public = SigningKey(seed).public_key
        batch.put(KEY, public, KEY_ROW.encode(KeyRow(seed, use)))
        return public

    def _commit(self, batch: Batch, state: State) -> None:
        batch.put(STATE, _STATE, STATE_ROW.encode(state))
        self._file.commit(batch, 0)
        self._now = state


def _wrapping(pin: Pin, cost: PinCost, master: SealingKey, entropy: Entropy) -> dict[str, bytes]:
    if pin.too_short:
        raise DeviceError(Code.PIN_TOO_SHORT, "pin", least=Pin.LEAST_DIGITS)
    salt = entropy.draw(SALT_BYTES)
    wrapped = pin.key(salt, cost).wrap(master, _WRAP_PLACE, entropy.draw(NONCE_BYTES))
    return {"salt": salt, "cost": COST.encode(cost), "key": wrapped, "tries": TRIES.encode(Tries())}


def create(folder: Path, pin: Pin, cost: PinCost, entropy: Entropy) -> SoftwareElement:
    """A new element with an identity of its own; ``element-refused`` when one is already in the folder."""
    master = SealingKey(entropy.draw(KEY_BYTES))
    number = entropy.draw(16)
    plain = {**_wrapping(pin, cost, master, entropy), "number": number}
    try:
        file = SealedFile.create(folder / _FILE, application=APPLICATION, version=VERSION, plain=plain)
    except StoreError as error:
        if error.code is Code.STORE_EXISTS:
            raise DeviceError(Code.ELEMENT_REFUSED, "element", folder=folder.name) from error
        raise
    file.seal_new(master.derive("element rows"), entropy)
    element = SoftwareElement(file, master, entropy, number)
    batch = Batch()
    element._new_key(batch, USE_IDENTITY)
    element._commit(batch, State(0, 0))
    return element


def unlock(folder: Path, pin: Pin, entropy: Entropy, now: int) -> SoftwareElement:
    """Open an element with its PIN; ``pin-wrong``, ``pin-wait``, ``element-missing``."""
    try:
        file = SealedFile.open(folder / _FILE, application=APPLICATION, version=VERSION)
    except StoreError as error:
        if error.code is Code.STORE_MISSING:
            raise DeviceError(Code.ELEMENT_MISSING, "element", folder=folder.name) from error
        raise
    try:
        master = _master_of(file, pin, now)
        file.unseal(master.derive("element rows"), entropy)
        number = file.plain("number")
        assert number is not None
        return SoftwareElement(file, master, entropy, number)
    except BaseException:
        file.close()
        raise


def _master_of(file: SealedFile, pin: Pin, now: int) -> SealingKey:
    salt, cost, wrapped, counted = (file.plain(name) for name in ("salt", "cost", "key", "tries"))
    if salt is None or cost is None or wrapped is None or counted is None:
        raise StoreError(Code.STORE_TAMPERED, "element.pin")
    try:
        tries, price = TRIES.decode(counted), COST.decode(cost)
    except RemoteProtocolError as error:
        raise StoreError(Code.STORE_TAMPERED, "element.pin") from error
    if len(salt) != SALT_BYTES:
        raise StoreError(Code.STORE_TAMPERED, "element.pin")
    tries.check(now)
    file.set_plain("tries", TRIES.encode(tries.another(now)))
    master = pin.key(salt, price).unwrap(wrapped, _WRAP_PLACE)
    if master is None:
        raise DeviceError(Code.PIN_WRONG, "pin", tries=tries.wrong + 1)
    file.set_plain("tries", TRIES.encode(Tries()))
    return master


def discard(folder: Path) -> None:
    """Remove an element that was made a moment ago and has signed nothing yet."""
    for file in folder.glob(_FILE + "*"):
        file.unlink()
