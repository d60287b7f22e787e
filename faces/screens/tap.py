"""The screen of a tap, the wallet's and the till's: it runs a tap beside itself and shows what comes of it.

A tap lives in the thread of the store, like every call of a service, and speaks through its :class:`TapHost`:
what happens, a question to the person, whether to stop. Esc asks it to stop while nothing is signed; what it
comes to is its own word, also when it was asked too late.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillOpen
from threading import Event
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar

from textual.message import Message
from textual.widget import Widget

from faces.language import label
from faces.screens.ask import Answers, Ask, Field
from faces.screens.page import Key, KeyedScreen
from faces.screens.tap_board import TapBoard
from faces.screens.tap_look import Pulled, Refused, TapEnd, TapEvent
from tender.crypto.sealing import Pin
from tender.errors import Code, DeviceError, Refusal

if TYPE_CHECKING:
    from faces.screens.base import TengeApp

T = TypeVar("T")
Answer = Callable[[T | None], None]
LOOK_UP_S: Final = 0.2
"""How often a question looks whether anybody is still there to answer it."""


class TapHost:
    """What a tap is given; called from the tap's own thread."""

    def __init__(self, screen: "TapScreen") -> None:
        self._screen = screen
        self._stop = Event()

    def tell(self, event: TapEvent) -> None:
        """Say what happens. Waits for nobody."""
        self._screen.post_message(TapScreen.Told(event))

    def about(self, amount_tiyn: int) -> None:
        """Say what it is about, once that is known."""
        self._screen.post_message(TapScreen.About(amount_tiyn))

    def ask(self, show: Callable[[Answer[T]], None]) -> T | None:
        """Ask the person: ``show`` is called in the screen's thread with the way to answer. None for no, and
        when the screen is gone."""
        answered: Future[T | None] = Future()

        def answer(told: T | None) -> None:
            if not answered.done():
                answered.set_result(told)

        self._screen.post_message(TapScreen.Asked(lambda: show(answer)))
        while not self.stopped():
            try:
                return answered.result(timeout=LOOK_UP_S)
            except StillOpen:
                continue
        return None

    def ask_pin(self) -> Pin:
        """The PIN of the card, typed by whoever holds it. Raises ``card-pin-needed`` for none."""

        def show(answer: Callable[[Answers | None], None]) -> None:
            question = Ask(label("tap.pin"), Field("pin", label("field.pin"), "pin"))
            self._screen.app.push_screen(question, answer)

        answers = self.ask(show)
        pin = answers["pin"] if answers is not None else None
        if not isinstance(pin, Pin):
            raise DeviceError(Code.CARD_PIN_NEEDED, "card")
        return pin

    def stopped(self) -> bool:
        """Whether somebody asked to leave: nothing is begun any more."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Ask the tap to end, from any thread."""
        self._stop.set()


