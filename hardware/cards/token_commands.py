"""Tokens into the card and out of it (docs/protocol/purse-card.md, section 7).

A history is verified hop by hop as it comes and written into free room meanwhile; it counts only when the
last byte has been found good.
"""

from hardware.cards.chip import SIGNERS_MOST, Chip
from hardware.cards.kept_commands import came_back
from hardware.cards.life_commands import page
from hardware.cards.memory_map import NO_NONCE, RULE_MOST, KeySlot, TokenSlot
from hardware.cards.streams import Body, Reading, length_of
from tender.cash.chain import (
    FLAG_CERTIFICATE,
    FLAG_NONCE,
    FLAG_SPLIT,
    Spend,
    check_colour,
    check_root,
    is_payment,
    is_return,
    read_hop,
)
from tender.cash.token import INDEX_CHANGE, INDEX_PAYMENT, Root, output_id, unpack_root
from tender.crypto.certificates import CATEGORY_PERSON, DAY_S
from tender.crypto.directory import Trust
from tender.crypto.keys import SIGNATURE_BYTES
from tender.errors import Code, DeviceError, RemoteProtocolError
from tender.purse.commands import ANSWER_MOST, Proof, page_of
from tender.purse.records import TOKEN_ENTRY, TokenEntry, TokenIs

_HEADER_BYTES = 63
TOKEN_MOST_BYTES = 4096
"""15 hops with everything a hop can have take 3.1 kB."""


class _Walk:
    """Where the reading of a history stands: what a chip holds between two hops."""

    def __init__(self, root: Root) -> None:
        self.root = root
        self.parent = output_id(root.payload(), INDEX_PAYMENT)
        self.holder = root.holder
        self.amount_tiyn = root.amount_tiyn
        self.before = b""
        self.signers: dict[bytes, bytes] = {}
        self.last: Spend | None = None
        self.paid = False
        self.bound = False
        self.hops = 0

    def hop(self, hop: bytes, trust: Trust | None) -> None:
        """The next hop, with the verdict of :func:`tender.cash.chain.verify_chain`."""
        spend, end = read_hop(
            hop,
            0,
            self.parent,
            self.holder,
            self.amount_tiyn,
            self.signers,
            self.root,
            trust,
            self.last,
            "hop",
        )
        assert end == len(hop)
        if len(self.signers) > SIGNERS_MOST:
            raise DeviceError(Code.CARD_FULL, "token.signers")
        if self.root.rule is not None and trust is not None:
            if self.bound:
                check_colour(self.root.rule, spend.certificate, "hop")
            self.bound = not spend.continues_on_change and not is_return(spend, self.last)
        self.paid = not spend.continues_on_change and is_payment(spend, spend.signer, self.last)
        self.before = self.parent
        self.parent = output_id(spend.payload, INDEX_CHANGE if spend.continues_on_change else INDEX_PAYMENT)
        if spend.continues_on_change:
            self.amount_tiyn = spend.change_tiyn
        else:
            self.holder, self.amount_tiyn = spend.next_key, spend.amount_tiyn
        self.last = spend
        self.hops += 1


def put_token(chip: Chip, p1: int) -> Reading[bytes]:
    """PUT TOKEN: streamed; its output id."""
    chip.want_ready()
    if p1 == Proof.HOST:
        chip.want_owner()
    length = yield from length_of(TOKEN_MOST_BYTES)
    at = chip.map.room(length, [])
    written = at

    def keep(data: bytes) -> None:
        nonlocal written
        chip.memory.fill(written, data)
        written += len(data)

    body = Body(length, keep)
    trust = chip.trust() if p1 == Proof.CARD else None
    walk, hops = yield from _root(chip, body, trust)
    for left in range(hops, 0, -1):
        hop = yield from _hop(body)
        # What the owner's host answers for, the card still looks at where it touches its own key: the last.
        judge = trust if trust is not None or left > 1 else chip.trust()
        if judge is not None:
            chip.work.verifications += 2 if hop[0] & FLAG_CERTIFICATE else 1
        walk.hop(hop, judge)
    body.end()
    for _, _, known in chip.map.tokens.each():
        if known.output == walk.parent:
            return walk.parent
    slot, key = chip.key(walk.holder)
    if p1 == Proof.CARD:
        _check_receiver(chip, walk, key)
    if any(one.output == walk.parent[:16] for _, _, one in chip.map.spent.each()):
        raise DeviceError(Code.ALREADY_SPENT, "token")
    last = walk.last
    counter = chip.advance()
    token = TokenSlot(
        output=walk.parent,
        key=slot,
        amount_tiyn=walk.amount_tiyn,
        hops_left=walk.root.hops_max - walk.hops,
        expiry=walk.root.expiry,
        came_from=last.signer if last else bytes(32),
        nonce=(last.nonce if last else b"") or NO_NONCE,
        rule_bytes=0 if walk.root.rule is None else len(walk.root.rule.to_bytes()),
        signed_before=int(walk.holder in walk.signers),
        paid=int(walk.paid and last is not None and last.nonce != NO_NONCE),
        counter=counter,
        at=at,
        length=length,
    )
    chip.map.tokens.take(token, TokenIs.LIVE)
    came_back(chip, walk.before)
    return walk.parent


