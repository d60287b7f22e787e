"""Settings: one line each, Enter changes it. What the user chose is shown where it is changed."""

from collections.abc import Iterable
from typing import ClassVar, Final

from textual.widget import Widget

from faces.language import current, label
from faces.phrases import phrase
from faces.screens.ask import Ask, Field
from faces.screens.rows import Rows
from tender.crypto.sealing import Pin
from tender.errors import Refusal, TenderError
from wallet.tui.page import Page

LINES: Final = ("name", "pin", "backup", "tongue", "look", "idle", "rules", "lock")
IDLE_CHOICES_S: Final = (60, 180, 600, 1800, 0)


class SettingsScreen(Page):
    """``show my name`` is DT-A-01: the user alone decides, and from hand to hand it holds at once."""

    DEFAULT_CSS = """
    SettingsScreen Rows { margin: 1 1; }
    """
    title_key = "settings.title"
    keys: ClassVar = ()

    def __init__(self) -> None:
        super().__init__()
        self._name_shown = False

    def body(self) -> Iterable[Widget]:
        """The list."""
        yield Rows(self._row, id="settings")

    def on_mount(self) -> None:
        """What is chosen now."""
        self.query_one(Rows).focus()
        self.run_worker(self._look(), exclusive=True, group="look")

    async def _look(self) -> None:
        settings = await self.wallets.attempt(lambda: self.wallet.desk.settings)
        if settings is not None:
            self._name_shown = settings.name_shown
        self._anew()

    def _anew(self) -> None:
        rows = self.query_one(Rows)
        rows.show(len(LINES), cursor=rows.cursor)

    def _row(self, place: int, width: int) -> list[tuple[str, str]]:
        name = LINES[place]
        return [(f" {label(f'settings.{name}'):<40} ", ""), (self._told(name), "money")]

    def _told(self, name: str) -> str:
        if name == "name":
            return label("settings.shown" if self._name_shown else "settings.hidden")
        if name == "tongue":
            return label(f"language.{current()}")
        if name == "look":
            return label(f"settings.{self.wallets.look}")
        if name == "idle":
            idle_s = self.wallets.chosen.idle_s
            return label("settings.minutes", minutes=idle_s // 60) if idle_s else label("settings.never")
        return ""

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Change it."""
        name = LINES[event.place]
        if name in ("name", "pin", "backup"):
            work = {"name": self._show_name, "pin": self._pin, "backup": self._backup}[name]
            self.run_worker(work(), exclusive=True)
        elif name == "tongue":
            tongues = self.wallets.tongues
            self.wallets.speak(tongues[(tongues.index(current()) + 1) % len(tongues)])
            self.wallets.start_over("settings")
        elif name == "look":
            self.wallets.action_look()
            self.wallets.choose(look=self.wallets.look)
        elif name == "idle":
            now = self.wallets.chosen.idle_s
            place = IDLE_CHOICES_S.index(now) if now in IDLE_CHOICES_S else -1
            self.wallets.lock_after(IDLE_CHOICES_S[(place + 1) % len(IDLE_CHOICES_S)])
        elif name == "rules":
            from wallet.tui.rules import rules

            self.wallets.push_screen(rules())
        else:
            self.wallets.action_lock()
        if self.is_mounted:
            self._anew()

    async def _show_name(self) -> None:
        shown = not self._name_shown
        told = await self.wallets.bank(lambda: self.wallet.life.show_name(shown))
        if isinstance(told, Refusal):
            self.wallets.tell_refusal(told)
            return
        told_later = "" if told else " " + phrase("name-told-later")
        self.wallets.tell(phrase("name-shown" if shown else "name-hidden") + told_later)
        await self._look()

    async def _pin(self) -> None:
        asked = await self.wallets.push_screen_wait(
            Ask(
                label("settings.pin-ask"),
                Field("new", label("settings.pin-new"), "pin"),
                Field("again", label("settings.pin-again"), "pin"),
            )
        )
        if asked is None:
            return
        new, again = asked["new"], asked["again"]
        assert isinstance(new, Pin) and isinstance(again, Pin)
        if not new.same_as(again):
            self.wallets.tell(label("first.pins-differ"))
            return
        refused = await self.wallets.outcome(lambda: self.wallet.life.change_pin(new))
        if isinstance(refused, Refusal):
            self.wallets.tell_refusal(refused)
        else:
            self.wallets.tell(phrase("pin-changed"))

    async def _backup(self) -> None:
        asked = await self.wallets.push_screen_wait(
            Ask(
                label("settings.backup-ask"),
                Field("file", label("settings.file"), value=f"{self.wallets.current}.backup"),
                Field("pin", label("field.pin"), "pin"),
            )
        )
        if asked is None:
            return
        file, pin = str(asked["file"]), asked["pin"]
        assert isinstance(pin, Pin)
        saved = await self.wallets.attempt(lambda: self.wallet.life.backup(pin))
        if saved is None:
            return
        try:
            self.wallets.doors.save(file, saved.data)
        except TenderError as error:
            self.wallets.tell_refusal(error.refusal)
            return
        self.wallets.tell(phrase("backed-up", file=file))
