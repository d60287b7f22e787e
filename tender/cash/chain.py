"""A token's history, read and verified in one pass and constant memory, root first, each certificate before
its links. No check needs a secret, a clock or a network; what depends on *now* is in :func:`check_current`.

What a hop looks like on the wire (docs/protocol/cash.md, "Packed token")::

    flags u8 | [certificate 76/81] | next key 32 | [amount u40] | [nonce 8] | signature 64
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from tender.cash.token import (
    AMOUNT_BYTES,
    INDEX_CHANGE,
    INDEX_PAYMENT,
    NONCE_BYTES,
    Link,
    Root,
    Rule,
    link_payload,
    output_id,
    unpack_root,
)
from tender.crypto.certificates import DAY_S, DeviceCertificate, check_packed, device_payload, packed_length
from tender.crypto.directory import Trust
from tender.crypto.envelope import OPENINGS, Envelope, Typ, to_be_signed
from tender.crypto.keys import SIGNATURE_BYTES, BadSignature, verify_open
from tender.errors import Code, RemoteProtocolError

FLAG_CHANGE: Final = 0x01
"""The history goes on with the change, not with the payment."""
FLAG_SPLIT: Final = 0x02
FLAG_NONCE: Final = 0x04
FLAG_CERTIFICATE: Final = 0x08
_FLAGS_KNOWN: Final = 0x0F

_LINK_OPENING: Final = OPENINGS[Typ.LINK] + b"\x58"
_CERTIFICATE_OPENING: Final = OPENINGS[Typ.CERTIFICATE] + b"\x58"


class Spend(NamedTuple):
    """One verified link of a history, with all that settlement needs of it."""

    parent: bytes
    payload: bytes
    signature: bytes
    signer: bytes
    certificate: bytes
    """The signer's packed device certificate (its key is ``signer``)."""
    next_key: bytes
    amount_tiyn: int
    change_tiyn: int
    nonce: bytes
    continues_on_change: bool

    @property
    def payment_output(self) -> bytes:
        """Id of the output the payee holds."""
        return output_id(self.payload, INDEX_PAYMENT)

    @property
    def change_output(self) -> bytes | None:
        """Id of the change the signer keeps, if there is any."""
        return output_id(self.payload, INDEX_CHANGE) if self.change_tiyn else None

    def envelope(self) -> Envelope:
        """The COSE_Sign1 that this hop stands for."""
        return Envelope(Typ.LINK, self.payload, self.signature)

    def device_certificate(self) -> DeviceCertificate:
        """The signer's certificate, unpacked."""
        return DeviceCertificate.unpack(self.certificate, self.signer, "certificate")


@dataclass(frozen=True, slots=True)
class Holding:
    """A verified token as it stands in somebody's hands: who may spend its last output, and how much."""

    packed: bytes
    root: Root
    root_signature: bytes
    output: bytes
    """Id of the output at the end of the history."""
    holder: bytes
    amount_tiyn: int
    spends: tuple[Spend, ...]

    @property
    def hops(self) -> int:
        """Links so far; change counts (DT-O-03)."""
        return len(self.spends)

    @property
    def hops_left(self) -> int:
        """How often it may still be passed on before a reconnect."""
        return self.root.hops_max - len(self.spends)

    @property
    def rule(self) -> Rule | None:
        """Its colour, if it has one."""
        return self.root.rule

    @property
    def last(self) -> Spend | None:
        """The link that gave it to its holder; None for a token fresh from the issuer."""
        return self.spends[-1] if self.spends else None

    @property
    def came_by_payment(self) -> bool:
        """Whether its last link pays its holder: no return, nothing left with its signer, nothing fresh from
        the issuer."""
        last = self.last
        if last is None or last.continues_on_change:
            return False
        return is_payment(last, last.signer, self.spends[-2] if len(self.spends) > 1 else None)

    def root_envelope(self) -> Envelope:
        """The issuer's COSE_Sign1."""
        return Envelope(Typ.ROOT, self.root.payload(), self.root_signature)

    def returns_to(self) -> bytes | None:
        """The key a return must go to: whoever signed the link that made this output."""
        last = self.last
        return None if last is None else last.signer


