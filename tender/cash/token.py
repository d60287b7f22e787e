"""What a token is made of: an issuer-signed root, then links that each spend one output whole.

Layouts are in docs/protocol/cash.md. An output's id commits to everything before it, because a link's payload
names its parent by id; signatures and certificates are no part of it, so re-encoding changes nothing and two
signatures on one payload are one link.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from tender import canon
from tender.crypto import envelope
from tender.crypto.envelope import Typ
from tender.crypto.keys import SIGNATURE_BYTES, SigningKey
from tender.errors import Code, LocalProtocolError, RemoteProtocolError
from tender.money import AMOUNT_MAX_TIYN, CURRENCY_KZT

HOPS_MAX_DEFAULT: Final = 15
"""The 2022 test of the white paper (DT-O-03, DT-O-04); signed into each root."""

TOKEN_VERSION: Final = 1
ID_BYTES: Final = 16
OUTPUT_ID_BYTES: Final = 32
NONCE_BYTES: Final = 8
AMOUNT_BYTES: Final = 5

_OUTPUT_LABEL: Final = b"dt-output.v1"
_BIN: Final = re.compile("[0-9]{12}")

INDEX_PAYMENT: Final = 0
INDEX_CHANGE: Final = 1

RULE_PURPOSE: Final = 1
RULE_CATEGORIES: Final = 2
RULE_MERCHANTS: Final = 3
RULE_VALID_UNTIL: Final = 4


def output_id(payload: bytes, index: int) -> bytes:
    """The 32-byte id of the output a payload makes at ``index`` (0 payment, 1 change)."""
    return sha256(_OUTPUT_LABEL + payload + (b"\x01" if index else b"\x00")).digest()


@dataclass(frozen=True, slots=True)
class Rule:
    """A colour: what the money is for (DT-T-01, DT-T-04).

    A payee is allowed when its certificate's category is listed (if categories are) and its business number
    is listed (if merchants are), before ``valid_until`` (seconds) if given.
    """

    purpose: str
    categories: tuple[int, ...] = ()
    merchants: tuple[str, ...] = ()
    valid_until: int | None = None

    def to_bytes(self) -> bytes:
        """Canonical CBOR of the rule map."""
        return canon.encode(self.to_value())

    def to_value(self) -> canon.Value:
        """The rule map; absent parts are left out."""
        value: dict[int, canon.Value] = {RULE_PURPOSE: self.purpose}
        if self.categories:
            value[RULE_CATEGORIES] = list(self.categories)
        if self.merchants:
            value[RULE_MERCHANTS] = list(self.merchants)
        if self.valid_until is not None:
            value[RULE_VALID_UNTIL] = self.valid_until
        return value

    def allows(self, category: int, business_number: str | None) -> bool:
        """Whether a payee with this category and number may receive the money."""
        if self.categories and category not in self.categories:
            return False
        if self.merchants and business_number not in self.merchants:
            return False
        return bool(self.categories or self.merchants)

    @classmethod
    def from_bytes(cls, data: bytes, field: str) -> "Rule":
        """Read a rule; raises ``colour-unknown`` for a field or shape this version does not know."""
        value = canon.decode(data, field)
        if not isinstance(value, dict) or not set(value) <= {1, 2, 3, 4} or RULE_PURPOSE not in value:
            raise RemoteProtocolError(Code.COLOUR_UNKNOWN, field)
        purpose = value[RULE_PURPOSE]
        categories = value.get(RULE_CATEGORIES, [])
        merchants = value.get(RULE_MERCHANTS, [])
        until = value.get(RULE_VALID_UNTIL)
        if not isinstance(purpose, str) or not 1 <= len(purpose) <= 60 or not purpose.isprintable():
            raise RemoteProtocolError(Code.COLOUR_UNKNOWN, f"{field}.purpose")
        if not isinstance(categories, list) or not isinstance(merchants, list):
            raise RemoteProtocolError(Code.COLOUR_UNKNOWN, field)
        # `true` would pass for category 1, and digits of other alphabets for a number no certificate has.
        listed = tuple(one for one in categories if type(one) is int and 1 <= one <= 9999)
        named = tuple(one for one in merchants if isinstance(one, str) and _BIN.fullmatch(one))
        if len(listed) != len(categories) or len(named) != len(merchants):
            raise RemoteProtocolError(Code.COLOUR_UNKNOWN, field)
        if until is not None and (not isinstance(until, int) or isinstance(until, bool) or until < 0):
            raise RemoteProtocolError(Code.COLOUR_UNKNOWN, f"{field}.valid_until")
        rule = cls(purpose, listed, named, until)
        if rule.to_bytes() != data:
            raise RemoteProtocolError(Code.COLOUR_UNKNOWN, field)
        return rule


@dataclass(frozen=True, slots=True)
class Root:
    """What the issuer signs: an amount for the first holder's key, and the rules that stay for its life.

    ``expiry`` in seconds since 1970: from then on honest devices no longer pass it; claims stay open longer.
    """

    issuer: int
    identifier: bytes
    amount_tiyn: int
    holder: bytes
    hops_max: int
    expiry: int
    rule: Rule | None = None

    def payload(self) -> bytes:
        """``[1, issuer, id, 398, amount, holder, hops_max, expiry, rule / null]``."""
        # By hand, like a link's: each chain begins with one. A test compares with the encoder.
        return b"".join(
            (
                _ROOT_OPENING,
                canon.uint(self.issuer),
                b"\x50",
                self.identifier,
                _CURRENCY,
                canon.uint(self.amount_tiyn),
                _KEY_OPENING,
                self.holder,
                canon.uint(self.hops_max),
                canon.uint(self.expiry),
                b"\xf6" if self.rule is None else self.rule.to_bytes(),
            )
        )


@dataclass(frozen=True, slots=True)
class Link:
    """A signed spend, as its payload: the parent output, the next holder and the two amounts (tiyn).

    ``nonce`` is empty when ``next_key`` was made fresh for the request.
    """

    parent: bytes
    next_key: bytes
    amount_tiyn: int
    change_tiyn: int
    nonce: bytes = b""

    def payload(self) -> bytes:
        """``[parent, next_key, amount, change, nonce]``, canonical."""
        return link_payload(self.parent, self.next_key, self.amount_tiyn, self.change_tiyn, self.nonce)

    @classmethod
    def from_payload(cls, payload: bytes, field: str) -> "Link":
        """Read a payload; raises ``field-wrong``."""
        parent, next_key, amount, change, nonce = canon.as_list(canon.decode(payload, field), 5, field)
        if not isinstance(parent, bytes) or not isinstance(next_key, bytes) or not isinstance(nonce, bytes):
            raise RemoteProtocolError(Code.FIELD_WRONG, field)
        if isinstance(amount, bool) or isinstance(change, bool):
            raise RemoteProtocolError(Code.FIELD_WRONG, field)
        if not isinstance(amount, int) or not isinstance(change, int):
            raise RemoteProtocolError(Code.FIELD_WRONG, field)
        if len(parent) != OUTPUT_ID_BYTES or len(next_key) != 32 or len(nonce) not in (0, NONCE_BYTES):
            raise RemoteProtocolError(Code.FIELD_WRONG, field)
        if not 1 <= amount <= AMOUNT_MAX_TIYN or not 0 <= change <= AMOUNT_MAX_TIYN:
            raise RemoteProtocolError(Code.AMOUNT_OUT_OF_RANGE, field)
        return cls(parent, next_key, amount, change, nonce)


_LINK_OPENING: Final = b"\x85\x58\x20"
_KEY_OPENING: Final = b"\x58\x20"
_ROOT_OPENING: Final = b"\x89" + canon.uint(TOKEN_VERSION)
_CURRENCY: Final = canon.uint(CURRENCY_KZT)


def link_payload(parent: bytes, next_key: bytes, amount_tiyn: int, change_tiyn: int, nonce: bytes) -> bytes:
    """The payload bytes of a link, put together by hand for the hot path (tested against the encoder)."""
    return b"".join(
        (
            _LINK_OPENING,
            parent,
            _KEY_OPENING,
            next_key,
            canon.uint(amount_tiyn),
            canon.uint(change_tiyn),
            b"\x48" + nonce if nonce else b"\x40",
        )
    )


@dataclass(frozen=True, slots=True)
class Claim:
    """The holder's last word on an output: credit it, whole, to this account on this bank's node.

    A claim is no hop. ``address`` is the 32-byte public address of the DT account.
    """

    parent: bytes
    bank: int
    address: bytes

    def payload(self) -> bytes:
        """``[parent, bank, address]``."""
        return b"\x83\x58\x20" + self.parent + canon.uint(self.bank) + _KEY_OPENING + self.address

    @classmethod
    def from_payload(cls, payload: bytes, field: str) -> "Claim":
        """Read a payload; raises ``field-wrong``."""
        bank_ends = len(payload) - 34
        if payload[:3] == b"\x83\x58\x20" and 35 < bank_ends < 39:
            found = cls(payload[3:35], int.from_bytes(payload[36:bank_ends], "big"), payload[-32:])
            if 100 <= found.bank <= 999 and found.payload() == payload:
                return found
        parent, bank, address = canon.as_list(canon.decode(payload, field), 3, field)
        if not isinstance(parent, bytes) or len(parent) != OUTPUT_ID_BYTES:
            raise RemoteProtocolError(Code.FIELD_WRONG, f"{field}.parent")
        if isinstance(bank, bool) or not isinstance(bank, int) or not 100 <= bank <= 999:
            raise RemoteProtocolError(Code.FIELD_WRONG, f"{field}.bank")
        if not isinstance(address, bytes) or len(address) != 32:
            raise RemoteProtocolError(Code.FIELD_WRONG, f"{field}.address")
        return cls(parent, bank, address)


_HEADER_BYTES: Final = 1 + 2 + ID_BYTES + AMOUNT_BYTES + 32 + 1 + 4 + 2


def pack_root(root: Root, signature: bytes) -> bytes:
    """The travelling form of a fresh token: header, rule, issuer's signature, no hops."""
    rule = b"" if root.rule is None else root.rule.to_bytes()
    return b"".join(
        (
            bytes((TOKEN_VERSION,)),
            root.issuer.to_bytes(2, "big"),
            root.identifier,
            root.amount_tiyn.to_bytes(AMOUNT_BYTES, "big"),
            root.holder,
            bytes((root.hops_max,)),
            root.expiry.to_bytes(4, "big"),
            len(rule).to_bytes(2, "big"),
            rule,
            signature,
            b"\x00",
        )
    )


