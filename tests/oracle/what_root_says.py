"""What the root signs and banks sign below it, read from `docs/protocol/cash.md` alone (sections 4 and 5)."""

from collections.abc import Mapping
from typing import NamedTuple

from tests.oracle.plain_cbor import (
    Item,
    all_of,
    natural,
    need,
    opened,
    printable,
    shaped,
    signed_by,
    sized,
    take,
    whole,
    within,
    written,
)

DAY_S = 86_400
AMOUNT_MAX = (1 << 40) - 1
CERTIFICATE = "dt-certificate.v1+cwt"
ISSUER, BANK, MESSAGES = 1, 2, 3


class Authority(NamedTuple):
    """What the root says of one key."""

    kind: int
    number: int
    key: bytes
    expires: int


class Limits(NamedTuple):
    """A profile, in tiyn."""

    tier: str
    per_payment: int
    holding: int
    since_sync: int
    without_pin: int
    old_list: int
    list_days: int


class Directory(NamedTuple):
    """A verified directory."""

    number: int
    date: int
    issuers: Mapping[int, Authority]
    banks: Mapping[int, Authority]
    profiles: Mapping[int, Limits]
    withdrawn: frozenset[int]


class Device(NamedTuple):
    """A device certificate, without its key."""

    bank: int
    epoch_day: int
    serial: int
    profile: int
    category: int
    bin12: str | None
    bank_expires: int


def part(value: Item, *kinds: object) -> tuple[Item, ...]:
    """The fields of an array with exactly this shape."""
    need(shaped(value, *kinds), "field-wrong")  # type: ignore[arg-type]
    return tuple(value)


def said(root_key: bytes, cose: bytes, typ: str) -> Item:
    """The payload of a message of this type that the root signed."""
    payload, signature = opened(cose, typ)
    need(signed_by(root_key, typ, payload, signature), "signature-wrong")
    return whole(payload)


def authority(root_key: bytes, cose: bytes) -> Authority:
    """A certificate that the root gave an issuer, a bank or a messenger."""
    claims = said(root_key, cose, CERTIFICATE)
    need(isinstance(claims, dict) and set(claims) == {1, 2, 4, 7, 8, -65537}, "certificate-wrong")
    kind, number, _ = part(claims[-65537], within(ISSUER, MESSAGES), within(100, 999), printable(60))
    need(claims[1] == "kz-root" and claims[2] == str(number), "certificate-wrong")
    need(natural(claims[4]) and sized(8)(claims[7]), "certificate-wrong")
    return Authority(kind, number, cose_key(claims[8]), claims[4])


def cose_key(cnf: Item) -> bytes:
    """The Ed25519 key of a `cnf` claim: no other key type, no other field."""
    need(isinstance(cnf, dict) and set(cnf) == {1} and isinstance(cnf[1], dict), "certificate-wrong")
    inner = cnf[1]
    need(set(inner) == {1, -1, -2} and sized(32)(inner[-2]), "certificate-wrong")
    need(within(1, 1)(inner[1]) and within(6, 6)(inner[-1]), "certificate-wrong")
    return bytes(inner[-2])


def directory(root_key: bytes, cose: bytes) -> Directory:
    """The participants and limit profiles, all on the root's word."""
    cose_s, numbers = all_of(lambda one: isinstance(one, bytes)), all_of(within(0, 999))
    _, number, date, raw, profiles, withdrawn = part(
        said(root_key, cose, "dt-directory.v1+cbor"), within(1, 1), natural, natural, cose_s, tuple, numbers
    )
    known = [authority(root_key, one) for one in raw]
    issuers = {one.number: one for one in known if one.kind == ISSUER}
    banks = {one.number: one for one in known if one.kind == BANK}
    return Directory(number, date, issuers, banks, dict(map(profile, profiles)), frozenset(withdrawn))


def profile(value: Item) -> tuple[int, Limits]:
    """A profile's number and limits."""
    amount, days = within(0, AMOUNT_MAX), within(0, 3650)
    number, tier, *limits = part(value, within(0, 0xFFFF), str, *[amount] * 5, days)
    need(tier in ("software", "secure-element"), "field-wrong")
    return number, Limits(tier, *limits)


def revoked(root_key: bytes, cose: bytes) -> frozenset[tuple[int, int, int]]:
    """(bank, epoch day, serial) of each revoked pseudonym."""
    _, _, _, entries = part(
        said(root_key, cose, "dt-revocations.v1+cbor"), within(1, 1), within(1, (1 << 32) - 1), natural, tuple
    )
    read = [part(e, within(100, 999), within(0, 0xFFFF), natural, natural, bytes) for e in entries]
    places = [e[:2] for e in read]
    need(places == sorted(set(places)), "list-wrong")
    return frozenset(
        (bank, day, s) for bank, day, count, k, bits in read for s in golomb_rice(count, k, bits)
    )


def golomb_rice(count: int, k: int, raw: bytes) -> tuple[int, ...]:
    """The `count` serials of an entry."""
    need(count >= 1 and k <= 32, "list-wrong")
    bits = "".join(f"{byte:08b}" for byte in raw)
    at, serial, found, gaps = 0, -1, list[int](), list[int]()
    for _ in range(count):
        stop = bits.find("0", at)
        need(stop >= 0 and stop + 1 + k <= len(bits), "list-wrong")
        low = bits[stop + 1 : stop + 1 + k]
        gaps.append((stop - at) << k | int(low or "0", 2))
        serial += gaps[-1] + 1
        need(serial < 1 << 32, "list-wrong")
        found.append(serial)
        at = stop + 1 + k
    rest = bits[at:]
    need(len(rest) < 8 and "1" not in rest, "list-wrong")
    need(k == min(range(33), key=lambda one: sum((gap >> one) + 1 + one for gap in gaps)), "list-wrong")
    return tuple(found)


def number(data: bytes, at: int, size: int) -> tuple[int, int]:
    """A big-endian number of `size` bytes at `at`, and the place after it."""
    raw, at = take(data, at, size)
    return int.from_bytes(raw, "big"), at


def packed_certificate(
    data: bytes, at: int, key: bytes, banks: Mapping[int, Authority]
) -> tuple[Device, int]:
    """A device's certificate beside its key, on its bank's word; and the place after it."""
    bank, at = number(data, at, 2)
    day, at = number(data, at, 2)
    serial, at = number(data, at, 4)
    limits, at = number(data, at, 2)
    category, at = number(data, at, 2)
    need(100 <= bank <= 999 and 1 <= day <= 49_709, "field-wrong")
    bin12 = None
    if category:
        business, at = number(data, at, 5)
        need(business < 10**12, "field-wrong")
        bin12 = f"{business:012}"
    signature, at = take(data, at, 64)
    claims = {
        1: str(bank),
        **({2: bin12} if bin12 else {}),
        4: day * DAY_S,
        7: day.to_bytes(2, "big") + serial.to_bytes(4, "big"),
        8: {1: {1: 1, -1: 6, -2: key}},
        -65537: (limits, category),
    }
    need(bank in banks, "certificate-missing")
    need(signed_by(banks[bank].key, CERTIFICATE, written(claims), signature), "certificate-wrong")
    return Device(bank, day, serial, limits, category, bin12, banks[bank].expires), at
