"""A message shown as a code, and the other side's next code scanned beside it: one screen for every step.

Both sides of a payment stand here: request → payment → receipt. Where one scanned before, one need not press
a key: the screen goes on looking there while it shows its own code. Leaving is always safe; what is
certain is said.
"""

from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from faces.language import label
from faces.merchant_codes import foreign_words
from faces.phrases import heard, phrase
from faces.qr_widget import QrCode
from faces.screens.confirm import Confirm
from faces.screens.foot import LiveFoot
from faces.screens.watcher import Watcher, lasting
from faces.words import sentence
from tender.cash.armour import to_text
from tender.cash.messages import Kind
from tender.errors import Refusal, RemoteProtocolError
from tender.qr.payment_code import PaymentCode
from wallet.tui.app import WalletScreen
from wallet.tui.conversation import Stage, answers, give_up, go_on, hear
from wallet.tui.scan import Scan

_TITLES: Final = {
    Kind.REQUEST: "hand.request",
    Kind.TRANSFER: "hand.transfer",
    Kind.RECEIPT: "hand.receipt",
    Kind.RETURN: "hand.return",
    Kind.REFUSED: "hand.refused",
}
_THEN: Final = {
    Kind.REQUEST: "hand.then-payment",
    Kind.REFUSED: "hand.then-payment",
    Kind.TRANSFER: "hand.then-receipt",
}


def screen_for(stage: Stage) -> Screen[None]:
    """The screen on which a stage goes on."""
    if stage.proposal is not None:
        from wallet.tui.pay import Decide

        return Decide(stage)
    if stage.shows:
        return Handing(stage)
    from wallet.tui.receipt import Ended

    return Ended(stage)


