"""Where codes come from: pictures of every kind, videos, folders, the clipboard, cameras that are missing."""

import io
import itertools
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy
import pytest
from PIL import Image

from faces.qr_drawing import modules, picture, png
from faces.qr_reel import payload_png
from hardware import qr_camera
from hardware.qr_camera import PICTURES_MOST, Camera, Folder, open_source
from tender.cash.armour import to_text
from tender.errors import Code, DeviceError
from tender.qr.frames import Collector, split
from town.bench.camera_model import GOOD, CameraModel, on_screen

DATA = b"\xd7Q what a code holds \x00\xff"


def never() -> bool:
    return False


def after(times: int) -> Callable[[], bool]:
    """Stops when it was asked so often."""
    asked = itertools.count(1)
    return lambda: next(asked) > times


def found(word: Path | str, stop: Callable[[], bool] = never) -> list[bytes]:
    return list(open_source(str(word)).codes(stop))


def refused(codes: Iterator[bytes]) -> Code:
    with pytest.raises(DeviceError) as caught:
        list(codes)
    return caught.value.code


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "webp", "bmp"])
def test_a_picture_of_any_usual_kind(tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"code.{kind}"
    picture(modules(DATA)).convert("RGB").save(file)
    assert found(file) == [DATA]


def test_black_on_nothing_is_read_as_black_on_white(tmp_path: Path) -> None:
    code = picture(modules(DATA)).convert("L")
    clear = Image.merge("LA", (Image.new("L", code.size, 0), code.point(lambda grey: 255 - grey)))
    clear.save(tmp_path / "clear.png")
    assert found(tmp_path / "clear.png") == [DATA]


def test_every_code_of_a_picture_and_every_frame_of_a_moving_one(tmp_path: Path) -> None:
    one, other = (picture(modules(word * 4)) for word in (b"first", b"other"))
    both = Image.new("1", (one.width * 2, one.height), 1)
    both.paste(one, (0, 0))
    both.paste(other, (one.width, 0))
    both.save(tmp_path / "both.png")
    assert sorted(found(tmp_path / "both.png")) == [b"first" * 4, b"other" * 4]
    one.save(tmp_path / "moving.gif", save_all=True, append_images=[other], duration=100)
    assert found(tmp_path / "moving.gif") == [b"first" * 4, b"other" * 4]


def test_a_picture_that_stops_in_the_middle_or_lies_about_itself_is_refused(tmp_path: Path) -> None:
    whole = payload_png(random.Random(1).randbytes(900))
    file = tmp_path / "cut.png"
    for cut in (0, 8, 30, 60, len(whole) // 2):
        file.write_bytes(whole[:cut])
        assert refused(open_source(str(file)).codes(never)) is Code.PICTURE_UNREADABLE
    assert refused(open_source(str(tmp_path / "gone.png")).codes(never)) is Code.FILE_UNREADABLE


def test_a_video_of_a_moving_code_gives_the_payload(tmp_path: Path) -> None:
    payload = random.Random(2).randbytes(1_200)
    frames, camera = split(payload, 271), CameraModel(GOOD, 5)
    file = tmp_path / "video.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 30, (1280, 720))
    for number in range(frames.needed + 1):
        grey, width, height = camera.take(on_screen(modules(frames.frame(number), version=10, mask=1)))
        shot = numpy.frombuffer(grey, numpy.uint8).reshape(height, width)
        for _ in range(2):
            writer.write(cv2.cvtColor(shot, cv2.COLOR_GRAY2BGR))
    writer.release()
    collector = Collector()
    outcomes = [collector.receive_data(code).payload for code in found(file)]
    assert payload in outcomes


# --- a folder that is watched


def test_a_folder_gives_its_newest_picture_first_and_then_each_new_one(tmp_path: Path) -> None:
    for age, word in enumerate((b"newest", b"middle", b"oldest")):
        file = tmp_path / f"{word.decode()}.png"
        file.write_bytes(png([modules(word)]))
        os.utime(file, (1_000 - age, 1_000 - age))
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "folder.png").mkdir()
    codes = Folder(tmp_path).codes(never)
    assert [next(codes) for _ in range(3)] == [b"newest", b"middle", b"oldest"]
    part = png([modules(b"later")])
    (tmp_path / "later.png").write_bytes(part[:40])
    (tmp_path / "later.png").write_bytes(part)
    assert next(codes) == b"later"


def test_of_a_folder_of_thousands_only_the_newest_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qr_camera, "PICTURES_MOST", 3)
    assert PICTURES_MOST > 100
    for number in range(6):
        (tmp_path / f"{number}.png").write_bytes(png([modules(bytes([65 + number]))]))
        os.utime(tmp_path / f"{number}.png", (number, number))
    assert found(tmp_path, after(7)) == [b"F", b"E", b"D"]


