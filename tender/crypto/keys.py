"""Ed25519 (RFC 8032) with strict libsodium as the one verdict, on wallets and platform alike.

Other libraries accept signatures that libsodium refuses (small-order keys and points, non-canonical
encodings); a chain that half the town accepts is a chain somebody loses money on, so nothing else decides.
"""

from typing import Final

import nacl.bindings as sodium
from nacl.exceptions import BadSignatureError, CryptoError

from tender.errors import Code, LocalProtocolError, RemoteProtocolError

PUBLIC_KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
SEED_BYTES: Final = 32

verify_open = sodium.crypto_sign_open
"""``verify_open(signature + message, public_key)``: raises :class:`BadSignature`. The hot path of a chain."""

BadSignature = BadSignatureError


def verify(signature: bytes, message: bytes, public_key: bytes) -> bool:
    """Whether this signature of exactly 64 bytes was made over this message by this key."""
    if len(signature) != SIGNATURE_BYTES or len(public_key) != PUBLIC_KEY_BYTES:
        return False
    try:
        verify_open(signature + message, public_key)
    except (BadSignatureError, CryptoError, ValueError):
        return False
    return True


def check_public_key(public_key: bytes, field: str) -> bytes:
    """Refuse small-order, mixed-order and non-canonical keys; done once, when a certificate is issued.

    Raises :class:`RemoteProtocolError` ``key-unsafe`` at ``field``.
    """
    if len(public_key) != PUBLIC_KEY_BYTES or not sodium.crypto_core_ed25519_is_valid_point(public_key):
        raise RemoteProtocolError(Code.KEY_UNSAFE, field)
    return public_key


class SigningKey:
    """A private Ed25519 key that never shows itself.

    It takes its public key from inside and checks each signature before it leaves: a fault in the middle of
    signing (a hot laptop, a glitched chip) would otherwise publish the key.
    """

    __slots__ = ("_public", "_secret")

    def __init__(self, seed: bytes) -> None:
        """``seed``: 32 bytes of entropy, drawn by the caller."""
        if len(seed) != SEED_BYTES:
            raise LocalProtocolError(Code.FIELD_WRONG, "seed")
        self._public, self._secret = sodium.crypto_sign_seed_keypair(seed)

    @property
    def public_key(self) -> bytes:
        """The 32-byte public key."""
        return self._public

    @property
    def seed(self) -> bytes:
        """The 32-byte seed, for sealing into a store and nothing else."""
        return sodium.crypto_sign_ed25519_sk_to_seed(self._secret)

    def sign(self, message: bytes) -> bytes:
        """A 64-byte signature, verified before it is returned."""
        signature = sodium.crypto_sign(message, self._secret)[:SIGNATURE_BYTES]
        if not verify(signature, message, self._public):
            raise LocalProtocolError(Code.SIGNATURE_WRONG, "signature")
        return signature

    def __repr__(self) -> str:
        return f"SigningKey({self._public.hex()[:8]}…, secret hidden)"

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a signing key does not travel")
