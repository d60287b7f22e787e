"""A participant's keys: made inside, sealed at rest, never handed out (DT-P-08).

The sealing key comes from outside the store (a file only its owner may read; a hardware module in earnest).
"""

from platform_stub.store.base import Store
from platform_stub.store.desk_rows import DeskRows
from tender.crypto.keys import SEED_BYTES, SigningKey
from tender.crypto.sealing import NONCE_BYTES, SealingKey
from tender.errors import Code, StoreError
from tender.ports import Entropy

MESSAGES = "messages"
"""Signs orders and replies (EDS)."""
CERTIFICATES = "certificates"
"""A bank's key for device certificates."""
ISSUER = "issuer"
"""The National Bank's key for token roots."""
ROOT = "root"


class KeyVault:
    """Signing keys by label; the same label is the same key for ever."""

    def __init__(self, store: Store[DeskRows], sealing: SealingKey, entropy: Entropy) -> None:
        self._store = store
        self._sealing = sealing
        self._entropy = entropy
        self._open: dict[str, SigningKey] = {}

    def key(self, label: str) -> SigningKey:
        """The key of this label, made when it is asked for the first time."""
        found = self._open.get(label)
        if found is None:
            with self._store.writing() as rows:
                found = self.key_in(rows, label)
            self._open[label] = found
        return found

    def key_in(self, rows: DeskRows, label: str) -> SigningKey:
        """The same, inside a transaction that is already open."""
        name, place = f"key.{label}", label.encode()
        sealed = rows.setting(name)
        if sealed is None:
            key = SigningKey(self._entropy.draw(SEED_BYTES))
            rows.keep_setting(name, self._sealing.seal(key.seed, place, self._entropy.draw(NONCE_BYTES)))
            return key
        seed = self._sealing.open(sealed, place)
        if seed is None:
            raise StoreError(Code.STORE_TAMPERED, name)
        return SigningKey(seed)

    def public(self, label: str) -> bytes:
        """The public half."""
        return self.key(label).public_key
