"""A small mint for tests: root, issuer, banks and devices with keys made from readable seeds."""

from dataclasses import dataclass, field
from hashlib import sha256

from tender.cash.chain import Holding, append_hop, hop_bytes, spend_link, verify_chain
from tender.cash.token import HOPS_MAX_DEFAULT, Root, Rule, issue_root
from tender.crypto import envelope
from tender.crypto.certificates import (
    DeviceCertificate,
    Kind,
    issue_authority_certificate,
    issue_device_certificate,
)
from tender.crypto.directory import (
    TIER_SOFTWARE,
    DirectoryBody,
    Profile,
    Trust,
    open_directory,
    sign_directory,
)
from tender.crypto.envelope import Typ
from tender.crypto.keys import SigningKey

NOW = 1_800_000_000
"""15 January 2027, 08:00 UTC: far from every expiry below."""
EPOCH_DAY = 21_500
EXPIRY = 1_810_000_000
ALTYN, EURASIAN, KAZPOST, NBK = 949, 948, 563, 125
PROFILE_PERSON = Profile(1, TIER_SOFTWARE, 50_000_000, 100_000_000, 200_000_000, 0, 500_000, 7)
PROFILE_SMALL = Profile(2, TIER_SOFTWARE, 100_000, 200_000, 200_000, 0, 50_000, 7)


def key_of(name: str) -> SigningKey:
    """The same name gives the same key, so that a failing test replays."""
    return SigningKey(sha256(b"test key " + name.encode()).digest())


@dataclass
class Device:
    """A key with its certificate."""

    name: str
    key: SigningKey
    certificate: DeviceCertificate


@dataclass
class Mint:
    """One root, one issuer, three banks, and devices on demand."""

    root: SigningKey = field(default_factory=lambda: key_of("root"))
    issuer: SigningKey = field(default_factory=lambda: key_of("issuer"))
    serial: int = 0

    def trust(self) -> Trust:
        """What every honest device knows."""
        expiry = (EPOCH_DAY + 1000) * 86_400
        rows = [(Kind.ISSUER, NBK, "National Bank", self.issuer)]
        rows += [(Kind.BANK, number, name, self.bank(number)) for number, name in BANKS.items()]
        authorities = tuple(
            issue_authority_certificate(
                self.root,
                kind=kind,
                number=number,
                name=name,
                expiry=expiry,
                serial=number.to_bytes(8, "big"),
                key=key.public_key,
            ).to_bytes()
            for kind, number, name, key in rows
        )
        body = DirectoryBody(1, 1, NOW - 3600, authorities, (PROFILE_PERSON, PROFILE_SMALL), ())
        raw = sign_directory(body, self.root)
        return Trust(self.root.public_key, open_directory(raw, self.root.public_key))

    def bank(self, number: int) -> SigningKey:
        """The key a bank certifies devices with."""
        return key_of(f"bank {number}")

    def device(
        self,
        name: str,
        bank: int = ALTYN,
        *,
        category: int = 0,
        business: str | None = None,
        profile: int = 1,
        epoch_day: int = EPOCH_DAY,
    ) -> Device:
        """A certified one-time key."""
        self.serial += 1
        key = key_of(name)
        certificate = issue_device_certificate(
            self.bank(bank),
            issuer=bank,
            epoch_day=epoch_day,
            serial=self.serial,
            profile=profile,
            key=key.public_key,
            category=category,
            business_number=business,
        )
        return Device(name, key, certificate)

    def load(
        self,
        holder: Device,
        amount_tiyn: int,
        *,
        rule: Rule | None = None,
        hops_max: int = HOPS_MAX_DEFAULT,
        expiry: int = EXPIRY,
        seed: str = "",
    ) -> bytes:
        """A fresh token for this device."""
        identifier = sha256(f"root {holder.name} {amount_tiyn} {seed}".encode()).digest()[:16]
        root = Root(NBK, identifier, amount_tiyn, holder.key.public_key, hops_max, expiry, rule)
        return issue_root(root, self.issuer)


BANKS = {ALTYN: "Altyn Bank", EURASIAN: "Eurasian Bank", KAZPOST: "Kazpost"}


def pay(
    holding: Holding, payer: Device, payee_key: bytes, amount_tiyn: int | None = None, nonce: bytes = b""
) -> tuple[bytes, bytes | None]:
    """Sign a link; returns the payee's packed token and the payer's change (or None)."""
    link = spend_link(holding, payee_key, amount_tiyn or holding.amount_tiyn, nonce)
    signature = envelope.sign(Typ.LINK, link.payload(), payer.key).signature
    paid = append_hop(holding.packed, hop_bytes(holding, link, signature, payer.certificate, change=False))
    if not link.change_tiyn:
        return paid, None
    kept = append_hop(holding.packed, hop_bytes(holding, link, signature, payer.certificate, change=True))
    return paid, kept


def chain_of(mint: Mint, hops: int, amount_tiyn: int = 1_000_000, nonce: bytes = b"") -> tuple[bytes, Trust]:
    """A token that was passed whole through ``hops`` different devices."""
    trust = mint.trust()
    devices = [mint.device(f"W{place}", (ALTYN, EURASIAN)[place % 2]) for place in range(hops + 1)]
    packed = mint.load(devices[0], amount_tiyn)
    for place in range(hops):
        holding = verify_chain(packed, trust)
        packed, _ = pay(holding, devices[place], devices[place + 1].key.public_key, nonce=nonce)
    return packed, trust
