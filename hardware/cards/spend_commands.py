"""Signing money away, once (docs/protocol/purse-card.md, section 8): all of a command's outputs, or none.

In this order: look, refuse; sign in RAM; write histories, spent memory and kept signatures into free slots;
set every status in one journal; answer. The same question again gets the same bytes and changes nothing.
"""

from dataclasses import dataclass
from hashlib import sha256

from hardware.cards.chip import Asked, Chip, message_of
from hardware.cards.life_commands import note
from hardware.cards.memory_map import (
    CLAIMS_KEPT,
    CLAIMS_SPENT,
    NO_NONCE,
    PAYLOAD_MOST,
    KeptSlot,
    KeySlot,
    SpentSlot,
    TokenSlot,
)
from hardware.cards.request_commands import is_confirmed
from hardware.cards.streams import BYTES, TEXT, UINT, Body, Reading, length_of
from hardware.cards.token_commands import check_alive
from tender.canon import head
from tender.cash.chain import check_colour, pack_hop, read_chain
from tender.cash.messages import MESSAGE_MAX_BYTES
from tender.cash.token import Claim, Link, Rule, output_id
from tender.crypto.certificates import DAY_S, DeviceCertificate
from tender.crypto.envelope import OPENINGS, Typ
from tender.crypto.keys import SIGNATURE_BYTES
from tender.crypto.streamed import StreamVerifier
from tender.errors import Code, DeviceError, RemoteProtocolError
from tender.money import AMOUNT_MAX_TIYN, CURRENCY_KZT
from tender.purse.commands import LINKS_MOST, Pay
from tender.purse.records import (
    CLAIM_ORDER,
    PAYMENT_ORDER,
    PRESENTED,
    RETURN_ORDER,
    SPLIT_ORDER,
    Direction,
    KeptIs,
    Presented,
    TokenIs,
)

_NO_PAYMENT = bytes(16)
PURPOSE_MOST_BYTES = 4 * 140
"""140 characters of any script."""


@dataclass(frozen=True, slots=True)
class _Deed:
    """One output about to be signed away."""

    slot: int
    state: int
    token: TokenSlot
    key: KeySlot
    typ: Typ
    payload: bytes
    link: Link | None

    @property
    def message(self) -> bytes:
        return message_of(self.typ, self.payload)


# ------------------------------------------------------------------------------------- what is asked for


def present_request(chip: Chip, _p1: int) -> Reading[bytes]:
    """PRESENT REQUEST: streamed; verified as it passes, and only what a link needs is remembered."""
    chip.want_ready()
    chip.session.asked = None
    signature = yield SIGNATURE_BYTES
    key = yield 32
    length = yield from length_of(MESSAGE_MAX_BYTES)
    verifier, named = StreamVerifier(signature, key), sha256(b"dt-payment.v1")
    verifier.update(OPENINGS[Typ.REQUEST] + head(2, length))
    body = Body(length, verifier.update, named.update)
    yield from body.array(12)
    if (yield from body.head(UINT)) != 1:
        raise RemoteProtocolError(Code.VERSION_UNKNOWN, "request.version")
    if (yield from body.head(UINT)) != CURRENCY_KZT:
        raise RemoteProtocolError(Code.CURRENCY_FOREIGN, "request.currency")
    amount_tiyn = yield from body.uint(1, AMOUNT_MAX_TIYN)
    if (yield from body.string(BYTES, 32)) != key:
        raise RemoteProtocolError(Code.SIGNATURE_WRONG, "request.key")
    certificate = yield from body.string(BYTES, 76, 81)
    nonce = yield from body.string(BYTES, 0, 8)
    purpose_bytes = yield from body.head(TEXT)
    if purpose_bytes > PURPOSE_MOST_BYTES:
        raise RemoteProtocolError(Code.FIELD_WRONG, "request.purpose")
    yield from body.skip(purpose_bytes)
    for most in (2**32 - 1, 2**32 - 1):
        yield from body.uint(0, most)
    time = yield from body.uint(0, 2**40)
    yield from body.rest()
    chip.work.verifications += 1
    if not verifier.is_good():
        raise RemoteProtocolError(Code.SIGNATURE_WRONG, "request.signature")
    if chip.holds(key):
        raise DeviceError(Code.PAYEE_IS_PAYER, "request.key")
    _check_payee(chip, certificate, key)
    asked = Asked(named.digest()[:16], amount_tiyn, key, nonce, certificate, time)
    chip.session.asked = asked
    needs = Presented.PAID if _was_paid(chip, asked.payment_id) else 0
    limits = chip.profile()
    if limits is not None and not chip.session.pin_good:
        over = chip.fixed.spent_without_pin + amount_tiyn > limits.without_pin_tiyn
        needs |= Presented.NEEDS_PIN if over else 0
    return PRESENTED.encode(Presented(asked.payment_id, amount_tiyn, needs))


