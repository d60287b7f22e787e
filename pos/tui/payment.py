"""Being paid: the code the customer scans, where it stands, and the customer's own code read back."""

from collections.abc import Iterable, Mapping
from typing import Final

from textual.containers import Horizontal, Vertical
from textual.events import Paste
from textual.widget import Widget
from textual.widgets import Input, Static

from faces.amounts import amount_text, moment_text
from faces.language import label
from faces.merchant_codes import foreign_words
from faces.phrases import heard
from faces.qr_widget import QrCode
from faces.screens.confirm import Confirm
from faces.screens.fields import PlaceField
from faces.screens.page import Key
from faces.screens.watcher import Watcher
from faces.words import sentence
from pos.service.values import DT_OFFLINE, Asked, Taken
from pos.tui.app import TillScreen
from tender.cash.armour import from_any, is_text
from tender.cash.beside import for_carrier
from tender.errors import Code, Refusal, RemoteProtocolError

POLL_S: Final = 2.0
NEWS_MOST_BYTES: Final = 600
"""Bytes of lists beside a request that is shown as a code."""

WAYS: Final[tuple[Key, ...]] = (
    ("c", "look('camera')", "scan.camera"),
    ("b", "look('clipboard')", "scan.clipboard"),
    ("f", "ask('till.path-hint')", "scan.file"),
    ("v", "ask('till.paste-hint')", "scan.paste"),
)
FULL_KEYS: Final[Mapping[bool, str]] = {False: "f", True: "z"}
"""What leads to the full screen, by whether ``f`` leads to a file."""


