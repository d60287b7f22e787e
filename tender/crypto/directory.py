"""The root-signed directory, and what a device trusts because of it.

One root key is all a device is born with. The directory, numbered and dated, gives it the certificates of
the issuer and the banks and the limit profiles; profiles never change (new limits, new number). Its date,
like the revocation list's, is a *time floor*: a device's now is never earlier than the greatest date the root
signed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final, Protocol

from tender.crypto import envelope
from tender.crypto.certificates import AuthorityCertificate, Kind, open_authority_certificate
from tender.crypto.envelope import Typ
from tender.crypto.keys import SigningKey
from tender.crypto.time_floor import NO_CORRECTION, Correction
from tender.errors import Code, RemoteProtocolError
from tender.money import AMOUNT_MAX_TIYN
from tender.schema import Bytes, Choice, Many, Record, Uint

TIER_SOFTWARE: Final = "software"
TIER_SECURE_ELEMENT: Final = "secure-element"
TIERS: Final = (TIER_SOFTWARE, TIER_SECURE_ELEMENT)


@dataclass(frozen=True, slots=True)
class Profile:
    """The limits of a device, in tiyn, by number. A payee checks what it can see of them (docs/protocol)."""

    number: int
    tier: str
    per_payment_tiyn: int
    holding_tiyn: int
    since_sync_tiyn: int
    without_pin_tiyn: int
    old_list_tiyn: int
    """What may still pass in one payment when the revocation list is old, or names an earlier holder."""
    list_days: int
    """Age in days from which a revocation list counts as old."""


_AMOUNT: Final = Uint(AMOUNT_MAX_TIYN)
PROFILE: Final = Record(
    Profile,
    ("number", Uint(0xFFFF)),
    ("tier", Choice(TIERS)),
    ("per_payment_tiyn", _AMOUNT),
    ("holding_tiyn", _AMOUNT),
    ("since_sync_tiyn", _AMOUNT),
    ("without_pin_tiyn", _AMOUNT),
    ("old_list_tiyn", _AMOUNT),
    ("list_days", Uint(3650)),
)


@dataclass(frozen=True, slots=True)
class DirectoryBody:
    """The signed content: authority certificates as COSE bytes, profiles, banks withdrawn from the scheme."""

    version: int
    number: int
    date: int
    authorities: tuple[bytes, ...]
    profiles: tuple[Profile, ...]
    withdrawn: tuple[int, ...]


DIRECTORY: Final = Record(
    DirectoryBody,
    ("version", Uint(1, 1)),
    ("number", Uint(2**32 - 1)),
    ("date", Uint(2**32 - 1)),
    ("authorities", Many(Bytes(most=512), most=2000)),
    ("profiles", Many(PROFILE, most=1000)),
    ("withdrawn", Many(Uint(999), most=1000)),
)


@dataclass(frozen=True, slots=True)
class Directory:
    """A verified directory. Look-ups raise the code a payee should see when the entry is missing."""

    body: DirectoryBody
    raw: bytes
    keys: Mapping[tuple[Kind, int], AuthorityCertificate]
    profiles: Mapping[int, Profile]

    @property
    def number(self) -> int:
        """The running number; a device never goes back to a lower one."""
        return self.body.number

    @property
    def date(self) -> int:
        """When the root signed it, seconds since 1970 (UTC)."""
        return self.body.date


def sign_directory(body: DirectoryBody, root_signer: SigningKey) -> bytes:
    """The directory as a COSE_Sign1."""
    return envelope.sign(Typ.DIRECTORY, DIRECTORY.encode(body), root_signer).to_bytes()


@lru_cache(maxsize=8)
def open_directory(raw: bytes, root_key: bytes, path: str = "directory") -> Directory:
    """Read and verify a directory and each certificate in it; raises ``directory-wrong``, ``field-wrong``.

    The same bytes under the same key are the same directory, so the last few are remembered: a device meets
    the one it has again and again, and each time would cost a verification for every bank.
    """
    opened = envelope.open_envelope(raw, Typ.DIRECTORY, path)
    opened.check(root_key, path, Code.DIRECTORY_WRONG)
    body = DIRECTORY.decode(opened.payload, path)
    keys: dict[tuple[Kind, int], AuthorityCertificate] = {}
    for place, data in enumerate(body.authorities):
        certificate = open_authority_certificate(data, root_key, f"{path}.authorities[{place}]")
        keys[certificate.kind, certificate.number] = certificate
    return Directory(body, raw, keys, {profile.number: profile for profile in body.profiles})


class Revocations(Protocol):
    """What a device knows of revoked serials (``tender.cash.revocation``)."""

    @property
    def number(self) -> int:
        """Running number of the list."""

    @property
    def date(self) -> int:
        """When the root signed it, seconds since 1970 (UTC)."""

    def names(self, bank: int, epoch_day: int, serial: int) -> bool:
        """Whether this pseudonym serial is revoked."""


@dataclass(frozen=True, slots=True)
class NoRevocations:
    """A device that has never seen a list: number 0, infinitely old."""

    number: int = 0
    date: int = 0

    def names(self, bank: int, epoch_day: int, serial: int) -> bool:
        """Nothing is named."""
        return False


@dataclass(frozen=True, slots=True)
class Trust:
    """Everything a device needs to judge a token with no network: the root key and what the root signed."""

    root_key: bytes
    directory: Directory
    revocations: Revocations = field(default_factory=NoRevocations)
    floor: int = 0
    """The greatest *now* the NBK or the Certification Center signed that this device has seen (seconds)."""
    correction: Correction = NO_CORRECTION

    @property
    def list_date(self) -> int:
        """When the revocation list was signed, as far as that date still counts (seconds)."""
        return self.correction.list_date(self.revocations.number, self.revocations.date)

    @property
    def time_floor(self) -> int:
        """Earlier than this it is not: the greatest date the root signed, except what it took back."""
        dated = self.correction.directory_date(self.directory.number, self.directory.date)
        return max(self.floor, dated, self.list_date)

    def now(self, clock: int) -> int:
        """The device's time: its clock, but never before the floor (turned-back clocks revive nothing)."""
        return max(clock, self.time_floor)

    def issuer_key(self, number: int, path: str) -> bytes:
        """The key that signs roots under this number, or ``issuer-unknown``."""
        found = self.directory.keys.get((Kind.ISSUER, number))
        if found is None:
            raise RemoteProtocolError(Code.ISSUER_UNKNOWN, path, issuer=number)
        return found.key

    def bank(self, number: int, path: str) -> AuthorityCertificate:
        """The certificate under which this bank certifies devices, or ``certificate-missing``."""
        found = self.directory.keys.get((Kind.BANK, number))
        if found is None:
            raise RemoteProtocolError(Code.CERTIFICATE_MISSING, path, bank=number)
        return found

    def messages_key(self, number: int, path: str) -> bytes:
        """The key of a participant's orders and replies, or ``sender-unknown``."""
        found = self.directory.keys.get((Kind.MESSAGES, number))
        if found is None:
            raise RemoteProtocolError(Code.SENDER_UNKNOWN, path, participant=number)
        return found.key

    def profile(self, number: int, path: str) -> Profile:
        """The limits of that number, or ``profile-unknown``: the directory may be older than the profile."""
        found = self.directory.profiles.get(number)
        if found is None:
            raise RemoteProtocolError(Code.PROFILE_UNKNOWN, path, profile=number)
        return found

    def with_directory(self, raw: bytes) -> "Trust":
        """Trust after a newer directory; an older one changes nothing."""
        offered = open_directory(raw, self.root_key)
        if offered.number <= self.directory.number:
            return self
        return replace(self, directory=offered, floor=self.time_floor)

    def with_revocations(self, offered: Revocations) -> "Trust":
        """Trust after a newer (already verified) revocation list; an older one changes nothing."""
        if offered.number <= self.revocations.number:
            return self
        return replace(self, revocations=offered, floor=self.time_floor)

    def with_correction(self, offered: Correction) -> "Trust":
        """Trust after a newer (already verified) correction: the floor is what it says, or what lists it does
        not cover say; an older one changes nothing."""
        if offered.number <= self.correction.number:
            return self
        return replace(self, correction=offered, floor=offered.floor)
