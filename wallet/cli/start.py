"""The way in: to the screen without loading a single command, to the commands otherwise.

Whoever opens a wallet on the terminal waits for the first picture; the library that reads command lines
would be a third of that wait. So a line that plainly asks for the screen is read here.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

PROGRAM: Final = "tenge wallet"
_NAMES: Final = frozenset({"--wallet", "-w"})
_PIN_FILES: Final = frozenset({"--pin-file"})


def app(args: Sequence[str] | None = None, prog_name: str = PROGRAM) -> None:
    """Run one command line of the wallet; ends with :class:`SystemExit`."""
    words = list(sys.argv[1:] if args is None else args)
    asked = screen_asked(words) if sys.stdin.isatty() and sys.stdout.isatty() else None
    if asked is not None:
        from device.config import read_config

        name, pin_file = asked
        config = read_config(name or None)
        if config.fits:
            from wallet.cli.machine import fill_terminal

            sys.exit(fill_terminal(config, pin_file))
    from wallet.cli.every import app as commands

    commands(args=words, prog_name=prog_name)


def screen_asked(words: Sequence[str]) -> tuple[str, Path | None] | None:
    """(wallet, file with its PIN) of a line that asks for the screen and for nothing else; else None.

    Only whole words followed by their values are read: any other way to write it is the commands' to judge.
    """
    if not words:
        return "", None
    if words[0] in _NAMES:
        words = ["open", *words]  # `tenge wallet -w aigul`
    if words[0] != "open" or len(words) % 2 == 0:
        return None
    name, pin_file = "", None
    for option, value in zip(words[1::2], words[2::2], strict=True):
        if value.startswith("-"):
            return None
        if option in _NAMES:
            name = value
        elif option in _PIN_FILES:
            pin_file = Path(value)
        else:
            return None
    return name, pin_file
