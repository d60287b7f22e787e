"""What the card believes because the root or its bank signed it: directory, floor, sync (section 9)."""

from hashlib import sha256

from hardware.cards.chip import Chip
from hardware.cards.memory_map import IS_PROFILE, IS_WITHDRAWN, AuthoritySlot, ProfileSlot
from hardware.cards.streams import ARRAY, BYTES, Body, Reading, length_of
from tender.account.eds import BODY_MAX_BYTES, KEY_ID_BYTES, MESSAGE_ID_BYTES, key_id
from tender.account.participants import DEVICE
from tender.canon import MESSAGE_MAX_BYTES, head
from tender.crypto.certificates import Kind, open_authority_certificate
from tender.crypto.directory import TIERS
from tender.crypto.envelope import OPENINGS, Envelope, Typ
from tender.crypto.keys import SIGNATURE_BYTES, SigningKey
from tender.crypto.streamed import StreamSigner, StreamVerifier
from tender.crypto.time_floor import CORRECTION
from tender.errors import Code, DeviceError, RemoteProtocolError
from tender.money import AMOUNT_MAX_TIYN
from tender.purse.commands import TYP_OF_SIGNED, Signed

_U32 = 2**32 - 1
_WRONG = {
    Signed.DIRECTORY: Code.DIRECTORY_WRONG,
    Signed.REVOCATIONS: Code.LIST_WRONG,
    Signed.CORRECTION: Code.CORRECTION_WRONG,
}
_SYNC = "sync"
_ORDER_OPENING = Envelope(Typ.ORDER, b"", bytes(SIGNATURE_BYTES)).to_bytes()[: -SIGNATURE_BYTES - 3]
"""An order's COSE_Sign1 up to its payload's head."""


def put_signed(chip: Chip, p1: int) -> Reading[bytes]:
    """PUT SIGNED: streamed, under the root key that the card was born with."""
    chip.want_ready()
    try:
        what = Signed(p1)
    except ValueError as error:
        raise DeviceError(Code.CARD_WRONG, "p1") from error
    signature = yield SIGNATURE_BYTES
    length = yield from length_of(MESSAGE_MAX_BYTES)
    verifier = StreamVerifier(signature, chip.fixed.root_key)
    verifier.update(OPENINGS[TYP_OF_SIGNED[what]] + head(2, length))
    body = Body(length, verifier.update)
    if what is Signed.CORRECTION:
        correction = CORRECTION.decode((yield from body.take(length)), "correction")
    else:
        yield from body.array(6 if what is Signed.DIRECTORY else 4)
        yield from body.uint(1, 1)
        number = yield from body.uint(0, _U32)
        date = yield from body.uint(0, _U32)
        if what is Signed.DIRECTORY:
            yield from _directory(chip, body)
        else:
            yield from body.rest()
    body.end()
    chip.work.verifications += 1
    if not verifier.is_good():
        raise RemoteProtocolError(_WRONG[what], "signed")
    if what is Signed.CORRECTION:
        if correction.number > chip.fixed.correction_number:
            chip.change(
                correction_number=correction.number,
                corrected_list=correction.list_number,
                corrected_directory=correction.directory_number,
                corrected_floor=correction.floor,
                floor=correction.floor,
            )
    elif what is Signed.DIRECTORY:
        if number > chip.fixed.directory_number:
            half = 1 - chip.fixed.directory_half
            chip.change(directory_number=number, directory_date=date, directory_half=half)
    elif number > chip.fixed.list_number:
        chip.change(list_number=number, list_date=date)
    _raise_floor(chip)
    return b""


def _raise_floor(chip: Chip) -> None:
    """The greatest date the root signed, but for what a correction took back."""
    fixed = chip.fixed
    dates = [fixed.floor]
    for number, date, corrected in (
        (fixed.directory_number, fixed.directory_date, fixed.corrected_directory),
        (fixed.list_number, fixed.list_date, fixed.corrected_list),
    ):
        dates.append(min(date, fixed.corrected_floor) if number <= corrected else date)
    chip.change(floor=max(dates))


