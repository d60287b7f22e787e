"""Opens a till for a command, where it was left."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from device.cli.opening import devices, the_pin, usage
from device.cli.speaking import EXIT_WORLD, Voice, speaking
from pos.config import TillConfig, read_till_config
from tender.errors import Code, StoreError

if TYPE_CHECKING:
    from pos.cli.options import OneTill
    from pos.service.till import Till


@contextmanager
def opened(which: "OneTill") -> Iterator[tuple[Voice, "Till"]]:
    """The till of this name, open; closed again whatever happens."""
    with speaking(which.as_json) as voice:
        from faces.language import label
        from pos.compose import open_till

        config = configured(which.name)
        if not config.device.store.is_file():
            missing = StoreError(Code.STORE_MISSING, "store", name=config.name)
            voice.refuse(missing.refusal, EXIT_WORLD, words=label("pos.none", name=config.name))
        pin = the_pin(which.pin_file, prompt=label("prompt.till-pin"))
        with open_till(config, pin, *devices(config.device)) as till:
            _say_corrections(voice, till)
            yield voice, till
            _say_corrections(voice, till)


def _say_corrections(voice: Voice, till: "Till") -> None:
    """Whoever stands at the till hears which voids did not happen after all, once."""
    for one in till.cards.corrections():
        aside(voice, "cardpay.void-refused", receipt=one.of, amount_tiyn=one.total_tiyn, correction=one.name)


def configured(name: str) -> TillConfig:
    """The configuration of the till of this name; a name that is no name of a folder is wrong usage."""
    config = read_till_config(name or None)
    if not config.device.fits:
        raise usage("usage.till-name")
    return config


def say(voice: Voice, key: str, /, **facts: str | int) -> None:
    """A sentence of the till's own table on standard output."""
    from faces.language import label

    voice.line(label(key, **facts))


def aside(voice: Voice, key: str, /, **facts: str | int) -> None:
    """A sentence beside a message: on standard error."""
    from faces.language import label

    if not voice.as_json:
        typer.echo(label(key, **facts), err=True)
