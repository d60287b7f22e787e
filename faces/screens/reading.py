"""Reading codes while a screen is shown: frames come in from a camera, a picture, a folder or the clipboard.

The source blocks, so it runs in a thread of its own; what it sees is put together and told to the screen.
"""

from collections.abc import Callable, Iterator
from typing import Protocol

from textual.message import Message
from textual.widgets import Static
from textual.worker import Worker, get_current_worker

from faces.language import label
from faces.words import sentence
from tender.errors import Refusal, RemoteProtocolError, TenderError
from tender.qr.frames import Collector, is_frame


class Source(Protocol):
    """What gives codes: ``QrSource`` of ``tender/ports.py``."""

    def codes(self, stop: Callable[[], bool]) -> Iterator[bytes]:
        """Each code that is seen, until ``stop`` says so or there are no more."""


class CodeReader(Static):
    """One line that says how far reading is. Posts :class:`Whole`, :class:`Foreign` and :class:`Failed`."""

    DEFAULT_CSS = "CodeReader { height: auto; min-height: 1; color: $wait; }"

    class Whole(Message):
        """A message came whole."""

        def __init__(self, payload: bytes) -> None:
            super().__init__()
            self.payload = payload

    class Foreign(Message):
        """A code that is no frame of ours; the screen knows what it may be."""

        def __init__(self, data: bytes) -> None:
            super().__init__()
            self.data = data

    class Failed(Message):
        """The source gives nothing (any more)."""

        def __init__(self, refusal: Refusal) -> None:
            super().__init__()
            self.refusal = refusal

    class Ended(Message):
        """The source has no more codes: a picture or a video is read to its end."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self._reading: Worker[None] | None = None

    @property
    def reads(self) -> bool:
        """Whether a source is being read."""
        return self._reading is not None and self._reading.is_running

    def start(self, source: Source) -> None:
        """Read this source from now on; one that is being read is let go."""
        self.stop()
        self.update(label("reading.looking"))
        self._reading = self.run_worker(lambda: self._read(source), thread=True, exit_on_error=False)

    def stop(self) -> None:
        """Let the source go."""
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
        self.update("")

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        self.stop()

    # --- in the thread of the source

    def _read(self, source: Source) -> None:
        me = get_current_worker()
        collector, foreign = Collector(), b""
        try:
            for code in source.codes(lambda: me.is_cancelled):
                if me.is_cancelled:
                    return
                if is_frame(code):
                    self._frame(collector, code)
                elif code != foreign:
                    foreign = code
                    self.post_message(self.Foreign(code))
        except TenderError as error:
            if not me.is_cancelled:
                self.app.call_from_thread(self.update, sentence(error.refusal))
                self.post_message(self.Failed(error.refusal))
            return
        if not me.is_cancelled:
            self.post_message(self.Ended())

    def _frame(self, collector: Collector, code: bytes) -> None:
        try:
            found = collector.receive_data(code)
        except RemoteProtocolError as error:
            self.app.call_from_thread(self.update, sentence(error.refusal))
            return
        self.app.call_from_thread(
            self.update, label("reading.progress", have=found.have, needed=found.needed)
        )
        if found.payload is not None:
            self.post_message(self.Whole(found.payload))
