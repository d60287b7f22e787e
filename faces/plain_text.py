"""Streams that cannot carry every letter: signs become plain twins, and nobody reads question marks.

A terminal without UTF-8 is rare and real (an old serial line, a C locale that is enforced). There an amount
still reads ``1 250,50 KZT``; a language whose letters it lacks gives way to English.
"""

import codecs
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TextIO

from faces import language

PLAIN: Final = {
    "₸": "KZT",
    "\u202f": " ",
    "\u00a0": " ",
    "−": "-",
    "–": "-",
    "…": "...",
    "→": "->",
    "“": '"',
    "”": '"',
    "«": '"',
    "»": '"',
    "×": "x",
    "·": "-",
    "№": "No.",
    "✓": "+",
    "✗": "x",
    "█": "#",
    "░": ".",
}
"""A plain twin of each sign that is not a letter; any other character becomes a question mark."""

_COERCED: Final = frozenset({"C.UTF-8", "C.utf8", "UTF-8"})
_BORN_WITH: Final = Path("/proc/self/environ")
_LETTERS: Final = {"ru": "жыъё", "kk": "әқңөұі"}
_HANDLER: Final = "tenge-plain"


def carries_everything(encoding: str | None) -> bool:
    """Whether a stream of this encoding can carry every text."""
    return (encoding or "").lower().replace("_", "-") in {"utf-8", "utf8", "utf-8-sig", "utf-16", "utf-32"}


def speaks_utf8(environment: Mapping[str, str]) -> bool:
    """Whether the terminal's locale is UTF-8; the first of LC_ALL, LC_CTYPE, LANG that is set decides.

    With none set it is taken to be: every terminal of this century is, and says nothing about it.
    """
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        told = environment.get(name, "")
        if told:
            return "utf8" in told.lower().replace("-", "")
    return True


def as_given(environment: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """The environment as the terminal's owner set it.

    Python writes an LC_CTYPE of its own over the C locale (PEP 538), and then ``LANG=C`` looks like UTF-8.
    The kernel still has what the process was born with; where it does not tell, Python is believed.
    """
    now = os.environ if environment is None else environment
    if now.get("LC_CTYPE", "") not in _COERCED:
        return now
    try:
        born = _BORN_WITH.read_bytes()
    except OSError:
        return now
    if any(one.startswith(b"LC_CTYPE=") for one in born.split(b"\0")):
        return now
    return {name: value for name, value in now.items() if name != "LC_CTYPE"}


def make_plain() -> None:
    """Have standard output and error replace what they cannot carry; change the language if they must.

    A terminal whose locale is not UTF-8 carries no more than ASCII, whatever Python takes it for; files and
    pipes are not shown and stay as they are.
    """
    plain = not speaks_utf8(as_given())
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if plain and reconfigure is not None and carries_everything(stream.encoding) and stream.isatty():
            reconfigure(encoding="ascii")
        adapt(stream)


def adapt(stream: TextIO) -> None:
    """The same for one stream. A stream that carries everything, or is no stream of bytes, stays as it is."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is None or carries_everything(stream.encoding):
        return
    codecs.register_error(_HANDLER, _plain)
    reconfigure(errors=_HANDLER)
    try:
        _LETTERS.get(language.current(), "").encode(stream.encoding)
    except (UnicodeEncodeError, LookupError):
        language.use("en")


def _plain(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return "".join(PLAIN.get(one, "?") for one in error.object[error.start : error.end]), error.end
