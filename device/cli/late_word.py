"""A sentence that is said only when something takes long: nobody waits without knowing for what."""

from threading import Timer
from typing import Final

from device.cli.speaking import Voice

WORD_AFTER_S: Final = 2.0


class LateWord:
    """At most one sentence at a time, on standard error; none for programs."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._timer: Timer | None = None

    def soon(self, text: str) -> None:
        """Say this after a moment, in the place of what was to be said before."""
        self.never()
        if not self._voice.as_json:
            self._timer = Timer(WORD_AFTER_S, _say, (text,))
            self._timer.daemon = True
            self._timer.start()

    def never(self) -> None:
        """What was waited for is there."""
        if self._timer is not None:
            self._timer.cancel()


def _say(text: str) -> None:
    from typer import echo

    echo(text, err=True)
