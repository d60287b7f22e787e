"""The least a Textual program can be: header, footer, one label. What our screens are measured against."""

from textual.app import App, ComposeResult
from textual.widgets import Footer, Header, Label

HELLO = "nothing but a label"


class Empty(App[None]):
    """A key changes the label, so that there is something to see."""

    BINDINGS = [("down", "count", "Count")]  # noqa: RUF012
    presses = 0

    def compose(self) -> ComposeResult:
        """Three widgets."""
        yield Header()
        yield Label(HELLO)
        yield Footer()

    def action_count(self) -> None:
        """Another text."""
        self.presses += 1
        self.query_one(Label).update(f"{HELLO} {self.presses}")


if __name__ == "__main__":
    Empty().run()
