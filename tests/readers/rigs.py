"""The same field three times: in this process, over a socket, behind the PC/SC daemon."""

import threading
from abc import ABC, abstractmethod
from pathlib import Path
from socket import AF_UNIX, socket

from hardware.field import Field, InProcessReader
from hardware.pcsc import PcscReader
from hardware.pcscd import VirtualReader
from hardware.socket_reader import SocketReader
from hardware.vpcd import InsertedCard, answer_frames, insert, shut
from tender.ports import Card, CardReader

WAIT_S = 30.0
"""Longer than a busy machine takes for anything that does happen."""
SHORT_S = 0.05
SILENT_S = 1.0
"""How long a reader waits for the answer of a card that is silent for ever."""


class Rig(ABC):
    """A field, and readers of it for as many programs as want one."""

    waits_for_a_silent_card = True

    @abstractmethod
    def insert(self, card: Card) -> None: ...

    @abstractmethod
    def remove(self) -> None: ...

    @abstractmethod
    def reader(self, answer_s: float = WAIT_S) -> CardReader: ...

    def close(self) -> None:
        self.remove()


class InProcessRig(Rig):
    waits_for_a_silent_card = False
    """A card in the same thread: there is nobody else to do the waiting."""

    def __init__(self) -> None:
        self._field = Field("here")

    def insert(self, card: Card) -> None:
        self._field.insert(card)

    def remove(self) -> None:
        self._field.remove()

    def reader(self, answer_s: float = WAIT_S) -> CardReader:
        return InProcessReader(self._field)


class SocketRig(Rig):
    def __init__(self, folder: Path) -> None:
        self._path = folder / "nfc"
        self._listening: socket | None = None
        self._held: socket | None = None

    def insert(self, card: Card) -> None:
        self._listening = socket(AF_UNIX)
        self._listening.bind(str(self._path))
        self._listening.listen(1)
        threading.Thread(target=self._serve, args=(self._listening, card), daemon=True).start()

    def _serve(self, listening: socket, card: Card) -> None:
        while True:
            try:
                wire, _ = listening.accept()
            except OSError:
                return
            self._held = wire
            answer_frames(wire, card)

    def remove(self) -> None:
        if self._listening is not None:
            shut(self._listening)
            self._path.unlink()
        if self._held is not None:
            shut(self._held)
        self._listening = self._held = None

    def reader(self, answer_s: float = WAIT_S) -> CardReader:
        return SocketReader(self._path, answer_s=answer_s)


class PcscRig(Rig):
    def __init__(self, reader: VirtualReader) -> None:
        self._reader = reader
        self._inserted: InsertedCard | None = None
        self._made: list[PcscReader] = []

    def insert(self, card: Card) -> None:
        self._inserted = insert(card, self._reader.port, timeout_s=WAIT_S)

    def remove(self) -> None:
        if self._inserted is not None:
            self._inserted.remove()
        self._inserted = None

    def reader(self, answer_s: float = WAIT_S) -> CardReader:
        self._made.append(PcscReader(self._reader.name, answer_s=answer_s))
        return self._made[-1]

    def close(self) -> None:
        self.remove()
        for reader in self._made:
            reader.gone(WAIT_S)
            reader.disconnect()