def _check_payee(chip: Chip, certificate: bytes, key: bytes) -> None:
    """Certified by a bank of the directory, and not ended by the card's time: the one clock it has."""
    trust = chip.trust()
    unpacked = DeviceCertificate.unpack(certificate, key, "request.certificate")
    chip.work.verifications += 1
    unpacked.check(trust.bank(unpacked.issuer, "request.certificate").key, "request.certificate")
    check_alive(trust, certificate, chip.fixed.floor)


# -------------------------------------------------------------------------------------------- the deeds


def sign_links(chip: Chip, p1: int, _p2: int, data: bytes) -> bytes:
    """SIGN LINKS: a payment of the presented request, a split to own keys, or a return."""
    chip.want_ready()
    if p1 == Pay.REQUEST:
        return _pay(chip, data)
    if p1 == Pay.SPLIT:
        chip.want_owner()  # each one costs a hop and a place of the spent memory
        splits = SPLIT_ORDER.decode_all(data, "links")
        deeds = [
            _link(chip, one.parent, one.next_key, one.amount_tiyn, b"") for one in splits[: LINKS_MOST + 1]
        ]
        for deed in deeds:
            assert deed.link is not None
            if not chip.holds(deed.link.next_key):
                raise DeviceError(Code.ELEMENT_REFUSED, "link.next_key")
            if deed.token.rule_bytes and deed.link.next_key != deed.key.public:
                raise DeviceError(Code.COLOUR_BROKEN, "link.next_key")
        return _do(chip, deeds, _NO_PAYMENT)
    if p1 == Pay.RETURN:
        returns = RETURN_ORDER.decode_all(data, "links")
        return _do(chip, [_return(chip, one.parent) for one in returns[: LINKS_MOST + 1]], _NO_PAYMENT)
    raise DeviceError(Code.CARD_WRONG, "p1")


def sign_claims(chip: Chip, _p1: int, _p2: int, data: bytes) -> bytes:
    """SIGN CLAIMS: after the PIN."""
    chip.want_ready()
    chip.want_owner()
    deeds: list[_Deed] = []
    for one in CLAIM_ORDER.decode_all(data, "claims")[: LINKS_MOST + 1]:
        slot, state, token = chip.token(one.parent)
        payload = Claim(one.parent, one.bank, one.address).payload()
        Claim.from_payload(payload, "claim")
        deeds.append(_Deed(slot, state, token, chip.map.keys.get(token.key), Typ.CLAIM, payload, None))
    return _do(chip, deeds, _NO_PAYMENT)


def _pay(chip: Chip, data: bytes) -> bytes:
    asked = chip.session.asked
    if asked is None:
        raise DeviceError(Code.ELEMENT_REFUSED, "request")
    orders = PAYMENT_ORDER.decode_all(data, "links")
    deeds = [
        _link(chip, one.parent, asked.key, one.amount_tiyn, asked.nonce) for one in orders[: LINKS_MOST + 1]
    ]
    if _done_before(chip, deeds):
        return b"".join(chip.sign(deed.typ, deed.payload, deed.key.seed) for deed in deeds)
    if _was_paid(chip, asked.payment_id):
        raise DeviceError(Code.REQUEST_CLOSED, "request")
    if sum(one.amount_tiyn for one in orders) != asked.amount_tiyn:
        raise DeviceError(Code.AMOUNT_MISMATCH, "links")
    for deed in deeds:
        _check_colour(chip, deed, asked)
    _check_limits(chip, asked.amount_tiyn)
    chip.change(spent_since_sync=chip.fixed.spent_since_sync + asked.amount_tiyn)
    without = 0 if chip.session.pin_good else chip.fixed.spent_without_pin + asked.amount_tiyn
    chip.change(spent_without_pin=without)
    chip.advance()
    note(chip, asked.payment_id, Direction.OUT, asked.amount_tiyn, asked.time, len(deeds))
    answer = _do(chip, deeds, asked.payment_id, counted=True)
    chip.session.pin_good = False
    return answer


