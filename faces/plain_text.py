"""Streams that cannot carry every letter: signs become plain twins, and nobody reads question marks.

A terminal without UTF-8 is rare and real (an old serial line, a C locale that is enforced). There an amount
still reads ``1 250,50 KZT``; a language whose letters it lacks gives way to English.
"""

import codecs
import sys
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

_LETTERS: Final = {"ru": "жыъё", "kk": "әқңөұі"}
_HANDLER: Final = "tenge-plain"


def carries_everything(encoding: str | None) -> bool:
    """Whether a stream of this encoding can carry every text."""
    return (encoding or "").lower().replace("_", "-") in {"utf-8", "utf8", "utf-8-sig", "utf-16", "utf-32"}


def make_plain() -> None:
    """Have standard output and error replace what they cannot carry; change the language if they must."""
    for stream in (sys.stdout, sys.stderr):
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
