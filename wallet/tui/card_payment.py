"""One operation of a bank card in full: what people ask for first, what a bank asks for below it."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from device.service.bank_cards import CardOperation
from device.service.view import Payment
from faces.bank_cards import short_number
from faces.card_slip import Fact, for_people, for_the_bank
from faces.language import label
from faces.screens.confirm import Confirm
from tender.errors import Refusal
from wallet.tui.page import Page


class CardPayment(Page):
    """A line of the history that a bank card made, with what its bank told of it."""

    DEFAULT_CSS = """
    CardPayment VerticalScroll { padding: 1 2; }
    CardPayment #facts { margin-bottom: 1; }
    """
    title_key = "slip.title"
    keys: ClassVar = (("s", "stop_card", "key.stop-card"),)

    def __init__(self, payment: Payment, slip: CardOperation) -> None:
        super().__init__()
        self._payment, self._slip = payment, slip

    def body(self) -> Iterable[Widget]:
        """Two lists of facts, the second under a heading."""
        people = for_people(self._slip)
        bank = for_the_bank(self._slip, self._payment.id.hex())
        width = max(len(label(fact.name)) for fact in (*people, *bank)) + 2
        head = Content.assemble((label("slip.technical"), "bold"))
        with VerticalScroll():
            yield Static(Content("\n").join(_lines(people, width)), id="facts", markup=False)
            yield Static(Content("\n").join([head, *_lines(bank, width)]), id="technical", markup=False)

    def action_stop_card(self) -> None:
        """The card is stopped, if its owner says so once more."""
        self.run_worker(self._stop_card(), exclusive=True)

    async def _stop_card(self) -> None:
        card = short_number(self._slip.masked)
        if not await self.wallets.push_screen_wait(Confirm(label("slip.stop", card=card), careful=True)):
            return
        cards = self.wallet.cards
        told = await self.wallets.bank(lambda: cards.stop(self._slip.card, stopped=True))
        if isinstance(told, Refusal):
            self.wallets.tell_refusal(told)
        else:
            self.wallets.tell(label("bankcards.stopped", card=card))


def _lines(facts: Sequence[Fact], width: int) -> list[Content]:
    return [
        Content.assemble((f"{label(one.name):<{width}}", "$quiet"), (one.text, _STYLES[one.meaning]))
        for one in facts
    ]


_STYLES = {"money": "$money bold", "good": "$good", "bad": "$bad", "quiet": "$quiet", "": ""}