def verify_chain(packed: bytes, trust: Trust, field: str = "token") -> Holding:
    """Verify a packed token against nothing but the root-signed directory.

    Checks form, issuer, every signature and certificate, conservation of value, the hop cap, colour, and
    each payment against its signer's limit (a split to the own key and a return are none). Raises
    :class:`RemoteProtocolError` with the code of the first check that fails. Cost: one signature check for
    the root and two per new signer.
    """
    return _walk(packed, trust, field)


def read_chain(packed: bytes, field: str = "token") -> Holding:
    """Take apart a history that was verified before it was stored. Only its form is checked again: no
    signature, no certificate, no limit and no colour."""
    return _walk(packed, None, field)


def _walk(packed: bytes, trust: Trust | None, field: str) -> Holding:
    """``trust`` None: whoever calls has verified these bytes already."""
    root, root_signature, at = unpack_root(packed, field)
    if trust is not None:
        check_root(root, root_signature, trust, field)
    count = packed[at]
    if count > root.hops_max:
        raise RemoteProtocolError(Code.HOP_LIMIT, f"{field}.hops", hops=count, most=root.hops_max)
    at += 1
    parent, holder, amount = output_id(root.payload(), INDEX_PAYMENT), root.holder, root.amount_tiyn
    certificates: dict[bytes, bytes] = {}
    bound = False  # the first holder was chosen by the loader, not by a payment the rule could bind
    spends: list[Spend] = []
    for place in range(count):
        last = spends[-1] if spends else None
        where = f"{field}.hops[{place}]"
        spend, at = read_hop(packed, at, parent, holder, amount, certificates, root, trust, last, where)
        if root.rule is not None and trust is not None:
            if bound:
                check_colour(root.rule, spend.certificate, where)
            bound = not spend.continues_on_change and not is_return(spend, last)
        parent = output_id(spend.payload, INDEX_CHANGE if spend.continues_on_change else INDEX_PAYMENT)
        if spend.continues_on_change:
            amount = spend.change_tiyn
        else:
            holder, amount = spend.next_key, spend.amount_tiyn
        spends.append(spend)
    if at != len(packed):
        raise RemoteProtocolError(Code.FIELD_WRONG, f"{field}.end")
    return Holding(packed, root, root_signature, parent, holder, amount, tuple(spends))


def check_root(root: Root, signature: bytes, trust: Trust, field: str) -> None:
    """Whether an issuer of the directory signed this root; raises ``issuer-unknown``, ``issuer-forged``."""
    issuer = trust.issuer_key(root.issuer, f"{field}.issuer")
    try:
        verify_open(signature + to_be_signed(Typ.ROOT, root.payload()), issuer)
    except (BadSignature, ValueError) as error:
        raise RemoteProtocolError(Code.ISSUER_FORGED, f"{field}.issuer", key=issuer.hex()[:16]) from error


