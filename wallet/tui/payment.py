"""One payment: whom, how much, what for, and its whole way from status to status (DT-A-07)."""

from collections.abc import Iterable
from typing import ClassVar

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from device.service.view import Payment
from faces.amounts import moment_text, signed_text
from faces.card_lines import CARD_CHANNEL, status_in
from faces.language import label
from faces.phrases import phrase
from faces.screens.confirm import Confirm
from faces.words import sentence
from tender.errors import Code, Refusal
from wallet.tui.app import WalletApp
from wallet.tui.page import Page
from wallet.tui.payment_row import change_tiyn, mark, what_for, with_whom


async def show_payment(wallets: WalletApp, payment: Payment) -> None:
    """One line of the history in full: of a bank card as its bank told it, of any other its whole way."""
    if payment.channel.startswith(CARD_CHANNEL):
        from wallet.tui.card_payment import CardPayment

        slip = await wallets.attempt(wallets.wallet.cards.slip, payment.id)
        if slip is not None:
            await wallets.push_screen(CardPayment(payment, slip))
            return
    await wallets.push_screen(PaymentScreen(payment))


class PaymentScreen(Page):
    """Shows one line of the history, and does what can be done about it."""

    DEFAULT_CSS = """
    PaymentScreen VerticalScroll { padding: 1 2; }
    PaymentScreen #facts { margin-bottom: 1; }
    """
    title_key = "payment.title"
    keys: ClassVar = (
        ("g", "go_on", "key.go-on"),
        ("c", "give_up", "key.give-up"),
        ("k", "keep_or_return", "key.keep-or-return"),
        ("u", "refund", "key.refund"),
    )

    def __init__(self, payment: Payment) -> None:
        super().__init__()
        self._payment = payment

    def body(self) -> Iterable[Widget]:
        """Facts, then the way."""
        with VerticalScroll():
            yield Static(id="facts", markup=False)
            yield Static(id="way", markup=False)

    def on_mount(self) -> None:
        """Show it."""
        self._show()

    def _show(self) -> None:
        one = self._payment
        sign, meaning = mark(one)
        facts = [
            ("payment.amount", signed_text(change_tiyn(one)), "$money bold"),
            ("payment.party", with_whom(one), ""),
            ("payment.purpose", what_for(one), ""),
            ("payment.when", moment_text(one.time), ""),
            ("payment.status", f"{sign} {status_in(one.channel, one.status)}", f"${meaning}"),
            ("payment.why", _why(one), "$bad"),
            ("payment.receipt", label("payment.receipt-here") if one.receipt else "", "$good"),
            ("payment.number", one.id.hex(), "$quiet"),
        ]
        width = max(len(label(key)) for key, _, _ in facts) + 2
        self.query_one("#facts", Static).update(
            Content("\n").join(
                Content.assemble((f"{label(key):<{width}}", "$quiet"), (told, style))
                for key, told, style in facts
                if told
            )
        )
        steps = [
            Content.assemble((f"{moment_text(step.time)}  ", "$quiet"), status_in(one.channel, step.status))
            for step in one.path
        ] or [Content.assemble((label("payment.no-way"), "$quiet"))]
        head = Content.assemble((label("payment.way"), "bold"))
        self.query_one("#way", Static).update(Content("\n").join([head, *steps]))

    # --- what can be done about it

    def action_go_on(self) -> None:
        """Show its code again and scan the other side's, where it was left."""
        from wallet.tui.handing import open_again

        self.run_worker(open_again(self, self._payment.id.hex()), exclusive=True)

    def action_give_up(self) -> None:
        """Nobody pays this any more; what is signed stays signed."""
        self.run_worker(self._ask_and_do("payment.give-up-ask", "give-up"), exclusive=True)

    def action_keep_or_return(self) -> None:
        """Have the payee asked whether it keeps or returns what it never acknowledged."""
        self.run_worker(self._ask_and_do("payment.hand-over-ask", "hand-over"), exclusive=True)

    def action_refund(self) -> None:
        """Give back what was received."""
        self.run_worker(self._ask_and_do("payment.refund-ask", "refund"), exclusive=True)

    async def _ask_and_do(self, question: str, what: str) -> None:
        one = self._payment
        words = label(question, party=one.party, amount_tiyn=one.amount_tiyn)
        if not await self.wallets.push_screen_wait(Confirm(words, careful=True)):
            return
        told = await self._done(what)
        if isinstance(told, Refusal):
            self.wallets.tell_refusal(told)
            return
        self.wallets.tell(told)
        found = await self.wallets.outcome(self.wallet.view.payment, self._payment.id.hex())
        if isinstance(found, Payment):
            self._payment = found
            self._show()

    async def _done(self, what: str) -> str | Refusal:
        wallets, wallet, payment = self.wallets, self.wallet, self._payment
        name = payment.id.hex()[:8]
        if what == "hand-over":
            late = await wallets.bank(lambda: wallet.hand_overs.hand_over(payment.id))
            if isinstance(late, Refusal):
                return late
            return phrase(
                f"late-{late.outcome}",
                amount_tiyn=late.amount_tiyn,
                payment=name,
                until=moment_text(late.until) if late.until else "",
                code=late.code,
            )
        act = wallet.money.cancel if what == "give-up" else wallet.money.refund
        told = await wallets.outcome(act, payment.id)
        if isinstance(told, Refusal):
            return told
        return phrase(
            "cancelled" if what == "give-up" else "refunded", payment=name, amount_tiyn=payment.amount_tiyn
        )


def _why(one: Payment) -> str:
    """The sentence of the code a payment ended with."""
    if not one.code:
        return ""
    try:
        return sentence(Refusal(Code(one.code)))
    except ValueError:  # another version's code
        return one.code
