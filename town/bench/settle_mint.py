"""Uploads to measure settlement with: a platform whose bank has clients, and chains that they claim.

Everything is signed by the platform's own keys and verifies like any client's money. Every holder of a chain
is another device with its own certificate, so a claim of N hops is 2 N + 3 signatures: the root, N links with
N certificates, the claim and the claimant's certificate. The money behind the roots is booked, so the
equation can be checked when everything has been settled.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from hardware.clock import SetClock
from hardware.entropy import SystemEntropy
from platform_stub.bank.store import Client
from platform_stub.compose import Platform, build_platform
from platform_stub.config import PROFILES, PlatformConfig
from platform_stub.ledger.books import entry
from platform_stub.nbk.national_bank import DT_LIABILITY, correspondent
from platform_stub.nbk.store import RootRow
from platform_stub.vault import CERTIFICATES, ISSUER
from tender.account.eds import Order, key_id, make_order
from tender.account.participants import DEVICE, NBK
from tender.account.token_messages import SETTLE, ClaimItem, Settle
from tender.cash.chain import pack_hop
from tender.cash.token import INDEX_PAYMENT, Claim, Link, Root, output_id, pack_root
from tender.crypto import envelope
from tender.crypto.certificates import DAY_S, DeviceCertificate, issue_device_certificate
from tender.crypto.envelope import Typ
from tender.crypto.keys import SigningKey

BANK: Final = 949
DAY: Final = 20_800
NOW: Final = DAY * DAY_S
AMOUNT_TIYN: Final = 10_000
CHAINS_AN_UPLOAD: Final = 20
CLIENTS: Final = 8
HOPS_MAX: Final = 15


def signatures(hops: int) -> int:
    """How many signatures a claim of so many hops takes."""
    return 2 * hops + 3


@dataclass
class Mint:
    """A platform, its clients' devices and accounts, and a line of holders who pass money on."""

    platform: Platform
    devices: list[SigningKey] = field(default_factory=list)
    accounts: list[bytes] = field(default_factory=list)
    holders: list[SigningKey] = field(default_factory=list)
    certificates: list[DeviceCertificate] = field(default_factory=list)
    minted: int = 0

    def __post_init__(self) -> None:
        bank = self.platform.banks[BANK].desk
        self._issuer = self.platform.nbk.desk.vault.key(ISSUER)
        authority = bank.vault.key(CERTIFICATES)
        self.devices = [_key(f"device {place}") for place in range(CLIENTS)]
        self.accounts = [_key(f"account {place}").public_key for place in range(CLIENTS)]
        with bank.store.writing() as rows:
            for place, (device, account) in enumerate(zip(self.devices, self.accounts, strict=True)):
                number = f"9001013000{place:02d}"
                client = rows.add_client(
                    Client(0, "person", number, f"+770000000{place:02d}", "B", "B", "", "B B", 0, True, False)
                )
                rows.add_account(account, client.number, 0, NOW)
                rows.add_device(client.number, device.public_key, key_id(device.public_key), "software", NOW)
        self.holders = [_key(f"holder {place}") for place in range(HOPS_MAX + 1)]
        self.certificates = [
            issue_device_certificate(
                authority,
                issuer=BANK,
                epoch_day=DAY + 120,
                serial=1_000_000 + 7919 * place,
                profile=PROFILES[0].number,
                key=holder.public_key,
            )
            for place, holder in enumerate(self.holders)
        ]

    def uploads(self, hops: int, chains: int) -> list[Settle]:
        """So many chains in uploads of twenty, each for one client's account, the next for the next one's."""
        made = [
            self._chain(hops, self.accounts[place // CHAINS_AN_UPLOAD % CLIENTS]) for place in range(chains)
        ]
        total_tiyn = AMOUNT_TIYN * chains
        self.minted += chains
        booked = entry(
            sha256(f"bench {self.minted}".encode()).digest(),
            "issue",
            ("funding", total_tiyn),
            (correspondent(BANK), -total_tiyn),
        )
        loaded = entry(
            sha256(f"loaded {self.minted}".encode()).digest(),
            "issue",
            (correspondent(BANK), total_tiyn),
            (DT_LIABILITY, -total_tiyn),
        )
        with self.platform.nbk.desk.store.writing() as rows:
            rows.book(booked, NOW)
            rows.book(loaded, NOW)
            for root, _ in made:
                rows.add_root(root, NOW)
        claims = [claim for _, claim in made]
        return [
            Settle((), tuple(claims[start : start + CHAINS_AN_UPLOAD]))
            for start in range(0, chains, CHAINS_AN_UPLOAD)
        ]

    def order(self, place: int, upload: Settle) -> bytes:
        """An upload as the signed order of the client whose turn it is; sent to the bank over HTTP."""
        device = self.devices[place % CLIENTS]
        message_id = sha256(f"{self.minted} {place} {upload.claims[0].token.hex()}".encode()).digest()[:16]
        body = SETTLE.encode(upload)
        return make_order(
            Order("settle", DEVICE, BANK, key_id(device.public_key), message_id, NOW, body), device
        )

    def signed_messages(self, upload: Settle) -> list[tuple[bytes, bytes]]:
        """(signature + message, key) of a few real verifications, to weigh V with."""
        authority = self.platform.banks[BANK].desk.vault.public(CERTIFICATES)
        made = [one.envelope() for one in self.certificates]
        return [
            (one.signature + envelope.to_be_signed(one.typ, one.payload), authority)
            for one in made * (1 + len(upload.claims) // len(made))
        ]

    def _chain(self, hops: int, account: bytes) -> tuple[RootRow, ClaimItem]:
        holders, expiry = self.holders, NOW + 30 * DAY_S
        identifier = self.platform.nbk.desk.entropy.draw(16)
        root = Root(NBK, identifier, AMOUNT_TIYN, holders[0].public_key, HOPS_MAX, expiry)
        payload = root.payload()
        signature = self._issuer.sign(envelope.to_be_signed(Typ.ROOT, payload))
        packed = pack_root(root, signature)
        parent = output_id(payload, INDEX_PAYMENT)
        row = RootRow(
            identifier, parent, sha256(identifier).digest(), 0, AMOUNT_TIYN, root.holder, BANK, expiry, packed
        )
        parts = [packed[:-1], bytes((hops,))]
        for place in range(hops):
            link = Link(parent, holders[place + 1].public_key, AMOUNT_TIYN, 0, b"")
            payload = link.payload()
            signed = holders[place].sign(envelope.to_be_signed(Typ.LINK, payload))
            parts.append(pack_hop(link, signed, self.certificates[place].packed(), change=False))
            parent = output_id(payload, INDEX_PAYMENT)
        claim = envelope.sign(Typ.CLAIM, Claim(parent, BANK, account).payload(), holders[hops])
        return row, ClaimItem(b"".join(parts), self.certificates[hops].packed(), claim.to_bytes())


@contextmanager
def mint_at_hand(verifiers: int = 0) -> Iterator[tuple[Mint, Path]]:
    """A platform in a folder that goes when the measurement ends; ``verifiers``: processes for signatures."""
    with TemporaryDirectory(prefix="tenge-bench-") as folder:
        platform = build_platform(
            Path(folder), PlatformConfig(verifiers=verifiers), SetClock(NOW), SystemEntropy()
        )
        try:
            yield Mint(platform), Path(folder)
        finally:
            platform.close()


def total_claims(uploads: Sequence[Settle]) -> int:
    """How many chains they bring."""
    return sum(len(upload.claims) for upload in uploads)


def _key(name: str) -> SigningKey:
    return SigningKey(sha256(f"bench {name}".encode()).digest())
