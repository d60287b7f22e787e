"""A payment card at the till: insert, do not remove, PIN, the bank, remove; then yes or no, in words.

The conversation runs in the till's own thread; what happens is told here step by step. A PIN is typed into a
field that never shows a digit. Esc leaves while no card is there; once the bank is asked, what comes of it is
waited for.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import ClassVar, Final

from textual.containers import Center, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from faces.amounts import amount_text
from faces.language import label
from faces.screens.ask import Answers, Ask, Field
from faces.screens.page import Key
from faces.screens.tap import Answer, TapHost, TapScreen
from faces.screens.tap_look import Step, TapEvent
from faces.screens.tap_sign import COLUMNS, ROWS, SIGNS
from faces.screens.tap_watch import WAIT_S, WatchedReader
from faces.words import sentence
from pos.service.card_values import CardStep, CardTold, PinCalledOff
from pos.service.values import CardPayment, Taken
from pos.tui.app import TillScreen
from pos.tui.choose import Choose, Way
from tender.crypto.sealing import Pin
from tender.errors import Code, Refusal
from tender.ports import CardReader

CardEnd = CardTold | Taken | Refusal
"""What a conversation with a card comes to."""

_PAD: Final = """\
      ┌──────────┐
      │ *  *  *  │
      ├──┬──┬──┬─┤
      │1 │2 │3 │ │
      │4 │5 │6 │ │
      │7 │8 │9 │ │
      └──┴──┴──┴─┘"""
_SIGNS: Final = {
    CardStep.INSERT: (SIGNS[Step.HOLD], "money"),
    CardStep.STAY: (SIGNS[Step.STAY], "wait"),
    CardStep.PIN: (_PAD, "money"),
    CardStep.ONLINE: (SIGNS[Step.STAY], "wait"),
    CardStep.REMOVE: (SIGNS[Step.HOLD], "money"),
    CardStep.SWIPE: (SIGNS[Step.HOLD], "money"),
}
"""The sign of each step, and the theme's colour that repeats it."""
_APPROVED: Final = (SIGNS[Step.DONE], "good")
_DECLINED: Final = (SIGNS[Step.REFUSED], "bad")
_WAY: Final = (CardStep.INSERT, CardStep.STAY, CardStep.PIN, CardStep.ONLINE, CardStep.REMOVE)


class CardHost(TapHost):
    """:class:`pos.service.card_values.CardHands` on a screen; called from the till's thread."""

    def __init__(self, screen: "CardPay") -> None:
        super().__init__(screen)
        self._shown = screen
        self._no_pin = False

    def tell(self, event: TapEvent | CardStep) -> None:
        """A step is shown; what goes over the air is not."""
        if isinstance(event, CardStep):
            self._shown.post_message(CardPay.Stepped(event))

    def ask_card_pin(self, tries_left: int | None, was_wrong: bool) -> Pin | None:
        """Typed by the customer, shown to nobody; None when they went on without."""
        if self._no_pin:
            return None  # one no is a no to every way a PIN could be asked for
        amount = amount_text(self._shown.amount_tiyn)

        def show(answer: Callable[[Answers | None], None]) -> None:
            hint = label("cardpay.pin-wrong") if was_wrong else label("cardpay.pin-hint")
            if tries_left is not None:
                hint = f"{hint} {label('cardpay.tries', count=tries_left)}"
            field = Field("pin", hint, "pin", optional=True)
            self._shown.app.push_screen(Ask(label("cardpay.pin-title", amount=amount), field), answer)

        answers = self.ask(show)
        if answers is None:
            # *Back* is no word for "without a PIN": the payment ends, and nobody is asked.
            raise PinCalledOff(Code.PAYER_DECLINED, "pin")
        pin = answers["pin"]
        self._no_pin = not isinstance(pin, Pin)
        return pin if isinstance(pin, Pin) else None

    def choose(self, names: Sequence[str]) -> int | None:
        """Which application, by its name on the card."""
        ways = [Way(str(place), name) for place, name in enumerate(names)]

        def show(answer: Answer[str]) -> None:
            self._shown.app.push_screen(Choose(label("cardpay.choose"), ways), answer)

        chosen = self.ask(show)
        return None if chosen is None else int(chosen)


