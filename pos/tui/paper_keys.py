"""What every screen that shows a paper can do with it: print, keep as a picture, keep as text."""

from collections.abc import Callable
from typing import ClassVar

from faces.language import label
from faces.receipt_picture import png, printed
from faces.receipt_slip import Row
from faces.receipt_text import as_text
from faces.screens.page import Key
from pos.tui.app import TillScreen


class PaperKeys(TillScreen):
    """Mixed into a screen that says which rows."""

    paper_keys: ClassVar[tuple[Key, ...]] = (
        ("p", "print", "till.key-print"),
        ("g", "picture", "till.key-picture"),
        ("t", "text", "till.key-text"),
    )

    def rows(self) -> tuple[Row, ...] | None:
        """The paper; None while there is none."""
        return None

    def paper_name(self) -> str:
        """How a file of it is called, without its ending."""
        return "paper"

    def action_print(self) -> None:
        """On paper."""
        doors = self.tills.doors
        self._out(lambda rows: doors.print(printed(rows, doors.paper_columns, doors.has_letters)))

    def action_picture(self) -> None:
        """As a PNG."""
        doors, name = self.tills.doors, f"{self.paper_name()}.png"
        self._out(lambda rows: doors.save(name, png(rows, doors.paper_columns)))

    def action_text(self) -> None:
        """As a text file."""
        doors, name = self.tills.doors, f"{self.paper_name()}.txt"
        self._out(lambda rows: doors.save(name, as_text(rows, doors.paper_columns).encode()))

    def _out(self, act: Callable[[tuple[Row, ...]], str]) -> None:
        rows = self.rows()
        if rows is not None:
            self.run_worker(self._put_out(act, rows), group="paper")

    async def _put_out(self, act: Callable[[tuple[Row, ...]], str], rows: tuple[Row, ...]) -> None:
        where = await self.tills.attempt(act, rows)
        if where is not None:
            self.tills.tell(label("till.put-out", where=where))
