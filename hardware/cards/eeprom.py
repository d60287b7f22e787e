"""The memory of a chip: bytes that stay without power, written one after the other, torn anywhere.

Whoever takes the card away stops a write after any byte. Two rules make that harmless:

* *data first, status last*: what fills free room is written straight into it; it counts only once its status
  byte says so;
* *statuses together*: all bytes that change what counts go through a journal. It holds the new bytes with a
  CRC; one byte then says that it is whole. When power comes, a whole journal is written again, any other is
  forgotten.
"""

from collections.abc import Iterator
from typing import Final, Generic, TypeVar
from zlib import crc32

from tender.errors import Code, DeviceError
from tender.purse.layout import Layout

T = TypeVar("T")

JOURNAL_BYTES: Final = 1024
_WHOLE: Final = 0xA5
_HEAD: Final = 7
"""Mark, length (2), CRC-32 (4)."""
_ENTRY: Final = 5
"""Address (3) and length (2) before each entry's bytes."""
ERASED: Final = 0x00


class Eeprom:
    """So many bytes. ``tear_after`` bytes more, and the card is gone (``card-gone``)."""

    def __init__(self, image: bytearray) -> None:
        self.image = image
        self.tear_after: int | None = None
        self.written = 0
        """Bytes written in its life: what wears it out, and what takes time."""

    def write(self, at: int, data: bytes) -> None:
        """Write byte by byte; torn, what was written stays."""
        if at < 0 or at + len(data) > len(self.image):
            raise IndexError("beyond the chip's memory")
        count = len(data) if self.tear_after is None else min(len(data), self.tear_after)
        self.image[at : at + count] = data[:count]
        self.written += count
        if self.tear_after is not None:
            self.tear_after -= count
            if count < len(data) or not self.tear_after:
                self.tear_after = None
                raise DeviceError(Code.CARD_GONE, "card")

    def read(self, at: int, count: int) -> bytes:
        """Bytes as they stand."""
        return bytes(self.image[at : at + count])


class Memory:
    """An EEPROM with a journal in its first kilobyte."""

    def __init__(self, eeprom: Eeprom) -> None:
        self.eeprom = eeprom
        self._pending: list[tuple[int, bytes]] = []

    def recover(self) -> None:
        """When power comes: finish what was decided, forget what was not."""
        self._pending = []
        mark, *_ = self.eeprom.read(0, 1)
        if mark == ERASED:
            return
        entries = self._journalled() if mark == _WHOLE else None
        for at, data in entries or ():
            self.eeprom.write(at, data)
        self.eeprom.write(0, bytes((ERASED,)))

    def fill(self, at: int, data: bytes) -> None:
        """Write into free room, at once: nothing counts there until its status is set."""
        self.eeprom.write(at, data)

    def set(self, at: int, data: bytes) -> None:
        """Change what counts, together with all else that is set before :meth:`commit`."""
        self._pending.append((at, data))

    def forget(self) -> None:
        """A refused command: nothing it would have set is set."""
        self._pending = []

    def commit(self) -> None:
        """All that was set, or nothing."""
        pending, self._pending = self._pending, []
        if not pending:
            return
        body = b"".join(at.to_bytes(3, "big") + len(data).to_bytes(2, "big") + data for at, data in pending)
        if len(body) > JOURNAL_BYTES - _HEAD:
            raise DeviceError(Code.CARD_FULL, "journal")
        self.eeprom.write(1, len(body).to_bytes(2, "big") + crc32(body).to_bytes(4, "big") + body)
        self.eeprom.write(0, bytes((_WHOLE,)))
        for at, data in pending:
            self.eeprom.write(at, data)
        self.eeprom.write(0, bytes((ERASED,)))

    def _journalled(self) -> list[tuple[int, bytes]] | None:
        length = int.from_bytes(self.eeprom.read(1, 2), "big")
        body = self.eeprom.read(_HEAD, min(length, JOURNAL_BYTES - _HEAD))
        if len(body) != length or crc32(body) != int.from_bytes(self.eeprom.read(3, 4), "big"):
            return None
        entries: list[tuple[int, bytes]] = []
        at = 0
        while at < length:
            place = int.from_bytes(body[at : at + 3], "big")
            count = int.from_bytes(body[at + 3 : at + _ENTRY], "big")
            entries.append((place, body[at + _ENTRY : at + _ENTRY + count]))
            at += _ENTRY + count
        return entries


class Table(Generic[T]):
    """Slots of one kind: a status byte (0: free), then the record."""

    def __init__(self, memory: Memory, at: int, count: int, layout: Layout[T]) -> None:
        self._memory = memory
        self._at = at
        self.count: Final = count
        self._layout = layout
        self.slot_bytes: Final = layout.length + 1
        self.ends: Final = at + count * self.slot_bytes

    def status(self, slot: int) -> int:
        """The slot's status, 0 when it is free."""
        return self._memory.eeprom.image[self._place(slot)]

    def get(self, slot: int) -> T:
        """The slot's record."""
        data = self._memory.eeprom.read(self._place(slot) + 1, self._layout.length)
        return self._layout.decode(data, "slot")

    def each(self) -> Iterator[tuple[int, int, T]]:
        """(slot, status, record) of each that is taken."""
        for slot, status in enumerate(self._statuses()):
            if status:
                yield slot, status, self.get(slot)

    def free(self) -> list[int]:
        """The slots that are free."""
        return [slot for slot, status in enumerate(self._statuses()) if not status]

    def put(self, slot: int, record: T, status: int) -> None:
        """Fill a free slot now; it counts at the commit."""
        self._memory.fill(self._place(slot) + 1, self._layout.encode(record))
        self._memory.set(self._place(slot), bytes((status,)))

    def fill(self, slot: int, record: T, status: int) -> None:
        """Fill a slot of a table that does not count yet, status and all, at once."""
        self._memory.fill(self._place(slot), bytes((status,)) + self._layout.encode(record))

    def clear(self) -> None:
        """Free every slot of a table that does not count, at once."""
        for slot in range(self.count):
            if self.status(slot):
                self._memory.fill(self._place(slot), bytes((ERASED,)))

    def take(self, record: T, status: int) -> int:
        """Fill the first free slot; ``card-full``. One in a command: see :meth:`free` for several."""
        free = self.free()
        if not free:
            raise DeviceError(Code.CARD_FULL, "card")
        self.put(free[0], record, status)
        return free[0]

    def mark(self, slot: int, status: int) -> None:
        """Another status, at the commit; 0 frees it."""
        self._memory.set(self._place(slot), bytes((status,)))

    def replace(self, slot: int, record: T, status: int) -> None:
        """Other content and status of a slot that counts, at the commit."""
        self._memory.set(self._place(slot), bytes((status,)) + self._layout.encode(record))

    def wipe(self, slot: int) -> None:
        """Overwrite with zeros, at the commit: no secret stays in a free slot."""
        self._memory.set(self._place(slot), bytes(self.slot_bytes))

    def _statuses(self) -> bytes:
        return bytes(self._memory.eeprom.image[self._at : self.ends : self.slot_bytes])

    def _place(self, slot: int) -> int:
        return self._at + slot * self.slot_bytes
