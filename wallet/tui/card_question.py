"""The question of a purchase on line: a shop wants so much by this card; pay or not, and how long is left."""

from collections.abc import Iterable
from typing import ClassVar

from textual.widget import Widget
from textual.widgets import Static

from device.service.bank_cards import CardConfirmation
from device.service.wallet import Wallet
from faces.bank_cards import question_lines, time_left
from faces.language import label
from tender.errors import Code, Refusal, StoreError
from wallet.tui.question import Question

TICK_S = 1.0
_OVER = frozenset({Code.CONFIRMATION_MISSING, Code.OPERATION_UNDONE, Code.REQUEST_CLOSED, Code.ORDER_UNKNOWN})
"""Refusals after which asking again is no use."""


class CardQuestion(Question):
    """It comes by itself (:mod:`wallet.tui.card_watch`) and goes by itself when its time is over."""

    certain_key: ClassVar[str] = "bankcards.certain"
    pin_key: ClassVar[str] = "bankcards.pin"
    doing_key: ClassVar[str] = "bankcards.asking"

    def __init__(self, name: str, asked: CardConfirmation, masked: str) -> None:
        """``name``: whose wallet of the open ones is asked; ``masked``: the card's number."""
        super().__init__(needs_pin=True)
        self._whose = name
        self._asked = asked
        self._masked = masked

    @property
    def wallet(self) -> Wallet:
        """The wallet whose card it is, whichever the other screens speak of."""
        found = self.wallets.open_wallets.get(self._whose)
        if found is None:
            raise StoreError(Code.STORE_MISSING, "store", name=self._whose)
        return found

    def asked(self) -> Iterable[Widget]:
        """Who wants how much, by which card, and how long there is to answer."""
        wants, by, left = question_lines(self._asked, self._masked, self._left_s())
        yield Static(wants, id="asked", markup=False)
        yield Static(by, id="whom", markup=False)
        yield Static(left, id="left", markup=False)

    def on_mount(self) -> None:
        """The PIN's field has the keys, and the clock runs."""
        super().on_mount()
        self.set_interval(TICK_S, self.tick)

    def _left_s(self) -> int:
        return max(0, self._asked.until - self.wallet.desk.clock_now())

    def tick(self) -> None:
        """A second later; when there is none left, the question goes."""
        if self._whose not in self.wallets.open_wallets or not self.is_current:
            return  # locked: the clock is looked at again when the question is in sight
        left_s = self._left_s()
        self.query_one("#left", Static).update(time_left(left_s))
        if not left_s and not self._busy:
            self._gone(label("bankcards.over", party=self._asked.party))

    async def said_yes(self) -> None:
        """The bank is told, and converts and pays in that instant."""
        await self._said(yes=True)

    async def _no(self) -> None:
        await self._said(yes=False)

    async def _said(self, *, yes: bool) -> None:
        asked, wallet = self._asked, self.wallet
        told = await self.wallets.bank(lambda: wallet.cards.confirm(asked, yes=yes))
        if isinstance(told, Refusal):
            if told.code in _OVER:
                self.wallets.tell_refusal(told)
                self._gone("")
            else:
                self.refused(told)
            return
        key = "bankcards.confirmed" if yes else "bankcards.refused"
        # The app's own: what this screen runs ends with it.
        self.wallets.run_worker(self.wallets.card_watch.bring_notices(wallet), group="card-notices")
        self._gone(label(key, party=asked.party, amount_tiyn=asked.amount_tiyn))

    def _gone(self, words: str) -> None:
        self._busy = True
        if words:
            self.wallets.tell(words)
        if self.is_current:
            self.wallets.pop_screen()
