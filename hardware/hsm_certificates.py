"""The RSA keys of the card schemes' authorities and of issuers, and the key pairs of single cards.

A simulator has to be the authority too: one key for each scheme, under an index of its own, so that no real
terminal could take it for one of the scheme's. Keys are made by ``cryptography`` and lie sealed as primes.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa

from hardware.hsm_keys import KeyFolder
from tender.account.participants import number_text
from tender.card.bins import bin_of
from tender.card.certificates import CaKey, issuer_certificate
from tender.card.pan import Scheme
from tender.card.personalisation import RSA_KEY, IssuerSigner, RsaPrivateKey

RIDS: Final[Mapping[Scheme, bytes]] = MappingProxyType(
    {Scheme.VISA: bytes.fromhex("A000000003"), Scheme.MASTERCARD: bytes.fromhex("A000000004")}
)
"""Registered application provider identifiers (ISO/IEC 7816-5): how a scheme's applications begin."""
CA_INDEX: Final = 0xD7
"""Which key of the authority: outside what the schemes use."""
CA_BITS: Final = 1408
ISSUER_BITS: Final = 1280
CARD_BITS: Final = 1024
_EXPONENT: Final = 3
_ENDS_MONTH: Final = 203912
_SERIAL: Final = b"\x00\x00\x01"

KeyMaker = Callable[[int], RsaPrivateKey]


def fresh_key(bits: int) -> RsaPrivateKey:
    """A key pair of so many bits with the public exponent 3."""
    made = rsa.generate_private_key(public_exponent=_EXPONENT, key_size=bits).private_numbers()
    first, second = (number.to_bytes(bits // 16, "big") for number in sorted((made.p, made.q), reverse=True))
    return RsaPrivateKey(first, second, bytes((_EXPONENT,)))


class Certificates:
    """Authorities, issuers and cards in one chain. ``make``: how a key pair comes to be; a test's own makes
    the same cards every time."""

    def __init__(self, keys: KeyFolder, make: KeyMaker = fresh_key) -> None:
        self._keys = keys
        self._make = make

    def __repr__(self) -> str:
        return "Certificates(…)"

    def authorities(self) -> tuple[CaKey, ...]:
        """The public keys every terminal needs."""
        return tuple(
            CaKey.made(rid, CA_INDEX, self._authority(scheme).public) for scheme, rid in RIDS.items()
        )

    def issuer(self, bank: int, scheme: Scheme) -> IssuerSigner:
        """A bank that certifies its cards, certified by its scheme."""
        key, authority = self._kept(f"issuer/{number_text(bank)}/rsa", ISSUER_BITS), self._authority(scheme)
        certificate = issuer_certificate(
            authority.apply, authority.public, bin_of(bank), _ENDS_MONTH, _SERIAL, key.public
        )
        return IssuerSigner(CA_INDEX, certificate, key.public, key.apply)

    def card_key(self) -> RsaPrivateKey:
        """A key pair for one card; kept nowhere but on it."""
        return self._make(CARD_BITS)

    def _authority(self, scheme: Scheme) -> RsaPrivateKey:
        return self._kept(f"scheme/{scheme.value}/ca", CA_BITS)

    def _kept(self, label: str, bits: int) -> RsaPrivateKey:
        octets = self._keys.kept(label) or self._keys.keep(label, RSA_KEY.encode(self._make(bits)))
        return RSA_KEY.decode(octets, label)
