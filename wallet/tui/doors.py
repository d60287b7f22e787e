"""What the screens are given: how wallets are opened, what the user chose, where pictures come from.

The command hands in the real ones (``wallet/cli/machine.py``), tests their own.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from device.ports import Door
    from device.service.guest import Guest
    from device.service.wallet import Wallet
    from tender.crypto.sealing import Pin
    from tender.ports import CardReader, QrSource

IDLE_DEFAULT_S = 180


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user chose for the screens of one wallet; nothing of it is secret.

    ``tongue``: a language tag, or empty for the environment's; ``look``: ``dark`` or ``light``; ``idle_s``:
    seconds without a key before the PIN is asked for again, 0 never; ``rules_seen``: whether the safety rules
    were shown; ``others``: names of this person's wallets at other banks; ``source``: where codes
    were scanned last, empty for the camera; ``reader``: where something was held last.
    """

    tongue: str = ""
    look: str = "dark"
    idle_s: int = IDLE_DEFAULT_S
    rules_seen: bool = False
    others: tuple[str, ...] = ()
    source: str = ""
    reader: str = ""


class Doors(Protocol):
    """The way in, for wallets of this machine by their names. Errors as in ``device.compose``."""

    @property
    def name(self) -> str:
        """The wallet that was asked for."""

    def exists(self, name: str) -> bool:
        """Whether there is a wallet of this name."""

    def names(self) -> tuple[str, ...]:
        """Every wallet of this machine."""

    def create(self, name: str, pin: "Pin") -> "Wallet":
        """A new one."""

    def open(self, name: str, pin: "Pin") -> "Wallet":
        """One that is there."""

    def card(self, name: str) -> str:
        """In which reader the card with this wallet's keys lies; empty when its keys are on no card. Raises
        :class:`~tender.errors.StoreError` as opening does: ``store-busy`` while the wallet is open."""

    def card_gone(self, wallet: "Wallet") -> bool:
        """Whether the card of an open wallet was taken away."""

    def given_pin(self) -> "Pin | None":
        """The PIN of a file or of the environment; None when it is to be typed."""

    def choices(self) -> Choices:
        """What the user chose; the usual where nothing was."""

    def choose(self, choices: Choices) -> None:
        """Remember it. Raises :class:`~tender.errors.StoreError` where it cannot be written."""

    def open_source(self, word: str) -> "QrSource":
        """Where codes are read: a camera, a picture, a folder, the clipboard (``docs/protocol/qr.md``)."""

    def tap_door(
        self, wallet: "Wallet", where: str, *, pays: bool, progress: "Callable[[int, int], None]"
    ) -> "AbstractContextManager[Door]":
        """Where another device is met: at a reader of ours (``pays`` false), or with this device held as a
        card to theirs. ``progress`` is told bytes that passed, of how many. Raises ``DeviceError``."""

    def open_reader(self, where: str) -> "CardReader":
        """The reader of this name (``docs/cards.md``). Raises ``reader-missing`` and the like."""

    def guest(self, wallet: "Wallet", reader: "CardReader", timeout_s: float) -> "Guest":
        """The purse card that comes to this reader, hosted by the wallet for one tap. Raises ``DeviceError``:
        ``card-missing``, ``card-not-purse``."""

    def pace(self, what: str) -> "tuple[int, float]":
        """Bytes over the air and seconds that a tap with a ``card`` is expected to take; 0 where nobody can
        say."""

    def save(self, path: str, data: bytes) -> None:
        """Write a file the user named: a backup, a picture."""
