"""Offline takings: what waits here, against its limit, since when, and the way to the bank."""

from collections.abc import Iterable
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from faces.amounts import amount_text, moment_text
from faces.language import label
from faces.phrases import phrase
from faces.screens.confirm import Confirm
from faces.words import sentence
from pos.service.till import TillStatus
from pos.service.values import Room
from pos.tui.app import TillScreen, standing_words
from tender.errors import Code, Refusal

BAR_MOST = 60


class Offline(TillScreen):
    """A bar that fills; deposit empties it. Being offline is no fault and is said calmly."""

    DEFAULT_CSS = """
    Offline #standing { height: auto; padding: 1 2; }
    Offline #said { height: auto; padding: 0 2; color: $wait; }
    """
    title_key = "till.offline"
    keys: ClassVar = (
        ("d", "deposit", "till.key-deposit"),
        ("y", "sync", "till.key-sync"),
        ("e", "enrol", "till.key-enrol"),
        ("escape", "back", "answer.back"),
    )

    def body(self) -> Iterable[Widget]:
        """The figures, and what was done."""
        yield Static(id="standing")
        yield Static(id="said", markup=False)

    def on_mount(self) -> None:
        """As it is."""
        self._show(self.status)

    def _show(self, status: TillStatus) -> None:
        self.query_one("#standing", Static).update(
            standing_page(status, min(BAR_MOST, self.app.size.width - 8))
        )

    def say(self, text: str) -> None:
        """What was done, or why not."""
        self.query_one("#said", Static).update(text)

    def action_deposit(self) -> None:
        """Everything to the bank."""
        self.say(label("screen.working"))
        self.run_worker(self._deposit(), exclusive=True)

    async def _deposit(self) -> None:
        told = await self.tills.outcome(self.till.deposit)
        if isinstance(told, Refusal):
            self._refused(told)
        else:
            self.say(
                phrase("deposited", settled_tiyn=told.settled_tiyn, account_tiyn=told.account_tiyn)
                if told.settled_tiyn
                else phrase("deposit-empty")
            )
        await self._again()

    def action_enrol(self) -> None:
        """A till without a bank finds one; one without an account opens it."""
        from pos.tui.entrance import Enrol

        if not self.status.bank:
            self.app.push_screen(Enrol())
        elif self.status.account:
            self.say(label("till.has-bank"))
        else:
            self.run_worker(self._account(), exclusive=True)

    async def _account(self) -> None:
        if not await self.app.push_screen_wait(Confirm(label("till.account-question"))):
            return
        told = await self.tills.outcome(self.till.device.membership.open_account)
        self.say(sentence(told) if isinstance(told, Refusal) else phrase("account-opened"))
        await self._again()

    def action_sync(self) -> None:
        """Settle, fetch lists, ask for online takings."""
        self.say(label("screen.working"))
        self.run_worker(self._sync(), exclusive=True)

    async def _sync(self) -> None:
        told = await self.tills.outcome(self.till.sync)
        if isinstance(told, Refusal):
            self._refused(told)
        else:
            self.say(label("till.synced"))
        await self._again()

    def _refused(self, refusal: Refusal) -> None:
        away = refusal.code is Code.PLATFORM_UNREACHABLE
        self.say(label("till.deposit-later") if away else sentence(refusal))

    async def _again(self) -> None:
        status = await self.tills.attempt(self.till.status)
        if status is not None:
            self.tills.status = status
            self._show(status)
            self.retitle()


def standing_page(status: TillStatus, width: int) -> Content:
    """The bar and the figures; what the bar says in colour stands beside it in words."""
    standing = status.standing
    most = max(1, standing.most_tiyn)
    full = min(width, standing.held_tiyn * width // most) if standing.held_tiyn else 0
    meaning = {Room.PLENTY: "$good", Room.LITTLE: "$wait", Room.NONE: "$bad"}[standing.room]
    lines = [
        Content.assemble(("█" * full, meaning), ("░" * (width - full), "$quiet")),
        Content.assemble((standing_words(status), f"{meaning} bold")),
        Content(""),
    ]
    for key, tiyn in (
        ("till.left", standing.left_tiyn),
        ("till.promised", standing.promised_tiyn),
        ("till.claimed", standing.claimed_tiyn),
        ("till.refused", standing.refused_tiyn),
        ("till.settled", standing.settled_tiyn),
        ("till.unmatched", standing.unmatched_tiyn),
    ):
        if tiyn or key == "till.left":
            lines.append(Content(f"{label(key):<34} {amount_text(tiyn):>20}"))
    if standing.oldest_at:
        lines.append(Content(label("till.oldest", since=moment_text(standing.oldest_at))))
    synced = (
        label("till.synced-at", at=moment_text(status.synced_at))
        if status.synced_at
        else label("till.never-synced")
    )
    lines.append(Content(synced))
    return Content("\n").join(lines)