class Hands:
    """The host as the service knows people."""

    def __init__(self, host: CardHost) -> None:
        self.tell = host.tell
        self.ask_pin = host.ask_card_pin
        self.choose = host.choose


class CardPay(TapScreen, TillScreen):
    """The card tender of one sale. Enter goes on from its end; ``a`` lets the customer pay in another way."""

    DEFAULT_CSS = f"""
    CardPay Vertical {{ align: center middle; height: 1fr; }}
    CardPay Static {{ width: 100%; height: auto; text-align: center; padding: 0 2; }}
    CardPay #title {{ text-align: left; padding: 0 1; }}
    CardPay Center {{ height: auto; }}
    CardPay #card-sign {{ width: {COLUMNS}; height: {ROWS}; padding: 0; text-align: left; margin: 1 0; }}
    CardPay #card-amount {{ color: $money; text-style: bold; }}
    CardPay #card-word {{ text-style: bold; }}
    CardPay #card-say {{ max-width: 76; height: 4; }}
    """
    title_key: ClassVar[str] = "cardpay.title"

    class Stepped(Message):
        """It stands there now."""

        def __init__(self, step: CardStep) -> None:
            super().__init__()
            self.step = step

    def __init__(self, amount_tiyn: int, where: str = "") -> None:
        self.amount_tiyn = amount_tiyn
        self._step = CardStep.INSERT
        self._end: CardEnd | None = None
        super().__init__(where, amount_tiyn=amount_tiyn)
        self._bindings.bind("a", "another", show=False)

    def body(self) -> Iterable[Widget]:
        """From top to bottom."""
        with Vertical():
            yield Static(id="card-steps", markup=False)
            with Center():
                yield Static(id="card-sign", markup=False)
            for name in ("amount", "word"):
                yield Static(id=f"card-{name}", markup=False)
            with Center():
                yield Static(id="card-say", markup=False)

    def foot(self) -> tuple[Key, ...]:
        """Only what would be obeyed."""
        if self.paid:
            return (("enter", "on", "key.done"),)
        if self._end is not None:
            return (("enter", "on", "cardpay.key-again"), ("a", "another", "cardpay.key-other"))
        return (("escape", "leave", "key.leave"),) if self._step is CardStep.INSERT else ()

    @property
    def paid(self) -> bool:
        """Whether the sale has its money."""
        end = self._end
        return isinstance(end, Taken) or (isinstance(end, CardTold) and end.taken is not None)

    # --- the conversation

    def begin(self) -> None:
        """From the first step, at the reader on the counter."""
        self.host = CardHost(self)
        self._step, self._end = CardStep.INSERT, None
        self._show()
        self.run_worker(self._begin(self.host), group="tap", exclusive=True)

    async def _run(self, host: TapHost) -> None:
        assert isinstance(host, CardHost)
        self._end = await self.tenge.outcome(self._pay, host)
        self._show()
        if host.stopped() and not self.paid:
            await self._another()

    def _pay(self, host: CardHost) -> CardEnd:
        reader = WatchedReader(self.tills.doors.open_reader(self.where), host)
        try:
            return self.converse(reader, Hands(host))
        finally:
            reader.disconnect()

    def converse(self, reader: CardReader, hands: Hands) -> CardEnd:
        """What is done with the card; in the till's thread."""
        swipe = partial(self.tills.doors.swiped, self.where)
        return self.till.cards.taking.pay(reader, hands, timeout_s=WAIT_S, swipe=swipe)

    def remember(self, where: str) -> None:
        """Until the till is closed."""
        self.tills.reader = where

    def on_card_pay_stepped(self, event: Stepped) -> None:
        """Show it."""
        if self._end is None:
            self._step = event.step
            self._show()

    # --- what is shown

    def _show(self) -> None:
        sign, colour = _SIGNS[self._step]
        word = label(f"cardpay.step-{self._step.value}")
        if self._end is not None:
            sign, colour = _APPROVED if self.paid else _DECLINED
            word = label(
                "cardpay.done" if self.paid else "cardpay.declined" if self._said_no() else "cardpay.not-done"
            )
        self._put("steps", self._steps())
        self._put("sign", Content.styled(_square(sign), f"${colour}"))
        self._put("amount", Content(amount_text(self.amount_tiyn)))
        self._put("word", Content.styled(word, f"${colour}"))
        self._put("say", Content(self._words()))
        self.refoot()

    def _put(self, name: str, content: Content) -> None:
        self.query_one(f"#card-{name}", Static).update(content)

    def _steps(self) -> Content:
        """``1 Insert · [2 Do not remove] …``: brackets and boldness say where it stands. In the end, whatever
        it was, the card is to be taken out."""
        if self._end is None and self._step is CardStep.SWIPE:  # off the way
            return Content.styled(f"[{label('cardpay.step-swipe')}]", "bold")
        parts: list[Content] = []
        for place, step in enumerate(_WAY, 1):
            words = f"{place} {label(f'cardpay.step-{step.value}')}"
            here = step is (self._step if self._end is None else CardStep.REMOVE)
            parts.append(Content.styled(f"[{words}]" if here else f" {words} ", "bold" if here else "$quiet"))
        return Content(" ").join(parts)

    def _said_no(self) -> bool:
        """Whether somebody declined; a line that is down, or a card that went away, did not."""
        return isinstance(self._end, CardTold) and bool(self._end.payment.response)

    def _words(self) -> str:
        match self._end:
            case None:
                return label(f"cardpay.{self._step.value}")
            case Refusal() as refusal:
                return sentence(refusal)
            case CardTold(refusal=Refusal() as refusal) as told:
                waits = f"\n{label('cardpay.reversal-waits')}" if told.reversal_waits else ""
                return f"{sentence(refusal)}{waits}\n{label('cardpay.remove')}"
            case CardTold(payment=payment):
                return f"{self.approved_words(payment)}\n{label('cardpay.remove')}"
            case Taken(amount_tiyn=amount_tiyn):
                return f"{label('pos.tapped', amount_tiyn=amount_tiyn)}\n{label('cardpay.remove')}"

    def approved_words(self, payment: CardPayment) -> str:
        """A yes, as the customer reads it."""
        key = "cardpay.approved-dt" if payment.in_dt else "cardpay.approved"
        pan, approval = payment.seen.pan, payment.approval
        return label(key, amount_tiyn=payment.amount_tiyn, pan=pan, approval=approval)

    # --- keys

    def action_on(self) -> None:
        """Paid: to the receipt; else once more."""
        if self.paid:
            self.go_on()
        elif self._end is not None:
            self.begin()

    def go_on(self) -> None:
        """To the receipt."""
        self.tills.move_on()

    def action_leave(self) -> None:
        """While nobody has inserted a card: stop waiting. After a no: another way to pay."""
        if self._end is not None:
            self.action_another()
        elif self._step is CardStep.INSERT and not self.host.stopped():
            self.host.stop()

    def action_other(self) -> None:
        """Nothing here: the reader is chosen once."""

    def action_another(self) -> None:
        """The basket stays; cash, a code or another card can be chosen (DT-Q-14)."""
        if self._end is not None and not self.paid:
            self.run_worker(self._another(), group="place", exclusive=True)

    async def _another(self) -> None:
        await self.tills.outcome(self.till.cancel_payment)
        self.tills.move_on()


def _square(sign: str) -> str:
    """Every line as wide as every other."""
    return "\n".join(line.ljust(COLUMNS) for line in sign.split("\n"))