def _root(chip: Chip, body: Body, trust: Trust | None) -> Reading[tuple[_Walk, int]]:
    header = yield from body.take(_HEADER_BYTES)
    rule_bytes = int.from_bytes(header[-2:], "big")
    if rule_bytes > RULE_MOST:
        raise DeviceError(Code.CARD_FULL, "token.rule")
    rule = yield from body.take(rule_bytes)
    signature = yield from body.take(SIGNATURE_BYTES)
    root, _, _ = unpack_root(header + rule + signature + b"\x00", "token")
    if trust is not None:
        chip.work.verifications += 1
        check_root(root, signature, trust, "token")
    (hops,) = yield from body.take(1)
    if hops > root.hops_max:
        raise RemoteProtocolError(Code.HOP_LIMIT, "token.hops")
    return _Walk(root), hops


def _hop(body: Body) -> Reading[bytes]:
    """The bytes of one hop: its flags say how long it is, and a certificate's category how long that is."""
    hop = yield from body.take(1)
    flags = hop[0]
    if flags & FLAG_CERTIFICATE:
        numbers = yield from body.take(12)
        person = int.from_bytes(numbers[10:12], "big") == CATEGORY_PERSON
        hop += numbers + (yield from body.take(SIGNATURE_BYTES if person else SIGNATURE_BYTES + 5))
    rest = 32 + (5 if flags & FLAG_SPLIT else 0) + (8 if flags & FLAG_NONCE else 0) + SIGNATURE_BYTES
    return hop + (yield from body.take(rest))


def _check_receiver(chip: Chip, walk: _Walk, key: KeySlot) -> None:
    """What a payee asks for itself: not expired, its last signer still good, colour, its own holding."""
    root, floor, last, trust = walk.root, chip.fixed.floor, walk.last, chip.trust()
    if floor >= root.expiry:
        raise RemoteProtocolError(Code.TOKEN_EXPIRED, "token.expiry")
    if last is not None:
        check_alive(trust, last.certificate, floor)
    if root.rule is not None:
        if root.rule.valid_until is not None and floor > root.rule.valid_until:
            raise RemoteProtocolError(Code.COLOUR_BROKEN, "token.rule.valid_until")
        if walk.paid:
            check_colour(root.rule, chip.certificate(key), "token")
    limits = chip.profile()
    if limits is not None and chip.money_tiyn() + walk.amount_tiyn > limits.holding_tiyn:
        raise DeviceError(Code.LIMIT_HOLDING, "token.amount")


def check_alive(trust: Trust, certificate: bytes, floor: int) -> None:
    """Neither the certificate nor its bank's has ended by the card's time, and the bank is not withdrawn."""
    bank = trust.bank(int.from_bytes(certificate[:2], "big"), "certificate")
    if bank.number in trust.directory.body.withdrawn:
        raise RemoteProtocolError(Code.PARTICIPANT_BLOCKED, "certificate")
    if floor >= min(int.from_bytes(certificate[2:4], "big") * DAY_S, bank.expiry):
        raise RemoteProtocolError(Code.CERTIFICATE_EXPIRED, "certificate")


def list_tokens(chip: Chip, p1: int, p2: int, _data: bytes) -> bytes:
    """LIST TOKENS."""
    entries = [
        TOKEN_ENTRY.encode(
            TokenEntry(
                state,
                one.output,
                chip.map.keys.get(one.key).public,
                one.amount_tiyn,
                one.hops_left,
                one.expiry,
                int(one.rule_bytes > 0),
                one.length,
            )
        )
        for _, state, one in chip.map.tokens.each()
    ]
    return page(entries, p1, p2, page_of(TOKEN_ENTRY))


def read_token(chip: Chip, p1: int, p2: int, data: bytes) -> bytes:
    """READ TOKEN from byte P1‖P2 on."""
    _, _, token = chip.token(data)
    start = min(p1 << 8 | p2, token.length)
    return chip.eeprom.read(token.at + start, min(ANSWER_MOST, token.length - start))


def drop(chip: Chip, _p1: int, _p2: int, data: bytes) -> bytes:
    """DROP: only what is spent and acknowledged."""
    slot, state, _ = chip.token(data)
    if state != TokenIs.SPENT or any(one.output == data for _, _, one in chip.map.kept.each()):
        raise DeviceError(Code.ELEMENT_REFUSED, "token")
    chip.map.tokens.mark(slot, 0)
    return b""