def _directory(chip: Chip, body: Body) -> Reading[None]:
    """Into the half that does not count: the issuer's and the banks' keys, the own bank's for messages."""
    half = 1 - chip.fixed.directory_half
    authorities, profiles = chip.map.authorities[half], chip.map.profiles[half]
    authorities.clear()
    profiles.clear()
    taken = 0
    for _ in range((yield from body.head(ARRAY))):
        length = yield from body.head(BYTES)
        raw = yield from body.take(length)
        chip.work.verifications += 1
        one = open_authority_certificate(raw, chip.fixed.root_key, "authority")
        if one.kind is Kind.MESSAGES and one.number != chip.fixed.bank:
            continue
        same = [
            slot for slot, kind, known in authorities.each() if (kind, known.number) == (one.kind, one.number)
        ]
        if not same and taken == authorities.count:
            raise DeviceError(Code.CARD_FULL, "directory")
        authorities.fill(same[0] if same else taken, AuthoritySlot(one.number, one.key, one.expiry), one.kind)
        taken += 0 if same else 1
    taken = 0
    for _ in range((yield from body.head(ARRAY))):
        if taken == profiles.count:
            raise DeviceError(Code.CARD_FULL, "directory")
        profiles.fill(taken, (yield from _profile(body)), IS_PROFILE)
        taken += 1
    for _ in range((yield from body.head(ARRAY))):
        if taken == profiles.count:
            raise DeviceError(Code.CARD_FULL, "directory")
        number = yield from body.uint(0, 999)
        profiles.fill(taken, ProfileSlot(number, 0, 0, 0, 0), IS_WITHDRAWN)
        taken += 1


def _profile(body: Body) -> Reading[ProfileSlot]:
    yield from body.array(8)
    number = yield from body.uint(0, 0xFFFF)
    if (yield from body.text(16)) not in TIERS:
        raise RemoteProtocolError(Code.FIELD_WRONG, "profile.tier")
    limits: list[int] = []
    for most in (AMOUNT_MAX_TIYN,) * 5 + (3650,):
        limits.append((yield from body.uint(0, most)))
    return ProfileSlot(number, *limits[:4])


def sign_order(chip: Chip, _p1: int) -> Reading[bytes]:
    """SIGN ORDER: streamed; read strictly as an order of this identity to some bank, then signed.

    After the PIN: an order may move what the owner has on account, which no limit of the card bounds.
    """
    chip.want_ready()
    chip.want_owner()
    length = yield from length_of(MESSAGE_MAX_BYTES)
    # The count is durable before the nonce it protects is drawn: it never serves twice.
    count = chip.advance()
    chip.memory.commit()
    key = SigningKey(chip.fixed.identity_seed)
    signer = StreamSigner(key, chip.entropy.draw(32), count)
    signer.update(OPENINGS[Typ.ORDER] + head(2, length))
    named = sha256(_ORDER_OPENING + head(2, length))
    body = Body(length, signer.update, named.update)
    yield from body.array(7)
    kind = yield from body.text(160)
    if not 1 <= len(kind) <= 40 or not kind.isprintable():
        raise RemoteProtocolError(Code.FIELD_WRONG, "order.kind")
    yield from body.uint(DEVICE, DEVICE)
    yield from body.uint(100, 999)
    if (yield from body.string(BYTES, KEY_ID_BYTES)) != key_id(key.public_key):
        raise DeviceError(Code.ELEMENT_REFUSED, "order.key_id")
    yield from body.string(BYTES, MESSAGE_ID_BYTES)
    yield from body.uint(0, 2**40)
    inner = yield from body.head(BYTES)
    if inner != body.left or inner > BODY_MAX_BYTES:
        raise RemoteProtocolError(Code.FIELD_WRONG, "order.body")
    yield from body.rest()
    chip.work.signatures += 1
    signature = signer.signature()
    if kind == _SYNC:
        named.update(head(2, SIGNATURE_BYTES) + signature)
        chip.change(sync_order=named.digest())
    return signature


def synced(chip: Chip, _p1: int) -> Reading[bytes]:
    """SYNCED: the own bank's reply to the last sync order signed here, done."""
    chip.want_ready()
    signature = yield SIGNATURE_BYTES
    length = yield from length_of(MESSAGE_MAX_BYTES)
    bank = chip.trust().messages_key(chip.fixed.bank, "reply")
    verifier = StreamVerifier(signature, bank)
    verifier.update(OPENINGS[Typ.REPLY] + head(2, length))
    body = Body(length, verifier.update)
    yield from body.array(8)
    sender = yield from body.uint(100, 999)
    order = yield from body.string(BYTES, 32)
    yield from body.string(BYTES, MESSAGE_ID_BYTES)
    yield from body.uint(0, 2**40)
    code = yield from body.text(160)
    yield from body.rest()
    chip.work.verifications += 1
    if not verifier.is_good():
        raise RemoteProtocolError(Code.SIGNATURE_WRONG, "reply")
    if sender != chip.fixed.bank or code or order != chip.fixed.sync_order or not any(order):
        raise RemoteProtocolError(Code.RECEIPT_WRONG, "reply.order")
    chip.change(spent_since_sync=0, sync_order=bytes(32))
    return b""