@pytest.mark.parametrize("place", ["picture", "folder", "clipboard"])
def test_a_moving_picture_is_left_between_two_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """A picture of thousands of frames keeps nobody who has had enough."""
    first, *rest = [picture(modules(bytes([65 + number]))).convert("L") for number in range(5)]
    file = tmp_path / "moving.gif"
    first.save(file, save_all=True, append_images=rest, duration=20)
    copied = file.read_bytes()
    monkeypatch.setattr("hardware.clipboard.read", lambda: (copied, b""))
    word = {"picture": file, "folder": tmp_path, "clipboard": "clipboard"}[place]
    seen: list[bytes] = []
    for code in open_source(str(word)).codes(lambda: len(seen) >= 2):
        seen.append(code)
    assert seen == [b"A", b"B"]


def test_a_pipe_named_as_a_picture_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "code.png")
    assert refused(open_source(str(tmp_path / "code.png")).codes(never)) is Code.FILE_UNREADABLE
    assert refused(open_source("/dev/zero").codes(never)) is Code.FILE_UNREADABLE


def test_a_folder_that_goes_away_says_so(tmp_path: Path) -> None:
    assert refused(Folder(tmp_path / "nowhere").codes(never)) is Code.FILE_UNREADABLE


# --- the clipboard


@pytest.fixture
def clipboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desktop whose clipboard is a folder: ``kinds``, ``picture``, ``text``."""
    programs, held = tmp_path / "programs", tmp_path / "clipboard"
    programs.mkdir()
    held.mkdir()
    script = f"""#!/bin/sh
case "$1" in --list-types) cat {held}/kinds;; --type) cat {held}/picture;; *) cat {held}/text;; esac
"""
    (programs / "wl-paste").write_text(script)
    (programs / "wl-paste").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    return held


def test_a_copied_picture_and_a_copied_text(clipboard: Path) -> None:
    (clipboard / "kinds").write_text("text/html\nimage/png\n")
    (clipboard / "picture").write_bytes(png([modules(DATA)]))
    codes = open_source("clipboard").codes(never)
    assert next(codes) == DATA
    text = to_text(b"\x82\x01\x43abc").encode()
    (clipboard / "kinds").write_text("text/plain\n")
    (clipboard / "text").write_bytes(text)
    assert next(codes) == text


def test_an_empty_clipboard_and_one_that_holds_no_code_are_waited_on(clipboard: Path) -> None:
    assert found("clipboard", after(2)) == []
    (clipboard / "kinds").write_text("image/png\n")
    (clipboard / "picture").write_bytes(b"broken")
    assert found("clipboard", after(2)) == []


def test_without_a_program_for_it_the_clipboard_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refused(open_source("clipboard").codes(never)) is Code.CLIPBOARD_MISSING


# --- cameras


class Lens:
    """A camera of OpenCV that shows these pictures and then nothing."""

    def __init__(self, *pictures: Any, opens: bool = True) -> None:
        self._pictures = list(pictures)
        self._opens = opens
        self.released = False

    def isOpened(self) -> bool:  # noqa: N802
        return self._opens

    def read(self) -> tuple[bool, Any]:
        return (True, self._pictures.pop(0)) if self._pictures else (False, None)

    def release(self) -> None:
        self.released = True


def test_a_camera_gives_what_it_sees_until_it_is_stopped_and_is_let_go() -> None:
    shown = cv2.cvtColor(on_screen(modules(DATA)), cv2.COLOR_GRAY2BGR)
    lens = Lens(*[shown] * 5)
    assert list(Camera(0, lambda number: lens).codes(after(3))) == [DATA] * 3
    assert lens.released


def test_a_camera_that_another_program_holds_is_taken() -> None:
    lens = Lens()
    assert refused(Camera(0, lambda number: lens).codes(never)) is Code.CAMERA_TAKEN
    assert lens.released


def test_a_camera_that_is_not_there_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(open_source("camera:99").codes(never)) is Code.CAMERA_MISSING
    assert refused(Camera(99, lambda number: Lens(opens=False)).codes(never)) is Code.CAMERA_MISSING


def test_without_the_library_of_cameras_the_sentence_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "cv2", None)
    (tmp_path / "video.mp4").write_bytes(b"a video")
    assert refused(open_source(str(tmp_path / "video.mp4")).codes(never)) is Code.CAMERA_NOT_INSTALLED


def test_a_word_is_a_file_when_there_is_one_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    out = io.BytesIO()
    picture(modules(DATA)).save(out, "PNG")
    (tmp_path / "camera").write_bytes(out.getvalue())
    assert found("camera") == [DATA]
