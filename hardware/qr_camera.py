"""Sources of scanned codes, each made from a word; all are ``tender.ports.QrSource``.

The words: ``camera``, ``camera:1``, ``clipboard``, or the path of a picture, a video or a folder to watch.
"""

import contextlib
import io
import os
import stat
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Protocol

from hardware import clipboard
from hardware.qr_pictures import NoPicture, grey_frames
from hardware.qr_reader import read_codes
from tender.errors import Code, DeviceError

if TYPE_CHECKING:
    from tender.ports import QrSource

POLL_S: Final = 0.25
PICTURES_MOST: Final = 200
"""Pictures already in a folder that are looked at, the newest; what comes later is looked at always."""

_CAMERA: Final = "camera"
_DEVICES: Final = Path("/dev")
_WIDTH, _HEIGHT = 1280, 720
_NO_PICTURE_MOST: Final = 30
"""So many failed reads in a row and a camera counts as taken: the first ones may fail while it wakes up."""

Stop = Callable[[], bool]


class Capture(Protocol):
    """What is used of OpenCV's ``VideoCapture``."""

    def isOpened(self) -> bool: ...  # noqa: N802
    def read(self) -> tuple[bool, Any]: ...
    def release(self) -> None: ...


def open_source(word: str) -> "QrSource":
    """The source of this word; what is wrong with it shows when codes are asked for."""
    kind, _, number = word.partition(":")
    if kind == _CAMERA and (not number or number.isdecimal()) and not Path(word).exists():
        return Camera(int(number[:3] or 0))
    if word == "clipboard" and not Path(word).exists():
        return Clipboard()
    path = Path(word).expanduser()
    return Folder(path) if path.is_dir() else PictureFile(path)


class Camera:
    """A webcam, by its number."""

    def __init__(self, number: int, opened: Callable[[int], Capture] | None = None) -> None:
        """``opened``: how a camera is opened, OpenCV's unless given."""
        self._number = number
        self._opened = opened

    def codes(self, stop: Stop) -> Iterator[bytes]:
        """Codes in each picture of it, until stopped; raises ``camera-*``."""
        opened = self._opened or _webcam
        device = _DEVICES / f"video{self._number}"
        known = not (_DEVICES / "null").exists() or device.exists()
        capture = opened(self._number) if known or self._opened else None
        if capture is None:
            raise DeviceError(Code.CAMERA_MISSING, "camera", source=self._number)
        failed = 0
        with _released(capture):
            if not capture.isOpened():
                missing = Code.CAMERA_TAKEN if device.exists() else Code.CAMERA_MISSING
                raise DeviceError(missing, "camera", source=self._number)
            while not stop():
                good, picture = capture.read()
                failed = 0 if good else failed + 1
                if failed >= _NO_PICTURE_MOST:
                    raise DeviceError(Code.CAMERA_TAKEN, "camera", source=self._number)
                if good:
                    yield from read_codes(*_grey(picture))


class PictureFile:
    """A picture, moving or not, or a video."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def codes(self, stop: Stop) -> Iterator[bytes]:
        """Codes in each frame of it; raises ``file-unreadable``, ``picture-unreadable``."""
        try:
            if self._path.exists() and not self._path.is_file():
                # A pipe or a device, named as a picture: opening or reading it might never end.
                raise DeviceError(Code.FILE_UNREADABLE, "picture", file=self._path.name)
            yield from _codes_in(self._path, stop)
        except OSError as error:
            raise DeviceError(Code.FILE_UNREADABLE, "picture", file=self._path.name) from error
        except NoPicture:
            yield from self._video(stop)

    def _video(self, stop: Stop) -> Iterator[bytes]:
        """No picture we know: a video, if OpenCV is there and can read it."""
        seen = False
        capture: Capture = _opencv().VideoCapture(str(self._path))
        with _released(capture):
            while not stop():
                good, picture = capture.read()
                if not good:
                    break
                seen = True
                yield from read_codes(*_grey(picture))
        if not seen:
            raise DeviceError(Code.PICTURE_UNREADABLE, "picture", source=self._path.name)


class Folder:
    """A folder that pictures are saved into: those that are there, the newest first, then each new one."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def codes(self, stop: Stop) -> Iterator[bytes]:
        """Codes in each picture; what cannot be read is left alone until it changes. Raises
        ``file-unreadable`` when the folder itself is gone."""
        seen: set[tuple[str, int, int]] = set()
        while not stop():
            for path, mark in self._pictures(seen):
                seen.add(mark)
                with contextlib.suppress(NoPicture, OSError):
                    yield from _codes_in(path, stop)
                if stop():
                    return
            time.sleep(POLL_S)

    def _pictures(self, seen: set[tuple[str, int, int]]) -> list[tuple[Path, tuple[str, int, int]]]:
        """Files not looked at in this state; at the first time only so many, later all."""
        found = []
        try:
            paths = list(self._path.iterdir())
        except OSError as error:
            raise DeviceError(Code.FILE_UNREADABLE, "folder", file=self._path.name) from error
        for path in paths:
            with contextlib.suppress(OSError):  # gone again meanwhile
                about = path.stat()
                mark = (path.name, about.st_mtime_ns, about.st_size)
                if stat.S_ISREG(about.st_mode) and mark not in seen:
                    found.append((path, mark))
        found.sort(key=lambda one: one[1][1], reverse=True)
        if not seen:
            seen.update(mark for _, mark in found[PICTURES_MOST:])
        return found[:PICTURES_MOST]


class Clipboard:
    """Pictures and texts of messages that are copied, one after the other."""

    def codes(self, stop: Stop) -> Iterator[bytes]:
        """Codes in each picture, and each text as it is; raises ``clipboard-missing``."""
        before = b""
        while not stop():
            picture, text = clipboard.read()
            mark = sha256(picture + text).digest()
            if mark != before and picture:
                with contextlib.suppress(NoPicture, OSError):
                    yield from _codes_in(io.BytesIO(picture), stop)
            elif mark != before and text:
                yield text
            before = mark
            time.sleep(POLL_S)


def _codes_in(file: Path | IO[bytes], stop: Stop) -> Iterator[bytes]:
    """Codes in each frame of a picture; between two frames of a moving one somebody may have had enough."""
    for frame in grey_frames(file):
        if stop():
            return
        yield from read_codes(*frame)


@contextlib.contextmanager
def _released(capture: Capture) -> Iterator[None]:
    try:
        yield
    finally:
        capture.release()


def _opencv() -> Any:
    """OpenCV, silent: what it prints would stand in the middle of a screen."""
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    try:
        import cv2
    except ImportError as error:
        raise DeviceError(Code.CAMERA_NOT_INSTALLED, "camera") from error
    return cv2


def _webcam(number: int) -> Capture:
    cv2 = _opencv()
    capture: Capture = cv2.VideoCapture(number)
    for setting, value in (
        (cv2.CAP_PROP_FRAME_WIDTH, _WIDTH),
        (cv2.CAP_PROP_FRAME_HEIGHT, _HEIGHT),
        (cv2.CAP_PROP_BUFFERSIZE, 1),
    ):
        cv2.VideoCapture.set(capture, setting, value)
    return capture


def _grey(picture: Any) -> tuple[bytes, int, int]:
    """A picture of OpenCV (height x width x 3 bytes, blue first) as grey pixels."""
    import cv2

    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return grey.tobytes(), grey.shape[1], grey.shape[0]
