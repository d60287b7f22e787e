"""What `tenge switch` says. Rules as in ``labels.py``."""

from collections.abc import Mapping
from typing import Final

SWITCH: Final[Mapping[str, str]] = {
    "switch.up": "The card switch runs. Terminals of {bank} come to {where}.",
    "switch.up-already": "The card switch runs already.",
    "switch.down": "The card switch is down; its rows stay, and the next start goes on from them.",
    "switch.none-up": "No card switch runs here.",
    "switch.no-town": "No town is up, so no bank would answer. First: tenge up",
    "switch.not-started": "The switch did not start. What it said stands in {file}.",
    "switch.links-up": "Links that are up: {count}",
    "switch.link-down": "Not up: {host} to {link}, {state}",
    "switch.bank-up": "The node of {bank} is there. Orders without an answer: {count}",
    "switch.bank-away": "The node of {bank} is not there. Orders without an answer: {count}",
    "switch.stands": "{host}: {stands_tiyn} approved and not taken back. Questions: {count}",
    "switch.owed": "{host}: reversals that nobody has acknowledged yet: {count}",
    "switch.watching": "Every message from now on; end with Ctrl-C.",
    "switch.terminal": "Terminal {terminal}; its settings and keys are in {file}. "
    "Next: tenge pos card set --from {file}",
    "switch.answered": "{title}: {words}",
    "switch.no-answer": "No answer within {seconds} s.",
}
"""Under keys of ours."""
