"""From nothing to a wallet with money in it, one question at a time; also an account at another bank.

Whatever was done stays done: a wallet without a bank goes on at the bank when it is opened again.
"""

from collections.abc import Sequence
from typing import ClassVar, Final

from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from device.service.wallet import Wallet
from faces.amounts import amount_text
from faces.language import current, label
from faces.screens.fields import AmountField, PinField
from faces.words import sentence
from tender.account.client_messages import TO_DT
from tender.account.participants import BANKS
from tender.crypto.sealing import Pin
from tender.errors import Code, Refusal
from wallet.tui.page import Page
from wallet.tui.rules import RULES

NEW: Final = ("tongue", "rules", "pin", "again", "bank", "code", "fund")
ANOTHER: Final = ("pin", "again", "bank", "code", "fund")
NO_BANK_YET: Final = ("bank", "code", "fund")
SUGGESTED_TIYN: Final = 500_000


class FirstRun(Page):
    """``name``: the wallet to make, the one asked for if left out; ``steps``: which questions."""

    DEFAULT_CSS = """
    FirstRun { align: center middle; }
    FirstRun > #ask { width: 74; max-width: 96%; height: auto; max-height: 1fr; margin: 1 2; }
    FirstRun Static { height: auto; }
    FirstRun #words { margin-bottom: 1; }
    FirstRun OptionList { height: auto; max-height: 8; }
    FirstRun #said { margin-top: 1; color: $wait; }
    """
    back: ClassVar = (("escape", "leave", "key.leave"),)

    def __init__(self, steps: Sequence[str] = NEW, *, name: str = "") -> None:
        super().__init__()
        self._steps, self._name = tuple(steps), name
        self._place = 0
        self._pin: Pin | None = None
        self._bank = 0
        self._noncash_tiyn = 0

    def heading(self) -> str:
        """Which step of how many."""
        return label("first.title", step=self._place + 1, steps=len(self._steps))

    def body(self) -> list[Widget]:
        """One box for the question."""
        return [Vertical(id="ask")]

    async def on_mount(self) -> None:
        """The first question."""
        await self._ask()

    @property
    def step(self) -> str:
        """Which question stands now."""
        return self._steps[self._place]

    async def _ask(self, said: str = "") -> None:
        box = self.query_one("#ask")
        self.query_one("#title", Static).update(self.heading())
        await box.remove_children()
        fields = self._fields()
        await box.mount(
            Static(self._words(), id="words", markup=False),
            *fields,
            Static(said, id="said", markup=False),
        )
        fields[0].focus()

    def _words(self) -> str:
        if self.step == "rules":
            rules = "\n".join(f"{place}. {label(key)}" for place, key in enumerate(RULES, 1))
            return f"{label('rules.title')}\n\n{rules}"
        return label(
            f"first.{self.step}",
            bank=BANKS.get(self._bank, ""),
            amount_tiyn=self._noncash_tiyn,
        )

    def _fields(self) -> list[Widget]:
        step = self.step
        if step == "tongue":
            options = OptionList(*(Option(label(f"language.{tag}"), id=tag) for tag in self.wallets.tongues))
            options.highlighted = self.wallets.tongues.index(current())
            return [options]
        if step == "bank":
            return [OptionList(*(Option(name, id=str(number)) for number, name in BANKS.items()))]
        if step == "rules":
            return [OptionList(Option(label("rules.understood"), id="read"))]
        if step in ("pin", "again"):
            return [PinField(id="pin")]
        if step == "code":
            return [Input(id="code", max_length=40)]
        suggested = min(SUGGESTED_TIYN, self._noncash_tiyn)
        return [AmountField(id="amount", value=amount_text(suggested, sign="").split(",")[0])]

    # --- answers

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A language, a bank, or the rules read."""
        chosen = event.option.id or ""
        if self.step == "tongue":
            self.wallets.speak(chosen)
            self.refoot()
        elif self.step == "rules":
            self.wallets.choose(rules_seen=True)
        elif self.step == "bank":
            self._bank = int(chosen)
        await self._next()

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """A PIN, a code, an amount."""
        if not event.value.strip():
            return
        if self.step in ("pin", "again"):
            await self._pin_typed(self.query_one(PinField).take())
        else:
            event.input.disabled = True
            self.query_one("#said", Static).update(label("screen.working"))
            work = self._enrol(event.value.strip()) if self.step == "code" else self._fund()
            self.run_worker(work, exclusive=True)

    async def _pin_typed(self, pin: Pin) -> None:
        if self.step == "pin":
            if pin.too_short:
                await self._ask(sentence(Refusal(Code.PIN_TOO_SHORT)))
                return
            self._pin = pin
            await self._next()
        elif self._pin is None or not pin.same_as(self._pin):
            self._place -= 1
            await self._ask(label("first.pins-differ"))
        else:
            self.query_one("#said", Static).update(label("screen.working"))
            self.run_worker(self._create(pin), exclusive=True)

    async def _create(self, pin: Pin) -> None:
        wallets = self.wallets
        name = self._name or wallets.doors.name
        made = await wallets.outcome(wallets.doors.create, name, pin)
        self._pin = None
        if isinstance(made, Refusal):
            self._place -= 1
            await self._ask(sentence(made))
            return
        wallets.adopt(name, made)
        wallets.choose(others=(*wallets.chosen.others, name) if self._name else wallets.chosen.others)
        await self._next()

    @property
    def _made(self) -> Wallet:
        return self.wallets.open_wallets[self._name or self.wallets.current]

    async def _enrol(self, code: str) -> None:
        told = await self.wallets.bank(enrolled, self._made, self._bank, code)
        if isinstance(told, Refusal):
            await self._ask(sentence(told))
            return
        self._noncash_tiyn = told
        await self._next()

    async def _fund(self) -> None:
        amount_tiyn = self.query_one(AmountField).amount_tiyn()
        if isinstance(amount_tiyn, int):
            amount_tiyn = await self.wallets.bank(funded, self._made, amount_tiyn)
        if isinstance(amount_tiyn, Refusal):
            await self._ask(sentence(amount_tiyn))
            return
        self.wallets.tell(label("first.done", amount_tiyn=amount_tiyn))
        await self._next()

    async def _next(self) -> None:
        self._place += 1
        if self._place < len(self._steps):
            await self._ask()
            return
        self._place -= 1
        self._home()

    def _home(self) -> None:
        if len(self.wallets.screen_stack) > 2:
            self.wallets.pop_screen()
        else:
            self.wallets.enter()

    async def action_leave(self) -> None:
        """Out of it; what was done stays, and the rest can be done later."""
        if self.step == "code":
            self._place -= 1
            await self._ask()
        elif self.wallets.open_wallets:
            self._home()
        else:
            self.wallets.exit(0)


def enrolled(wallet: Wallet, bank: int, code: str) -> int | Refusal:
    """Enrol, open the account, ask what is on it: the ordinary tenge (tiyn). Safe to repeat after a cut.

    The name is hidden until its owner says otherwise (DT-A-01).
    """
    if not wallet.desk.settings.enrolled:
        told = wallet.membership.enrol(bank, code, shown=False)
        if isinstance(told, Refusal):
            return told
    if wallet.desk.settings.account is None:
        opened = wallet.membership.open_account()
        if isinstance(opened, Refusal):
            return opened
    stated = wallet.bank.statement(1)
    return stated if isinstance(stated, Refusal) else stated.balances.noncash_tiyn


def funded(wallet: Wallet, amount_tiyn: int) -> int | Refusal:
    """From ordinary tenge onto the device: what Digital Tenge is there already is not converted again."""
    missing_tiyn = amount_tiyn - wallet.desk.settings.account_tiyn
    if missing_tiyn > 0:
        told = wallet.bank.convert(TO_DT, missing_tiyn)
        if isinstance(told, Refusal):
            return told
    loaded = wallet.bank.load(amount_tiyn)
    return loaded if isinstance(loaded, Refusal) else loaded.amount_tiyn
