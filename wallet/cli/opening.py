"""Opens a wallet for a command: configuration, PIN, the real clock, chance and wire."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from device.config import Config, read_config
from tender.crypto.sealing import Pin
from tender.errors import Code, StoreError
from tender.money import parse_tenge
from wallet.cli.speaking import EXIT_USAGE, Voice, speaking

if TYPE_CHECKING:
    from collections.abc import Callable

    from device.ports import Wire
    from device.service.wallet import Wallet
    from tender.ports import Clock, Entropy

PIN_FILE_MOST_BYTES = 256
WIRE_TIMEOUT_S = 20


@contextmanager
def opened(name: str, pin_file: Path | None, as_json: bool) -> Iterator[tuple[Voice, "Wallet"]]:
    """The wallet of this name, open; closed again whatever happens."""
    with speaking(as_json) as voice:
        from device.compose import open_wallet

        config = configured(name)
        if not config.store.is_file():
            raise StoreError(Code.STORE_MISSING, "store", name=config.name)
        wallet = open_wallet(config, the_pin(pin_file), *devices(config))
        try:
            yield voice, wallet
        finally:
            wallet.close()


def configured(name: str) -> Config:
    """The configuration of the wallet of this name; a name that is no name of a folder is wrong usage."""
    config = read_config(name or None)
    if not config.fits:
        raise usage(
            "A wallet's name has 1 to 60 printable characters and no '/'; a gateway's address at most 200."
        )
    return config


def devices(config: Config) -> tuple["Clock", "Entropy", "Callable[[str], Wire]"]:
    """Clock, entropy and wire of this machine."""
    from hardware.clock import SetClock, SystemClock
    from hardware.entropy import SystemEntropy

    clock = SystemClock() if config.at is None else SetClock(config.at)
    return clock, SystemEntropy(), wire


def wire(url: str) -> "Wire":
    """The line to the gateway; imported when something is sent and not before."""
    from hardware.wires import HttpWire

    return HttpWire(url, WIRE_TIMEOUT_S)


def the_pin(pin_file: Path | None, *, prompt: str = "PIN", confirm: bool = False) -> Pin:
    """From a file, from TENGE_PIN, or typed without showing."""
    if pin_file is not None:
        try:
            with pin_file.open("rb") as file:
                return Pin(file.read(PIN_FILE_MOST_BYTES).decode().strip())
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(Code.FILE_UNREADABLE, "pin-file", file=pin_file.name) from error
    given = os.environ.get("TENGE_PIN")
    if given:
        return Pin(given)
    return Pin(typer.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True))


def the_amount(voice: Voice, text: str) -> int:
    """An amount as typed, in tiyn; a refusal ends the command."""
    return voice.need(parse_tenge(text))


def usage(text: str) -> typer.Exit:
    """Wrong usage: say how, exit 2."""
    typer.echo(text, err=True)
    return typer.Exit(EXIT_USAGE)
