"""The wallet's app: opens wallets, locks them, and knows which one the screens speak of."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, Final, ParamSpec, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.timer import Timer

from device.service.bank_line import ASK_AGAIN
from device.service.wallet import Wallet
from faces.language import label, use
from faces.screens.base import TengeApp
from faces.screens.reading import Ticks
from tender.crypto.sealing import Pin
from tender.errors import Code, Refusal, StoreError, TenderError
from wallet.tui.card_watch import CardWatch
from wallet.tui.doors import Doors

if TYPE_CHECKING:
    from faces.screens.watcher import Watcher

SCREENS: Final[Mapping[str, str]] = {
    "pay": "wallet.tui.pay:Pay",
    "request": "wallet.tui.request:Ask",
    "scan": "wallet.tui.scan:Scan",
    "transfer": "wallet.tui.transfer:TransferScreen",
    "accounts": "wallet.tui.accounts:Accounts",
    "history": "wallet.tui.history:History",
    "sync": "wallet.tui.sync:SyncScreen",
    "devices": "wallet.tui.devices:Devices",
    "settings": "wallet.tui.settings:SettingsScreen",
}
"""What the keys of the home screen lead to: ``module:class``, imported when somebody goes there."""

CARD_LOOK_S: Final = 1.0
"""How often it is looked whether the card with the keys still lies there."""

P = ParamSpec("P")
T = TypeVar("T")


class WalletApp(TengeApp):
    """One person's wallets: the one asked for first, and those at other banks beside it.

    ``open_wallets`` by name; ``current`` is the one the screens speak of; ``shut`` says why another one of
    this person is not open. All of them live in the one thread of :attr:`desk`.
    """

    TITLE = "Digital Tenge"
    CSS = f"{TengeApp.CSS} Screen {{ layers: default waiting; }}"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+o", "lock", show=False),
        Binding("f9", "answer_card", show=False, priority=True),
    ]

    def __init__(
        self,
        doors: Doors,
        *,
        environment: Mapping[str, str] | None = None,
        ticks: Ticks = monotonic,
        watches_cards: bool = False,
    ) -> None:
        """``watches_cards``: ask the bank again and again whether a purchase by card waits for a yes."""
        chosen = doors.choices()
        super().__init__(environment=environment, look=chosen.look, tongue=chosen.tongue, ticks=ticks)
        self.doors = doors
        self.chosen = chosen
        self.current = doors.name
        self.open_wallets: dict[str, Wallet] = {}
        self.shut: dict[str, Refusal] = {}
        self.offline_since = 0
        """When the bank could not be reached (seconds); 0 while nothing says that it cannot."""
        self._idle: Timer | None = None
        self._card_watch: Timer | None = None
        self._cards: dict[str, str] = {}
        self.card_watch = CardWatch(self)
        self._watches_cards = watches_cards

    @property
    def wallet(self) -> Wallet:
        """The wallet the screens speak of; raises ``store-missing`` while none is open."""
        found = self.open_wallets.get(self.current)
        if found is None:
            raise StoreError(Code.STORE_MISSING, "store", name=self.current)
        return found

    # --- opening and locking

    async def on_mount(self) -> None:
        """First run, or the PIN, or straight in when the PIN was given."""
        if self._watches_cards:
            self.card_watch.begin()
        if not self.doors.exists(self.doors.name):
            from wallet.tui.first_run import FirstRun

            await self.push_screen(FirstRun())
            return
        pin = self.doors.given_pin()
        if pin is not None:
            refused = await self.unlock(pin)
            if refused is None:
                await self._enter()
                return
            self.tell_refusal(refused)
        from wallet.tui.lock import Unlock

        await self.push_screen(Unlock())

    async def unlock(self, pin: Pin, name: str = "") -> Refusal | None:
        """Open a wallet, the one asked for if not named; with it the same PIN is tried once on this person's
        others. None, or why it stays shut."""
        wanted = name or self.doors.name
        refused = await self._open(wanted, pin)
        if refused is not None or name:
            return refused
        for other in self.chosen.others:
            await self._open(other, pin)
        self._watch()
        return None

    async def _open(self, name: str, pin: Pin) -> Refusal | None:
        if name in self.open_wallets:
            return None
        # An open wallet holds its file alone, so where its card lies is looked up while it is shut.
        card = await self.card(name)
        told = await self.outcome(self.doors.open, name, pin)
        if isinstance(told, Refusal):
            self.shut[name] = told
            return told
        self.shut.pop(name, None)
        self.open_wallets[name] = told
        if card:
            self._watch_card()
        return None

    def adopt(self, name: str, wallet: Wallet) -> None:
        """A wallet that was just made joins those that are open."""
        self.open_wallets[name] = wallet
        self._watch()

    def enter(self) -> None:
        """To the home screen; the safety rules first, once (DT-Z-12).

        In the app's own time: a screen that waits for its own removal would wait for ever.
        """
        self.call_later(self._enter)

    async def _enter(self) -> None:
        from wallet.tui.home import Home

        if len(self.screen_stack) > 1:
            await self.switch_screen(Home())
        else:
            await self.push_screen(Home())
        if not self.wallet.desk.settings.enrolled:
            from wallet.tui.first_run import NO_BANK_YET, FirstRun

            await self.push_screen(FirstRun(NO_BANK_YET))
        if not self.chosen.rules_seen:
            from wallet.tui.rules import rules

            await self.push_screen(rules(), lambda _: self.choose(rules_seen=True))

    def choose(self, **changes: Any) -> None:
        """Remember a choice; one that cannot be written down holds until the end of this run."""
        self.chosen = replace(self.chosen, **changes)
        try:
            self.doors.choose(self.chosen)
        except TenderError as error:
            self.tell_refusal(error.refusal)

    def action_go(self, name: str) -> None:
        """To one of :data:`SCREENS`."""
        module, _, screen = SCREENS[name].partition(":")
        made: Screen[Any] = getattr(import_module(module), screen)()
        self.push_screen(made)

    async def action_back(self) -> None:
        """To where one came from; home stays."""
        if len(self.screen_stack) > 2:
            self.pop_screen()

    def speak(self, tag: str) -> None:
        """Another language from now on; screens that stand already say it when they are shown anew."""
        use(tag)
        self.choose(tongue=tag)

    def action_answer_card(self) -> None:
        """The purchase by card that waits, now."""
        self.card_watch.answer()

    def start_over(self, *then: str) -> None:
        """The home screen alone and new: in another language, or of another wallet; ``then`` go on."""
        self.call_later(self._start_over, then)

    async def _start_over(self, then: tuple[str, ...]) -> None:
        from wallet.tui.home import Home

        while len(self.screen_stack) > 2:
            await self.pop_screen()
        await self.switch_screen(Home())
        for name in then:
            self.action_go(name)

    def action_lock(self) -> None:
        """Close the stores; the PIN opens them again, and every screen is where it was."""
        self._lock()

    def _lock(self, card: str = "") -> None:
        """``card``: it was taken away, from that reader."""
        if not self.open_wallets:
            return
        if self.held_open():
            self.tell(label("tap.not-now"))
            return
        from wallet.tui.lock import Unlock

        for one in self._watchers():
            one.pause()
        opened = list(self.open_wallets.values())
        self.open_wallets.clear()
        self.run_worker(self.desk(_close, opened), exit_on_error=False)
        self.push_screen(Unlock(locked=True, card_gone=card))

    # --- a wallet whose keys are on a card

    async def card(self, name: str) -> str:
        """In which reader the card of this wallet lies; empty when it needs none. Of a wallet that is open,
        as it was when it opened."""
        if name not in self.open_wallets:
            told = await self.outcome(self.doors.card, name)
            self._cards[name] = "" if isinstance(told, Refusal) else told
        return self._cards.get(name, "")

    def _watch_card(self) -> None:
        if self._card_watch is None:
            self._card_watch = self.set_interval(CARD_LOOK_S, self._look_for_card)

    def _look_for_card(self) -> None:
        """Without its card a wallet is locked. A tap or a payment under way notices by itself."""
        if self.open_wallets and not self.desk.busy and not self.held_open():
            self.run_worker(self._card_gone(), group="card", exclusive=True)

    async def _card_gone(self) -> None:
        for name, wallet in tuple(self.open_wallets.items()):
            if await self.outcome(self.doors.card_gone, wallet) is True:
                self._lock(await self.card(name))
                return

    def held_open(self) -> bool:
        """Whether something is under way that must not be disturbed."""
        return any(getattr(one, "holds_open", False) for one in self.screen_stack)

    def look_again(self) -> None:
        """Whatever looked for codes when the wallet was locked goes on looking."""
        for one in self._watchers():
            one.resume()

    def _watchers(self) -> list["Watcher"]:
        from faces.screens.watcher import Watcher

        return [one for screen in self.screen_stack for one in screen.query(Watcher)]

    def lock_after(self, idle_s: int) -> None:
        """Seconds without a key before the PIN is asked for again; 0: never."""
        self.choose(idle_s=idle_s)
        self._watch()

    def _watch(self) -> None:
        if self._idle is not None:
            self._idle.stop()
            self._idle = None
        if self.chosen.idle_s:
            self._idle = self.set_timer(self.chosen.idle_s, self._nobody_there)

    def _nobody_there(self) -> None:
        stays = any(getattr(one, "stays_awake", False) for one in self.screen_stack)
        if stays or self.desk.busy:
            self._watch()
        else:
            self.action_lock()

    async def on_event(self, event: events.Event) -> None:
        """Whoever types or moves the mouse is there."""
        if isinstance(event, events.Key | events.MouseEvent) and self._idle is not None:
            self._idle.reset()
        await super().on_event(event)

    # --- the bank, when it can be reached

    async def bank(self, act: Callable[P, T | Refusal], *arguments: P.args, **named: P.kwargs) -> T | Refusal:
        """An act that speaks with the bank. Being out of reach is a state and no fault: it is noted."""
        told = await self.outcome(act, *arguments, **named)
        if not isinstance(told, Refusal):
            self.offline_since = 0
            return told
        if told.code is Code.PLATFORM_UNREACHABLE and not self.offline_since:
            self.offline_since = self.wallet.desk.clock_now()
        if told.code in ASK_AGAIN and await self.unsure():
            self.tell(label("transfer.unsure"))
        return told

    async def unsure(self) -> bool:
        """Whether an order may have reached the bank: it is kept and finished later, so that whoever paid in
        another way meanwhile would pay twice."""
        return bool(await self.attempt(self.wallet.bank.line.pending))

    async def on_unmount(self) -> None:
        """Nothing stays open."""
        opened = list(self.open_wallets.values())
        self.open_wallets.clear()
        self.desk.close(lambda: _close(opened))


class WalletScreen(Screen[None]):
    """A screen of the wallet. ``stays_awake``: idleness does not lock it (a camera, a code shown)."""

    stays_awake: ClassVar[bool] = False

    @property
    def wallets(self) -> WalletApp:
        """The app, by its own type."""
        assert isinstance(self.app, WalletApp)
        return self.app

    @property
    def wallet(self) -> Wallet:
        """The wallet the screens speak of."""
        return self.wallets.wallet


def _close(wallets: list[Wallet]) -> None:
    for one in wallets:
        one.close()
