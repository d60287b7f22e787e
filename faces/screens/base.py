"""What the wallet's app and the till's are built on: language, themes, size, one way to call a service."""

from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import ClassVar, Final, ParamSpec, TypeVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

from faces.language import TAGS, chosen_over, current, label, use
from faces.plain_text import speaks_utf8
from faces.screens.fault import EXIT_FAULT, write_fault
from faces.screens.one_thread import OneThread
from faces.screens.quiet import QuietApp
from faces.screens.reading import ReadFirst, Ticks
from faces.screens.theme import DARK, LIGHT, THEMES, Ascii
from faces.words import sentence
from tender.errors import Refusal, TenderError

P = ParamSpec("P")
T = TypeVar("T")

COLUMNS_LEAST: Final = 80
ROWS_LEAST: Final = 24


class TooSmall(ModalScreen[None]):
    """Stands before everything while the window is too small to show it whole; goes when it grows."""

    DEFAULT_CSS = """
    TooSmall { align: center middle; background: $background; }
    TooSmall Static { width: auto; max-width: 100%; height: auto; text-align: center; padding: 0 1; }
    """

    def compose(self) -> ComposeResult:
        """One calm text."""
        yield Static(self._words(), markup=False)

    def on_resize(self) -> None:
        """Say how large the window is now."""
        self.query_one(Static).update(self._words())

    def _words(self) -> str:
        return label(
            "screen.too-small",
            columns=COLUMNS_LEAST,
            rows=ROWS_LEAST,
            columns_now=self.app.size.width,
            rows_now=self.app.size.height,
        )


class TengeApp(QuietApp[int]):
    """An app of ours. Services are called with :meth:`outcome` or :meth:`attempt`; screens never block.

    ``environment`` says whether the terminal speaks UTF-8 (LC_ALL, LC_CTYPE, LANG); NO_COLOR is obeyed by
    Textual itself. ``ticks``: by which a question knows how long it could be read.
    """

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", show=False, priority=True),
        Binding("ctrl+l", "look", show=False),
    ]
    CSS = """
    Screen { background: $background; color: $foreground; }
    .good { color: $good; }
    .bad { color: $bad; text-style: bold; }
    .wait { color: $wait; }
    .money { color: $money; text-style: bold; }
    .quiet { color: $quiet; }
    .title { text-style: bold; }
    ToastRack { margin-bottom: 3; }
    """

    def __init__(
        self,
        *,
        environment: Mapping[str, str] | None = None,
        look: str = "dark",
        tongue: str = "",
        ticks: Ticks = monotonic,
    ) -> None:
        super().__init__()
        self.ticks = ticks
        self.fault_folder: Path | None = None
        """Where a fault of our own is written down; nowhere while it is None."""
        self.desk = OneThread()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = LIGHT if look == "light" else DARK
        wanted = chosen_over(tongue, environment or {})
        if wanted:
            use(wanted)
        self.ascii_only = not speaks_utf8(environment or {})
        if self.ascii_only:
            self._filters.append(Ascii())
            if current() != "en":
                use("en")  # letters this terminal cannot show

    @property
    def tongues(self) -> tuple[str, ...]:
        """The languages this terminal has the letters of."""
        return TAGS[:1] if self.ascii_only else TAGS

    # --- looks

    @property
    def look(self) -> str:
        """``dark`` or ``light``."""
        return "light" if self.theme == LIGHT else "dark"

    def action_look(self) -> None:
        """Dark to light and back."""
        self.theme = DARK if self.theme == LIGHT else LIGHT

    def on_resize(self, event: events.Resize) -> None:
        """Below the least size nothing is shown in part; above it everything is where it was."""
        small = event.size.width < COLUMNS_LEAST or event.size.height < ROWS_LEAST
        covered = isinstance(self.screen, TooSmall)
        if small and not covered:
            self.push_screen(TooSmall())
        elif covered and not small:
            self.pop_screen()

    async def on_event(self, event: events.Event) -> None:
        """A question in front of everything takes nothing that was pressed before it could be read."""
        front = self.screen_stack[-1] if self.screen_stack else None
        if isinstance(front, ReadFirst) and front.too_early(event, self.ticks):
            return
        await super().on_event(event)

    def _fatal_error(self) -> None:
        """One sentence instead of Textual's picture of every variable, and exit code 3 (the world failed)."""
        self._return_code = EXIT_FAULT
        error, folder = self._exception, self.fault_folder
        file = write_fault(error, folder) if error is not None and folder is not None else ""
        if not self._exit_renderables:
            self._exit_renderables.append(Text(label("screen.crashed", file=file)))
        self._close_messages_no_wait()

    # --- services

    async def outcome(
        self, act: Callable[P, T | Refusal], *arguments: P.args, **named: P.kwargs
    ) -> T | Refusal:
        """What the act returns; an error of the world or of a peer becomes its refusal."""
        try:
            return await self.desk(act, *arguments, **named)
        except TenderError as error:
            return error.refusal

    async def attempt(self, act: Callable[P, T | Refusal], *arguments: P.args, **named: P.kwargs) -> T | None:
        """What the act returns; a refusal is told to the user, and None comes back."""
        told = await self.outcome(act, *arguments, **named)
        if isinstance(told, Refusal):
            self.tell_refusal(told)
            return None
        return told

    def tell_refusal(self, refusal: Refusal) -> None:
        """Say no, and why, and what to do."""
        self.notify(sentence(refusal), severity="error", timeout=8, markup=False)

    def tell(self, text: str) -> None:
        """Say what was done."""
        self.notify(text, timeout=5, markup=False)
