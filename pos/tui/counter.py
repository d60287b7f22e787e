"""The counter: what is in the basket, what is to be paid, and the line in which a cashier types."""

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Final

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from faces.amounts import amount_text
from faces.language import label
from faces.screens.ask import Ask, Field
from faces.screens.confirm import Confirm
from faces.screens.rows import Cell, Rows
from faces.words import sentence
from pos.service.values import CASH, DT_OFFLINE, Asked, Choice, Phase, Sale, Taken
from pos.tui.app import TillScreen
from pos.tui.choose import Choose, Way
from pos.tui.entry import ENTRY_MOST, read_entry
from pos.tui.keypad import ENTER, ERASE, Keypad
from tender.errors import Refusal

TAP: Final = "tap"
"""Offline money by tap: another way to the same question, and no tender of its own."""


class Counter(TillScreen):
    """A line is an item; an empty line, or the button, leads to paying."""

    DEFAULT_CSS = """
    Counter #left { width: 1fr; }
    Counter #right { width: 34; padding: 0 1; }
    Counter #basket { border: round $panel; }
    Counter #basket:focus { border: round $primary; }
    Counter #sums { height: auto; padding: 0 2; text-align: right; }
    Counter #entry { margin: 0; }
    Counter #said { height: 2; color: $wait; }
    Counter #pay { width: 100%; margin-top: 1; }
    """
    keys: ClassVar = (
        ("f5", "pay", "till.pay"),
        ("f2", "receipts", "till.key-receipts"),
        ("f3", "shift", "till.key-shift"),
        ("f4", "offline", "till.key-offline"),
        ("f8", "discount", "till.key-discount"),
        ("f9", "drop", "till.key-drop"),
        ("delete", "remove", "till.key-remove"),
        ("f10", "app.quit", "till.key-quit"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._sale: Sale | None = None

    def body(self) -> Iterable[Widget]:
        """Basket and sums at the left, line and keypad at the right."""
        basket = Rows(self._row, id="basket")
        basket.border_title = label("till.basket")
        entry = Input(
            placeholder=label("till.entry-hint"), id="entry", max_length=ENTRY_MOST, select_on_focus=False
        )
        yield Horizontal(
            Vertical(basket, Static(id="sums", markup=False), id="left"),
            Vertical(
                entry,
                Static(id="said", markup=False),
                Keypad(),
                Button(label("till.pay"), id="pay", variant="primary"),
                id="right",
            ),
        )

    def on_mount(self) -> None:
        """As the till remembers it."""
        self._show(self.status.sale)
        self.query_one("#entry").focus()
        waits = len(self.status.giving_back) + len(self.status.strays)
        if waits:
            self.say(label("till.waits", count=waits))
        self.show_corrections()

    def show_corrections(self) -> None:
        """The last of them, until the receipts are looked at: none of it can wait for a better moment."""
        for one in self.tills.corrections[-1:]:
            self.say(label("till.void-refused", receipt=one.of, correction=one.name))

    def say(self, what: Refusal | str) -> None:
        """One short word under the line."""
        self.query_one("#said", Static).update(sentence(what) if isinstance(what, Refusal) else what)

    # --- what is shown

    def _show(self, sale: Sale | None) -> None:
        self._sale = sale
        count = len(sale.items) if sale else 0
        self.query_one(Rows).show(count, cursor=max(0, count - 1))
        self.query_one("#sums", Static).update(_sums(sale))
        owing = sale is not None and sale.phase is Phase.OWING
        self.query_one("#entry", Input).placeholder = label("till.owing-hint" if owing else "till.entry-hint")
        self.query_one("#pay", Button).disabled = not count

    def _row(self, place: int, width: int) -> Sequence[Cell]:
        assert self._sale is not None
        item = self._sale.items[place]
        amount = amount_text(item.amount_tiyn, sign="")
        times = f" {item.quantity} × {amount_text(item.price_tiyn, sign='')}" if item.quantity > 1 else ""
        vat = f" ({item.vat})" if item.vat else ""
        room = max(4, width - len(times) - len(vat) - len(amount) - 2)
        name = item.name if len(item.name) <= room else item.name[: room - 1] + "…"
        return ((name.ljust(room), ""), (times, "quiet"), (vat, "quiet"), ("  ", ""), (amount, "money"))

    # --- typing

    def on_keypad_pressed(self, event: Keypad.Pressed) -> None:
        """The keypad types into the line."""
        entry = self.query_one("#entry", Input)
        entry.focus()
        if event.sign == ENTER:
            self.run_worker(self._enter(), exclusive=True)
        elif event.sign == ERASE:
            entry.value = entry.value[:-1]
        else:
            entry.value += event.sign
        entry.cursor_position = len(entry.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """An item, or, when nothing is typed, on to paying."""
        event.stop()
        self.run_worker(self._enter(), exclusive=True)

    async def _enter(self) -> None:
        entry = self.query_one("#entry", Input)
        if not entry.value.strip():
            await self._pay()
            return
        found = read_entry(entry.value)
        if isinstance(found, Refusal):
            self.say(found)
            return
        name = found.name or label("till.nameless")
        if await self._changed(self.till.add_item, name, found.price_tiyn, found.quantity):
            entry.value = ""

    async def _changed(self, act: Callable[..., Sale | Refusal], *arguments: object) -> bool:
        """One change of the basket; whether it was made."""
        told = await self.tills.outcome(act, *arguments)
        if isinstance(told, Refusal):
            self.say(told)
            return False
        self.say("")
        self._show(told)
        return True

    def action_remove(self) -> None:
        """Take out what the cursor of the basket stands on."""
        if self._sale is not None and self._sale.items:
            self.run_worker(self._changed(self.till.remove_item, self.query_one(Rows).cursor), exclusive=True)

    def action_discount(self) -> None:
        """So much off everything."""
        if self._sale is not None:
            self.run_worker(self._discount(), exclusive=True)

    async def _discount(self) -> None:
        field = Field("amount", label("till.discount-words"), "amount", optional=True)
        answers = await self.app.push_screen_wait(Ask(label("till.key-discount"), field))
        if answers is not None:
            await self._changed(self.till.discount, answers["amount"])

    def action_drop(self) -> None:
        """Give the sale up, after a question."""
        if self._sale is not None:
            self.run_worker(self._drop(), exclusive=True)

    async def _drop(self) -> None:
        if not await self.app.push_screen_wait(Confirm(label("till.drop-question"), careful=True)):
            return
        told = await self.tills.outcome(self.till.drop)
        if isinstance(told, Refusal):
            self.say(told)
        else:
            self.tills.move_on()

    # --- paying

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Pay, by mouse."""
        if event.button.id == "pay":
            self.action_pay()

    def action_pay(self) -> None:
        """Pay, by its key: an empty line and Enter does the same."""
        self.run_worker(self._pay(), exclusive=True)

    async def _pay(self) -> None:
        sale = self._sale
        if sale is None or not sale.items:
            self.say(label("till.empty"))
            return
        ways = _ways(self.status.tenders)
        title = label("till.tender-question", due=amount_text(sale.due_tiyn))
        tender = await self.app.push_screen_wait(Choose(title, ways))
        if tender is None:
            return
        self.tills.by_tap = tender == TAP
        tender = DT_OFFLINE if tender == TAP else tender
        asked = await (
            self._cash(sale) if tender == CASH else self.tills.outcome(self.till.begin_payment, tender)
        )
        if isinstance(asked, Refusal):
            self.say(asked)
        elif asked is not None:
            self.tills.move_on()

    async def _cash(self, sale: Sale) -> Asked | Taken | Refusal | None:
        field = Field(
            "given", label("till.given-words"), "amount", f"{sale.due_tiyn // 100},{sale.due_tiyn % 100:02d}"
        )
        answers = await self.app.push_screen_wait(Ask(label("receipt.tender-cash"), field))
        if answers is None:
            return None
        given_tiyn = answers["given"]
        assert isinstance(given_tiyn, int)
        return await self.tills.outcome(self.till.cash, given_tiyn)

    # --- elsewhere

    def action_receipts(self) -> None:
        """Earlier receipts."""
        from pos.tui.receipts import Receipts

        self.app.push_screen(Receipts())

    def action_shift(self) -> None:
        """Totals."""
        from pos.tui.shift import ShiftScreen

        self.app.push_screen(ShiftScreen())

    def action_offline(self) -> None:
        """Offline takings."""
        from pos.tui.offline import Offline

        self.app.push_screen(Offline())


def _ways(tenders: Sequence[Choice]) -> list[Way]:
    """The tenders as they are offered. Offline money comes by code or, last, by tap: it is the same question,
    and the digits a cashier's fingers know stay what they were."""
    why = {one.name: "" if one.why is None else sentence(Refusal(one.why)) for one in tenders}
    found = [Way(name, label(f"receipt.tender-{name}"), told) for name, told in why.items()]
    return [*found, Way(TAP, label("till.way-tap"), why[DT_OFFLINE])] if DT_OFFLINE in why else found


def _sums(sale: Sale | None) -> Content:
    if sale is None:
        return Content.assemble((f"{label('receipt.total')}  {amount_text(0)}", "$quiet"))
    lines: list[Content] = []
    if sale.discount_tiyn:
        lines.append(Content(f"{label('receipt.discount')}  {amount_text(-sale.discount_tiyn)}"))
    lines.append(
        Content.assemble((f"{label('receipt.total')}  {amount_text(sale.total_tiyn)}", "$money bold"))
    )
    if sale.paid:
        lines.append(Content(f"{label('till.paid')}  {amount_text(sale.paid_tiyn)}"))
        lines.append(Content.assemble((f"{label('till.due')}  {amount_text(sale.due_tiyn)}", "$wait bold")))
    return Content("\n").join(lines)
