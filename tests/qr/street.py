"""People who pay each other by commands and pictures of codes: each has a screen that others can look at."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.wallet.test_commands import Desk


@dataclass
class Screens:
    """What each wallet shows, as picture files, and nothing else between them."""

    desk: Desk
    folder: Path
    shown: int = field(default=0)

    def shows(self, who: str, *words: str) -> Path:
        """A command whose message stands on somebody's screen afterwards."""
        self.shown += 1
        picture = self.folder / f"{self.shown} {who}.png"
        self.desk.does(*words, "--png", str(picture), "-w", who)
        assert picture.read_bytes().startswith(b"\x89PNG")
        return picture

    def pays(self, payer: str, payee: str, amount: str) -> None:
        """Request code, payment code, receipt code: three pictures, each read by the other side."""
        asked = self.shows(payee, "request", amount)
        paid = self.shows(payer, "pay", "--scan", str(asked), "--yes")
        receipt = self.shows(payee, "receive", "--scan", str(paid))
        self.desk.does("receipt", "--scan", str(receipt), "-w", payer)

    def last(self, who: str) -> dict[str, Any]:
        """The newest line of somebody's history."""
        line = self.desk.told("history", "-w", who)["payments"][0]
        assert isinstance(line, dict)
        return line