class TapScreen(KeyedScreen):
    """For a subclass: :meth:`tap` does the work, :meth:`finished` goes on from its end."""

    hold_key: ClassVar[str] = "tap.hold"
    """The label that says what to hold where."""
    holds_open: ClassVar[bool] = True
    """Nobody locks the wallet under a tap."""
    stays_awake: ClassVar[bool] = True

    class Told(Message):
        """What the tap says."""

        def __init__(self, event: TapEvent) -> None:
            super().__init__()
            self.event = event

    class About(Message):
        """What the tap is about."""

        def __init__(self, amount_tiyn: int) -> None:
            super().__init__()
            self.amount_tiyn = amount_tiyn

    class Asked(Message):
        """The tap asks; ``show`` brings the question up."""

        def __init__(self, show: Callable[[], None]) -> None:
            super().__init__()
            self.show = show

    def __init__(self, where: str = "", *, amount_tiyn: int = 0) -> None:
        """``where``: the reader, as it was called before; asked for when it is empty."""
        self.where = where
        self._amount_tiyn = amount_tiyn
        self._board: TapBoard | None = None
        super().__init__()
        for key, action in (("enter", "on"), ("escape", "leave"), ("o", "other")):
            self._bindings.bind(key, action, show=False)
        self.host = TapHost(self)

    def tap(self, host: TapHost) -> TapEnd | Refusal:
        """Do it at :attr:`where`, in the thread of the store; for a subclass."""
        raise NotImplementedError

    def remember(self, where: str) -> None:
        """This reader was named; for a subclass that keeps it."""

    def finished(self, end: TapEnd) -> None:
        """Go on from there; for a subclass. Called for Enter after it is done, and for Esc after any end."""
        raise NotImplementedError

    # --- what is shown

    @property
    def tenge(self) -> "TengeApp":
        """The app, by its own type."""
        from faces.screens.base import TengeApp

        assert isinstance(self.app, TengeApp)
        return self.app

    @property
    def board(self) -> TapBoard:
        """The board."""
        return self.query_one(TapBoard)

    def body(self) -> Iterable[Widget]:
        """The board alone."""
        self._board = TapBoard(self.tenge.ticks, self.hold_key, amount_tiyn=self._amount_tiyn)
        yield self._board

    def foot(self) -> tuple[Key, ...]:
        """Only what would be obeyed."""
        look = self._board.look if self._board is not None else None
        keys: list[Key] = []
        if look is not None and look.end is not None:
            keys.append(("enter", "on", "key.done" if look.done else "tap.again"))
            if not look.done:
                keys.append(("o", "other", "tap.other"))
        if look is None or (look.may_leave and not look.done):
            keys.append(("escape", "leave", "key.leave"))
        return tuple(keys)

    # --- the tap

    def on_mount(self) -> None:
        """Begin."""
        self.begin()

    def begin(self) -> None:
        """From the first step; before it the reader, if nobody has named one."""
        self.host = TapHost(self)
        self.board.begin()
        self.refoot()
        self.run_worker(self._begin(self.host), group="tap", exclusive=True)

    async def _begin(self, host: TapHost) -> None:
        if not self.where:
            field = Field("where", label("tap.where"))
            named = await self.tenge.push_screen_wait(Ask(label("tap.which"), field))
            if named is None:
                self.finished(Pulled("nothing"))
                return
            self.where = str(named["where"])
            self.remember(self.where)
        await self._run(host)

    async def _run(self, host: TapHost) -> None:
        told: TapEnd | Refusal = await self.tenge.outcome(self.tap, host)
        self._take(Refused(told) if isinstance(told, Refusal) else told)
        if host.stopped() and self.board.look.end is not None and not self.board.look.done:
            self.finished(self.board.look.end)

    def _take(self, event: TapEvent) -> None:
        self.board.take(event)
        self.refoot()

    def on_tap_screen_told(self, event: Told) -> None:
        """Show it."""
        if self.board.look.end is None:
            self._take(event.event)

    def on_tap_screen_about(self, event: About) -> None:
        """Show it."""
        self.board.about(event.amount_tiyn)

    def on_tap_screen_asked(self, event: Asked) -> None:
        """Bring the question up."""
        event.show()

    def on_unmount(self) -> None:
        """Nobody is there any more to answer or to see."""
        self.host.stop()

    # --- keys

    def action_on(self) -> None:
        """Done: on; else once more."""
        look = self.board.look
        if look.end is None:
            return
        if look.done:
            self.finished(look.end)
        else:
            self.begin()

    def action_other(self) -> None:
        """Once more, at another reader."""
        look = self.board.look
        if look.end is not None and not look.done:
            self.where = ""
            self.begin()

    def action_leave(self) -> None:
        """Ask the tap to end; after its end, away. Nothing while something may be signed."""
        look = self.board.look
        if look.end is not None:
            self.finished(look.end)
        elif look.may_leave and not self.host.stopped():
            self.host.stop()
            self.tenge.tell(label("tap.stopping"))
