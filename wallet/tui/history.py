"""The history: every payment, newest first; typing finds, arrows move, Enter shows the whole way of one."""

from collections.abc import Iterable
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input, Static

from device.service.view import Payment
from faces.language import label
from faces.screens.rows import Rows
from wallet.tui.page import Page
from wallet.tui.payment_row import found_by, payment_cells

EVERYTHING: Final = 1_000_000


class History(Page):
    """Looks once; searching asks nobody. The field has the letters, the list the arrows."""

    DEFAULT_CSS = """
    History #wanted { border: none; height: 1; padding: 0 1; background: $surface; }
    History #count { height: 1; padding: 0 1; color: $quiet; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "rows('go', -1)", show=False),
        Binding("down", "rows('go', 1)", show=False),
        Binding("pageup", "rows('page', -1)", show=False),
        Binding("pagedown", "rows('page', 1)", show=False),
    ]
    title_key = "history.title"

    def __init__(self) -> None:
        super().__init__()
        self._all: tuple[Payment, ...] = ()
        self._texts: list[str] = []
        self._shown: list[int] = []

    def body(self) -> Iterable[Widget]:
        """A field to search with, how many were found, the list."""
        yield Input(placeholder=label("history.search"), id="wanted")
        yield Static(label("screen.working"), id="count", markup=False)
        yield Rows(self._row, id="payments")

    def on_mount(self) -> None:
        """Ready to search."""
        self.query_one(Input).focus()
        self._look()

    def on_screen_resume(self) -> None:
        """What was done to a payment shows here."""
        if self._all:
            self._look()

    def show_anew(self) -> None:
        """Something was added."""
        self._look()

    def _look(self) -> None:
        self.run_worker(self._looked(), exclusive=True, group="look")

    async def _looked(self) -> None:
        found = await self.wallets.attempt(self.wallet.view.history, EVERYTHING)
        if found is not None:
            self._all, self._texts = found, []
            self._find(self.query_one(Input).value, cursor=self.query_one(Rows).cursor)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Found as it is typed."""
        self._find(event.value)

    def _find(self, wanted: str, *, cursor: int = 0) -> None:
        words = wanted.casefold().split()
        if words and not self._texts:
            self._texts = [found_by(one) for one in self._all]
        self._shown = [
            place
            for place in range(len(self._all))
            if not words or all(word in self._texts[place] for word in words)
        ]
        key = "history.found" if words else "history.count"
        self.query_one("#count", Static).update(
            label(key, count=len(self._shown)) if self._all else label("history.none")
        )
        self.query_one(Rows).show(len(self._shown), cursor=cursor)

    def _row(self, place: int, width: int) -> list[tuple[str, str]]:
        return payment_cells(self._all[self._shown[place]], width)

    def action_rows(self, what: str, by: int) -> None:
        """The arrows move the list though the field has the focus."""
        rows = self.query_one(Rows)
        rows.action_go(by) if what == "go" else rows.action_page(by)

    def on_input_submitted(self) -> None:
        """Enter in the field picks the row under the cursor."""
        self.query_one(Rows).action_choose()

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """The whole way of one payment."""
        from wallet.tui.payment import show_payment

        self.run_worker(show_payment(self.wallets, self._all[self._shown[event.place]]))