def read_hop(
    packed: bytes,
    at: int,
    parent: bytes,
    signer: bytes,
    amount_in: int,
    certificates: dict[bytes, bytes],
    root: Root,
    trust: Trust | None,
    last: Spend | None,
    field: str,
) -> tuple[Spend, int]:
    """The hop at this offset, and where the next one begins.

    ``certificates`` holds those of all signers so far and gets the new one; ``last`` is the hop before. With
    ``trust`` the hop is verified, without it only its form. A card reads a chain hop by hop with this.
    """
    if at >= len(packed):
        raise RemoteProtocolError(Code.MESSAGE_TRUNCATED, field)
    flags = packed[at]
    if flags & ~_FLAGS_KNOWN:
        raise RemoteProtocolError(Code.FIELD_WRONG, f"{field}.flags")
    key_at = at + 1 + (packed_length(packed, at + 1) if flags & FLAG_CERTIFICATE else 0)
    amount_at = key_at + 32
    nonce_at = amount_at + (AMOUNT_BYTES if flags & FLAG_SPLIT else 0)
    signature_at = nonce_at + (NONCE_BYTES if flags & FLAG_NONCE else 0)
    end = signature_at + SIGNATURE_BYTES
    certificate = certificates.get(signer)
    # A certificate travels exactly once a key, before the key's first link: one history has one encoding.
    if bool(flags & FLAG_CERTIFICATE) == (certificate is not None):
        raise RemoteProtocolError(Code.CERTIFICATE_MISSING, f"{field}.certificate")
    if certificate is None:
        certificate = packed[at + 1 : key_at]
        if key_at > len(packed):
            raise RemoteProtocolError(Code.MESSAGE_TRUNCATED, field)
        if trust is not None:
            check_signer(certificate, signer, root, trust, f"{field}.certificate")
        certificates[signer] = certificate
    if nonce_at > len(packed):
        raise RemoteProtocolError(Code.MESSAGE_TRUNCATED, field)
    next_key, amount = packed[key_at:amount_at], amount_in
    if flags & FLAG_SPLIT:
        amount = int.from_bytes(packed[amount_at:nonce_at], "big")
        if not 1 <= amount < amount_in:
            raise RemoteProtocolError(Code.VALUE_CREATED, f"{field}.amount")
    elif flags & FLAG_CHANGE:
        raise RemoteProtocolError(Code.VALUE_CREATED, f"{field}.change")
    if end > len(packed):
        raise RemoteProtocolError(Code.MESSAGE_TRUNCATED, field)
    nonce, signature = packed[nonce_at:signature_at], packed[signature_at:end]
    payload = link_payload(parent, next_key, amount, amount_in - amount, nonce)
    if trust is not None:
        try:
            verify_open(b"".join((signature, _LINK_OPENING, bytes((len(payload),)), payload)), signer)
        except (BadSignature, ValueError) as error:
            raise RemoteProtocolError(Code.SIGNATURE_WRONG, f"{field}.signature") from error
    spend = Spend(
        parent,
        payload,
        signature,
        signer,
        certificate,
        next_key,
        amount,
        amount_in - amount,
        nonce,
        bool(flags & FLAG_CHANGE),
    )
    if trust is not None:
        check_limit(spend, signer, certificate, last, trust, field)
    return spend, end


def is_return(link: Link | Spend, last: Spend | None) -> bool:
    """Whether this link gives the whole of what ``last`` made back to whoever signed ``last``."""
    return last is not None and not link.change_tiyn and link.next_key == last.signer


def is_payment(link: Link | Spend, signer: bytes, last: Spend | None) -> bool:
    """Whether ``signer`` pays somebody with this link: what goes back, or stays with its signer, pays nobody.

    ``last`` is the link before it.
    """
    return link.next_key != signer and not is_return(link, last)


def check_limit(
    link: Link | Spend, signer: bytes, certificate: bytes, last: Spend | None, trust: Trust, field: str
) -> None:
    """A payment keeps to its signer's limit; what goes back, or stays with its signer, is no payment.

    ``last`` is the link before it. Raises ``limit-per-payment``, ``profile-unknown``.
    """
    number = int.from_bytes(certificate[8:10], "big")
    limit = trust.directory.profiles.get(number) or trust.profile(number, f"{field}.certificate")
    if not is_payment(link, signer, last):
        return
    if link.amount_tiyn > limit.per_payment_tiyn:
        raise RemoteProtocolError(
            Code.LIMIT_PER_PAYMENT,
            f"{field}.amount",
            amount_tiyn=link.amount_tiyn,
            most_tiyn=limit.per_payment_tiyn,
        )


