"""The card's own life: personalise, PIN and PUK, status, log, wipe (docs/protocol/purse-card.md)."""

from hashlib import sha256
from hmac import compare_digest

from hardware.cards.chip import Chip
from hardware.cards.memory_map import FIXED, Fixed
from tender.crypto.keys import SEED_BYTES, SigningKey
from tender.errors import Code, DeviceError
from tender.purse.commands import (
    ANSWER_MOST,
    OWNER_REFERENCE,
    OWNER_SECRET_BYTES,
    PAYMENT_REFERENCE,
    PIN_TRIES,
    PUK_TRIES,
    VERSION,
    page_of,
)
from tender.purse.records import (
    LOG_ENTRY,
    LOG_MOST,
    OWNER_PROOF,
    PERSONALISE,
    PERSONALISED,
    STATUS,
    Direction,
    LogEntry,
    Personalised,
    State,
    Status,
)

_BLOCK_BYTES = 8


class PinWrongError(Exception):
    """A wrong PIN or PUK; ``left`` tries."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left


def status(chip: Chip, _p1: int, _p2: int, _data: bytes) -> bytes:
    """STATUS."""
    fixed, limits = chip.fixed, chip.profile()
    told = Status(
        version=VERSION,
        state=fixed.state,
        counter=fixed.counter,
        acknowledged=fixed.acknowledged,
        pin_tries=fixed.pin_tries,
        puk_tries=fixed.puk_tries,
        pin_state=chip.session.pin_good | chip.session.owner_good << 1,
        limits_known=int(limits is not None),
        per_payment_tiyn=limits.per_payment_tiyn if limits else 0,
        holding_tiyn=limits.holding_tiyn if limits else 0,
        since_sync_tiyn=limits.since_sync_tiyn if limits else 0,
        without_pin_tiyn=limits.without_pin_tiyn if limits else 0,
        spent_since_sync_tiyn=fixed.spent_since_sync,
        spent_without_pin_tiyn=fixed.spent_without_pin,
        money_tiyn=chip.money_tiyn(),
        time_floor=fixed.floor,
        directory_number=fixed.directory_number,
        list_number=fixed.list_number,
        free_bytes=chip.map.free_bytes(),
        free_tokens=len(chip.map.tokens.free()),
        free_spent=len(chip.map.spent.free()),
        identity=fixed.identity,
        number=fixed.number,
    )
    return STATUS.encode(told)


def personalise(chip: Chip, _p1: int, _p2: int, data: bytes) -> bytes:
    """PERSONALISE: once in the card's life, or after WIPE."""
    order = PERSONALISE.decode(data, "personalise")
    if chip.fixed.state != State.BLANK:
        raise DeviceError(Code.ELEMENT_REFUSED, "card.state")
    _check_block(order.pin)
    _check_block(order.puk)
    _clear(chip)
    seed, salt = chip.entropy.draw(SEED_BYTES), chip.entropy.draw(16)
    secret = chip.entropy.draw(OWNER_SECRET_BYTES)
    chip.change(
        state=State.READY,
        counter=0,
        pin_tries=PIN_TRIES,
        puk_tries=PUK_TRIES,
        salt=salt,
        pin=_digest(salt, order.pin),
        puk=_digest(salt, order.puk),
        root_key=order.root_key,
        bank=order.bank,
        number=chip.entropy.draw(16),
        identity_seed=seed,
        identity=SigningKey(seed).public_key,
        store_key=chip.entropy.draw(32),
        owner=_digest(salt, secret),
    )
    return PERSONALISED.encode(Personalised(chip.fixed.identity, secret))


def verify(chip: Chip, _p1: int, p2: int, data: bytes) -> bytes:
    """VERIFY: of the PIN for one payment (80), or of the owner's host (81); with no data, how many tries."""
    _want_reference(chip, p2, PAYMENT_REFERENCE, OWNER_REFERENCE)
    session, owner = chip.session, p2 == OWNER_REFERENCE
    if not data:
        if session.owner_good if owner else session.pin_good:
            return b""
        raise PinWrongError(chip.fixed.pin_tries)
    if owner:
        session.owner_good = False
        proof = OWNER_PROOF.decode(data, "owner")
        _try(chip, proof.pin, proof.secret)
        session.owner_good = True
    else:
        session.pin_good = False
        _try(chip, data)
        session.pin_good = True
    return b""


def change_pin(chip: Chip, _p1: int, p2: int, data: bytes) -> bytes:
    """CHANGE REFERENCE DATA: the old block, then the new one."""
    _want_reference(chip, p2, PAYMENT_REFERENCE)
    old, new = _two_blocks(data)
    _try(chip, old)
    chip.change(pin=_digest(chip.fixed.salt, new))
    return b""


def unblock(chip: Chip, _p1: int, p2: int, data: bytes) -> bytes:
    """RESET RETRY COUNTER: the PUK's block, then a new PIN's; for 81 the PUK's alone, and the answer is a
    new owner's secret: the host that had the old one is lost."""
    _want_reference(chip, p2, PAYMENT_REFERENCE, OWNER_REFERENCE)
    if p2 == OWNER_REFERENCE:
        _check_block(data)
        _try_puk(chip, data)
        secret = chip.entropy.draw(OWNER_SECRET_BYTES)
        chip.session.owner_good = False
        chip.change(owner=_digest(chip.fixed.salt, secret), puk_tries=PUK_TRIES)
        return secret
    puk, new = _two_blocks(data)
    _try_puk(chip, puk)
    chip.change(pin=_digest(chip.fixed.salt, new), pin_tries=PIN_TRIES, puk_tries=PUK_TRIES)
    return b""


