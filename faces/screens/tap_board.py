"""Where a tap stands, drawn: its three steps, the sign, what to do, and how long it still takes."""

from typing import Final

from textual.app import ComposeResult
from textual.containers import Center, Vertical
from textual.content import Content
from textual.widgets import Static

from faces.amounts import amount_text
from faces.language import label
from faces.screens.reading import Ticks
from faces.screens.tap_look import WAY, Done, Pulled, Refused, Step, TapEvent, TapLook
from faces.screens.tap_sign import COLUMNS, MEANINGS, ROWS, sign
from faces.words import sentence

BAR: Final = 40
SECOND_S: Final = 1.0


class TapBoard(Vertical):
    """Shows a :class:`TapLook`; ``ticks`` is the clock by which it says how long something takes, ``amount``
    (tiyn) what the tap is about, if it is known."""

    DEFAULT_CSS = f"""
    TapBoard {{ height: 1fr; align: center middle; }}
    TapBoard Static {{ width: 100%; height: auto; text-align: center; padding: 0 2; }}
    TapBoard Center {{ height: auto; }}
    TapBoard #tap-sign {{ width: {COLUMNS}; height: {ROWS}; padding: 0; text-align: left; margin: 1 0; }}
    TapBoard #tap-amount {{ color: $money; text-style: bold; }}
    TapBoard #tap-word {{ text-style: bold; }}
    TapBoard #tap-say {{ max-width: 76; height: 3; }}
    TapBoard #tap-time {{ height: 2; color: $quiet; }}
    """

    def __init__(self, ticks: Ticks, hold_key: str = "tap.hold", *, amount_tiyn: int = 0) -> None:
        super().__init__()
        self._ticks, self._hold_key, self._amount_tiyn = ticks, hold_key, amount_tiyn
        self.look = TapLook()

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield Static(id="tap-steps", markup=False)
        with Center():
            yield Static(id="tap-sign", markup=False)
        for name in ("amount", "word"):
            yield Static(id=f"tap-{name}", markup=False)
        with Center():
            yield Static(id="tap-say", markup=False)
        yield Static(id="tap-time", markup=False)

    def on_mount(self) -> None:
        """Show it, and go on saying how long it takes."""
        self.set_interval(SECOND_S, self.show_time)
        self.show()

    def take(self, event: TapEvent) -> None:
        """Something happened."""
        self.look = self.look.after(event, self._ticks())
        self.show()

    def about(self, amount_tiyn: int) -> None:
        """What it is about became known."""
        self._amount_tiyn = amount_tiyn
        self.show()

    def begin(self) -> None:
        """From the first step, a payment under way staying what it is."""
        self.look = TapLook(reader=self.look.reader, again=self.look.end is not None)
        self.show()

    # --- what is shown

    def show(self) -> None:
        """All of it."""
        look = self.look
        colour = f"${MEANINGS[look.step]}"
        self._put("steps", _steps(look))
        self._put("sign", Content.styled(sign(look.step), colour))
        self._put("amount", Content(amount_text(self._amount_tiyn) if self._amount_tiyn else ""))
        self._put("word", Content.styled(label(f"tap.step-{look.step.value}"), colour))
        self._put("say", Content(say(look, self._hold_key)))
        self.show_time()

    def show_time(self) -> None:
        """How much went over the air, and how long the rest is expected to take."""
        self._put("time", _time(self.look, self._ticks()))

    def _put(self, name: str, content: Content) -> None:
        self.query_one(f"#tap-{name}", Static).update(content)


def _steps(look: TapLook) -> Content:
    """``1 Hold · [2 Do not remove] · 3 Done``: brackets and boldness say where it stands."""
    parts: list[Content] = []
    for place, step in enumerate(WAY, 1):
        words = f"{place} {label(f'tap.step-{step.value}')}"
        here = step is look.step
        style = f"${MEANINGS[step]} bold" if here else "$quiet"
        parts.append(Content.styled(f"[ {words} ]" if here else f"  {words}  ", style))
    return Content(" ").join(parts)


def say(look: TapLook, hold_key: str) -> str:
    """What is certain and what to do, in the user's language."""
    match look.end:
        case Pulled(certain):
            return label(f"tap.pulled-{certain}")
        case Refused(refusal):
            return sentence(refusal)
        case Done(again):
            return label("tap.done-again" if again else "tap.done")
    if look.step is Step.HOLD:
        reader = label("tap.reader", reader=look.reader) if look.reader else ""
        hold = (
            label(f"tap.pulled-{look.certain}")
            if look.certain
            else label("tap.hold-again" if look.again else hold_key)
        )
        return "\n".join(one for one in (hold, reader) if one)
    found = label(f"tap.found-{look.what}" if look.what else "tap.found")
    return f"{found}\n{label('tap.bound' if look.signed else 'tap.still-free')}"


def _time(look: TapLook, now_s: float) -> Content:
    if look.step is not Step.STAY:
        return Content("")
    full = int(BAR * look.part)
    bar = Content.assemble(("█" * full, "$wait"), ("░" * (BAR - full), "$quiet"))
    if not look.total_bytes:
        bar = Content("")
    left_s = look.left_s(now_s)
    expected_s = max(1, -int(-look.expected_s // 1))
    if look.late(now_s):
        told = label("tap.late", seconds=expected_s)
    else:
        told = label("tap.time", seconds=expected_s, left=left_s) if left_s is not None else ""
    return Content("\n").join((bar, Content(told)))
