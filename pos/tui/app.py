"""The till's app: opens the till and shows whatever it was doing, also after a restart in mid-sale."""

from collections.abc import Mapping
from typing import Final

from faces.amounts import amount_text
from faces.language import label
from faces.screens.base import COLUMNS_LEAST, ROWS_LEAST, TengeApp, TooSmall
from faces.screens.page import KeyedScreen
from pos.service.till import Till, TillStatus
from pos.service.values import CARD, Phase, Receipt, Room
from pos.tui.doors import TillDoors
from tender.crypto.sealing import Pin
from tender.errors import Code, Refusal, StoreError

REVERSALS_S: Final = 15.0
"""How often a till that stands looks whether a card reversal is due."""


class TillApp(TengeApp):
    """One till. ``status`` is what it last said of itself; where the app stands follows from it alone."""

    TITLE = "Digital Tenge"

    def __init__(
        self,
        doors: TillDoors,
        *,
        environment: Mapping[str, str] | None = None,
        look: str = "dark",
        tongue: str = "",
    ) -> None:
        super().__init__(environment=environment, look=look, tongue=tongue)
        self.doors = doors
        self.opened: Till | None = None
        self.status: TillStatus | None = None
        self.for_payer: bytes = b""
        """The message the payer's device waits for: a receipt, or money that goes back."""
        self.reader = doors.reader
        """The reader on the counter, as it was named last."""
        self.corrections: tuple[Receipt, ...] = ()
        """Voids that did not happen after all, until somebody has looked at the receipts."""
        self.by_tap = False
        """Whether the open question is to be answered by tap first; else it is shown as a code."""

    @property
    def till(self) -> Till:
        """The open till; raises ``store-missing`` before."""
        if self.opened is None:
            raise StoreError(Code.STORE_MISSING, "store", name=self.doors.name)
        return self.opened

    async def on_mount(self) -> None:
        """The door first; with a PIN that is given, straight through it."""
        from pos.tui.entrance import Unlock

        await self.push_screen(Unlock())
        self.set_interval(REVERSALS_S, self.say_reversals)
        given = self.doors.given_pin() if self.doors.exists() else None
        if given is not None and await self.unlock(given) is None:
            self.move_on()

    def say_reversals(self) -> None:
        """What the acquirer of cards has not heard yet is said again while the till stands."""
        if self.opened is not None and not self.desk.busy:
            self.run_worker(self._said_reversals(self.opened), group="reversals", exclusive=True)

    async def _said_reversals(self, till: Till) -> None:
        await self.outcome(till.terminal.say_due)
        await self._look_at_corrections(till)

    async def _look_at_corrections(self, till: Till) -> None:
        """Whoever stands here can tell the customer; the counter says it until the receipts are looked at."""
        made = await self.outcome(till.cards.corrections)
        if isinstance(made, Refusal) or not made:
            return
        self.corrections += made
        if isinstance(self.screen, TillScreen):
            self.screen.show_corrections()
        for one in made:
            words = label(
                "cardpay.void-refused", receipt=one.of, amount_tiyn=one.total_tiyn, correction=one.name
            )
            self.notify(words, severity="warning", timeout=30, markup=False)

    async def unlock(self, pin: Pin) -> Refusal | None:
        """Open the till, or make it, and bring its book up to what its device knows."""
        told = await self.outcome(self._open, pin)
        if isinstance(told, Refusal):
            return told
        self.status = told
        return None

    def _open(self, pin: Pin) -> TillStatus:
        self.opened = (self.doors.open if self.doors.exists() else self.doors.create)(pin)
        return self.opened.resume()

    def move_on(self) -> None:
        """To the screen that belongs to where the till stands now."""
        self.run_worker(self._move_on(), group="place", exclusive=True)

    async def _move_on(self) -> None:
        status = await self.attempt(self.till.status)
        if status is None:
            return
        self.status = status
        await self._look_at_corrections(self.till)
        screen = _screen_for(status, self.reader)
        covered = self.size.width < COLUMNS_LEAST or self.size.height < ROWS_LEAST
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        await self.push_screen(screen)
        if covered:
            await self.push_screen(TooSmall())

    async def on_unmount(self) -> None:
        """Nothing stays open."""
        opened, self.opened = self.opened, None
        self.desk.close(opened.close if opened is not None else None)


class TillScreen(KeyedScreen):
    """A screen of the till."""

    @property
    def tills(self) -> TillApp:
        """The app, by its own type."""
        assert isinstance(self.app, TillApp)
        return self.app

    @property
    def till(self) -> Till:
        """The open till."""
        return self.tills.till

    def show_corrections(self) -> None:
        """A void did not happen after all: shown by a screen that has room for it."""

    @property
    def status(self) -> TillStatus:
        """What the till last said of itself."""
        found = self.tills.status
        assert found is not None  # no screen but the door is shown before it is
        return found

    def heading(self) -> str:
        """Whose till, who sells, and how much offline money waits."""
        status = self.status
        shift = label("till.shift", number=status.shift.number) if status.shift else ""
        title = label(self.title_key) if self.title_key else ""
        where = (title, status.merchant) if title else (status.merchant, status.cashier, shift)
        left = " · ".join(one for one in where if one)
        right, width = standing_words(status), self.app.size.width - 2
        if len(left) + 2 + len(right) > width:
            right = standing_figures(status)
        room = width - len(right)
        return f"{left[: room - 2]:<{room}}{right}"

    def action_back(self) -> None:
        """To the counter."""
        self.app.pop_screen()


def standing_words(status: TillStatus) -> str:
    """Offline money against its limit; with a word when there is little room."""
    standing = status.standing
    if not status.bank:
        return label("till.no-bank")
    key = {
        Room.PLENTY: "till.offline-plenty",
        Room.LITTLE: "till.offline-little",
        Room.NONE: "till.offline-none",
    }[standing.room]
    return label(key, held=amount_text(standing.held_tiyn), most=amount_text(standing.most_tiyn))


def standing_figures(status: TillStatus) -> str:
    """The same in figures, for a narrow window: a mark stands for the warning."""
    standing = status.standing
    if not status.bank:
        return label("till.no-bank")
    mark = {Room.PLENTY: "", Room.LITTLE: "! ", Room.NONE: "!! "}[standing.room]
    return f"{mark}{amount_text(standing.held_tiyn, sign='')} / {amount_text(standing.most_tiyn)}"


def _screen_for(status: TillStatus, reader: str) -> KeyedScreen:
    if not status.bank and not status.cashiers:
        from pos.tui.entrance import Enrol

        return Enrol()
    if not status.cashier:
        from pos.tui.entrance import SignOn

        return SignOn()
    if status.shift is None:
        from pos.tui.entrance import OpenShift

        return OpenShift()
    if status.sale is not None and status.sale.phase is Phase.PAYING and status.sale.asked is not None:
        if status.sale.asked.tender == CARD:
            from pos.tui.card import CardPay

            return CardPay(status.sale.asked.amount_tiyn, reader)
        from pos.tui.payment import Payment

        return Payment(status.sale.asked)
    if status.sale is not None and status.sale.phase is Phase.PAID:
        from pos.tui.done import Done

        return Done(status.sale)
    from pos.tui.counter import Counter

    return Counter()
