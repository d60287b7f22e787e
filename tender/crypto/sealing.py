"""Sealing at rest: Argon2id from a PIN to a key (RFC 9106), XChaCha20-Poly1305 for what lies on the disk.

Everything here is a function of its arguments: salts and nonces are entropy that the caller drew. A sealed
blob is ``nonce 24 | ciphertext | tag 16`` and opens only under the same key and the same *place* (associated
data), so that a row cannot be moved to where another belongs.
"""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import nacl.bindings as sodium
from nacl.exceptions import CryptoError

from tender.errors import Code, DeviceError, LocalProtocolError

KEY_BYTES: Final = 32
NONCE_BYTES: Final = sodium.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
TAG_BYTES: Final = 16
SALT_BYTES: Final = sodium.crypto_pwhash_SALTBYTES


@dataclass(frozen=True, slots=True)
class PinCost:
    """What one guess of a PIN costs: Argon2id passes over so many bytes of memory (one lane)."""

    passes: int
    memory_bytes: int


PIN_COST: Final = PinCost(passes=3, memory_bytes=64 << 20)
"""RFC 9106, section 4, second choice (t=3, 64 MiB); libsodium runs one lane. About a tenth of a second."""

PIN_COST_CHEAP: Final = PinCost(passes=1, memory_bytes=8 << 10)
"""For simulated towns and tests only, where a hundred wallets open in a minute. Never a default."""


class SealingKey:
    """A symmetric key that never shows itself."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        """``key``: 32 bytes."""
        if len(key) != KEY_BYTES:
            raise LocalProtocolError(Code.FIELD_WRONG, "sealing key")
        self._key = key

    def derive(self, label: str) -> "SealingKey":
        """Another key for another purpose; from it nobody comes back to this one."""
        return SealingKey(blake2b(label.encode(), key=self._key, digest_size=KEY_BYTES).digest())

    def digest(self, data: bytes, size: int = 32) -> bytes:
        """A keyed BLAKE2b digest (RFC 7693) of ``size`` bytes."""
        return blake2b(data, key=self._key, digest_size=size).digest()

    def seal(self, plaintext: bytes, place: bytes, nonce: bytes) -> bytes:
        """Encrypt; ``nonce`` is 24 fresh random bytes, ``place`` is authenticated and not stored."""
        if len(nonce) != NONCE_BYTES:
            raise LocalProtocolError(Code.FIELD_WRONG, "nonce")
        sealed = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, place, nonce, self._key)
        return nonce + sealed

    def open(self, sealed: bytes, place: bytes) -> bytes | None:
        """Decrypt; None when the key, the place or a single bit is another."""
        if len(sealed) < NONCE_BYTES + TAG_BYTES:
            return None
        try:
            return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
                sealed[NONCE_BYTES:], place, sealed[:NONCE_BYTES], self._key
            )
        except CryptoError:
            return None

    def wrap(self, other: "SealingKey", place: bytes, nonce: bytes) -> bytes:
        """Seal another key under this one."""
        return self.seal(other._key, place, nonce)

    def unwrap(self, wrapped: bytes, place: bytes) -> "SealingKey | None":
        """The key that :meth:`wrap` sealed, or None."""
        opened = self.open(wrapped, place)
        return None if opened is None else SealingKey(opened)

    def __repr__(self) -> str:
        return "SealingKey(secret hidden)"

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a sealing key does not travel")


class Pin:
    """A PIN as typed, masked wherever it is printed."""

    __slots__ = ("_text",)

    LEAST_DIGITS: Final = 4

    def __init__(self, text: str) -> None:
        self._text = text

    @property
    def too_short(self) -> bool:
        """Whether it has fewer than four characters."""
        return len(self._text) < self.LEAST_DIGITS

    def same_as(self, other: "Pin") -> bool:
        """Whether two PINs just typed are one."""
        return self._text == other._text

    def key(self, salt: bytes, cost: PinCost) -> SealingKey:
        """The key Argon2id makes of the PIN."""
        if len(salt) != SALT_BYTES:
            raise LocalProtocolError(Code.FIELD_WRONG, "salt")
        return SealingKey(
            sodium.crypto_pwhash_alg(
                KEY_BYTES,
                self._text.encode("utf-8", "surrogatepass"),  # an environment may hold any bytes
                salt,
                cost.passes,
                cost.memory_bytes,
                sodium.crypto_pwhash_ALG_ARGON2ID13,
            )
        )

    def block(self) -> bytes:
        """The 8-byte block in which a card takes a PIN (ISO 9564-1, format 2): 4 to 12 digits.

        Raises :class:`~tender.errors.DeviceError` ``pin-too-short`` for anything else.
        """
        if not (4 <= len(self._text) <= 12 and self._text.isascii() and self._text.isdigit()):
            raise DeviceError(Code.PIN_TOO_SHORT, "pin", least=self.LEAST_DIGITS)
        return bytes.fromhex(f"2{len(self._text):x}{self._text:f<14}")

    def __repr__(self) -> str:
        return "Pin(hidden)"

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a PIN does not travel")
