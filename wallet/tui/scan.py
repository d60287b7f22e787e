"""Scanning: a camera, a file, a watched folder, the clipboard, or a paste; what came decides what follows."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button, Input, Static, TextArea

from faces.language import label
from faces.merchant_codes import foreign_words
from faces.screens.foot import LiveFoot
from faces.screens.watcher import Watcher, lasting, remembers
from faces.words import sentence
from tender.cash.messages import Kind, unwrap
from tender.errors import Refusal, RemoteProtocolError
from tender.qr.foreign import Frame
from tender.qr.gathering import Other, read
from tender.qr.payment_code import PaymentCode
from wallet.tui.app import WalletScreen
from wallet.tui.conversation import OVER, Stage, hear, why_not

CAMERA = "camera"
CLIPBOARD = "clipboard"


class Scan(WalletScreen):
    """Any code: a request leads to paying, a payment to taking it, a receipt to its payment, a merchant's
    code to the merchant. It begins where the user scanned last; the first time with the camera."""

    stays_awake = True
    title_key = "scan.title"
    wanted: ClassVar[frozenset[Kind]] = frozenset()
    """Only these messages are taken here; all when empty."""
    DEFAULT_CSS = """
    Scan { layout: vertical; }
    Scan #title { padding: 1 2 0 2; }
    Scan #hint { padding: 0 2; color: $quiet; }
    Scan #ways { height: 3; padding: 0 1; margin-top: 1; }
    Scan #ways Button { margin: 0 1; min-width: 14; }
    Scan #path, Scan #text { margin: 1 1 0 1; }
    Scan #text { height: 8; }
    Scan Watcher { padding: 1 2 0 2; color: $foreground; }
    Scan #said { padding: 1 2; color: $wait; height: auto; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._bindings.bind("escape", "app.back", label("key.back"), show=True)
        for key, way in (("c", CAMERA), ("b", CLIPBOARD), ("f", "file"), ("v", "paste")):
            self._bindings.bind(key, f"way('{way}')", label(f"scan.{way}"), show=True)
        self._bindings.bind("w", "why", label("key.show-why"), show=True)
        self._bindings.bind("enter", "read", label("scan.read"), show=True, priority=True)
        self._not_paid: Stage | None = None
        self._came: Callable[[], object] | None = None

    def compose(self) -> ComposeResult:
        """The ways, where it looks, and room for what was wrong with it."""
        yield Static(label(self.title_key), id="title", classes="title", markup=False)
        yield Static(label("scan.hint"), id="hint", markup=False)
        with Horizontal(id="ways"):
            for way in (CAMERA, CLIPBOARD, "file", "paste"):
                yield Button(label(f"scan.{way}"), id=way)
        yield Input(placeholder=label("scan.path-hint"), id="path")
        yield TextArea(id="text")
        yield Watcher(self.wallets.doors.open_source, off=label("scan.off"))
        yield Static(id="said", markup=False)
        yield LiveFoot()

    def on_mount(self) -> None:
        """Where one scanned last."""
        for name in ("#path", "#text"):
            self.query_one(name).display = False
        self.query_one("#text", TextArea).border_title = label("scan.paste-hint")
        self.query_one(f"#{CAMERA}").focus()
        self.look_at(self.wallets.chosen.source or CAMERA)

    # --- where to look

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """One of the ways."""
        self._came = None
        self.action_way(event.button.id or CAMERA)

    def action_way(self, way: str) -> None:
        """Look there, or ask for the path or the text."""
        field = {"file": "#path", "paste": "#text"}.get(way, "")
        for name in ("#path", "#text"):
            self.query_one(name).display = name == field
        if way in (CAMERA, CLIPBOARD):
            self.look_at(way)
            return
        self.say("")
        self.query_one(Watcher).stop()
        self.query_one(field).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """A picture, a video, a folder."""
        event.stop()
        if event.value.strip():
            self.query_one("#file").focus()  # nothing is typed any more: what comes from there may be shown
            self.look_at(event.value.strip())

    def look_at(self, source: str) -> None:
        """Look there; a place where more may come is where the next scan begins."""
        self.say("")
        self.query_one(Watcher).look_at(source)
        if source != self.wallets.chosen.source and lasting(source):
            self.wallets.choose(source=source)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """A paste that is whole is taken at once."""
        text = event.text_area.text.strip()
        if not text:
            return
        try:
            found = read(text.encode())
        except RemoteProtocolError as error:
            self.say(sentence(error.refusal))
            return
        if isinstance(found, bytes):
            self.take(found, pasted=True)
        elif not isinstance(found, Frame):
            self.meet(found, pasted=True)

    # --- what came

    def on_watcher_came(self, event: Watcher.Came) -> None:
        """A whole message."""
        self.take(event.data)

    def on_watcher_met(self, event: Watcher.Met) -> None:
        """Something else."""
        self.meet(event.scanned)

    def on_watcher_failed(self, event: Watcher.Failed) -> None:
        """Nothing comes from there; the other ways are one key away."""
        self.query_one(Watcher).say("")
        self.say(sentence(event.refusal))

    def take(self, data: bytes, *, pasted: bool = False) -> None:
        """What the message leads to; something else than a message is said to be so."""
        self.run_worker(self._take(data, pasted=pasted), group="take")

    async def _take(self, data: bytes, *, pasted: bool) -> None:
        try:
            kind, _ = unwrap(data)
        except RemoteProtocolError as error:
            self.say(sentence(error.refusal))
            return
        if self.wanted and kind not in self.wanted:
            self.say(label("scan.not-request"))
            return
        told = await self.wallets.outcome(lambda: hear(self.wallet, data))
        if isinstance(told, Refusal):
            await self._refused(data, kind, told)
        elif told.again and told.status in OVER and remembers(self.query_one(Watcher).source):
            # A picture of last week lies in the folder, too: what is over is no reason to leave the scanning.
            self.say(label("scan.over", amount_tiyn=told.amount_tiyn, payment=told.payment.hex()[:8]))
        else:
            self._when_free(partial(self.lead, told), pasted=pasted)

    async def _refused(self, data: bytes, kind: Kind, refusal: Refusal) -> None:
        """Why not; whoever asked for money may be shown it."""
        self.say(sentence(refusal))
        if kind is not Kind.REQUEST:
            return
        told = await self.wallets.outcome(lambda: why_not(self.wallet, data, refusal))
        if isinstance(told, Stage):
            self._not_paid = told
            self.say(f"{sentence(refusal)} {label('pay.show-why')}")
            self.refresh_bindings()

    def _when_free(self, go: Callable[[], object], *, pasted: bool) -> None:
        """Go there; but what comes by itself takes no screen from under the fingers of somebody who types
        here or stands before another screen: it is announced."""
        if pasted or (self.is_current and not isinstance(self.focused, Input | TextArea)):
            go()
            return
        self._came = go
        self.say(label("scan.came"))
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is nothing to show before something was refused, nothing to read before it came."""
        there = {"why": self._not_paid, "read": self._came}
        return there[action] is not None if action in there else True

    def action_read(self) -> None:
        """What came while somebody typed."""
        if self._came is not None:
            self._came()

    def action_why(self) -> None:
        """The last refusal as a code for whoever asked."""
        if self._not_paid is not None:
            self.lead(self._not_paid)

    def lead(self, stage: Stage) -> None:
        """To the screen of the stage, in place of this one."""
        from wallet.tui.handing import screen_for

        self.query_one(Watcher).stop()
        self.wallets.switch_screen(screen_for(stage))

    def meet(self, scanned: Other, *, pasted: bool = False) -> None:
        """A merchant's code is paid through the bank; anything else is refused politely."""
        if isinstance(scanned, PaymentCode):
            self.query_one(Watcher).stop()
            self.run_worker(self._to_merchant(scanned, pasted=pasted))
        else:
            self.say(foreign_words(scanned))

    async def _to_merchant(self, scanned: PaymentCode, *, pasted: bool) -> None:
        """What its code says, by the networks of this machine."""
        from wallet.tui.merchant import PayMerchant

        found = await self.wallets.outcome(lambda: self.wallet.codes.known(scanned))
        if isinstance(found, Refusal):
            self.say(sentence(found))
        else:
            self._when_free(lambda: self.wallets.switch_screen(PayMerchant(found)), pasted=pasted)

    def say(self, text: str) -> None:
        """What was wrong with it, calmly."""
        self.query_one("#said", Static).update(text)