def _check_limits(chip: Chip, amount_tiyn: int) -> None:
    if not chip.fixed.pin_tries:
        # Whoever guessed has the card, and may not have what is paid without a PIN either.
        raise DeviceError(Code.CARD_BLOCKED, "card")
    limits = chip.profile()
    if limits is None:
        raise DeviceError(Code.PROFILE_UNKNOWN, "card")
    if amount_tiyn > limits.per_payment_tiyn:
        raise DeviceError(Code.LIMIT_PER_PAYMENT, "links")
    if chip.fixed.spent_since_sync + amount_tiyn > limits.since_sync_tiyn:
        raise DeviceError(Code.LIMIT_SINCE_SYNC, "links")
    if not chip.session.pin_good and chip.fixed.spent_without_pin + amount_tiyn > limits.without_pin_tiyn:
        raise DeviceError(Code.CARD_PIN_NEEDED, "links")


def _check_colour(chip: Chip, deed: _Deed, asked: Asked) -> None:
    if deed.token.rule_bytes:
        rule = _rule(chip, deed.token)
        check_colour(rule, asked.certificate, "request")
        if rule.valid_until is not None and chip.fixed.floor > rule.valid_until:
            raise DeviceError(Code.COLOUR_BROKEN, "token.rule")


def _rule(chip: Chip, token: TokenSlot) -> Rule:
    return Rule.from_bytes(chip.eeprom.read(token.at + 63, token.rule_bytes), "rule")


def _link(chip: Chip, parent: bytes, next_key: bytes, amount_tiyn: int, nonce: bytes) -> _Deed:
    slot, state, token = chip.token(parent)
    if not 1 <= amount_tiyn <= token.amount_tiyn:
        raise DeviceError(Code.VALUE_CREATED, "link.amount")
    link = Link(parent, next_key, amount_tiyn, token.amount_tiyn - amount_tiyn, nonce)
    return _Deed(slot, state, token, chip.map.keys.get(token.key), Typ.LINK, link.payload(), link)


def _return(chip: Chip, parent: bytes) -> _Deed:
    """What somebody paid and this card has not confirmed may go back for anybody; all else is the owner's."""
    _, _, token = chip.token(parent)
    if not any(token.came_from):
        raise DeviceError(Code.ELEMENT_REFUSED, "token.came_from")
    if not token.paid or is_confirmed(chip, parent):
        chip.want_owner()
    return _link(chip, parent, token.came_from, token.amount_tiyn, b"")


def _done_before(chip: Chip, deeds: list[_Deed]) -> bool:
    """Whether all of this was signed already; ``already-spent`` if any of it was signed otherwise."""
    if not 1 <= len(deeds) <= LINKS_MOST or len({deed.token.output for deed in deeds}) != len(deeds):
        raise DeviceError(Code.FIELD_WRONG, "links")
    spent = {one.output: one for _, _, one in chip.map.spent.each()}
    known = [spent.get(deed.token.output[:16]) for deed in deeds]
    for deed, one in zip(deeds, known, strict=True):
        if one is not None and (one.message != deed.message or one.key != deed.token.key):
            raise DeviceError(Code.ALREADY_SPENT, "link.parent")
    if any(known) and not all(known):
        raise DeviceError(Code.ALREADY_SPENT, "links")
    return all(known)


def _do(chip: Chip, deeds: list[_Deed], payment_id: bytes, *, counted: bool = False) -> bytes:
    """Sign all of them and keep what was signed; with room for all, or ``card-full`` before any is signed."""
    done = _done_before(chip, deeds)
    if not done:
        spent, kept = chip.map.spent.free(), chip.map.kept.free()
        spare = _spare(chip, deeds, payment_id)
        if len(spent) < len(deeds) + spare * CLAIMS_SPENT or len(kept) < len(deeds) + spare * CLAIMS_KEPT:
            raise DeviceError(Code.CARD_FULL, "card")
        for deed in deeds:
            _check_signable(chip, deed)
        if not counted:
            chip.advance()
    signatures = [chip.sign(deed.typ, deed.payload, deed.key.seed) for deed in deeds]
    if not done:
        _keep_rest(chip, deeds, signatures)
        for place, (deed, signature) in enumerate(zip(deeds, signatures, strict=True)):
            kind = KeptIs.LINK if deed.typ is Typ.LINK else KeptIs.CLAIM
            padded = deed.payload + bytes(PAYLOAD_MOST - len(deed.payload))
            row = KeptSlot(
                deed.token.output,
                deed.token.key,
                chip.fixed.counter,
                payment_id,
                signature,
                len(deed.payload),
                padded,
            )
            chip.map.kept.put(kept[place], row, kind)
            chip.map.spent.put(
                spent[place], SpentSlot(deed.token.output[:16], deed.token.key, deed.message), 1
            )
            chip.map.tokens.mark(deed.slot, TokenIs.SPENT)
    return b"".join(signatures)


