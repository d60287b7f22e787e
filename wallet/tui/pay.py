"""Paying: scan whoever asks, read whom and how much, say yes; then the payment code is shown."""

from collections.abc import Iterable

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from faces.amounts import amount_text
from faces.language import label
from faces.screens.theme import purpose_look
from faces.screens.watcher import Watcher
from tender.cash.messages import Kind
from tender.errors import Refusal
from wallet.tui.conversation import Stage, say_no, say_yes
from wallet.tui.question import Question
from wallet.tui.scan import Scan


class Pay(Scan):
    """The same scanning; its title says what it is for."""

    title_key = "scan.title-pay"
    wanted = frozenset({Kind.REQUEST})

    def __init__(self) -> None:
        super().__init__()
        self._bindings.bind("n", "tap", label("key.tap"), show=True)
        self._bindings.bind("k", "card", label("key.onto-card"), show=True)

    def action_tap(self) -> None:
        """Held to the reader of whoever asks, instead of a code."""
        from wallet.tui.tap import PayByTap

        self.query_one(Watcher).stop()
        self.wallets.push_screen(PayByTap(self.wallets.chosen.reader))

    def action_card(self) -> None:
        """Onto a card that lies at our reader: it cannot ask by itself, so the amount is typed here."""
        self.query_one(Watcher).stop()
        self.run_worker(self._onto_card(), group="card", exclusive=True)

    async def _onto_card(self) -> None:
        from faces.screens.ask import Ask, Field

        field = Field("amount", label("tap.how-much"), "amount")
        told = await self.wallets.push_screen_wait(Ask(label("tap.title-card"), field))
        amount_tiyn = told["amount"] if told is not None else 0
        if isinstance(amount_tiyn, int) and amount_tiyn:
            from wallet.tui.tap_card import PayOntoCard

            self.wallets.push_screen(PayOntoCard(self.wallets.chosen.reader, amount_tiyn=amount_tiyn))


class Decide(Question):
    """Whom, how much, what for, with which money: before anything is signed."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(needs_pin=stage.needs_pin)
        self._stage = stage

    def asked(self) -> Iterable[Widget]:
        """The signed request, in words."""
        stage = self._stage
        yield Static(label("pay.title", amount_tiyn=stage.amount_tiyn), id="asked", markup=False)
        yield Static(label("pay.to", party=stage.party), id="whom", markup=False)
        if stage.purpose:
            yield Static(label("pay.for", purpose=stage.purpose), markup=False)
        yield Static(self._facts(), id="facts", markup=False)

    def _facts(self) -> Content:
        """Which money it is paid with, by purpose, the change, and what is left."""
        assert self._stage.proposal is not None
        pieces = self._stage.proposal.pieces
        paid: dict[str, int] = {}
        for piece in pieces:
            paid[piece.coin.purpose] = paid.get(piece.coin.purpose, 0) + piece.pay_tiyn
        dark = self.wallets.look == "dark"
        lines = []
        for purpose, amount_tiyn in sorted(paid.items()):
            sign, colour = purpose_look(1 if purpose else 0, dark=dark)
            told = f"{sign} {purpose or label('pay.plain')} {amount_text(amount_tiyn)}"
            lines.append(Content.assemble(f"{label('pay.with')} ", (told, colour)))
        change_tiyn = sum(piece.change_tiyn for piece in pieces)
        if change_tiyn:
            lines.append(Content(label("pay.change", change_tiyn=change_tiyn)))
        lines.append(Content(label("pay.left", left_tiyn=self._stage.left_tiyn)))
        return Content("\n").join(lines)

    async def said_yes(self) -> None:
        """Sign, and show the payment code."""
        told = await self.wallets.outcome(lambda: say_yes(self.wallet, self._stage))
        if isinstance(told, Refusal):
            self.refused(told)
            return
        from wallet.tui.handing import screen_for

        self.wallets.switch_screen(screen_for(told))

    async def _no(self) -> None:
        """The session remembers it; the payee may be shown it, and Enter leaves it at that."""
        told = await self.wallets.outcome(lambda: say_no(self.wallet, self._stage))
        if isinstance(told, Refusal):
            self.refused(told)
            return
        from wallet.tui.handing import screen_for

        self.wallets.tell(label("pay.declined"))
        self.wallets.switch_screen(screen_for(told))
