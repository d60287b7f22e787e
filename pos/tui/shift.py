"""The shift: its totals so far, cash in and out, who sells, and its end."""

from collections.abc import Iterable
from typing import ClassVar

from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from faces.language import label
from faces.receipt_slip import Row
from faces.receipt_text import as_text
from faces.screens.ask import Ask, Field
from faces.screens.confirm import Confirm
from pos.service.values import NO_CARDS, Report, ShiftCards
from pos.tui.choose import Choose, Way
from pos.tui.paper_keys import PaperKeys
from pos.tui.papers import report_rows_of
from tender.crypto.sealing import Pin

COLUMNS = 42


class ReportScreen(PaperKeys):
    """A report as it stands on paper."""

    DEFAULT_CSS = """
    ReportScreen #paper { border: round $panel; padding: 0 2; }
    ReportScreen #paper Static { height: auto; }
    """
    title_key = "till.report"
    keys: ClassVar = (*PaperKeys.paper_keys, ("escape,enter", "leave", "answer.back"))

    def __init__(self, report: Report | None = None, cards: ShiftCards = NO_CARDS) -> None:
        super().__init__()
        self.report, self.cards = report, cards

    def body(self) -> Iterable[Widget]:
        """The paper."""
        yield VerticalScroll(Static("", id="words", markup=False), id="paper")

    def on_mount(self) -> None:
        """Show it."""
        self.show()

    def show(self) -> None:
        """As it is now."""
        rows = self.rows()
        if rows is not None:
            self.query_one("#words", Static).update(as_text(rows, COLUMNS))

    def rows(self) -> tuple[Row, ...] | None:
        """The report's rows."""
        if self.report is None:
            return None
        return report_rows_of(self.report, self.status, self.cards)

    def paper_name(self) -> str:
        """By shift and kind."""
        return f"report-{self.report.kind}-{self.report.shift}" if self.report else "report"

    def action_leave(self) -> None:
        """To where the till stands: after a Z report that is the next shift."""
        self.tills.move_on()


class ShiftScreen(ReportScreen):
    """The X report, and what may be done about the shift."""

    title_key = "till.shift-title"
    keys: ClassVar = (
        ("z", "close", "till.key-z"),
        ("m", "move", "till.key-move"),
        ("n", "cashier", "till.key-cashier"),
        ("o", "off", "till.key-off"),
        *PaperKeys.paper_keys,
        ("escape", "leave", "answer.back"),
    )

    def on_mount(self) -> None:
        """Add up."""
        self.run_worker(self._look(), exclusive=True)

    async def _look(self) -> None:
        report = await self.tills.attempt(self.till.x_report)
        if report is not None:
            self.cards = await self._cards(report)
        self.report = report
        self.show()

    async def _cards(self, report: Report) -> ShiftCards:
        return await self.tills.attempt(self.till.cards.takings.of_shift, report) or NO_CARDS

    def action_close(self) -> None:
        """Z: count, close, print."""
        self.run_worker(self._close(), exclusive=True, group="act")

    async def _close(self) -> None:
        field = Field("counted", label("till.counted-words"), "count", optional=True)
        answers = await self.app.push_screen_wait(Ask(label("till.key-z"), field))
        if answers is None:
            return
        if not await self.app.push_screen_wait(Confirm(label("till.z-question"), careful=True)):
            return
        counted_tiyn = int(str(answers["counted"])) if "counted" in answers else None
        report = await self.tills.attempt(self.till.z_report, counted_tiyn)
        if report is not None:
            self.app.push_screen(ReportScreen(report, await self._cards(report)))

    def action_move(self) -> None:
        """Cash into the drawer or out of it, apart from any sale."""
        self.run_worker(self._move(), exclusive=True, group="act")

    async def _move(self) -> None:
        ways = (Way("in", label("till.cash-in")), Way("out", label("till.cash-out")))
        way = await self.app.push_screen_wait(Choose(label("till.key-move"), ways))
        if way is None:
            return
        field = Field("amount", label("field.amount"), "amount")
        answers = await self.app.push_screen_wait(Ask(label(f"till.cash-{way}"), field))
        if answers is None:
            return
        amount_tiyn = int(str(answers["amount"]))
        if await self.tills.attempt(self.till.move_cash, amount_tiyn if way == "in" else -amount_tiyn):
            await self._look()

    def action_cashier(self) -> None:
        """Somebody more who may sell."""
        self.run_worker(self._cashier(), exclusive=True, group="act")

    async def _cashier(self) -> None:
        answers = await self.app.push_screen_wait(
            Ask(
                label("till.key-cashier"),
                Field("name", label("till.cashier")),
                Field("code", label("till.code"), "pin"),
            )
        )
        if answers is None:
            return
        code = answers["code"]
        assert isinstance(code, Pin)
        refused = await self.tills.outcome(self.till.add_cashier, str(answers["name"]), code)
        if refused is not None:
            self.tills.tell_refusal(refused)
        else:
            self.tills.tell(label("till.cashier-added", name=str(answers["name"])))

    def action_off(self) -> None:
        """The shift goes on; somebody else signs on."""
        self.run_worker(self._off(), exclusive=True, group="act")

    async def _off(self) -> None:
        await self.tills.outcome(self.till.sign_off)
        self.tills.move_on()
