"""An app that writes nothing down: its toolkit would log every key, those of a PIN too, for whoever asks by
the environment (TEXTUAL, TEXTUAL_LOG, TEXTUAL_DEBUG)."""

import os
from typing import Final, TypeVar

from textual import constants
from textual.app import App

R = TypeVar("R")

LOGS: Final = ("TEXTUAL", "TEXTUAL_LOG", "TEXTUAL_DEBUG")
"""What a developer sets to see all events, in a file, over a socket, or key by key in ``keys.log``."""


class QuietApp(App[R]):
    """Turned quiet before anything of it runs; what it starts inherits that."""

    def __init__(self) -> None:
        for name in LOGS:
            os.environ.pop(name, None)
        # Read when the toolkit was imported, which may be before anything of ours.
        vars(constants).update(LOG_FILE=None, DEBUG=False)
        super().__init__()
