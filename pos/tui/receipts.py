"""Earlier receipts: read again, print again, show the payer's signed receipt again, take back."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from faces.amounts import amount_text, moment_text
from faces.language import label
from faces.receipt_slip import Row
from faces.receipt_text import as_text
from faces.screens.ask import Ask, Field
from faces.screens.confirm import Confirm
from faces.screens.rows import Cell, Rows
from pos.service.till import Till
from pos.service.values import (
    BY_CARD,
    BY_CASH,
    BY_RETURN,
    BY_TRANSFER,
    CARD,
    CORRECTION,
    DT_OFFLINE,
    SALE,
    CardPayment,
    GaveBack,
    Receipt,
    converted_alone,
)
from pos.tui.card_refund import CardRefund
from pos.tui.choose import Choose, Way
from pos.tui.done import PAPER_COLUMNS
from pos.tui.paper_keys import PaperKeys
from pos.tui.papers import slip_rows_of
from pos.tui.show import ShowCode


class Receipts(PaperKeys):
    """Newest first; what the cursor stands on is shown beside. A reprint is marked as a copy."""

    DEFAULT_CSS = """
    Receipts Rows { width: 1fr; border: round $panel; }
    Receipts Rows:focus { border: round $primary; }
    Receipts #paper { width: 38; border: round $panel; padding: 0 1; }
    Receipts #paper Static { height: auto; }
    """
    title_key = "till.receipts"
    keys: ClassVar = (
        *PaperKeys.paper_keys,
        ("k", "code", "till.key-code"),
        ("u", "void", "till.key-void"),
        ("r", "refund", "till.key-refund"),
        ("escape", "back", "answer.back"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._receipts: tuple[Receipt, ...] = ()
        self._signed = b""
        self._cards: tuple[CardPayment, ...] = ()
        self._given_by_card = False

    def body(self) -> Iterable[Widget]:
        """List and paper."""
        yield Horizontal(
            Rows(self._row, id="list"), VerticalScroll(Static("", id="words", markup=False), id="paper")
        )

    def on_mount(self) -> None:
        """Look."""
        self.query_one(Rows).focus()
        self.query_one("#paper").can_focus = False
        self.show_corrections()

    def show_corrections(self) -> None:
        """They stand first."""
        self.tills.corrections = ()
        self._look()

    def on_screen_resume(self) -> None:
        """Back from the card: the new receipt stands first."""
        if self._given_by_card:
            self._given_by_card = False
            self._look()

    def _look(self) -> None:
        self.run_worker(self._looked(), exclusive=True, group="look")

    async def _looked(self) -> None:
        found = await self.tills.attempt(self.till.receipts)
        if found is None:
            return
        self._receipts = found
        rows = self.query_one(Rows)
        rows.show(len(found), cursor=rows.cursor)
        if found:
            await self._see(rows.cursor)
        else:
            self.query_one("#words", Static).update(label("till.no-receipts"))

    def _row(self, place: int, width: int) -> Sequence[Cell]:
        one = self._receipts[place]
        sign, meaning = ("+", "money") if one.kind in (SALE, CORRECTION) else ("−", "wait")
        amount = f"{sign}{amount_text(one.total_tiyn, sign='')}"
        left = f"{one.name}  {moment_text(one.time)[-5:]}  {label(f'till.kind-{one.kind}')}"
        return ((left.ljust(max(len(left) + 1, width - len(amount) - 1)), ""), (amount, meaning), (" ", ""))

    def on_rows_moved(self, event: Rows.Moved) -> None:
        """Show that one."""
        self.run_worker(self._see(event.place), exclusive=True, group="see")

    def on_rows_chosen(self, _: Rows.Chosen) -> None:
        """Print it."""
        self.action_print()

    async def _see(self, place: int) -> None:
        found = await self.tills.attempt(_beside, self.till, self._receipts[place])
        self._signed, self._cards = found or (b"", ())
        self.query_one("#words", Static).update(as_text(self.rows() or (), PAPER_COLUMNS))
        paper = self.query_one("#paper")
        paper.border_subtitle = f"{label('receipt.total')} {amount_text(self._receipts[place].total_tiyn)}"
        paper.scroll_home(animate=False)

    @property
    def chosen(self) -> Receipt | None:
        """The receipt under the cursor."""
        place = self.query_one(Rows).cursor
        return self._receipts[place] if place < len(self._receipts) else None

    def rows(self) -> tuple[Row, ...] | None:
        """A copy of it."""
        chosen = self.chosen
        if chosen is None:
            return None
        return slip_rows_of(chosen, self.status, signed=self._signed, copy=True, cards=self._cards)

    def paper_name(self) -> str:
        """By its number."""
        return f"receipt-{self.chosen.name}-copy" if self.chosen else "receipt"

    def action_code(self) -> None:
        """For a payer who went away before the last scan."""
        if self._signed:
            self.app.push_screen(ShowCode(self._signed, "till.show-receipt"))
        else:
            self.tills.tell(label("till.no-code"))

    # --- taking back

    def action_void(self) -> None:
        """All of it, as it came, in the shift it was sold in."""
        if self.chosen is not None:
            self.run_worker(self._void(self.chosen), exclusive=True, group="back")

    async def _void(self, receipt: Receipt) -> None:
        question = label("till.void-question", name=receipt.name, amount=amount_text(receipt.total_tiyn))
        if not await self.app.push_screen_wait(Confirm(question, careful=True)):
            return
        online = any(one.tender not in (DT_OFFLINE, CARD, "cash") for one in receipt.paid)
        to = await self._phone() if online else ""
        if to is not None:
            self._gave(await self.tills.attempt(self.till.void, receipt.name, to))

    def action_refund(self) -> None:
        """A part of it, or all, in a way that is chosen."""
        if self.chosen is not None:
            self.run_worker(self._refund(self.chosen), exclusive=True, group="back")

    async def _refund(self, receipt: Receipt) -> None:
        offline = any(one.tender == DT_OFFLINE for one in receipt.paid)
        here = (BY_RETURN, BY_CASH) if converted_alone(receipt) else (BY_RETURN, BY_TRANSFER, BY_CASH)
        ways = [Way(way, label(f"till.way-{way}")) for way in here]
        if any(one.tender == CARD for one in receipt.paid):
            ways.append(Way(BY_CARD, label("till.way-card")))
        way = await self.app.push_screen_wait(
            Choose(label("till.refund-question", name=receipt.name), ways if offline else ways[1:])
        )
        if way is None:
            return
        amount_tiyn, to = None, ""
        if way == BY_CARD:
            self._given_by_card = True
            self.app.push_screen(CardRefund(receipt, self.tills.reader))
            return
        if way != BY_RETURN:
            fields = [Field("amount", label("till.refund-amount"), "amount", _plain(receipt.total_tiyn))]
            fields += [Field("to", label("till.phone"))] if way == BY_TRANSFER else []
            answers = await self.app.push_screen_wait(Ask(label(f"till.way-{way}"), *fields))
            if answers is None:
                return
            amount_tiyn, to = int(str(answers["amount"])), str(answers.get("to", ""))
        anyway = way == BY_CASH and any(one.tender == CARD for one in receipt.paid)
        question = label("till.cash-for-card", name=receipt.name)
        if anyway and not await self.app.push_screen_wait(Confirm(question, careful=True)):
            return
        give = partial(self.till.refund, cash_anyway=anyway)
        self._gave(await self.tills.attempt(give, receipt.name, way, amount_tiyn, to))

    async def _phone(self) -> str | None:
        answers = await self.app.push_screen_wait(
            Ask(label("till.way-transfer"), Field("to", label("till.phone")))
        )
        return None if answers is None else str(answers["to"])

    def _gave(self, told: GaveBack | None) -> None:
        if told is None:
            return
        if told.amount_tiyn:
            self.tills.tell(label("till.gave-back", amount=amount_text(told.amount_tiyn)))
        if told.unheard:
            self.tills.tell(label("cardpay.reversal-waits"))
        if told.waiting_tiyn:
            self.tills.tell(label("pos.back-waits", amount_tiyn=told.waiting_tiyn))
        self._look()
        if told.messages:
            self.app.push_screen(ShowCode(told.messages[-1], "till.show-return"))


def _beside(till: Till, receipt: Receipt) -> tuple[bytes, tuple[CardPayment, ...]]:
    """What belongs to a receipt and stands elsewhere."""
    return till.signed_receipt(receipt), till.cards.payments_of(receipt)


def _plain(amount_tiyn: int) -> str:
    return f"{amount_tiyn // 100},{amount_tiyn % 100:02d}"
