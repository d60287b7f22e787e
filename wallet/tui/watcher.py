"""Looks at a camera, a folder or the clipboard until a whole message has come, and says how far it is.

Reading runs in a thread of its own; a frame that is false, foreign or of another payment changes nothing
(``tender.qr.frames``). What is read is only named here; the screen decides.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event

from textual.message import Message
from textual.widgets import Static

from faces.language import label
from faces.words import sentence
from tender.cash.armour import from_any, is_text
from tender.errors import Code, Refusal, RemoteProtocolError, TenderError
from tender.ports import QrSource
from tender.qr.consumer_code import ConsumerCode
from tender.qr.foreign import Foreign, Frame, what_is
from tender.qr.frames import Collector, is_frame, read_header
from tender.qr.payment_code import PaymentCode

OpenSource = Callable[[str], QrSource]
Other = PaymentCode | ConsumerCode | Foreign


class Watcher(Static):
    """One line or two: where it looks, and how many parts of a moving code it has."""

    DEFAULT_CSS = "Watcher { height: auto; color: $quiet; }"

    class Came(Message):
        """A whole message of ours; each is told once."""

        def __init__(self, data: bytes) -> None:
            super().__init__()
            self.data = data

    class Met(Message):
        """A code that is no message of ours."""

        def __init__(self, scanned: Other) -> None:
            super().__init__()
            self.scanned = scanned

    class Failed(Message):
        """Nothing more comes from there, and why."""

        def __init__(self, refusal: Refusal) -> None:
            super().__init__()
            self.refusal = refusal

    def __init__(self, open_source: OpenSource, *, id: str | None = None) -> None:
        super().__init__(label("scan.off"), markup=False, id=id)
        self._open_source = open_source
        self._stop = Event()
        self._source = ""
        self._told: set[bytes] = set()
        self._last = b""
        self.progress = (0, 0)
        """Frames had, frames needed of the newest unfinished code."""

    # --- begin and end

    @property
    def source(self) -> str:
        """Where it looks; empty when it does not."""
        return self._source

    def look_at(self, source: str) -> None:
        """Look there from now on, and nowhere else."""
        self.stop()
        self._source, self._stop, self.progress = source, Event(), (0, 0)
        self._show("")
        work = partial(self._read, source, self._stop)
        self.run_worker(work, thread=True, group="watch", exclusive=True, exit_on_error=False)

    def stop(self) -> None:
        """Look nowhere."""
        self._stop.set()
        self._source = ""

    def on_unmount(self) -> None:
        """A screen that is gone looks nowhere."""
        self.stop()

    def say(self, text: str) -> None:
        """Beside where it looks, this too, until something else is said."""
        self._show(text)

    # --- in the thread

    def _read(self, source: str, stop: Event) -> None:
        collector = Collector()
        try:
            for code in self._open_source(source).codes(stop.is_set):
                if stop.is_set():
                    return
                self._take(code, collector)
        except TenderError as error:
            self._fail(error.refusal, stop)
            return
        have, needed = self.progress
        if needed:
            facts = (("have", have), ("needed", needed))
            self._fail(Refusal(Code.QR_UNFINISHED, "qr", facts), stop)
        elif not self._told and not self._last:
            self._fail(Refusal(Code.QR_NOT_FOUND, "qr", (("source", Path(source).name),)), stop)
        else:
            stop.set()

    def _fail(self, refusal: Refusal, stop: Event) -> None:
        if not stop.is_set():
            stop.set()
            self.post_message(self.Failed(refusal))

    def _take(self, code: bytes, collector: Collector) -> None:
        """One code as it was read. The same one again, as every camera sees it, says nothing new."""
        if code == self._last and not is_frame(code):
            return
        self._last, known = code, code == self._last
        try:
            found = read(code)
            if isinstance(found, Frame):
                self._collect(found.data, collector)
            else:
                self.post_message(self.Came(found) if isinstance(found, bytes) else self.Met(found))
        except RemoteProtocolError as error:
            if not known:
                self.app.call_from_thread(self._show, sentence(error.refusal))

    def _collect(self, frame: bytes, collector: Collector) -> None:
        tag = read_header(frame).tag
        if tag in self._told:
            return
        found = collector.receive_data(frame)
        if found.payload is not None:
            self._told.add(tag)
            self.progress = (0, 0)
            self.app.call_from_thread(self._show, "")
            self.post_message(self.Came(found.payload))
        elif self.progress != (found.have, found.needed):
            self.progress = (found.have, found.needed)
            self.app.call_from_thread(self._show, "")

    # --- on the screen

    def _show(self, text: str) -> None:
        if not self.is_mounted:
            return
        have, needed = self.progress
        if self._source:
            lines = [label("scan.looking", source=named(self._source))]
            if needed:
                lines.append(label("scan.frames", have=have, needed=needed))
        else:
            lines = [label("scan.off")]
        self.update("\n".join([*lines, text] if text else lines))


def read(code: bytes) -> Frame | bytes | Other:
    """A frame; a whole message of ours that came as text; or something else. Raises for what is broken."""
    if is_text(code):
        return from_any(code)
    return what_is(code)


def named(source: str) -> str:
    """A source as people call it."""
    if source.partition(":")[0] == "camera":
        return label("scan.camera")
    return label("scan.clipboard") if source == "clipboard" else Path(source).name or source


def lasting(source: str) -> bool:
    """Whether something new may come from there: a camera, the clipboard, a folder; not one picture."""
    return source.partition(":")[0] in ("camera", "clipboard") or Path(source).is_dir()


def remembers(source: str) -> bool:
    """Whether old codes stay there to be read again, as in a folder, unlike before a camera."""
    return bool(source) and source.partition(":")[0] != "camera"
