"""A wallet with no rules: it signs whatever hop it is told to, honest or not, and packs what it signed.

Both verifiers are given what it makes. It shares no check with either of them.
"""

from dataclasses import dataclass, replace

from tender.cash.chain import FLAG_CERTIFICATE, FLAG_CHANGE, FLAG_NONCE, FLAG_SPLIT
from tender.cash.token import Root, Rule, issue_root, link_payload, output_id, unpack_root
from tender.crypto import envelope
from tender.crypto.certificates import DAY_S, issue_device_certificate
from tender.crypto.envelope import Typ
from tests.mint import ALTYN, EPOCH_DAY, EURASIAN, EXPIRY, NBK, Device, Mint, key_of

MINT = Mint()
TRUST = MINT.trust()
CANTEEN_BIN = "940140000385"
PEOPLE = [
    MINT.device("Aigul"),
    MINT.device("Dana", EURASIAN),
    MINT.device("small", profile=2),
    MINT.device("canteen", EURASIAN, category=5814, business=CANTEEN_BIN),
    MINT.device("shop", category=5411, business="000000000042"),
    MINT.device("stranger of no bank", 601),
    MINT.device("unknown profile", profile=77),
    MINT.device("short", epoch_day=EXPIRY // DAY_S),
]
AIGUL, DANA, SMALL, CANTEEN, SHOP, NO_BANK, NO_PROFILE, SHORT = range(len(PEOPLE))
BY_KEY = {one.key.public_key: one for one in PEOPLE}
MEALS = Rule("school meals", (5814,), (CANTEEN_BIN,))
BY_NUMBER_ALONE = Rule("meals at one place", (), (CANTEEN_BIN,))


def certified_by(bank: int, device: Device) -> Device:
    """The same device with a certificate that somebody else signed in the bank's name."""
    made = issue_device_certificate(
        key_of("nobody's bank"),
        issuer=bank,
        epoch_day=EPOCH_DAY,
        serial=1,
        profile=1,
        key=device.key.public_key,
    )
    return replace(device, certificate=made)


FALSE_AIGUL = certified_by(ALTYN, PEOPLE[AIGUL])


def blank(
    amount_tiyn: int, holder: int = AIGUL, *, rule: Rule | None = None, issuer: int = NBK, hops_max: int = 15
) -> bytes:
    """A fresh token, by the issuer's own key."""
    root = Root(issuer, bytes(16), amount_tiyn, PEOPLE[holder].key.public_key, hops_max, EXPIRY, rule)
    return issue_root(root, MINT.issuer)


@dataclass(frozen=True)
class Move:
    """One hop as the forger is told to make it; every lie is said here."""

    to: int
    split: int | None = None
    """The amount said to be paid; None passes the whole."""
    on_change: bool = False
    nonce: bytes = b""
    signed_by: int | None = None
    """Somebody other than the holder signs."""
    typ: Typ = Typ.LINK
    certificate: Device | None = None
    certificate_again: bool = False
    change_tiyn: int | None = None
    """The change that is signed, if not what is left."""
    flags: int = 0
    """Flags turned over at the end."""


def forged(packed: bytes, *moves: Move) -> bytes:
    """The token with these hops more."""
    root, _, at = unpack_root(packed, "token")
    holder, amount = root.holder, root.amount_tiyn
    parent = output_id(root.payload(), 0)
    known: set[bytes] = set()
    hops = b""
    for move in moves:
        next_key = PEOPLE[move.to].key.public_key
        paid = amount if move.split is None else move.split
        change = amount - paid if move.change_tiyn is None else move.change_tiyn
        payload = link_payload(parent, next_key, paid, max(change, 0), move.nonce)
        pen = PEOPLE[move.signed_by] if move.signed_by is not None else BY_KEY[holder]
        flags = (
            (FLAG_CHANGE if move.on_change else 0)
            | (FLAG_SPLIT if move.split is not None else 0)
            | (FLAG_NONCE if move.nonce else 0)
        )
        certificate = b""
        if holder not in known or move.certificate_again:
            flags |= FLAG_CERTIFICATE
            certificate = (move.certificate or BY_KEY[holder]).certificate.packed()
        known.add(holder)
        said = paid.to_bytes(5, "big") if move.split is not None else b""
        signature = envelope.sign(move.typ, payload, pen.key).signature
        hops += bytes((flags ^ move.flags,)) + certificate + next_key + said + move.nonce + signature
        parent = output_id(payload, 1 if move.on_change else 0)
        if move.on_change:
            amount -= paid
        else:
            holder, amount = next_key, paid
    return packed[:at] + bytes((len(moves),)) + packed[at + 1 :] + hops
