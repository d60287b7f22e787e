"""One payload on a whole terminal, for some seconds: what ``tenge bench qr`` watches.

``python -m town.bench.code_screen PAYLOAD SECONDS TOLD``: shows the file PAYLOAD,
writes what it took into TOLD.
"""

import json
import sys
import time
from pathlib import Path

from textual.app import App, ComposeResult
from textual.widgets import Footer, Header

from faces.qr_widget import QrCode


class OneCode(App[None]):
    """A header, a moving code, a footer, as on any screen that shows one."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, payload: bytes, seconds: float) -> None:
        super().__init__()
        self._payload = payload
        self._seconds = seconds
        self._began = (0.0, 0.0)
        self.told: dict[str, float] = {}

    def compose(self) -> ComposeResult:
        """The widget in its usual surroundings."""
        yield Header()
        yield QrCode()
        yield Footer()

    def on_mount(self) -> None:
        """Show it; the clock runs from here, drawing the frames included."""
        self._began = (time.monotonic(), time.process_time())
        self.query_one(QrCode).show(self._payload)
        self.set_timer(self._seconds, self._end)

    def _end(self) -> None:
        wall, cpu = time.monotonic() - self._began[0], time.process_time() - self._began[1]
        code = self.query_one(QrCode)
        self.told = {"frames": code.painted, "needed": code.frames, "seconds": wall, "cpu_s": cpu}
        self.exit()


def main() -> None:
    """Run it and say what it took."""
    payload, seconds, told = sys.argv[1:4]
    app = OneCode(Path(payload).read_bytes(), float(seconds))
    app.run()
    written = Path(told).with_suffix(".part")
    written.write_text(json.dumps(app.told), encoding="utf-8")
    written.rename(told)


if __name__ == "__main__":
    main()
