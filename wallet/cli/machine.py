"""The doors of the wallet's screens on this machine: its folders, its camera, what was chosen.

It imports no library of commands: whoever opens the screen waits for it.
"""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faces.plain_text import as_given
from wallet.cli.opening import configured, devices, the_pin

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from device.config import Config
    from device.ports import Door
    from device.service.guest import Guest
    from device.service.wallet import Wallet
    from tender.crypto.sealing import Pin
    from tender.ports import CardReader, QrSource
    from wallet.tui.doors import Choices

CHOICES_FILE = "screen.json"


class MachineDoors:
    """:class:`wallet.tui.doors.Doors` over this machine's folders."""

    def __init__(self, config: "Config", pin_file: Path | None = None) -> None:
        self._config, self._pin_file = config, pin_file

    @property
    def name(self) -> str:
        """The wallet that was asked for."""
        return self._config.name

    def exists(self, name: str) -> bool:
        """Whether there is a wallet of this name."""
        return configured(name).store.is_file()

    def names(self) -> tuple[str, ...]:
        """Every wallet of this machine."""
        folder = self._config.folder.parent
        found = (
            (one.name for one in folder.iterdir() if (one / "wallet.db").is_file()) if folder.is_dir() else ()
        )
        return tuple(sorted(found))

    def create(self, name: str, pin: "Pin") -> "Wallet":
        """A new one."""
        from device.compose import create_wallet

        config = configured(name)
        return create_wallet(config, pin, *devices(config))

    def open(self, name: str, pin: "Pin") -> "Wallet":
        """One that is there."""
        from device.compose import open_wallet

        config = configured(name)
        return open_wallet(config, pin, *devices(config))

    def card(self, name: str) -> str:
        """As the wallet's file remembers it."""
        from device.compose import card_of

        found = card_of(configured(name))
        return found[0] if found is not None else ""

    def card_gone(self, wallet: "Wallet") -> bool:
        """As its reader says."""
        from hardware.card_element import CardElement

        element = wallet.desk.element
        return isinstance(element, CardElement) and element.gone()

    def given_pin(self) -> "Pin | None":
        """Of a file or of the environment."""
        given = self._pin_file is not None or os.environ.get("TENGE_PIN")
        return the_pin(self._pin_file) if given else None

    def choices(self) -> "Choices":
        """What was written down; the usual where nothing was, or where it cannot be read."""
        from wallet.tui.doors import Choices

        try:
            told = json.loads(self._choices_file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return Choices()
        return _choices_of(told)

    def choose(self, choices: "Choices") -> None:
        """Write it down; a wallet that is not made yet has no place for it."""
        from device.cli.travel import write_file

        if self._choices_file.parent.is_dir():
            write_file(self._choices_file, json.dumps(asdict(choices), ensure_ascii=False).encode())

    @property
    def _choices_file(self) -> Path:
        return self._config.folder / CHOICES_FILE

    def open_source(self, word: str) -> "QrSource":
        """A camera, a picture, a folder, the clipboard."""
        from hardware.qr_camera import open_source

        return open_source(word)

    def tap_door(
        self, wallet: "Wallet", where: str, *, pays: bool, progress: "Callable[[int, int], None]"
    ) -> "AbstractContextManager[Door]":
        """A reader of ours, or this device as a card at theirs."""
        from hardware.tap_doors import door_at
        from tender.purse.tap import Side

        side = Side.PAYER if pays else Side.PAYEE
        return door_at(where, side, wallet.desk.entropy, as_card=pays, progress=progress)

    def open_reader(self, where: str) -> "CardReader":
        """A card in a file, a socket, a reader of the machine; as slow as TENGE_AIR says."""
        from hardware.readers import open_reader

        return open_reader(where)

    def guest(self, wallet: "Wallet", reader: "CardReader", timeout_s: float) -> "Guest":
        """The card that comes there."""
        from device.compose_guest import guest_at

        return guest_at(reader, wallet.desk, timeout_s)

    def pace(self, what: str) -> tuple[int, float]:
        """By the model of TENGE_AIR."""
        from hardware.readers import AIR_VARIABLE
        from hardware.tap_pace import card_pace

        return card_pace(os.environ.get(AIR_VARIABLE, "")) if what == "card" else (0, 0.0)

    def save(self, path: str, data: bytes) -> None:
        """Write a file the user named."""
        from device.cli.travel import write_file

        write_file(Path(path).expanduser(), data)


def _choices_of(told: Any) -> "Choices":
    """Read strictly: a file somebody edited must not keep a wallet shut."""
    from wallet.tui.doors import Choices

    usual = Choices()
    if not isinstance(told, dict):
        return usual
    others, source, reader = told.get("others"), told.get("source"), told.get("reader")
    idle_s = told.get("idle_s")
    return Choices(
        tongue=told["tongue"] if told.get("tongue") in ("en", "ru", "kk") else usual.tongue,
        look=told["look"] if told.get("look") in ("dark", "light") else usual.look,
        idle_s=idle_s if isinstance(idle_s, int) and 0 <= idle_s <= 86_400 else usual.idle_s,
        rules_seen=told.get("rules_seen") is True,
        others=tuple(one for one in others if isinstance(one, str)) if isinstance(others, list) else (),
        source=source if isinstance(source, str) else usual.source,
        reader=reader if isinstance(reader, str) else usual.reader,
    )


def fill_terminal(config: "Config", pin_file: Path | None) -> int:
    """The wallet on the whole terminal until it is left; its exit code."""
    from wallet.tui.app import WalletApp

    app = WalletApp(MachineDoors(config, pin_file), environment=as_given(), watches_cards=True)
    app.fault_folder = config.folder.parent.parent
    app.run()
    return app.return_code or 0
