"""A reader for a card that is a file on disk: each connection holds the image to a field in this process."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from hardware.airtime import ChipWork
from hardware.field import Field, InProcessReader
from tender.errors import Code, DeviceError, StoreError
from tender.ports import Card

_AGAIN_S: Final = 0.05


class HeldCard(Card, Protocol):
    """A card image that one process has at a time."""

    @property
    def work(self) -> ChipWork:
        """What its chip has computed."""

    def close(self) -> None:
        """Take the power away and let others have it."""


class FileReader:
    """The card image at ``path`` (:class:`~tender.ports.CardReader`).

    The image is open from :meth:`connect` to :meth:`disconnect`: programs take turns with it, and between two
    of them the card has no power.
    """

    def __init__(self, path: Path, open_image: Callable[[Path], HeldCard]) -> None:
        self._path = path
        self._open = open_image
        self._field = Field(self.name)
        self._reader = InProcessReader(self._field)
        self._image: HeldCard | None = None

    @property
    def name(self) -> str:
        """As it is typed."""
        return f"file:{self._path}"

    @property
    def signatures(self) -> int:
        """Signatures the chip has made since it was connected to, for a model of the time they take."""
        return self._image.work.signatures if self._image else 0

    @property
    def verifications(self) -> int:
        """Signatures it has verified since."""
        return self._image.work.verifications if self._image else 0

    def connect(self, timeout_s: float) -> bytes:
        """As the protocol says; a file that is not there is a card that is not there yet."""
        self.disconnect()
        end = time.monotonic() + timeout_s
        while True:
            try:
                if not self._path.exists():
                    raise DeviceError(Code.CARD_MISSING, "reader", reader=self.name)
                self._image = self._open(self._path)
                break
            except DeviceError as error:
                later = error.code in (Code.CARD_MISSING, Code.READER_TAKEN)
                if not later or time.monotonic() >= end:
                    raise
            time.sleep(_AGAIN_S)
        self._field.insert(self._image)
        return self._reader.connect(0)

    def transmit(self, command: bytes) -> bytes:
        """As the protocol says."""
        return self._reader.transmit(command)

    def disconnect(self) -> None:
        """As the protocol says, but for the power: see the class."""
        self._reader.disconnect()
        image, self._image = self._image, None
        with suppress(StoreError):  # a disk that fails now fails again, and is told, when the card is wanted
            self._field.remove()
        if image is not None:
            image.close()

    def gone(self, timeout_s: float) -> bool:
        """A file lies where it is: it counts as taken away once it was let go of, or its file is gone."""
        if self._image is not None and self._path.exists():
            self._reader.gone(timeout_s)
        return self._image is None or not self._path.exists()