def _try_puk(chip: Chip, puk: bytes) -> None:
    """One guess of the PUK, counted."""
    left = chip.fixed.puk_tries - 1
    # Counted before it is compared: cutting the power in between gains nothing.
    chip.change(puk_tries=left)
    chip.memory.commit()
    if not compare_digest(_digest(chip.fixed.salt, puk), chip.fixed.puk):
        if not left:
            chip.change(state=State.BLOCKED)
            chip.memory.commit()
        raise PinWrongError(left)


def store_key(chip: Chip, _p1: int, _p2: int, _data: bytes) -> bytes:
    """STORE KEY."""
    chip.want_ready()
    chip.want_owner()
    return chip.fixed.store_key


def book_mark(chip: Chip, p1: int, _p2: int, data: bytes) -> bytes:
    """BOOK MARK: read (P1 = 0), or raise it."""
    if not p1:
        return chip.fixed.book.to_bytes(8, "big")
    chip.want_ready()
    chip.want_owner()
    if len(data) != 8:
        raise DeviceError(Code.FIELD_WRONG, "book")
    chip.change(book=max(chip.fixed.book, int.from_bytes(data, "big")))
    return b""


def log(chip: Chip, p1: int, p2: int, _data: bytes) -> bytes:
    """LOG: the newest first."""
    entries = sorted((one for _, _, one in chip.map.log.each()), key=lambda one: -one.counter)
    return page(list(map(LOG_ENTRY.encode, entries)), p1, p2, page_of(LOG_ENTRY))


def note(
    chip: Chip, payment_id: bytes, direction: Direction, amount_tiyn: int, time: int, outputs: int
) -> None:
    """One more payment in the log, in the place of the oldest; at the commit."""
    time = min(time, 2**32 - 1)
    entry = LogEntry(payment_id, direction, amount_tiyn, time, outputs, chip.fixed.counter)
    chip.map.log.replace(chip.fixed.log_next, entry, direction)
    chip.change(log_next=(chip.fixed.log_next + 1) % LOG_MOST)


def wipe(chip: Chip, p1: int, _p2: int, _data: bytes) -> bytes:
    """WIPE: the secrets first, in one step; then it is blank, whatever else is still being cleared."""
    # A card whose making was cut short has no key yet, and nobody was told its owner's secret.
    if not (chip.session.pin_good and not any(chip.map.keys.each())):
        chip.want_owner()
    if chip.money_tiyn() and not p1:
        raise DeviceError(Code.ELEMENT_REFUSED, "card.money")
    chip.memory.set(chip.map.fixed_at, FIXED.encode(Fixed()))
    chip.memory.commit()
    chip.session.pin_good = chip.session.owner_good = False
    chip.session.asked = None
    _clear(chip)
    return b""


def page(entries: list[bytes], p1: int, p2: int, per_page: int = 0) -> bytes:
    """One page of a list from entry P1‖P2 on."""
    start = p1 << 8 | p2
    length = len(entries[0]) if entries else 1
    return b"".join(entries[start : start + (per_page or ANSWER_MOST // length)])


def _clear(chip: Chip) -> None:
    """Everything of a former life; may be torn and begun again, because a blank card holds nothing."""
    begins, ends = chip.map.fixed_at + FIXED.length, chip.map.heap_ends
    for at in range(begins, ends, 256):
        piece = chip.eeprom.read(at, min(256, ends - at))
        if any(piece):
            chip.memory.fill(at, bytes(len(piece)))


def _try(chip: Chip, block: bytes, secret: bytes | None = None) -> None:
    """One guess of the PIN (and of the owner's secret), counted before it is compared."""
    _check_block(block)
    if not chip.fixed.pin_tries:
        raise DeviceError(Code.CARD_BLOCKED, "pin")
    left = chip.fixed.pin_tries - 1
    chip.change(pin_tries=left)
    chip.memory.commit()
    good = compare_digest(_digest(chip.fixed.salt, block), chip.fixed.pin)
    if secret is not None:
        good &= compare_digest(_digest(chip.fixed.salt, secret), chip.fixed.owner)
    if not good:
        chip.session.pin_good = False
        raise PinWrongError(left)
    chip.change(pin_tries=PIN_TRIES)


def _want_reference(chip: Chip, p2: int, *known: int) -> None:
    chip.want_ready()
    if p2 not in known:
        raise DeviceError(Code.CARD_WRONG, "p2")


def _two_blocks(data: bytes) -> tuple[bytes, bytes]:
    if len(data) != 2 * _BLOCK_BYTES:
        raise DeviceError(Code.FIELD_WRONG, "pin")
    _check_block(data[_BLOCK_BYTES:])
    return data[:_BLOCK_BYTES], data[_BLOCK_BYTES:]


def _check_block(block: bytes) -> None:
    """ISO 9564-1, format 2: 4 to 12 digits."""
    digits = block.hex()
    count = int(digits[1:2] or "0", 16)
    good = len(block) == _BLOCK_BYTES and digits[0] == "2" and 4 <= count <= 12
    if not (good and digits[2 : 2 + count].isdigit() and set(digits[2 + count :]) <= {"f"}):
        raise DeviceError(Code.FIELD_WRONG, "pin")


def _digest(salt: bytes, block: bytes) -> bytes:
    return sha256(salt + block).digest()