def check_signer(packed: bytes, key: bytes, root: Root, trust: Trust, field: str) -> None:
    """Whether this packed certificate of ``key`` may stand in a history of ``root``.

    Raises ``certificate-wrong``, ``certificate-missing`` (its bank is not in the directory),
    ``certificate-too-short``.
    """
    check_packed(packed, field)
    bank = trust.bank(int.from_bytes(packed[0:2], "big"), field)
    payload = device_payload(packed, key)
    try:
        signed = b"".join((packed[-SIGNATURE_BYTES:], _CERTIFICATE_OPENING, bytes((len(payload),)), payload))
        verify_open(signed, bank.key)
    except (BadSignature, ValueError) as error:
        raise RemoteProtocolError(Code.CERTIFICATE_WRONG, field) from error
    # Nobody's certificate may die inside a living history: it must outlast the token, whatever the date is.
    if int.from_bytes(packed[2:4], "big") * DAY_S < root.expiry or bank.expiry < root.expiry:
        raise RemoteProtocolError(Code.CERTIFICATE_TOO_SHORT, field)


def check_colour(rule: Rule, certificate: bytes, field: str) -> None:
    """Whether the rule names the holder of this packed certificate; raises ``colour-broken``."""
    category = int.from_bytes(certificate[10:12], "big")
    business = f"{int.from_bytes(certificate[12:17], 'big'):012d}" if category else None
    if not rule.allows(category, business):
        raise RemoteProtocolError(Code.COLOUR_BROKEN, f"{field}.certificate", purpose=rule.purpose)


def check_current(holding: Holding, now: int, field: str = "token") -> None:
    """What only time can say: expiry of the token and of its colour. Raises ``token-expired``.

    ``now`` is ``trust.now(clock)``, so a clock turned back revives nothing.
    """
    if now >= holding.root.expiry:
        raise RemoteProtocolError(Code.TOKEN_EXPIRED, f"{field}.expiry", expiry=holding.root.expiry)
    rule = holding.rule
    if rule is not None and rule.valid_until is not None and now > rule.valid_until:
        raise RemoteProtocolError(Code.COLOUR_BROKEN, f"{field}.rule.valid_until", purpose=rule.purpose)


def spend_link(holding: Holding, next_key: bytes, amount_tiyn: int, nonce: bytes = b"") -> Link:
    """The link that pays ``amount_tiyn`` of this holding to ``next_key`` and keeps the rest as change."""
    if not 1 <= amount_tiyn <= holding.amount_tiyn:
        raise RemoteProtocolError(Code.VALUE_CREATED, "amount")
    return Link(holding.output, next_key, amount_tiyn, holding.amount_tiyn - amount_tiyn, nonce)


def hop_bytes(
    holding: Holding, link: Link, signature: bytes, certificate: DeviceCertificate, *, change: bool
) -> bytes:
    """The packed hop of a signed link, as it stands on the payment's side or (``change``) the payer's own."""
    first = all(spend.signer != holding.holder for spend in holding.spends)
    return pack_hop(link, signature, certificate.packed() if first else None, change=change)


def pack_hop(link: Link, signature: bytes, certificate: bytes | None, *, change: bool) -> bytes:
    """The same from its parts; ``certificate`` (packed) exactly when the key signs its first link here."""
    flags = FLAG_CHANGE if change else 0
    parts: list[bytes] = []
    if certificate is not None:
        flags |= FLAG_CERTIFICATE
        parts.append(certificate)
    parts.append(link.next_key)
    if link.change_tiyn:
        flags |= FLAG_SPLIT
        parts.append(link.amount_tiyn.to_bytes(AMOUNT_BYTES, "big"))
    if link.nonce:
        flags |= FLAG_NONCE
        parts.append(link.nonce)
    return b"".join((bytes((flags,)), *parts, signature))


def append_hop(packed: bytes, hop: bytes) -> bytes:
    """A packed token one hop longer."""
    _, _, at = unpack_root(packed, "token")
    return b"".join((packed[:at], bytes((packed[at] + 1,)), packed[at + 1 :], hop))
