"""One-time keys: made, certified, proved, erased (docs/protocol/purse-card.md, section 5)."""

from hardware.cards.chip import KEY_ERASING, KEY_LIVE, Chip
from hardware.cards.life_commands import page
from hardware.cards.memory_map import CERTIFICATE_MOST, KeySlot
from tender.account.batch import BATCH, BATCH_MAX_KEYS, Batch, possession_payload
from tender.crypto.certificates import DeviceCertificate
from tender.crypto.envelope import Typ
from tender.crypto.keys import SEED_BYTES, SigningKey
from tender.errors import Code, DeviceError
from tender.purse.commands import KEY_NAME_BYTES, KEYS_MOST, page_of
from tender.purse.records import (
    BATCH_ORDER,
    KEY_AND,
    KEY_ENTRY,
    POSSESSION_ORDER,
    KeyEntry,
    RequestIs,
    TokenIs,
)

_FREED_AT_ONCE = 64
"""Status bytes that one journal surely holds."""


def make_keys(chip: Chip, p1: int, _p2: int, _data: bytes) -> bytes:
    """MAKE KEYS."""
    chip.want_ready()
    if not 1 <= p1 <= KEYS_MOST:
        raise DeviceError(Code.FIELD_WRONG, "keys")
    free = chip.map.keys.free()
    if len(free) < p1:
        raise DeviceError(Code.CARD_FULL, "keys")
    made: list[bytes] = []
    for slot in free[:p1]:
        seed = chip.entropy.draw(SEED_BYTES)
        public = SigningKey(seed).public_key
        chip.map.keys.put(slot, KeySlot(public, seed, 0, 0, bytes(CERTIFICATE_MOST)), KEY_LIVE)
        made.append(public)
    chip.advance()
    return b"".join(made)


def list_keys(chip: Chip, p1: int, p2: int, _data: bytes) -> bytes:
    """LIST KEYS."""
    entries: list[bytes] = []
    for slot, status, key in chip.map.keys.each():
        if status == KEY_LIVE:
            flags = KeyEntry.CERTIFIED if key.certificate_bytes else 0
            flags |= KeyEntry.ASKED if key.asked else 0
            flags |= KeyEntry.BUSY if _rests_on(chip, slot) or _is_open(chip, slot) else 0
            entries.append(KEY_ENTRY.encode(KeyEntry(flags, key.public)))
    return page(entries, p1, p2, page_of(KEY_ENTRY))


def erase_key(chip: Chip, p1: int, _p2: int, data: bytes) -> bytes:
    """ERASE KEY: its private half at once, then everything remembered for it. For the owner's host: money
    may be on its way to a key on which nothing rests yet."""
    chip.want_ready()
    chip.want_owner()
    slot, key = chip.key(data)
    if _rests_on(chip, slot) or (_is_open(chip, slot) and not p1):
        raise DeviceError(Code.ELEMENT_REFUSED, "key.busy")
    gone = KeySlot(key.public, bytes(SEED_BYTES), key.asked, 0, bytes(CERTIFICATE_MOST))
    chip.map.keys.replace(slot, gone, KEY_ERASING)
    chip.advance()
    chip.memory.commit()
    finish_erasing(chip)
    return b""


def finish_erasing(chip: Chip) -> None:
    """What an erased key leaves is freed in steps; torn, it goes on when power comes."""
    for slot, status, _ in chip.map.keys.each():
        if status != KEY_ERASING:
            continue
        tables = (chip.map.spent, chip.map.requests, chip.map.tokens)
        for table in tables:
            left = [one for one, _, row in table.each() if row.key == slot]
            for start in range(0, len(left), _FREED_AT_ONCE):
                for one in left[start : start + _FREED_AT_ONCE]:
                    table.mark(one, 0)
                chip.memory.commit()
        chip.map.keys.mark(slot, 0)
        chip.memory.commit()


def put_certificate(chip: Chip, _p1: int, _p2: int, data: bytes) -> bytes:
    """PUT CERTIFICATE: checked under its bank's key; the profile of the newest gives the limits."""
    chip.want_ready()
    order = KEY_AND.decode(data, "certificate")
    slot, key = chip.key(order.key)
    certificate = DeviceCertificate.unpack(order.rest, order.key, "certificate")
    chip.work.verifications += 1
    certificate.check(chip.trust().bank(certificate.issuer, "certificate").key, "certificate")
    chip.trust().profile(certificate.profile, "certificate")
    padded = order.rest + bytes(CERTIFICATE_MOST - len(order.rest))
    if key.certificate_bytes and padded != key.certificate:
        raise DeviceError(Code.ELEMENT_REFUSED, "certificate")  # one key, one certificate, ever
    chip.map.keys.replace(slot, KeySlot(key.public, key.seed, key.asked, len(order.rest), padded), KEY_LIVE)
    # A terminal may put what it has read here before, or kept from here: the limits do not go back by that.
    if not key.certificate_bytes and certificate.epoch_day >= chip.fixed.profile_day:
        chip.change(profile=certificate.profile, profile_day=certificate.epoch_day, has_profile=1)
    return b""


def read_certificate(chip: Chip, _p1: int, _p2: int, data: bytes) -> bytes:
    """READ CERTIFICATE."""
    _, key = chip.key(data)
    return key.certificate[: key.certificate_bytes]


def sign_batch(chip: Chip, _p1: int, _p2: int, data: bytes) -> bytes:
    """SIGN BATCH: the card builds the list from its own table; after the PIN, like all its identity says."""
    chip.want_ready()
    chip.want_owner()
    order = BATCH_ORDER.decode(data, "batch")
    names = [order.keys[at : at + KEY_NAME_BYTES] for at in range(0, len(order.keys), KEY_NAME_BYTES)]
    own = {
        key.public[:KEY_NAME_BYTES]: key.public
        for _, status, key in chip.map.keys.each()
        if status == KEY_LIVE
    }
    if not 1 <= len(names) <= BATCH_MAX_KEYS or any(name not in own for name in names):
        raise DeviceError(Code.ELEMENT_REFUSED, "batch.keys")
    payload = BATCH.encode(Batch(order.bank, order.time, tuple(own[name] for name in names)))
    BATCH.decode(payload, "batch")
    return chip.sign(Typ.BATCH, payload, chip.fixed.identity_seed)


def sign_possession(chip: Chip, _p1: int, _p2: int, data: bytes) -> bytes:
    """SIGN POSSESSION."""
    chip.want_ready()
    order = POSSESSION_ORDER.decode(data, "possession")
    _, key = chip.key(order.key)
    return chip.sign(Typ.BATCH, possession_payload(key.public, order.bank), key.seed)


def _rests_on(chip: Chip, slot: int) -> bool:
    """Money, or a signature the host may not have stored."""
    live = any(state == TokenIs.LIVE and one.key == slot for _, state, one in chip.map.tokens.each())
    return live or any(one.key == slot for _, _, one in chip.map.kept.each())


def _is_open(chip: Chip, slot: int) -> bool:
    return any(state == RequestIs.OPEN and one.key == slot for _, state, one in chip.map.requests.each())
