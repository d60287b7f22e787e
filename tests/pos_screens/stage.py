"""The till's app over a real till on real sealed files, and customers who see only its pixels."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from textual.pilot import Pilot
from textual.worker import Worker

from device.service.wallet import Wallet
from faces.qr_reel import payload_png
from hardware.entropy import SeededEntropy
from hardware.printer import escpos_bytes, has_letters
from hardware.qr_camera import open_source
from hardware.tap_pace import card_pace
from pos.compose import create_till, open_till
from pos.service.till import Till
from pos.tui.app import TillApp
from tender.crypto.sealing import Pin
from tender.errors import Code, DeviceError
from tender.ports import CardReader, Printed, QrSource
from tender.qr.frames import Collector
from tests.patience import looks
from tests.pos.market import Market
from tests.qr.pixels import codes_in, screen_picture
from tests.wallet.village import PIN, approved, good

TillMaker = Callable[..., Till]
SMALL = (80, 24)
TYPICAL = (100, 45)
WIDE = (200, 60)


@dataclass
class MarketDoors:
    """:class:`pos.tui.doors.TillDoors` of a market."""

    market: Market
    name: str = "till"
    pin: Pin | None = PIN
    paper_columns: int = 32
    saved: dict[str, bytes] = field(default_factory=dict)
    paper: list[bytes] = field(default_factory=list)
    reader: str = ""
    readers: dict[str, CardReader] = field(default_factory=dict)
    slot: Callable[[str], bytes] | None = None
    """Reads stripes; None: there is none."""

    def exists(self) -> bool:
        """Whether there is such a till."""
        return self.market.till_config(self.name).device.store.is_file()

    def create(self, pin: Pin) -> Till:
        """A new one."""
        return self._by(create_till, pin)

    def open(self, pin: Pin) -> Till:
        """The till, by this PIN."""
        return self._by(open_till, pin)

    def _by(self, way: TillMaker, pin: Pin) -> Till:
        market = self.market
        market.opened += 1
        seed = SeededEntropy(f"{self.name} screen {market.opened}")
        return way(market.till_config(self.name), pin, market.clock, seed, lambda _: market.line)

    def given_pin(self) -> Pin | None:
        """The PIN of the test."""
        return self.pin

    def open_source(self, word: str) -> QrSource:
        """A picture, a video, a folder: as on any machine."""
        return open_source(str(self.market.folder / word))

    def open_reader(self, where: str) -> CardReader:
        """The readers of the test."""
        found = self.readers.get(where)
        if found is None:
            raise DeviceError(Code.READER_MISSING, "reader", reader=where)
        return found

    def swiped(self, where: str) -> bytes:
        """The slot of the test."""
        return b"" if self.slot is None else self.slot(where)

    def pace(self, what: str) -> tuple[int, float]:
        """As on any machine whose air is slow."""
        return card_pace("slow-chip") if what == "card" else (0, 0.0)

    def save(self, path: str, data: bytes) -> str:
        """Keep it."""
        self.saved[path] = data
        return path

    def has_letters(self, text: str) -> bool:
        """As a printer of Russian letters."""
        return has_letters(text)

    def print(self, lines: Sequence[Printed]) -> str:
        """As the printer gets it."""
        self.paper.append(escpos_bytes(lines))
        return "paper"


@asynccontextmanager
async def at_the_till(
    doors: MarketDoors, size: tuple[int, int] = SMALL, *, tongue: str = "en"
) -> AsyncIterator[tuple[TillApp, Pilot[int]]]:
    """The app on a screen of this size, where the till was left."""
    app = TillApp(doors, tongue=tongue)
    async with app.run_test(size=size) as pilot:
        await settled(app, pilot)
        yield app, pilot


async def settled(app: TillApp, pilot: Pilot[int]) -> None:
    """Until nothing is under way but waiting for a person: the desk is free, the same screen stays."""
    quiet = 0
    for _ in looks():
        await pilot.pause(0.01)
        quiet = 0 if app.desk.busy or any(one.group in PASSING for one in running(app)) else quiet + 1
        if quiet == 3:
            return
    raise AssertionError("the app does not come to rest")


PASSING = frozenset({"place", "paper", "take", "look", "see"})
"""Groups of work that ends by itself; a worker that waits for an answer of the user does not."""


def running(app: TillApp) -> list[Worker[object]]:
    """Workers that have not ended."""
    return [one for one in app.workers if not one.is_finished]


async def pressed(app: TillApp, pilot: Pilot[int], *keys: str) -> None:
    """Press keys one by one, each after the other has had its effect."""
    for key in keys:
        await pilot.press(key)
        await settled(app, pilot)


async def typed(app: TillApp, pilot: Pilot[int], text: str, *keys: str) -> None:
    """Type a text where the keys go, then these keys."""
    names = {" ": "space", "*": "asterisk", ",": "comma", "=": "equals_sign", "/": "slash", "-": "minus"}
    names |= {".": "full_stop", "_": "underscore", "+": "plus"}
    await pilot.press(*(names.get(one, one) for one in text))
    await pressed(app, pilot, *keys)


def shown(app: TillApp) -> str:
    """Everything the screen on top shows, line by line, narrow spaces as blanks."""
    rows = app.screen._compositor.render_strips()
    text = "\n".join("".join(segment.text for segment in row).rstrip() for row in rows)
    return text.replace("\u202f", " ").replace("\u00a0", " ")


async def seen_message(app: TillApp, pilot: Pilot[int]) -> bytes:
    """What a customer's camera makes of the screen: pictures of it, until a whole message is read."""
    collector = Collector()
    for _ in looks():
        for code in codes_in(screen_picture(app)):
            found = collector.receive_data(code)
            if found.payload is not None:
                return found.payload
        await pilot.pause(0.05)
    raise AssertionError("no whole message could be read from the screen")


async def held_up(app: TillApp, pilot: Pilot[int], message: bytes) -> None:
    """The customer's screen, as a picture file that the cashier names: one code, or a moving one."""
    assert isinstance(app.doors, MarketDoors)
    (app.doors.market.folder / "c.png").write_bytes(payload_png(message))
    await pressed(app, pilot, "f")
    await typed(app, pilot, "c.png")
    await pilot.press("enter")


async def paid_by_code(app: TillApp, pilot: Pilot[int], payer: Wallet) -> bytes:
    """The customer scans the request, pays it, and holds the payment up; returns the payment message."""
    request = await seen_message(app, pilot)
    payment = approved(payer.money, request).messages[-1]
    await held_up(app, pilot, payment)
    await until(app, pilot, "Paid: ")
    return payment


async def until(app: TillApp, pilot: Pilot[int], words: str) -> None:
    """Until these words stand on the screen."""
    for _ in looks():
        await pilot.pause(0.02)
        if words in shown(app):
            await settled(app, pilot)
            return
    raise AssertionError(f"{words!r} never came:\n{shown(app)}")


async def fetched_receipt(app: TillApp, pilot: Pilot[int], payer: Wallet) -> None:
    """The customer scans the receipt from the screen; their payment is acknowledged by it."""
    told = good(payer.money.receive(await seen_message(app, pilot)))
    assert told.status == "paid"