class Payment(TillScreen):
    """Shows what was asked for until it is paid or withdrawn."""

    DEFAULT_CSS = """
    Payment #side { width: 34; padding: 0 1; }
    Payment #side Static { height: auto; margin-bottom: 1; }
    Payment #amount { text-style: bold; color: $money; }
    Payment #state { color: $wait; }
    Payment #path { display: none; }
    """

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._grown = False
        super().__init__()

    def foot(self) -> tuple[Key, ...]:
        """An offline payment comes back as a code, read by the keys that the wallet has for it too."""
        code = (FULL_KEYS[self.offline], "full", "qr.full"), ("s", "save", "qr.save")
        ways = (*WAYS, ("n", "tap", "key.tap")) if self.offline else ()
        return (*ways, *code, ("escape", "withdraw", "till.key-withdraw"))

    @property
    def offline(self) -> bool:
        """Whether the customer's device answers with a code of its own."""
        return self._asked.tender == DT_OFFLINE

    def body(self) -> Iterable[Widget]:
        """The code, and beside it what is asked and where it stands."""
        asked = self._asked
        yield Horizontal(
            QrCode(id="code", full_key=FULL_KEYS[self.offline]),
            Vertical(
                Static(amount_text(asked.amount_tiyn), id="amount", markup=False),
                Static(label(f"receipt.tender-{asked.tender}"), markup=False),
                Static(label("till.show-offline" if self.offline else "till.show-online"), markup=False),
                Static("", id="state", markup=False),
                PlaceField(id="path", placeholder=""),
                Watcher(self.tills.doors.open_source),
                id="side",
            ),
        )

    def on_mount(self) -> None:
        """Show it; an online payment is asked after until it comes."""
        code = self.query_one(QrCode)
        if self.offline:
            code.show(for_carrier(self._asked.shown, NEWS_MOST_BYTES))
        else:
            code.show_text(self._asked.shown.decode())
            self.set_interval(POLL_S, self._poll)
            self.state(label("till.waits-online", since=moment_text(self._asked.since)))
        code.focus()
        if self.offline and self.tills.by_tap:
            self.tills.by_tap = False  # once: whoever leaves the tap wants the code
            self.action_tap()

    def state(self, text: str) -> None:
        """Where it stands."""
        self.query_one("#state", Static).update(text)

    def on_qr_code_too_small(self, event: QrCode.TooSmall) -> None:
        """A payment code is one code or none: where there is no room beside the words, it gets the whole
        screen; where that is too small, too, it goes as a picture."""
        if event.full and not self.offline and not self._grown:
            self._grown = True  # once: whoever leaves the full screen wants to read the words
            self.action_full()
        self.state(label("till.code-too-small", columns=event.columns, rows=event.rows))

    def action_full(self) -> None:
        """The code alone on the screen, or back."""
        self.query_one(QrCode).action_full_screen()

    def action_save(self) -> None:
        """The code as a picture; its path is said."""
        self.query_one(QrCode).action_save()

    # --- online

    def _poll(self) -> None:
        if not self.tills.desk.busy:
            self.run_worker(self._ask_bank(), group="poll", exclusive=True)

    async def _ask_bank(self) -> None:
        told = await self.tills.outcome(self.till.poll_online)
        if isinstance(told, Taken):
            self._taken(told)
        elif isinstance(told, Refusal) and told.code is Code.PLATFORM_UNREACHABLE:
            self.state(label("till.bank-away"))
        elif isinstance(told, Refusal):
            self.state(sentence(told))

    # --- offline: the customer's card or phone, or the customer's code

    def action_tap(self) -> None:
        """Hold a card or a phone to the reader."""
        from pos.tui.tap import Tap

        self.query_one(Watcher).stop()
        self.app.push_screen(Tap(self._asked, self.tills.reader))

    def action_look(self, word: str) -> None:
        """Read codes from there."""
        self.query_one(Watcher).look_at(word)

    def action_ask(self, words: str) -> None:
        """A picture, a video or a folder, by its path; or the message itself, as text."""
        field = self.query_one("#path", Input)
        field.placeholder = label(words)
        field.value = ""
        field.display = True
        field.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Read it."""
        event.stop()
        if event.value.strip():
            event.input.display = False
            self.query_one(QrCode).focus()
            if is_text(event.value.encode()):
                self._pasted(event.value)
            else:
                self.action_look(event.value.strip())

    def on_paste(self, event: Paste) -> None:
        """A message as text, out of a chat."""
        self._pasted(event.text)

    def _pasted(self, text: str) -> None:
        if not is_text(text.encode()):
            return
        try:
            self.take(from_any(text.encode()))
        except RemoteProtocolError as error:
            self.state(sentence(error.refusal))

    def on_watcher_came(self, event: Watcher.Came) -> None:
        """A message came."""
        self.take(event.data)

    def on_watcher_met(self, event: Watcher.Met) -> None:
        """Somebody held up another code: it is named, and changes nothing."""
        self.state(foreign_words(event.scanned))

    def take(self, message: bytes) -> None:
        """What a message is, the till knows."""
        self.run_worker(self._take(message), group="take")

    async def _take(self, message: bytes) -> None:
        told = await self.tills.outcome(self.till.take, message)
        if isinstance(told, Refusal):
            self.state(heard(told, message))
        else:
            self._taken(told)

    def _taken(self, taken: Taken) -> None:
        if taken.messages:
            self.tills.for_payer = taken.messages[-1]
        if taken.refusal is not None:
            self.state(sentence(taken.refusal))
            return
        self.tills.move_on()

    # --- giving up

    def action_withdraw(self) -> None:
        """Back to the counter, after a question; from the path, back to the code."""
        if self.query_one("#path", Input).display:
            self.query_one("#path", Input).display = False
            self.query_one(QrCode).focus()
            return
        self.run_worker(self._withdraw(), group="withdraw", exclusive=True)

    async def _withdraw(self) -> None:
        if not await self.app.push_screen_wait(Confirm(label("till.withdraw-question"), careful=True)):
            return
        told = await self.tills.outcome(self.till.cancel_payment)
        if isinstance(told, Refusal):
            self.state(sentence(told))
        self.tills.move_on()
