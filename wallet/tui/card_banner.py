"""A purchase waits for a yes, and something else stands in front: one line above it says so."""

from typing import TYPE_CHECKING, Any

from textual.screen import Screen
from textual.widgets import Static

from faces.bank_cards import waits_line

if TYPE_CHECKING:
    from device.service.bank_cards import CardConfirmation


class CardBanner(Static):
    """Lies over the first line; takes no key. A click does what its key does."""

    DEFAULT_CSS = """
    CardBanner { layer: waiting; dock: top; width: 1fr; height: 1; padding: 0 1;
        background: $wait; color: $background; text-style: bold; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)

    @staticmethod
    def above(screen: Screen[Any]) -> "CardBanner":
        """The one of this screen."""
        for found in screen.query(CardBanner):
            return found
        made = CardBanner()
        screen.mount(made)
        return made

    def say(self, asked: "CardConfirmation", left_s: int, *, now: bool) -> None:
        """Who waits, for how much, how long still. ``now``: its key may be pressed."""
        width = self.app.size.width - 2
        self.update(waits_line(asked, left_s, width, now=now))

    async def on_click(self) -> None:
        """As its key."""
        await self.run_action("app.answer_card")
