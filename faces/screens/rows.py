"""A list of any length that draws only what is in sight: five thousand payments are as quick as five."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

Cell = tuple[str, str]
"""A piece of a line: its text and its meaning (``good``, ``money``, ``quiet`` …, or nothing)."""


class Rows(ScrollView, can_focus=True):
    """Rows of one line each. ``draw(place, width)`` says what a row shows; the widget cuts or fills it.

    Posts :class:`Rows.Chosen` when Enter or a click picks a row, :class:`Rows.Moved` when the cursor goes on.
    """

    MEANINGS: ClassVar = ("good", "bad", "wait", "money", "quiet", "title", "bank")
    COMPONENT_CLASSES: ClassVar = {"rows--row", "rows--cursor", *(f"rows--{one}" for one in MEANINGS)}
    DEFAULT_CSS = """
    Rows { height: 1fr; background: $background; scrollbar-size-vertical: 1; overflow-x: hidden; }
    Rows > .rows--cursor { background: $panel; }
    Rows:focus > .rows--cursor { background: $cursor; text-style: bold; }
    Rows > .rows--good { color: $good; }
    Rows > .rows--bad { color: $bad; }
    Rows > .rows--wait { color: $wait; }
    Rows > .rows--money { color: $money; }
    Rows > .rows--quiet { color: $quiet; }
    Rows > .rows--bank { color: $bank; }
    Rows > .rows--title { text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "go(-1)", show=False),
        Binding("down", "go(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "go(-1000000000)", show=False),
        Binding("end", "go(1000000000)", show=False),
        Binding("enter", "choose", show=False),
    ]

    class Chosen(Message):
        """A row was picked."""

        def __init__(self, rows: "Rows", place: int) -> None:
            super().__init__()
            self.rows, self.place = rows, place

        @property
        def control(self) -> "Rows":
            """Which list."""
            return self.rows

    class Moved(Chosen):
        """The cursor stands on another row."""

    def __init__(
        self, draw: Callable[[int, int], Sequence[Cell]], count: int = 0, *, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._draw_row = draw
        self.count = count
        self.cursor = 0

    def show(self, count: int, *, cursor: int = 0) -> None:
        """There are so many rows now; the cursor stands on this one."""
        self.count = count
        self.cursor = max(0, min(cursor, count - 1))
        self.virtual_size = Size(self.size.width, count)
        if cursor:
            self._see_cursor()
        else:
            self.scroll_to(0, 0, animate=False)
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        """As wide as there is room."""
        self.virtual_size = Size(event.size.width, self.count)

    def render_line(self, y: int) -> Strip:
        """One row, drawn now."""
        place = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        base = self.get_component_rich_style("rows--row")
        if not 0 <= place < self.count:
            return Strip.blank(width, base)
        if place == self.cursor:
            base += self.get_component_rich_style("rows--cursor", partial=True)
        segments = [
            Segment(
                text,
                base + self.get_component_rich_style(f"rows--{meaning}", partial=True) if meaning else base,
            )
            for text, meaning in self._draw_row(place, width)
        ]
        return Strip(segments).adjust_cell_length(width, base)

    def action_go(self, by: int) -> None:
        """Some rows up or down."""
        self._stand(self.cursor + by)

    def action_page(self, by: int) -> None:
        """A page up or down."""
        self._stand(self.cursor + by * max(1, self.size.height - 1))

    def action_choose(self) -> None:
        """Pick the row under the cursor."""
        if self.count:
            self.post_message(self.Chosen(self, self.cursor))

    def on_click(self, event: events.Click) -> None:
        """Pick the row under the mouse."""
        place = event.y + self.scroll_offset.y
        if 0 <= place < self.count:
            self._stand(place)
            self.action_choose()

    def _stand(self, place: int) -> None:
        place = max(0, min(place, self.count - 1))
        if place != self.cursor:
            self.cursor = place
            self._see_cursor()
            self.refresh()
            self.post_message(self.Moved(self, place))

    def _see_cursor(self) -> None:
        self.scroll_to_region(Region(0, self.cursor, max(1, self.size.width), 1), animate=False, force=True)
