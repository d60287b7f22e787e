"""A bank by its number, as a command was given it; said in words when there is none."""

import typer

from device.cli.speaking import EXIT_USAGE, Voice
from faces.language import label
from tender.account.participants import BANKS, number_text


def banks_shown() -> str:
    """Every bank with its number."""
    return ", ".join(f"{number_text(one)} {name}" for one, name in BANKS.items())


def need_bank(voice: Voice, bank: int) -> None:
    """Ends the command when there is no such bank."""
    if bank not in BANKS:
        words = label("switch.no-such-bank", bank=number_text(bank), banks=banks_shown())
        voice.tell(error=words) if voice.as_json else typer.echo(words, err=True)
        raise typer.Exit(EXIT_USAGE)
