"""What is typed into a PIN field is nowhere else: in no message and no log of the toolkit."""

import asyncio
import os
from pathlib import Path

import pytest
from textual import constants
from textual.app import App, ComposeResult
from textual.widgets import Input

from faces.screens.base import TengeApp
from faces.screens.fields import PinField
from faces.screens.quiet import LOGS

PIN = "917364"


class Asks(TengeApp):
    """A field for a PIN, and what it posts."""

    def __init__(self) -> None:
        super().__init__()
        self.posted: list[str] = []

    def compose(self) -> ComposeResult:
        yield PinField(id="pin")
        yield Input(id="other")

    def on_input_changed(self, event: Input.Changed) -> None:
        self.posted.append(repr(event))

    def on_input_blurred(self, event: Input.Blurred) -> None:
        self.posted.append(repr(event))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.posted.append(repr(event))


async def typed(app: App[int]) -> str:
    async with app.run_test() as pilot:
        await pilot.press(*PIN, "enter", "tab")
        await pilot.pause()
        return app.query_one(PinField).value


def test_a_pin_is_in_no_message_and_no_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "textual.log"
    monkeypatch.chdir(tmp_path)
    for name in LOGS:
        monkeypatch.setenv(name, "debug,devtools" if name == "TEXTUAL" else str(log))
    monkeypatch.setattr(constants, "LOG_FILE", str(log))
    monkeypatch.setattr(constants, "DEBUG", True)
    app = Asks()
    assert asyncio.run(typed(app)) == PIN
    assert len(app.posted) == len(PIN) + 2
    assert not any(PIN[:2] in one for one in app.posted), app.posted
    assert list(tmp_path.iterdir()) == []
    assert not set(LOGS) & set(os.environ), "what is started from here is as quiet"
    assert not app.debug
