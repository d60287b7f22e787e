"""A second verifier of tokens, written from `docs/protocol/cash.md` alone (sections 6 to 8).

Functions over bytes, no classes with behaviour, nothing of `tender/`. It takes what a payee has, the root key
and a directory, and says who owns how much, or the page's code for why not. Numbers in comments are the rows
of the page's section 8.
"""

import hashlib
from collections.abc import Mapping
from functools import reduce
from typing import NamedTuple

from tests.oracle.plain_cbor import (
    Item,
    No,
    all_of,
    need,
    printable,
    signed_by,
    take,
    whole,
    within,
    written,
)
from tests.oracle.what_root_says import DAY_S, Device, Directory, number, packed_certificate

ROOT = "dt-root.v1+cbor"
LINK = "dt-link.v1+cbor"
ON_CHANGE, SPLIT, NONCE, CERTIFIED = 1, 2, 4, 8


class Colour(NamedTuple):
    """A spending rule."""

    purpose: str
    categories: tuple[int, ...] | None
    bins: tuple[str, ...] | None
    valid_until: int | None


class Line(NamedTuple):
    """Where a history stands after some of its hops."""

    output: bytes
    amount: int
    holder: bytes
    maker: bytes | None
    certificates: Mapping[bytes, Device]
    signers: tuple[bytes, ...]
    unnamed_payee: bytes | None
    at: int


class Verdict(NamedTuple):
    """Who owns how much after how many hops; or the code of a refusal."""

    code: str | None
    owner: bytes = b""
    amount: int = 0
    hops: int = 0
    output: bytes = b""


def output_id(payload: bytes, index: int) -> bytes:
    """An output's name."""
    return hashlib.sha256(b"dt-output.v1" + payload + bytes([index])).digest()


def digits12(value: Item) -> bool:
    """A BIN: twelve ASCII digits."""
    return isinstance(value, str) and len(value) == 12 and set(value) <= set("0123456789")


def colour(raw: bytes) -> tuple[Item, Colour | None]:
    """The rule as it is signed, and as it is meant; no bytes mean no colour."""
    if not raw:
        return None, None
    rule = whole(raw)
    need(isinstance(rule, dict) and {1} <= set(rule) <= {1, 2, 3, 4}, "colour-unknown")
    questions = {
        1: printable(60, 1),
        2: lambda many: many and all_of(within(1, 9999))(many),
        3: lambda many: many and all_of(digits12)(many),
        4: within(0, (1 << 64) - 1),
    }
    need(all(questions[key](value) for key, value in rule.items()), "colour-unknown")
    return rule, Colour(rule[1], rule.get(2), rule.get(3), rule.get(4))


def names(rule: Colour, device: Device) -> bool:
    """Whether each list the rule has names this payee; a rule with no list names nobody."""
    lists = ((rule.categories, device.category), (rule.bins, device.bin12))
    asked = [of in listed for listed, of in lists if listed is not None]
    return bool(asked) and all(asked)


def judge(token: bytes, known: Directory) -> Verdict:
    """Rows 1 to 8: the same verdict for every verifier at any time."""
    try:
        return judged(token, known)
    except No as no:
        return Verdict(no.code)


def judged(token: bytes, known: Directory) -> Verdict:
    """The verdict of `judge`, refusing by `No`."""
    version, at = take(token, 0, 1)
    need(version == b"\x01", "version-unknown")  # 1
    issuer, at = number(token, at, 2)
    identity, at = take(token, at, 16)
    amount, at = number(token, at, 5)
    holder, at = take(token, at, 32)
    hops_max, at = number(token, at, 1)
    expiry, at = number(token, at, 4)
    length, at = number(token, at, 2)
    raw_rule, at = take(token, at, length)
    signature, at = take(token, at, 64)
    hops, at = number(token, at, 1)
    rule, meant = colour(raw_rule)
    need(amount >= 1, "amount-out-of-range")
    root = written((1, issuer, identity, 398, amount, holder, hops_max, expiry, rule))
    need(issuer in known.issuers, "issuer-unknown")  # 2
    need(signed_by(known.issuers[issuer].key, ROOT, root, signature), "issuer-forged")
    need(hops <= hops_max, "hop-limit")  # 3
    start = Line(output_id(root, 0), amount, holder, None, {}, (), None, at)
    end = reduce(lambda line, _: hop(token, line, known, expiry, meant), range(hops), start)
    need(end.at == len(token), "field-wrong")
    return Verdict(None, end.holder, end.amount, hops, end.output)


def hop(token: bytes, line: Line, known: Directory, expiry: int, rule: Colour | None) -> Line:
    """The line after one more hop."""
    flags, at = number(token, line.at, 1)
    need(flags < 16, "field-wrong")
    signer = line.holder
    certificates = line.certificates
    need(bool(flags & CERTIFIED) != (signer in certificates), "certificate-missing")  # 4
    if flags & CERTIFIED:
        fresh, at = packed_certificate(token, at, signer, known.banks)
        need(min(fresh.epoch_day * DAY_S, fresh.bank_expires) >= expiry, "certificate-too-short")
        certificates = {**certificates, signer: fresh}
    mine = certificates[signer]
    payee, at = take(token, at, 32)
    amount, at = number(token, at, 5) if flags & SPLIT else (line.amount, at)
    need(1 <= amount < line.amount if flags & SPLIT else not flags & ON_CHANGE, "value-created")  # 5
    nonce, at = take(token, at, 8) if flags & NONCE else (b"", at)
    signature, at = take(token, at, 64)
    payload = written((line.output, payee, amount, line.amount - amount, nonce))
    need(signed_by(signer, LINK, payload, signature), "signature-wrong")  # 6
    back = not flags & SPLIT and payee == line.maker
    need(mine.profile in known.profiles, "profile-unknown")  # 7
    need(back or payee == signer or amount <= known.profiles[mine.profile].per_payment, "limit-per-payment")
    need(
        rule is None or line.unnamed_payee is None or names(rule, mine), "colour-broken"
    )  # 8, the hop before
    signers = (*line.signers, signer)
    if flags & ON_CHANGE:
        rest = line.amount - amount
        return Line(output_id(payload, 1), rest, signer, signer, certificates, signers, None, at)
    asked = None if back else payee
    return Line(output_id(payload, 0), amount, payee, signer, certificates, signers, asked, at)
