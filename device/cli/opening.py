"""What a command opens a device with: the real clock, chance and wire, the PIN; and amounts as typed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from device.cli.speaking import EXIT_USAGE, Voice
from device.config import Config
from faces.language import label
from tender.crypto.sealing import Pin
from tender.errors import Code, LinkError, StoreError
from tender.money import parse_tenge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import typer

    from device.ports import Wire
    from tender.ports import Clock, Entropy

PIN_FILE_MOST_BYTES = 256
WIRE_TIMEOUT_S = 20


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
    return typed_pin(None, prompt, confirm=confirm)


def typed_pin(pin_file: Path | None, prompt: str, *, confirm: bool = False) -> Pin:
    """Another PIN than the one that opens: from a file or typed, never TENGE_PIN."""
    if pin_file is not None:
        return the_pin(pin_file)
    again = label("prompt.again") if confirm else False
    from typer import prompt as ask

    return Pin(ask(prompt, hide_input=True, confirmation_prompt=again, err=True))


def the_amount(voice: Voice, text: str) -> int:
    """An amount as typed, in tiyn; a refusal ends the command."""
    return voice.need(parse_tenge(text))


@contextmanager
def unanswered(voice: Voice, pending: "Callable[[], Sequence[object]]") -> Iterator[None]:
    """When the bank does not answer and an order may have reached it (``pending``), that is said too: an
    order that never left is pending no longer."""
    try:
        yield
    except LinkError:
        if pending():
            voice.aside("orders-wait")
        raise


def want(word: str, known: "Sequence[str]") -> None:
    """One of these words and no other: else say which there are, exit 2."""
    if word not in known:
        raise usage("payment-card.unknown", word=word, known=", ".join(known))


def usage(key: str, /, **facts: str | int) -> "typer.Exit":
    """Wrong usage: say how (a label's key and its facts), exit 2."""
    import typer

    typer.echo(label(key, **facts), err=True)
    return typer.Exit(EXIT_USAGE)