class Handing(WalletScreen):
    """Code on the left, on the right what it is, what is certain, and what is scanned."""

    stays_awake = True
    DEFAULT_CSS = """
    Handing Horizontal { height: 1fr; }
    Handing QrCode { width: 1fr; }
    Handing #words { width: 34; padding: 0 1; }
    Handing.-wide #words { width: 60; padding: 1 2; }
    Handing #words Static { height: auto; }
    Handing #amount { color: $money; text-style: bold; margin-top: 1; }
    Handing #certain { margin-top: 1; }
    Handing #next { margin: 1 0; }
    Handing #said { color: $wait; margin-top: 1; }
    """

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self._bindings.bind("enter", "on", show=False)
        self._bindings.bind("escape", "leave", label("key.leave"), show=True)
        self._bindings.bind("c", "scan", label("key.scan-theirs"), show=True)
        if stage.kind is Kind.REQUEST:
            self._bindings.bind("n", "tap", label("key.tap"), show=True)
            self._bindings.bind("x", "give_up", label("key.cancel-request"), show=True)
        self._bindings.bind("t", "text", label("key.as-text"), show=True)

    def compose(self) -> ComposeResult:
        """The code, and the words beside it."""
        with Horizontal():
            yield QrCode(id="code")
            with Vertical(id="words"):
                yield Static(id="title", classes="title", markup=False)
                yield Static(id="amount", markup=False)
                yield Static(id="party", markup=False)
                yield Static(id="certain", markup=False)
                yield Static(id="next", markup=False)
                yield Watcher(self.wallets.doors.open_source, off=label("scan.off"))
                yield Static(id="said", markup=False)
        yield LiveFoot()

    def on_mount(self) -> None:
        """Show it; look where one scanned last if something new can come from there."""
        self.set_class(self.app.size.width >= 140, "-wide")
        self.query_one("#code").focus()
        self._show()
        source = self.wallets.chosen.source
        if source and lasting(source) and self.stage.awaits:
            self.query_one(Watcher).look_at(source)

    def on_resize(self) -> None:
        """More room for words in a wide window."""
        self.set_class(self.app.size.width >= 140, "-wide")

    # --- what is shown

    def _show(self) -> None:
        stage = self.stage
        self.query_one(QrCode).show(stage.shows)
        kind = stage.kind or Kind.REQUEST
        paying = kind is Kind.TRANSFER
        party = label("hand.to" if paying else "hand.from", party=stage.party) if stage.party else ""
        self._put("title", label("hand.not-paid" if stage.said_no else _TITLES.get(kind, "hand.other")))
        self._put("amount", phrase_amount(stage))
        self._put("party", "\n".join(one for one in (party, _for(stage)) if one))
        certain = Content.assemble((label("hand.certain"), "$quiet"), " ", self._certain(kind))
        self.query_one("#certain", Static).update(certain)
        then = label("hand.not-paid-then" if stage.said_no else _THEN.get(kind, "hand.then-done"))
        now = Content.assemble((label("hand.now"), "$quiet"), " ", then)
        self.query_one("#next", Static).update(now)
        self.query_one(Watcher).display = bool(stage.awaits)
        self._put("said", sentence(stage.refusal) if stage.refusal is not None else "")
        self.refresh_bindings()

    def _certain(self, kind: Kind) -> str:
        if self.stage.said_no:
            return label("hand.not-paid-certain")
        if kind is Kind.RECEIPT:
            return label("hand.received")
        if kind in (Kind.RETURN, Kind.REFUSED):
            return label("hand.goes-back")
        if kind is Kind.TRANSFER:
            return phrase("signed-away")
        return phrase("part-arrived" if self.stage.status == "partial" else "nothing-counted")

    def _put(self, name: str, text: str) -> None:
        self.query_one(f"#{name}", Static).update(text)

    # --- what is scanned

    def on_watcher_came(self, event: Watcher.Came) -> None:
        """A whole message: the answer, or something that is none of this payment's business."""
        self.take(event.data)

    def on_watcher_met(self, event: Watcher.Met) -> None:
        """Another kind of code changes nothing."""
        found = event.scanned
        other = label("scan.other-payment")
        self._put("said", other if isinstance(found, PaymentCode) else foreign_words(found))

    def take(self, data: bytes) -> None:
        """Hear the answer; our own code in a mirror, an old step, another payment change nothing."""
        try:
            fits = answers(self.stage, data)
        except RemoteProtocolError as error:
            self._put("said", sentence(error.refusal))
            return
        if fits:
            self.run_worker(self._take(data), group="take")
        elif fits is None:
            self._put("said", label("scan.other-payment"))

    async def _take(self, data: bytes) -> None:
        stage = self.stage
        told = await self.wallets.outcome(lambda: hear(self.wallet, data, stage))
        if isinstance(told, Refusal):
            self._put("said", heard(told, data))
            return
        if not told.shows:
            self.query_one(Watcher).stop()
            self.wallets.switch_screen(screen_for(told))
            return
        self.stage = told
        if not told.awaits:
            self.query_one(Watcher).stop()
        self._show()

    # --- keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what makes sense at this step stands at the foot."""
        if action == "scan":
            return bool(self.stage.awaits)
        return self.stage.kind is Kind.REQUEST if action in ("give_up", "tap") else True

    def action_on(self) -> None:
        """Enter: scan theirs, or done when nothing is awaited."""
        if self.stage.awaits:
            self.action_scan()
        else:
            self.wallets.pop_screen()

    def action_scan(self) -> None:
        """Choose where to scan; the answer comes back here."""
        if self.stage.awaits:
            self.query_one(Watcher).stop()
            self.wallets.push_screen(ScanAnswer(self))

    def action_tap(self) -> None:
        """The same request, to a device that is held to our reader."""
        if self.stage.kind is Kind.REQUEST:
            from wallet.tui.tap import TakeByTap

            self.query_one(Watcher).stop()
            self.wallets.push_screen(TakeByTap(self.stage, self.wallets.chosen.reader))

    async def action_text(self) -> None:
        """The same message as text, for a chat window."""
        self.wallets.copy_to_clipboard(to_text(self.stage.shows))
        self.wallets.tell(label("hand.text-copied"))

    def action_leave(self) -> None:
        """Away; before the receipt is here it is said what is certain and what waits."""
        if self.stage.kind is Kind.TRANSFER:
            self.run_worker(self._leave(), group="leave", exclusive=True)
            return
        if self.stage.kind is Kind.REQUEST:
            self.wallets.tell(label("hand.request-stays"))
        self.wallets.pop_screen()

    async def _leave(self) -> None:
        stage = self.stage
        text = label("hand.leave-sent", amount_tiyn=stage.amount_tiyn, party=stage.party or "–")
        question = Confirm(text, yes=label("hand.leave-yes"), no=label("hand.leave-no"), careful=True)
        if await self.wallets.push_screen_wait(question):
            self.wallets.pop_screen()

    def action_give_up(self) -> None:
        """Cancel a request."""
        self.run_worker(self._give_up(), group="leave", exclusive=True)

    async def _give_up(self) -> None:
        if not await self.wallets.push_screen_wait(Confirm(label("hand.give-up"), careful=True)):
            return
        told = await self.wallets.attempt(lambda: give_up(self.wallet, self.stage.payment))
        if told is not None:
            self.wallets.tell(label("hand.given-up"))
            self.wallets.pop_screen()


class ScanAnswer(Scan):
    """Scanning for one payment: what answers it goes back to its screen."""

    title_key = "scan.title-answer"

    def __init__(self, asking: Handing) -> None:
        super().__init__()
        self._asking = asking

    def take(self, data: bytes, *, pasted: bool = False) -> None:
        """Only the answer; anything else is named, and the looking goes on."""
        try:
            fits = answers(self._asking.stage, data)
        except RemoteProtocolError as error:
            self.say(sentence(error.refusal))
            return
        if not fits:
            self.say(label("scan.other-payment") if fits is None else "")
            return
        self.query_one(Watcher).stop()
        self.wallets.pop_screen()
        self._asking.take(data)


async def open_again(screen: WalletScreen, payment: str) -> None:
    """Go on with a payment that was left, from the home screen or the history. ``payment``: the beginning of
    its number in hexadecimal digits."""
    told = await screen.wallets.attempt(lambda: go_on(screen.wallet, payment))
    if told is not None:
        screen.wallets.push_screen(screen_for(told))


def phrase_amount(stage: Stage) -> str:
    """The amount, as every screen writes it."""
    from faces.amounts import amount_text

    return amount_text(stage.amount_tiyn)


def _for(stage: Stage) -> str:
    return label("pay.for", purpose=stage.purpose) if stage.purpose else ""
