"""The way to the counter: the till's PIN, the cashier's code, the shift."""

from collections.abc import Iterable
from typing import ClassVar

from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from faces.language import label
from faces.screens.confirm import Confirm
from faces.screens.fields import AmountField, PinField
from faces.screens.page import Key
from faces.screens.waiting import Said
from pos.tui.app import TillApp, TillScreen
from tender.account.participants import BANKS, name_of
from tender.crypto.sealing import Pin
from tender.errors import Refusal


class Entrance(TillScreen):
    """A small form in the middle; Enter goes from field to field, and from the last one through."""

    DEFAULT_CSS = """
    Entrance #form { width: 62; max-width: 96%; height: auto; border: round $primary; padding: 1 2; }
    Entrance #place { align: center middle; height: 1fr; }
    Entrance Static { height: auto; }
    Entrance #form .title { margin-bottom: 1; }
    Entrance #said { margin-top: 1; color: $wait; }
    Entrance Button { margin-top: 1; }
    """
    keys: ClassVar[tuple[Key, ...]] = (
        ("f10", "app.quit", "till.key-quit"),
        ("ctrl+l", "app.look", "till.key-look"),
    )

    def body(self) -> Iterable[Widget]:
        """The form."""
        yield Vertical(
            Vertical(
                Static(self.question(), classes="title", markup=False),
                *self.fields(),
                Said(self.hint(), id="said"),
                Button(label("till.enter"), id="enter", variant="primary"),
                id="form",
            ),
            id="place",
        )

    def question(self) -> str:
        """What it asks."""
        return ""

    def hint(self) -> str:
        """What to do, until something is to be said."""
        return ""

    def fields(self) -> Iterable[Widget]:
        """What is typed."""
        return ()

    def on_mount(self) -> None:
        """The first field that is empty has the keys."""
        empty = [one for one in self.query(Input) if not one.value]
        (empty or list(self.query(Input)))[0].focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """To the next field, or through."""
        event.stop()
        every = list(self.query(Input))
        place = every.index(event.input)
        if place + 1 < len(every):
            every[place + 1].focus()
        else:
            self.enter()

    def on_button_pressed(self, _: Button.Pressed) -> None:
        """By mouse."""
        self.enter()

    def enter(self) -> None:
        """Try it."""
        self.run_worker(self.through(), exclusive=True)

    async def through(self) -> None:
        """What is done with what was typed."""

    def say(self, what: Refusal | str) -> None:
        """Say why not."""
        said = self.query_one(Said)
        if not isinstance(what, Refusal):
            said.say(what)
        elif said.refuse(what):
            self._fields(disabled=True)  # no PIN would be looked at while the wait lasts

    def on_said_over(self) -> None:
        """The wait is over."""
        self.say(self.hint())
        self._fields(disabled=False)
        self.query(Input).first().focus()

    def _fields(self, *, disabled: bool) -> None:
        for one in (*self.query(Input), *self.query(Button)):
            one.disabled = disabled


