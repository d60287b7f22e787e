"""Looks at a camera, a folder or the clipboard until a whole message has come, and says how far it is.

Reading runs in a thread of its own; a frame that is false, foreign or of another payment changes nothing
(``tender.qr.gathering``). What is read is only named here; the screen decides.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event

from textual.message import Message
from textual.widgets import Static

from faces.language import label
from faces.words import sentence
from tender.errors import Code, Refusal, RemoteProtocolError, TenderError
from tender.ports import QrSource
from tender.qr.gathering import Gathering, Other

OpenSource = Callable[[str], QrSource]


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

    def __init__(self, open_source: OpenSource, *, off: str = "", id: str | None = None) -> None:
        """``off``: what it says while it looks nowhere."""
        super().__init__(off, markup=False, id=id)
        self._open_source = open_source
        self._off = off
        self._stop = Event()
        self._source = ""
        self._paused = ""
        self._gathering = Gathering()

    # --- begin and end

    @property
    def source(self) -> str:
        """Where it looks; empty when it does not."""
        return self._source

    def look_at(self, source: str) -> None:
        """Look there from now on, and nowhere else."""
        self.stop()
        self._source, self._stop, self._gathering = source, Event(), Gathering()
        self._show("")
        work = partial(self._read, source, self._stop, self._gathering)
        self.run_worker(work, thread=True, group="watch", exclusive=True, exit_on_error=False)

    def stop(self) -> None:
        """Look nowhere."""
        self._stop.set()
        self._source = self._paused = ""

    def pause(self) -> None:
        """Look nowhere while the screen is locked."""
        source = self._source
        self.stop()
        self._paused = source
        self._show("")

    def resume(self) -> None:
        """Look again where it did before the pause, if it did."""
        if self._paused:
            self.look_at(self._paused)

    def on_unmount(self) -> None:
        """A screen that is gone looks nowhere."""
        self.stop()

    def on_watcher_failed(self, event: Failed) -> None:
        """Nothing more comes: said calmly here, unless the screen has a better place."""
        self.stop()
        self.say(sentence(event.refusal))

    def say(self, text: str) -> None:
        """Beside where it looks, this too, until something else is said."""
        self._show(text)

    # --- in the thread

    def _read(self, source: str, stop: Event, gathering: Gathering) -> None:
        try:
            for code in self._open_source(source).codes(stop.is_set):
                if stop.is_set():
                    return
                self._take(code, gathering)
        except TenderError as error:
            self._fail(error.refusal, stop)
            return
        have, needed = gathering.progress
        if needed:
            facts = (("have", have), ("needed", needed))
            self._fail(Refusal(Code.QR_UNFINISHED, "qr", facts), stop)
        elif gathering.empty:
            self._fail(Refusal(Code.QR_NOT_FOUND, "qr", (("source", Path(source).name),)), stop)
        else:
            stop.set()

    def _fail(self, refusal: Refusal, stop: Event) -> None:
        if not stop.is_set():
            stop.set()
            self.post_message(self.Failed(refusal))

    def _take(self, code: bytes, gathering: Gathering) -> None:
        before, said = gathering.progress, ""
        try:
            found = gathering.receive_data(code)
        except RemoteProtocolError as error:
            found, said = None, sentence(error.refusal)
        if said or gathering.progress != before or isinstance(found, bytes):
            self.app.call_from_thread(self._show, said)
        if found is not None:
            self.post_message(self.Came(found) if isinstance(found, bytes) else self.Met(found))

    # --- on the screen

    def _show(self, text: str) -> None:
        if not self.is_mounted:
            return
        have, needed = self._gathering.progress
        if self._source:
            lines = [label("scan.looking", source=named(self._source))]
            if needed:
                lines.append(label("scan.frames", have=have, needed=needed))
        else:
            lines = [self._off]
        self.update("\n".join(one for one in (*lines, text) if one))


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
