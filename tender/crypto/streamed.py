"""Ed25519 over a message that comes in pieces and is never held whole: what a chip with 3 kB of RAM needs.

The group arithmetic is libsodium's. A verifier here says yes only where :func:`tender.crypto.keys.verify`
does (tested with the vectors of both); it says no to one thing more, a key of mixed order, which no bank
certifies. The hash begins with signature and key, so they travel before the message.
"""

from hashlib import sha512
from typing import Final

import nacl.bindings as sodium
from nacl.exceptions import CryptoError

from tender.crypto.keys import PUBLIC_KEY_BYTES, SIGNATURE_BYTES, SigningKey
from tender.errors import Code, LocalProtocolError

_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
"""L of RFC 8032: a signature's second half is below it, or the same signature could be written twice."""
_IDENTITY: Final = b"\x01" + bytes(31)


class StreamVerifier:
    """Checks one signature while the message passes by."""

    def __init__(self, signature: bytes, key: bytes) -> None:
        if len(signature) != SIGNATURE_BYTES or len(key) != PUBLIC_KEY_BYTES:
            raise LocalProtocolError(Code.FIELD_WRONG, "signature")
        self._signature = signature
        self._key = key
        self._hash = sha512(signature[:32] + key)

    def update(self, data: bytes) -> None:
        """The next piece of the message."""
        self._hash.update(data)

    def is_good(self) -> bool:
        """Whether it was this message, all of it, that this key signed."""
        point, scalar = self._signature[:32], self._signature[32:]
        if int.from_bytes(scalar, "little") >= _ORDER or point == _IDENTITY:
            return False
        return _commitment(scalar, self._hash.digest(), self._key) == point


class StreamSigner:
    """Signs one message while it passes by, in one pass.

    RFC 8032 hashes the message twice, first for the nonce. Where it cannot be kept, the nonce comes from the
    key, fresh entropy *and* a count that never repeats, so that a generator that repeats itself gives nothing
    away. Verifiers see no difference; the same message signed again has another signature.
    """

    def __init__(self, key: SigningKey, entropy: bytes, count: int) -> None:
        """``entropy``: 32 fresh bytes; ``count``: never used before with this key."""
        hashed = bytearray(sha512(key.seed).digest())
        hashed[0] &= 248
        hashed[31] = hashed[31] & 127 | 64
        self._secret = sodium.crypto_core_ed25519_scalar_reduce(bytes(hashed[:32]) + bytes(32))
        drawn = b"dt-stream-nonce" + bytes(hashed[32:]) + entropy + count.to_bytes(8, "big")
        self._nonce = sodium.crypto_core_ed25519_scalar_reduce(sha512(drawn).digest())
        self._point = sodium.crypto_scalarmult_ed25519_base_noclamp(self._nonce)
        self._key = key.public_key
        self._hash = sha512(self._point + self._key)

    def update(self, data: bytes) -> None:
        """The next piece of the message."""
        self._hash.update(data)

    def signature(self) -> bytes:
        """64 bytes; the equation is checked before it leaves (a fault would give the key away)."""
        digest = self._hash.digest()
        hashed = sodium.crypto_core_ed25519_scalar_reduce(digest)
        product = sodium.crypto_core_ed25519_scalar_mul(hashed, self._secret)
        scalar = sodium.crypto_core_ed25519_scalar_add(self._nonce, product)
        if _commitment(scalar, digest, self._key) != self._point:
            raise LocalProtocolError(Code.SIGNATURE_WRONG, "signature")
        return self._point + scalar

    def __repr__(self) -> str:
        return "StreamSigner(secret hidden)"


def _commitment(scalar: bytes, digest: bytes, key: bytes) -> bytes | None:
    """S·B − h·A, which a good signature's first half is; None where there is no such point."""
    try:
        if not sodium.crypto_core_ed25519_is_valid_point(key):
            return None
        hashed = sodium.crypto_core_ed25519_scalar_reduce(digest)
        return sodium.crypto_core_ed25519_sub(
            sodium.crypto_scalarmult_ed25519_base_noclamp(scalar),
            sodium.crypto_scalarmult_ed25519_noclamp(hashed, key),
        )
    except (CryptoError, ValueError):
        return None
