"""What stands beside a code on a screen, and what the commands that show and scan codes say.

Rules: ``labels.py``.
"""

from collections.abc import Mapping
from typing import Final

QR: Final[Mapping[str, str]] = {
    "qr.too_small": "This code needs {columns} × {rows} characters. Make the window bigger[, "
    "or press {key} for the full screen].",
    "qr.too_long": "This is too much for a code in this window. Make it bigger, or save the picture.",
    "qr.full": "Full screen",
    "qr.save": "Save picture",
    "qr.saved": "Saved: {file}",
    "qr.not_saved": "The picture could not be saved: {file}",
    "qr.press_enter": "Press Enter when the other side has it.",
    "qr.scanning": "Looking for a code in {source} … Ctrl+C ends it.",
    "qr.progress": "Frames seen: {have} of {needed}",
}
