"""A chain to measure: one load passed on fifteen times, every holder another device with its own certificate.

Everything comes from fixed seeds, so each run measures the very same bytes.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from tender.cash.chain import Holding, append_hop, hop_bytes, spend_link, verify_chain
from tender.cash.token import HOPS_MAX_DEFAULT, Root, issue_root
from tender.crypto import envelope
from tender.crypto.certificates import (
    DAY_S,
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
from tender.crypto.envelope import Typ, to_be_signed
from tender.crypto.keys import SigningKey

NBK: Final = 125
BANK: Final = 949
DAY: Final = 20_800
NOW: Final = DAY * DAY_S
AMOUNT_TIYN: Final = 1_000_000
PROFILE: Final = Profile(1, TIER_SOFTWARE, 5_000_000, 30_000_000, 10_000_000, 500_000, 100_000, 14)


def _signer(name: str) -> SigningKey:
    return SigningKey(sha256(b"bench " + name.encode()).digest())


@dataclass(frozen=True, slots=True)
class Chain:
    """A token at full length, and what a device needs to judge it."""

    trust: Trust
    steps: tuple[bytes, ...]
    """The packed token after 0, 1, … 15 hops."""

    @property
    def packed(self) -> bytes:
        """The token at its full length."""
        return self.steps[-1]

    @property
    def holding(self) -> Holding:
        """The verified token."""
        return verify_chain(self.packed, self.trust)

    def signed_messages(self) -> list[tuple[bytes, bytes]]:
        """(signature + message, key) of every verification the chain needs: root, links, certificates."""
        holding, trust = self.holding, self.trust
        root = holding.root_envelope()
        pairs = [(root.signature + to_be_signed(root.typ, root.payload), trust.issuer_key(NBK, "root"))]
        bank_key = trust.bank(BANK, "bank").key
        for spend in holding.spends:
            certificate, link = spend.device_certificate().envelope(), spend.envelope()
            pairs.append(
                (certificate.signature + to_be_signed(certificate.typ, certificate.payload), bank_key)
            )
            pairs.append((link.signature + to_be_signed(Typ.LINK, link.payload), spend.signer))
        return pairs


def _trust() -> Trust:
    root, bank, issuer = _signer("root"), _signer("bank"), _signer("issuer")
    expiry = (DAY + 3650) * DAY_S
    authorities = tuple(
        issue_authority_certificate(
            root,
            kind=kind,
            number=number,
            name=name,
            expiry=expiry,
            serial=bytes(7) + bytes((kind,)),
            key=key,
        ).to_bytes()
        for kind, number, name, key in (
            (Kind.ISSUER, NBK, "National Bank", issuer.public_key),
            (Kind.BANK, BANK, "Altyn Bank", bank.public_key),
        )
    )
    raw = sign_directory(DirectoryBody(1, 1, NOW, authorities, (PROFILE,), ()), root)
    return Trust(root.public_key, open_directory(raw, root.public_key))


def make_chain(hops: int = HOPS_MAX_DEFAULT) -> Chain:
    """Issue a root and pass it on whole ``hops`` times, from device to device."""
    trust = _trust()
    devices = [_signer(f"device {place}") for place in range(hops + 1)]
    certificates = [
        issue_device_certificate(
            _signer("bank"),
            issuer=BANK,
            epoch_day=DAY + 120,
            serial=1_000_000 + 7919 * place,
            profile=PROFILE.number,
            key=device.public_key,
        )
        for place, device in enumerate(devices)
    ]
    root = Root(NBK, bytes(16), AMOUNT_TIYN, devices[0].public_key, HOPS_MAX_DEFAULT, NOW + 30 * DAY_S)
    steps = [issue_root(root, _signer("issuer"))]
    for place in range(hops):
        holding = verify_chain(steps[-1], trust)
        link = spend_link(holding, devices[place + 1].public_key, AMOUNT_TIYN)
        signature = envelope.sign(Typ.LINK, link.payload(), devices[place]).signature
        hop = hop_bytes(holding, link, signature, certificates[place], change=False)
        steps.append(append_hop(steps[-1], hop))
    return Chain(trust, tuple(steps))


def repeated_holder_hop() -> int:
    """Bytes of a hop whose signer's certificate already stands in the history: it had the money before."""
    chain = make_chain(2)
    first, second = _signer("device 0"), _signer("device 1")
    back = chain.steps[1]
    holding = verify_chain(back, chain.trust)
    link = spend_link(holding, first.public_key, AMOUNT_TIYN)
    signature = envelope.sign(Typ.LINK, link.payload(), second).signature
    whole = verify_chain(chain.steps[2], chain.trust)
    certificate = whole.spends[1].device_certificate()
    returned = append_hop(back, hop_bytes(holding, link, signature, certificate, change=False))
    holding = verify_chain(returned, chain.trust)
    link = spend_link(holding, second.public_key, AMOUNT_TIYN)
    signature = envelope.sign(Typ.LINK, link.payload(), first).signature
    again = append_hop(returned, hop_bytes(holding, link, signature, certificate, change=False))
    verify_chain(again, chain.trust)
    return len(again) - len(returned)
