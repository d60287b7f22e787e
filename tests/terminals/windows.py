"""A wallet in a terminal: opened past its PIN, and looking where the test puts pictures."""

import sys

from tests.mint import NOW
from tests.terminals.terminal import Terminal, Terminals
from tests.wallet.village import Village
from town.processes import no_network_prefix

PIN_TYPED = "4071"
"""The PIN of the village, which masks itself there."""


def environment(village: Village) -> dict[str, str]:
    """What a command needs to find this village's wallets."""
    return {
        "TENGE_HOME": str(village.folder / "home"),
        "TENGE_ELEMENTS": str(village.folder / "elements"),
        "TENGE_GATEWAY": "http://127.0.0.1:1",
        "TENGE_PIN_COST": "cheap",
        "TENGE_AT": str(NOW),
    }


def wallet_open(opened: Terminals, name: str, *, columns: int = 100, rows: int = 45) -> Terminal:
    """A wallet's screen in a terminal of its own, past the PIN and the safety rules."""
    command = [*no_network_prefix(), sys.executable, "-m", "wallet", "open", "--wallet", name]
    window = opened.open(name, command, columns=columns, rows=rows)
    window.until("Type your PIN")
    window.types(PIN_TYPED)
    window.press("Enter")
    window.until("I have read this")
    window.press("Enter")
    window.until("Newest payments")
    return window


def looks_at_folder(window: Terminal) -> None:
    """On the scanning screen: a folder that is watched."""
    window.press("f")
    window.until("a picture, a video")
    window.types(str(window.eye))
    window.press("Enter")
    window.until("Looking at")