class Unlock(Entrance):
    """The PIN of the till opens its device and its book."""

    def heading(self) -> str:
        """Nothing is known of it yet but its name."""
        assert isinstance(self.app, TillApp)
        return label("till.title", name=self.tills.doors.name)

    def question(self) -> str:
        """Which till."""
        return label("till.title" if self._there else "till.new-title", name=self.tills.doors.name)

    def hint(self) -> str:
        """What to type."""
        return label("till.pin-hint" if self._there else "till.new-hint")

    @property
    def _there(self) -> bool:
        return self.tills.doors.exists()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Whoever begins the PIN anew begins both."""
        if event.input.id == "pin" and not event.value:
            for again in self.query("#again").results(PinField):
                again.value = ""

    def fields(self) -> Iterable[Widget]:
        """One; for a new till twice."""
        yield PinField(id="pin", placeholder=label("field.pin"))
        if not self._there:
            yield PinField(id="again", placeholder=label("till.pin-again"))

    async def through(self) -> None:
        """Open, or make."""
        field = self.query_one("#pin", PinField)
        if not field.value:
            field.focus()
            return
        pin, again = field.take(), [one.take() for one in self.query(PinField) if one is not field]
        if again and (pin.too_short or not pin.same_as(again[0])):
            self.say(label("till.pins-differ"))
            field.focus()
            return
        self.say(label("till.opening"))
        refused = await self.tills.unlock(pin)
        if refused is None:
            self.tills.move_on()
        else:
            self.say(refused)
            field.focus()


class Enrol(Entrance):
    """A new till is tied to the merchant at its bank; it can be left for later, and cash sold meanwhile."""

    keys: ClassVar[tuple[Key, ...]] = (*Entrance.keys, ("escape", "later", "till.key-later"))

    def question(self) -> str:
        """Which bank."""
        return label("till.enrol")

    def hint(self) -> str:
        """Which banks there are."""
        banks = ", ".join(f"{number} {name_of(number)}" for number in BANKS)
        return label("till.enrol-hint", banks=banks)

    def fields(self) -> Iterable[Widget]:
        """The bank's number and the code it gave."""
        yield Input(id="bank", placeholder=label("till.bank"), max_length=3, restrict="[0-9]*")
        yield PinField(id="code", placeholder=label("till.activation"))

    async def through(self) -> None:
        """Enrol, and open the account."""
        bank, field = self.query_one("#bank", Input).value, self.query_one("#code", PinField)
        if not bank or int(bank) not in BANKS:
            self.say(self.hint())
            self.query_one("#bank").focus()
            return
        code = field.value.strip()
        field.value = ""
        if not code:
            return
        self.say(label("screen.working"))
        told = await self.tills.outcome(self._enrol, int(bank), code)
        if isinstance(told, Refusal):
            self.say(told)
            field.focus()
            return
        if await self.app.push_screen_wait(Confirm(label("till.account-question"))):
            await self.tills.attempt(self.till.device.membership.open_account)
        self.tills.move_on()

    def _enrol(self, bank: int, code: str) -> int | Refusal:
        told = self.till.device.membership.enrol(bank, code, shown=True, root_key=None)
        return told if isinstance(told, Refusal) else bank

    def action_later(self) -> None:
        """To the cashier; the bank can be found among the offline money."""
        self.app.switch_screen(SignOn())


class SignOn(Entrance):
    """Name and code of the cashier; the first one of a till chooses both."""

    def question(self) -> str:
        """Who."""
        return label("till.sign-on" if self.status.cashiers else "till.first-cashier")

    def hint(self) -> str:
        """What to do."""
        known = ", ".join(self.status.cashiers)
        return label("till.sign-on-hint", known=known) if known else label("till.first-cashier-hint")

    def fields(self) -> Iterable[Widget]:
        """Two; the only cashier of a till need not type the name."""
        alone = self.status.cashiers[0] if len(self.status.cashiers) == 1 else ""
        yield Input(
            alone, id="cashier", placeholder=label("till.cashier"), max_length=60, select_on_focus=False
        )
        yield PinField(id="code", placeholder=label("till.code"))

    async def through(self) -> None:
        """Sign on."""
        name, field = self.query_one("#cashier", Input).value.strip(), self.query_one(PinField)
        if not name or not field.value:
            return
        code = field.take()
        refused = await self.tills.outcome(_sign_on, self, name, code)
        if isinstance(refused, Refusal):
            self.say(refused)
            field.focus()
        else:
            self.tills.move_on()


def _sign_on(screen: SignOn, name: str, code: Pin) -> str | Refusal:
    if not screen.status.cashiers:
        refused = screen.till.add_cashier(name, code)
        if refused is not None:
            return refused
    return screen.till.sign_on(name, code)


class OpenShift(Entrance):
    """How much lies in the drawer when the shift begins."""

    keys: ClassVar = (
        *Entrance.keys,
        ("f2", "receipts", "till.key-receipts"),
        ("escape", "off", "till.key-off"),
    )

    def question(self) -> str:
        """The next shift."""
        return label("till.open-shift", number=self.status.settings.shift + 1)

    def hint(self) -> str:
        """What the amount is."""
        return label("till.open-shift-hint")

    def fields(self) -> Iterable[Widget]:
        """One amount; left out it is nothing."""
        yield AmountField(id="drawer")

    async def through(self) -> None:
        """Open it."""
        field = self.query_one(AmountField)
        drawer_tiyn = field.amount_tiyn() if field.value.strip(" 0.,") else 0
        if isinstance(drawer_tiyn, Refusal):
            self.say(drawer_tiyn)
            return
        shift = await self.tills.outcome(self.till.open_shift, drawer_tiyn)
        if isinstance(shift, Refusal):
            self.say(shift)
        else:
            self.tills.move_on()

    def action_receipts(self) -> None:
        """Earlier receipts can be printed without a shift."""
        from pos.tui.receipts import Receipts

        self.app.push_screen(Receipts())

    def action_off(self) -> None:
        """Somebody else."""
        self.run_worker(self._off(), exclusive=True)

    async def _off(self) -> None:
        await self.tills.attempt(self.till.sign_off)
        self.tills.move_on()
