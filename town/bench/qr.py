"""How long a payment of fifteen hops takes from a screen to a camera, and what a moving code costs.

The picture is calculated (``camera_model``), reading it is real; time is counted in pictures, thirty a
second, so that a busy machine changes nothing. The screen begins at a random frame, in the middle of showing
it. What the widget costs is taken from its own process in a real terminal (tmux).
"""

import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from faces.qr_drawing import largest_version
from faces.qr_reel import FRAMES_PER_SECOND, VERSION_MOST, Reel, reel
from hardware.qr_reader import read_codes
from tender.cash.messages import PAYMENT_ID_BYTES, Transfer, pack
from tender.errors import RemoteProtocolError
from tender.qr.frames import Collector
from town.bench import camera_model
from town.bench.camera_model import POOR, TYPICAL, CameraModel, Quality, on_screen
from town.bench.measurement import Measurement, at_least, at_most, percentile, told
from town.bench.mint import make_chain
from town.bench.terminal import PATIENCE_S, Terminal

RUNS: Final = 50
RUNS_TOLD: Final = 10
"""For what is only reported: the small terminal needs four times the pictures."""
WATCHED_S: Final = 10
CAPTION_ROWS: Final = 1
TERMINALS: Final = ((100, 45), (80, 24))
"""Columns and rows: the first is judged, the second reported."""
REACH_S: Final = {TYPICAL.name: 3.0, POOR.name: 6.0}
GIVEN_UP_S: Final = 30


def payment() -> bytes:
    """A payment whose one token has all its fifteen hops, as it is sent."""
    return pack(Transfer(bytes(PAYMENT_ID_BYTES), (make_chain().packed,)))


def shown_in(payload: bytes, columns: int, rows: int) -> Reel:
    """The payload on the full screen of a terminal of this size."""
    largest = largest_version(columns, rows - CAPTION_ROWS)
    found = reel(payload, min(largest or 0, VERSION_MOST))
    assert found is not None
    return found


@dataclass
class Screen:
    """A moving code; each frame is drawn once."""

    reel: Reel

    def __post_init__(self) -> None:
        self._shown = [on_screen(self.reel.code(number)) for number in range(self.reel.length)]

    def seen(self, camera: CameraModel, tick: float) -> tuple[bytes, int, int]:
        """The picture whose shutter opens at this time, in frames since the first; it stays open until the
        next picture."""
        exposure = FRAMES_PER_SECOND / camera_model.FRAMES_PER_SECOND
        place, ended = int(tick), tick + exposure
        now = self._shown[place % len(self._shown)]
        if int(ended) == place:
            return camera.take(now)
        return camera.take(now, self._shown[int(ended) % len(self._shown)], (ended % 1) / exposure)


def seconds_to_read(screen: Screen, payload: bytes, quality: Quality, seed: int) -> float:
    """From the first picture until the payload is whole; ``GIVEN_UP_S`` when it never is."""
    camera, collector = CameraModel(quality, seed), Collector()
    start = camera.between(0, screen.reel.length)
    for picture in range(GIVEN_UP_S * camera_model.FRAMES_PER_SECOND):
        tick = start + picture * FRAMES_PER_SECOND / camera_model.FRAMES_PER_SECOND
        for code in read_codes(*screen.seen(camera, tick)):
            try:
                read = collector.receive_data(code).payload
            except RemoteProtocolError:
                continue
            if read == payload:
                return (picture + 1) / camera_model.FRAMES_PER_SECOND
    return float(GIVEN_UP_S)


def reading_times(columns: int, rows: int, quality: Quality, runs: int) -> list[float]:
    """Seconds until the payment is read, run by run."""
    payload = payment()
    screen = Screen(shown_in(payload, columns, rows))
    return [seconds_to_read(screen, payload, quality, seed) for seed in range(runs)]


def camera_reading(runs: int = RUNS, runs_told: int = RUNS_TOLD) -> list[Measurement]:
    """Every terminal and camera; the first terminal is judged."""
    found = []
    for columns, rows in TERMINALS:
        judged = (columns, rows) == TERMINALS[0]
        count = runs if judged else runs_told
        for quality in (TYPICAL, POOR):
            p95 = percentile(reading_times(columns, rows, quality, count), 0.95)
            name = f"15-hop payment by code, {columns}x{rows}, {quality.name} camera, p95 of {count}"
            most = REACH_S[quality.name]
            found.append(at_most(name, p95, "s (at most)", most) if judged else told(name, p95, "s"))
    return found


def widget_cost() -> list[Measurement]:
    """Frames a second and the share of a core of the moving code, drawing the frames included."""
    with tempfile.TemporaryDirectory(prefix="tenge-") as name, Terminal(*TERMINALS[0]) as terminal:
        payload, result = Path(name) / "payload", Path(name) / "told.json"
        payload.write_bytes(payment())
        words = ("-m", "town.bench.code_screen", str(payload), str(WATCHED_S), str(result))
        terminal.start([sys.executable, *words], {})
        ends = time.monotonic() + PATIENCE_S
        while not result.exists():
            if time.monotonic() > ends:
                raise RuntimeError(f"the moving code never ended:\n{terminal.text()}")
            time.sleep(0.2)
        took = json.loads(result.read_text(encoding="utf-8"))
    return [
        at_least("moving code in a terminal", took["frames"] / took["seconds"], "frames/s (at least)", 8),
        at_most("moving code, share of a core", took["cpu_s"] / took["seconds"], "cores (at most)", 0.5),
    ]


def scanning(*, scale: bool = False) -> list[Measurement]:
    """Both. There is no larger scale of it."""
    del scale
    return [*widget_cost(), *camera_reading()]
