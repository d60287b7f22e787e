"""Sync, step by step before one's eyes: what is to be told the bank, that it is asked, and what it said."""

from collections.abc import Iterable
from typing import ClassVar

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import LoadingIndicator, Static

from device.service.settle import Homecoming
from faces.amounts import amount_text, moment_text
from faces.language import label
from faces.phrases import phrase
from faces.words import sentence
from tender.errors import Code, Refusal
from wallet.tui.page import Page


class SyncScreen(Page):
    """Begins at once. Leaving it stops nothing: what was begun ends, and the home screen shows it."""

    DEFAULT_CSS = """
    SyncScreen VerticalScroll { padding: 1 2; }
    SyncScreen LoadingIndicator { height: 1; width: 12; }
    """
    title_key = "sync.title"
    keys: ClassVar = (("y", "sync", "key.sync-again"),)

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[tuple[str, str]] = []

    def body(self) -> Iterable[Widget]:
        """Steps, and something that moves while the bank is asked."""
        with VerticalScroll():
            yield Static(id="steps", markup=False)
            yield LoadingIndicator()

    def on_mount(self) -> None:
        """Begin."""
        self.action_sync()

    def action_sync(self) -> None:
        """Once more; while one is running, only that one."""
        if not self.query_one(LoadingIndicator).display or not self._lines:
            self._lines = []
            self.run_worker(self._sync(), exclusive=True)

    async def _sync(self) -> None:
        wallets = self.wallets
        for name, wallet in list(wallets.open_wallets.items()):
            if len(wallets.open_wallets) > 1:
                self._say(name, "bold")
            standing = await wallets.outcome(wallet.status.look)
            if not isinstance(standing, Refusal):
                waiting = sum(1 for one in standing.things if "sync" in one.commands)
                self._say(label("sync.to-tell", count=waiting))
            self._say(label("sync.asking"))
            told = await wallets.bank(lambda one=wallet: one.settling.sync())  # type: ignore[misc]
            if isinstance(told, Refusal):
                self._not_synced(told)
            else:
                self._synced(told)
                await wallets.card_watch.refresh(name, wallet)
        self.query_one(LoadingIndicator).display = False

    def _not_synced(self, told: Refusal) -> None:
        if told.code is Code.PLATFORM_UNREACHABLE:
            since = moment_text(self.wallets.offline_since)
            self._say(f"… {label('sync.offline', since=since)}", "$wait")
            self._say(label("sync.offline-certain"), "")
        else:
            self._say(f"✗ {sentence(told)}", "$bad")

    def _synced(self, done: Homecoming) -> None:
        self._say(f"✓ {label('sync.recorded', count=done.recorded)}", "$good")
        deposited = done.deposited
        for key, tiyn in (
            ("sync.credited", deposited.settled_tiyn),
            ("sync.waiting", deposited.waiting_tiyn),
            ("sync.refused", deposited.refused_tiyn),
        ):
            if tiyn:
                self._say(f"· {label(key)} {amount_text(tiyn)}")
        self._say(f"✓ {label('sync.lists', number=done.list_number)}", "$good")
        for late in done.late:
            until = moment_text(late.until) if late.until else ""
            payment = late.payment.hex()[:8]
            self._say(
                "· "
                + phrase(
                    f"late-{late.outcome}",
                    amount_tiyn=late.amount_tiyn,
                    payment=payment,
                    until=until,
                    code=late.code,
                )
            )
        for notice in done.notices:
            if notice.kind == "fork":
                self._say("✗ " + phrase("notice-fork", amount_tiyn=notice.amount_tiyn), "$bad")
        self._say(f"✓ {label('sync.account')} {amount_text(deposited.account_tiyn)}", "$good")

    def _say(self, text: str, style: str = "") -> None:
        self._lines.append((text, style))
        told = Content("\n").join(Content.assemble((line, look)) for line, look in self._lines)
        self.query_one("#steps", Static).update(told)
