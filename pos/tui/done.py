"""Paid: the receipt, for the customer's eyes, wallet and hand; then the counter is free.

Until Enter the sale is not over: a till that is closed here comes back here, with the same receipt.
"""

from collections.abc import Iterable
from typing import ClassVar

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from faces.amounts import amount_text
from faces.language import label
from faces.qr_widget import QrCode
from faces.receipt_slip import Row
from faces.receipt_text import as_text
from pos.service.till import Till
from pos.service.values import CardPayment, Receipt, Sale
from pos.tui.app import TillScreen
from pos.tui.paper_keys import PaperKeys
from pos.tui.papers import slip_rows_of
from tender.errors import Refusal

PAPER_COLUMNS = 32


class Done(PaperKeys, TillScreen):
    """The receipt code at the left (for an offline payment), the receipt in words at the right."""

    DEFAULT_CSS = """
    Done #side { width: 38; padding: 0 1; }
    Done #paid { height: auto; color: $good; text-style: bold; }
    Done #change { height: auto; color: $money; text-style: bold; }
    Done #hint { height: auto; color: $quiet; margin-bottom: 1; }
    Done #paper { border: round $panel; height: 1fr; }
    Done #paper Static { height: auto; }
    """
    keys: ClassVar = (("enter", "finish", "till.key-next"), *PaperKeys.paper_keys)

    def __init__(self, sale: Sale) -> None:
        super().__init__()
        self._sale = sale
        self._receipt: Receipt | None = None
        self._signed = b""
        self._cards: tuple[CardPayment, ...] = ()

    def body(self) -> Iterable[Widget]:
        """Code and paper."""
        yield Horizontal(
            QrCode(id="code"),
            Vertical(
                Static(
                    label("till.paid-all", amount=amount_text(self._sale.total_tiyn)), id="paid", markup=False
                ),
                Static("", id="change", markup=False),
                Static("", id="hint", markup=False),
                VerticalScroll(Static("", id="words", markup=False), id="paper"),
                id="side",
            ),
        )

    def on_mount(self) -> None:
        """Look the receipt up."""
        self.query_one(QrCode).display = False
        self.run_worker(self._look(), exclusive=True)

    async def _look(self) -> None:
        found = await self.tills.attempt(_found, self.till, self._sale)
        if found is None:
            return
        self._receipt, self._signed, self._cards = found
        rows = self.rows()
        assert rows is not None
        self.query_one("#words", Static).update(as_text(rows, PAPER_COLUMNS))
        if self._receipt.change_tiyn:
            self.query_one("#change", Static).update(
                label("till.change", amount=amount_text(self._receipt.change_tiyn))
            )
        shown = self.tills.for_payer or self._signed
        if shown and self._signed:
            code = self.query_one(QrCode)
            code.display = True
            code.show(shown)
            self.query_one("#hint", Static).update(label("till.show-receipt"))
            code.focus()

    def rows(self) -> tuple[Row, ...] | None:
        """The receipt's rows."""
        if self._receipt is None:
            return None
        return slip_rows_of(self._receipt, self.status, signed=self._signed, cards=self._cards)

    def paper_name(self) -> str:
        """How a file of it is called."""
        return f"receipt-{self._receipt.name}" if self._receipt else "receipt"

    def action_finish(self) -> None:
        """The counter is free."""
        self.run_worker(self._finish(), exclusive=True)

    async def _finish(self) -> None:
        if await self.tills.attempt(self.till.finish) is not None:
            self.tills.for_payer = b""
            self.tills.move_on()


def _found(till: Till, sale: Sale) -> tuple[Receipt, bytes, tuple[CardPayment, ...]] | Refusal:
    receipt = till.receipt(f"{sale.shift}-{sale.receipt}")
    if isinstance(receipt, Refusal):
        return receipt
    return receipt, till.signed_receipt(receipt), till.cards.payments_of(receipt)
