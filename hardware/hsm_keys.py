"""A folder of sealed keys: what a hardware security module keeps inside.

One local master key (``master.key``, readable by its owner alone) seals every other key; each lies in a file
of its own, named by a digest of its label and bound to it. Two programs may open the folder at once: a key
is made once, whoever comes second reads the first one's.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from tender.crypto.sealing import KEY_BYTES, NONCE_BYTES, SealingKey
from tender.errors import Code, StoreError
from tender.ports import Entropy

DES_KEY_BYTES: Final = 16
_MASTER: Final = "master.key"
_SUFFIX: Final = ".key"


def odd_parity(key: bytes) -> bytes:
    """The same key with the lowest bit of each byte set so that its bits are odd in number, as DES wants."""
    return bytes(octet if octet.bit_count() % 2 else octet ^ 1 for octet in key)


class KeyFolder:
    """Keys by label. Raises :class:`~tender.errors.StoreError`: ``store-tampered`` for a file that does not
    open under the master key, ``store-read-only``."""

    def __init__(self, folder: Path, entropy: Entropy) -> None:
        self._folder = folder
        self._entropy = entropy
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StoreError(Code.STORE_READ_ONLY, "keys", file=folder.name) from error
        master = self._once(folder / _MASTER, lambda: entropy.draw(KEY_BYTES))
        if len(master) != KEY_BYTES:
            raise StoreError(Code.STORE_TAMPERED, "keys.master")
        self._master = SealingKey(master)
        self._open: dict[str, bytes] = {}

    def __repr__(self) -> str:
        return "KeyFolder(…)"

    def drawn(self, count: int) -> bytes:
        """So many bytes that nobody can foresee."""
        return self._entropy.draw(count)

    def des_key(self, label: str) -> bytes:
        """A double-length DES key, drawn when it is asked for the first time."""
        found = self._open.get(label) or self.kept(label)
        return found or self.keep(label, odd_parity(self._entropy.draw(DES_KEY_BYTES)))

    def sealing_key(self, label: str) -> SealingKey:
        """A key for sealing what lies outside of this folder, drawn when it is asked for the first time."""
        found = self.kept(label) or self.keep(label, self._entropy.draw(KEY_BYTES))
        return SealingKey(found)

    def derived_key(self, label: str, of: str) -> bytes:
        """A double-length DES key that follows from the key ``label`` and the text ``of``: one for each
        terminal, and none of them kept."""
        return odd_parity(SealingKey(self.des_key(label) * 2).digest(of.encode(), DES_KEY_BYTES))

    def kept(self, label: str) -> bytes | None:
        """What lies under this label, or None."""
        found = self._open.get(label)
        if found is None:
            with suppress(FileNotFoundError):
                found = self._unseal(label, self._path(label).read_bytes())
                self._open[label] = found
        return found

    def keep(self, label: str, key: bytes) -> bytes:
        """Keep a key that came from outside or was made; returns what lies there: the first that was kept."""

        def sealed() -> bytes:
            return self._master.seal(key, label.encode(), self._entropy.draw(NONCE_BYTES))

        self._open[label] = self._unseal(label, self._once(self._path(label), sealed))
        return self._open[label]

    def _path(self, label: str) -> Path:
        return self._folder / (self._master.digest(label.encode(), 16).hex() + _SUFFIX)

    def _unseal(self, label: str, sealed: bytes) -> bytes:
        key = self._master.open(sealed, label.encode())
        if key is None:
            raise StoreError(Code.STORE_TAMPERED, f"keys.{label}")
        return key

    def _once(self, path: Path, made: Callable[[], bytes]) -> bytes:
        """What lies at this path; written first when nothing does, whole or not at all."""
        with suppress(FileNotFoundError):
            return path.read_bytes()
        beside = path.with_name(f"{path.name}.{self._entropy.draw(8).hex()}")
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                os.write(descriptor, made())
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            with suppress(FileExistsError):
                os.link(beside, path)
            beside.unlink()
            return path.read_bytes()
        except OSError as error:
            raise StoreError(Code.STORE_READ_ONLY, "keys", file=path.name) from error