def _spare(chip: Chip, deeds: list[_Deed], payment_id: bytes) -> int:
    """How much stays free: claims have places of their own, so that its owner can always give back all that a
    card holds; and payments have some that no terminal can fill with money it lays there and takes back."""
    if all(deed.typ is Typ.CLAIM for deed in deeds):
        return 0
    return 1 if chip.session.owner_good or payment_id != _NO_PAYMENT else 2


def _check_signable(chip: Chip, deed: _Deed) -> None:
    """A link nobody could verify is money lost, so it is not signed; a claim is no hop and may."""
    if deed.state != TokenIs.LIVE:
        raise DeviceError(Code.ALREADY_SPENT, "link.parent")
    if deed.link is None:
        return
    if chip.fixed.floor >= deed.token.expiry:
        raise DeviceError(Code.TOKEN_EXPIRED, "link.parent")
    if not deed.token.hops_left:
        raise DeviceError(Code.HOP_LIMIT, "link.parent")
    certificate = chip.certificate(deed.key)
    if int.from_bytes(certificate[2:4], "big") * DAY_S < deed.token.expiry:
        raise DeviceError(Code.CERTIFICATE_TOO_SHORT, "key.certificate")


def _keep_rest(chip: Chip, deeds: list[_Deed], signatures: list[bytes]) -> None:
    """Change, and what was split off, are live tokens of this card at once, one hop longer."""
    besides: list[tuple[int, int]] = []
    slots = chip.map.tokens.free()
    for deed, signature in zip(deeds, signatures, strict=True):
        link = deed.link
        if link is None:
            continue
        sides = [True] if link.change_tiyn else []
        if chip.holds(link.next_key):
            sides.append(False)
        certificate = None if deed.token.signed_before else chip.certificate(deed.key)
        for change in sides:
            hop = pack_hop(link, signature, certificate, change=change)
            length = deed.token.length + len(hop)
            if not slots:
                raise DeviceError(Code.CARD_FULL, "card")
            at = chip.map.room(length, besides)
            besides.append((at, length))
            _copy_history(chip, deed.token, at, hop)
            holder = deed.key.public if change else link.next_key
            slot, _ = chip.key(holder)
            before = holder == deed.key.public or _has_signed_in(chip.history(deed.token), holder)
            row = TokenSlot(
                output=output_id(deed.payload, 1 if change else 0),
                key=slot,
                amount_tiyn=link.change_tiyn if change else link.amount_tiyn,
                hops_left=deed.token.hops_left - 1,
                expiry=deed.token.expiry,
                came_from=deed.key.public,
                nonce=NO_NONCE,
                rule_bytes=deed.token.rule_bytes,
                signed_before=int(before),
                paid=0,
                counter=chip.fixed.counter,
                at=at,
                length=length,
            )
            chip.map.tokens.put(slots.pop(0), row, TokenIs.LIVE)


def _has_signed_in(history: bytes, key: bytes) -> bool:
    """Whether this key's certificate stands there already: it may have held this very money before."""
    return any(spend.signer == key for spend in read_chain(history).spends)


def _copy_history(chip: Chip, token: TokenSlot, at: int, hop: bytes) -> None:
    """The parent's history with one hop more; its count stands after the root's signature."""
    history = chip.history(token)
    count_at = 63 + token.rule_bytes + SIGNATURE_BYTES
    longer = history[:count_at] + bytes((history[count_at] + 1,)) + history[count_at + 1 :] + hop
    chip.memory.fill(at, longer)


def _was_paid(chip: Chip, payment_id: bytes) -> bool:
    kept = any(one.payment_id == payment_id for _, _, one in chip.map.kept.each())
    return kept or any(
        one.payment_id == payment_id and direction == Direction.OUT
        for _, direction, one in chip.map.log.each()
    )