def unpack_root(packed: bytes, field: str) -> tuple[Root, bytes, int]:
    """Read a token's root: the root, its signature, and where the hop count stands. Signature unchecked."""
    if len(packed) < _HEADER_BYTES + SIGNATURE_BYTES + 1:
        raise RemoteProtocolError(Code.MESSAGE_TRUNCATED, field)
    if packed[0] != TOKEN_VERSION:
        raise RemoteProtocolError(Code.VERSION_UNKNOWN, f"{field}.version", version=packed[0])
    rule_length = int.from_bytes(packed[61:63], "big")
    at = _HEADER_BYTES + rule_length
    if len(packed) < at + SIGNATURE_BYTES + 1:
        raise RemoteProtocolError(Code.MESSAGE_TRUNCATED, field)
    rule = Rule.from_bytes(packed[_HEADER_BYTES:at], f"{field}.rule") if rule_length else None
    root = Root(
        issuer=int.from_bytes(packed[1:3], "big"),
        identifier=packed[3:19],
        amount_tiyn=int.from_bytes(packed[19:24], "big"),
        holder=packed[24:56],
        hops_max=packed[56],
        expiry=int.from_bytes(packed[57:61], "big"),
        rule=rule,
    )
    if root.amount_tiyn < 1:
        raise RemoteProtocolError(Code.AMOUNT_OUT_OF_RANGE, f"{field}.amount")
    return root, packed[at : at + SIGNATURE_BYTES], at + SIGNATURE_BYTES


def issue_root(root: Root, issuer_signer: SigningKey) -> bytes:
    """Sign a root and pack it. Only the National Bank holds such a key (DT-P-02)."""
    if not 1 <= root.amount_tiyn <= AMOUNT_MAX_TIYN or len(root.identifier) != ID_BYTES:
        raise LocalProtocolError(Code.FIELD_WRONG, "root")
    if not 0 <= root.hops_max <= 255 or not 0 < root.expiry < 2**32:
        raise LocalProtocolError(Code.FIELD_WRONG, "root")
    return pack_root(root, envelope.sign(Typ.ROOT, root.payload(), issuer_signer).signature)
