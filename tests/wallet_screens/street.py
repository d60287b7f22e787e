"""The wallet's app over real wallets on real sealed files: the doors of the village, how a test plays it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.pilot import Pilot
from textual.screen import ModalScreen

from device.compose import create_wallet, open_wallet
from device.compose_guest import guest_at
from device.service.guest import Guest
from device.service.wallet import Wallet
from hardware.entropy import SeededEntropy
from hardware.field import Field, InProcessReader
from hardware.nfc import Progress, ReaderDoor, TapCard
from hardware.tap_pace import card_pace
from tender.crypto.sealing import Pin
from tender.errors import Code, DeviceError
from tender.ports import CardReader
from tender.purse.tap import Side
from tests.patience import looks
from tests.ticking import patient
from tests.wallet.village import PIN, Village
from wallet.tui.app import WalletApp
from wallet.tui.doors import Choices

if TYPE_CHECKING:
    from tender.ports import QrSource

SMALL = (80, 24)
WIDE = (200, 60)


@dataclass
class VillageDoors:
    """:class:`wallet.tui.doors.Doors` of a village. ``pin``: given to the app, so that nobody types it."""

    village: Village
    name: str
    pin: Pin | None = PIN
    chosen: Choices = field(default_factory=lambda: Choices(rules_seen=True, idle_s=0))
    saved: dict[str, bytes] = field(default_factory=dict)
    sources: dict[str, "QrSource"] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)
    opened: int = 0

    def exists(self, name: str) -> bool:
        """Whether there is a wallet of this name."""
        return self.village.config(name).store.is_file()

    def names(self) -> tuple[str, ...]:
        """Every wallet of the village."""
        folder = self.village.folder / "home" / "wallets"
        return tuple(sorted(one.name for one in folder.iterdir())) if folder.is_dir() else ()

    def create(self, name: str, pin: Pin) -> Wallet:
        """A new one."""
        village = self.village
        return create_wallet(
            village.config(name), pin, village.clock, SeededEntropy(name), lambda _: village.line
        )

    def open(self, name: str, pin: Pin) -> Wallet:
        """One that is there; each opening draws its own chance."""
        village = self.village
        self.opened += 1
        entropy = SeededEntropy(f"{name} screen {self.opened} at {village.clock.now()}")
        return open_wallet(village.config(name), pin, village.clock, entropy, lambda _: village.line)

    def card(self, name: str) -> str:
        """Keys are in the village's own elements."""
        return ""

    def card_gone(self, wallet: Wallet) -> bool:
        """So nothing can be taken away."""
        return False

    def given_pin(self) -> Pin | None:
        """The PIN of the test."""
        return self.pin

    def choices(self) -> Choices:
        """What was chosen."""
        return self.chosen

    def choose(self, choices: Choices) -> None:
        """Remember it."""
        self.chosen = choices

    def open_source(self, word: str) -> "QrSource":
        """What the test put there."""
        return self.sources[word]

    @contextmanager
    def tap_door(
        self, wallet: Wallet, where: str, *, pays: bool, progress: Progress
    ) -> Iterator[TapCard | ReaderDoor]:
        """A reader's field that another wallet of the test has, too."""
        found = self.fields.get(where)
        if found is None:
            raise DeviceError(Code.READER_MISSING, "reader", reader=where)
        if not pays:
            yield ReaderDoor(InProcessReader(found), Side.PAYEE, wallet.desk.entropy, progress=progress)
            return
        card = TapCard(Side.PAYER, progress=progress)
        found.insert(card)
        try:
            yield card
        finally:
            found.remove()

    def open_reader(self, where: str) -> CardReader:
        """The reader at that field."""
        found = self.fields.get(where)
        if found is None:
            raise DeviceError(Code.READER_MISSING, "reader", reader=where)
        return InProcessReader(found)

    def guest(self, wallet: Wallet, reader: CardReader, timeout_s: float) -> Guest:
        """The card that comes there."""
        return guest_at(reader, wallet.desk, timeout_s)

    def pace(self, what: str) -> tuple[int, float]:
        """As on any machine whose air is slow."""
        return card_pace("slow-chip")

    def save(self, path: str, data: bytes) -> None:
        """Keep it."""
        self.saved[path] = data


@asynccontextmanager
async def playing(
    doors: VillageDoors, size: tuple[int, int] = SMALL
) -> AsyncIterator[tuple[WalletApp, Pilot[int]]]:
    """The app on a screen of this size, after everything it looked up has come."""
    app = WalletApp(doors, ticks=patient())
    async with app.run_test(size=size) as pilot:
        await settled(app, pilot)
        yield app, pilot


async def settled(app: WalletApp, pilot: Pilot[int]) -> None:
    """Until nothing runs any more: the desk, the screen, every worker that waits for no answer."""
    quiet = 0
    for _ in looks():
        await pilot.pause()
        asked = isinstance(app.screen, ModalScreen)
        if app.desk.busy or (not asked and any(not one.is_finished for one in app.workers)):
            quiet = 0
            await asyncio.sleep(0.01)
            continue
        quiet += 1
        if quiet == 2:
            return
    raise AssertionError("the app does not come to rest")


async def pressed(app: WalletApp, pilot: Pilot[int], *keys: str) -> None:
    """Press keys one by one, each after the other has had its effect."""
    for key in keys:
        await pilot.press(key)
        await settled(app, pilot)


async def typed(app: WalletApp, pilot: Pilot[int], text: str) -> None:
    """Type a text into the field that has the focus."""
    names = {" ": "space", "+": "plus", ".": "full_stop", ",": "comma", "-": "minus", "/": "slash"}
    await pilot.press(*(names.get(one, one) for one in text))
    await settled(app, pilot)


def shown(app: WalletApp) -> str:
    """Everything the screen on top shows, line by line, as a person reads it."""
    width, height = app.size
    lines = app.screen._compositor.render_strips()
    assert len(lines) == height
    return "\n".join("".join(segment.text for segment in strip).ljust(width).rstrip() for strip in lines)


def told(app: WalletApp) -> str:
    """What was said in passing."""
    return "\n".join(str(one.message) for one in app._notifications)
