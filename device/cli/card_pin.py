"""The PIN of a purse card, typed by whoever holds it at this terminal."""

import sys

from tender.crypto.sealing import Pin
from tender.errors import Code, DeviceError


def holders_pin() -> Pin:
    """Ask for it without showing it. Where nobody can type, ``card-pin-needed``: the card pays what needs
    none."""
    from typer import prompt

    from faces.language import label

    if not sys.stdin.isatty():
        raise DeviceError(Code.CARD_PIN_NEEDED, "card")
    return Pin(prompt(label("prompt.card-pin"), hide_input=True, err=True))
