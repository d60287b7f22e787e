"""A card that lies in a file: its memory sealed, its chip's key in another place.

The image at ``PATH`` is worth nothing without the chip's file, which lies with the secure elements
(``TENGE_ELEMENTS/chips``) and stands for what a real chip keeps to itself::

    PATH          kind 4 | chip 16 | generation u64 | XChaCha20-Poly1305 of the memory
    chips/CHIP    key 32 | generation u64

The kind is ``dtC1`` for a purse, ``dtC2`` for a payment card, ``dtC3`` for one that is both.

The image is written anew, durably, before each answer of a command that changed it. An older image put back
is refused, because the chip's file knows the generation. What no file can prevent: whoever copies both files
has two cards that both believe they are the first; that is caught at settlement, as with any clone.
"""

import fcntl
import os
from pathlib import Path
from typing import Final

from hardware.cards.chip import Work
from hardware.cards.image_kinds import PURSE, CardInMemory, card_of, image_bytes, stripe_of
from hardware.cards.purse_card import blank_image
from tender.crypto.sealing import KEY_BYTES, NONCE_BYTES, SealingKey
from tender.errors import Code, DeviceError, StoreError
from tender.ports import Entropy

_KIND_BYTES: Final = 4
_CHIP_BYTES: Final = 16
_GENERATION_BYTES: Final = 8
_HEAD_BYTES: Final = _KIND_BYTES + _CHIP_BYTES + _GENERATION_BYTES


class CardFile:
    """A :class:`tender.ports.Card` in a file, held by one program at a time. Made by :meth:`create`, or
    :meth:`open`."""

    def __init__(
        self, path: Path, chip: "_ChipFile", kind: bytes, image: bytearray, entropy: Entropy
    ) -> None:
        self._path = path
        self._chip = chip
        self._entropy = entropy
        self._kind = kind
        self._card: CardInMemory = card_of(kind, image, entropy)
        self._saved = self._card.work.eeprom_bytes

    @classmethod
    def create(
        cls,
        path: Path,
        chips: Path,
        entropy: Entropy,
        kind: bytes = PURSE,
        image: bytearray | None = None,
    ) -> "CardFile":
        """A card in a new file: a blank purse, or one of another ``kind`` with the memory it is given;
        ``store-exists``."""
        if path.exists():
            raise StoreError(Code.STORE_EXISTS, "card", file=path.name)
        name = entropy.draw(_CHIP_BYTES)
        chips.mkdir(parents=True, exist_ok=True, mode=0o700)
        chip = _ChipFile.create(chips, name, entropy.draw(KEY_BYTES))
        made = cls(path, chip, kind, blank_image() if image is None else image, entropy)
        made._save()
        return made

    @classmethod
    def open(cls, path: Path, chips: Path, entropy: Entropy) -> "CardFile":
        """The card in this file: ``card-missing`` (no file), ``card-wrong`` (no card, or without its chip),
        ``store-tampered`` (changed, or put back), ``reader-taken`` (another program has it)."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise DeviceError(Code.CARD_MISSING, "card", reader=path.name) from error
        kind = data[:_KIND_BYTES]
        if len(data) < _HEAD_BYTES or not image_bytes(kind):
            raise DeviceError(Code.CARD_WRONG, "card.file")
        chip = _ChipFile.open(chips, data[_KIND_BYTES : _KIND_BYTES + _CHIP_BYTES], path.name)
        try:
            data = path.read_bytes()  # again, now that nobody else writes it
            memory = chip.key.open(data[_HEAD_BYTES:], data[:_HEAD_BYTES])
            generation = int.from_bytes(data[_KIND_BYTES + _CHIP_BYTES : _HEAD_BYTES], "big")
            if memory is None or len(memory) != image_bytes(kind) or generation < chip.generation:
                raise StoreError(Code.STORE_TAMPERED, "card.file", file=path.name)
            if generation > chip.generation:
                chip.reached(generation)  # killed between the two: from now on the older image is refused
            return cls(path, chip, kind, bytearray(memory), entropy)
        except BaseException:
            chip.close()
            raise

    @property
    def atr(self) -> bytes:
        """The card's."""
        return self._card.atr

    @property
    def work(self) -> Work:
        """The chip's, since this file was opened."""
        return self._card.work

    @property
    def stripe(self) -> bytes:
        """Track 2 of the card's magnetic stripe, in the form of tag 57; empty for a card without one."""
        return stripe_of(self._card)

    def power(self, on: bool) -> None:
        """The card's; what it finishes of a torn command is durable."""
        self._card.power(on)
        self._save_changes()

    def transmit(self, command: bytes) -> bytes:
        """The card's answer, once what it changed is on the disk."""
        answer = self._card.transmit(command)
        # Links of a chain only fill room that does not count yet.
        if not self._card.is_mid_chain:
            self._save_changes()
        return answer

    def close(self) -> None:
        """Let go of the file."""
        self._chip.close()

    def _save_changes(self) -> None:
        if self._card.work.eeprom_bytes != self._saved:
            self._save()

    def _save(self) -> None:
        generation = self._chip.generation + 1
        head = self._kind + self._chip.name + generation.to_bytes(_GENERATION_BYTES, "big")
        sealed = self._chip.key.seal(self._card.image, head, self._entropy.draw(NONCE_BYTES))
        beside = self._path.with_name(self._path.name + ".new")
        try:
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(head + sealed)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)
            self._chip.reached(generation)
        except OSError as error:
            code = Code.STORE_FULL if error.errno == 28 else Code.STORE_FAILED
            raise StoreError(code, "card.file", file=self._path.name) from error
        self._saved = self._card.work.eeprom_bytes


class _ChipFile:
    """The chip's own key and how often its memory was written; locked for as long as it is open."""

    def __init__(self, descriptor: int, name: bytes, content: bytes) -> None:
        self._descriptor = descriptor
        self.name = name
        self.key = SealingKey(content[:KEY_BYTES])
        self.generation = int.from_bytes(content[KEY_BYTES:], "big")

    @classmethod
    def create(cls, chips: Path, name: bytes, key: bytes) -> "_ChipFile":
        content = key + bytes(_GENERATION_BYTES)
        descriptor = os.open(chips / name.hex(), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.pwrite(descriptor, content, 0)
        os.fsync(descriptor)
        return cls(descriptor, name, content)

    @classmethod
    def open(cls, chips: Path, name: bytes, shown: str) -> "_ChipFile":
        try:
            descriptor = os.open(chips / name.hex(), os.O_RDWR)
        except OSError as error:
            raise DeviceError(Code.CARD_WRONG, "card.chip") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise DeviceError(Code.READER_TAKEN, "reader", reader=shown) from error
        content = os.pread(descriptor, KEY_BYTES + _GENERATION_BYTES + 1, 0)
        if len(content) != KEY_BYTES + _GENERATION_BYTES:
            os.close(descriptor)
            raise StoreError(Code.STORE_TAMPERED, "card.chip")
        return cls(descriptor, name, content)

    def reached(self, generation: int) -> None:
        """After the image: a crash in between leaves an image one newer, which is as good."""
        os.pwrite(self._descriptor, generation.to_bytes(_GENERATION_BYTES, "big"), KEY_BYTES)
        os.fsync(self._descriptor)
        self.generation = generation

    def close(self) -> None:
        """Unlock."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
