"""How a command ends: sentences for people, JSON for programs, and the exit code that says which it was.

0 done, 1 refused, 2 wrong usage, 3 the world failed (store, link, device).
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, NoReturn, TypeVar

from faces.phrases import heard, phrase
from faces.words import as_json as refusal_json
from faces.words import sentence
from tender.errors import Code, DeviceError, LinkError, LocalProtocolError, Refusal, StoreError, TenderError

T = TypeVar("T")

EXIT_REFUSED: Final = 1
EXIT_USAGE: Final = 2
EXIT_WORLD: Final = 3

_REFUSING: Final = frozenset(
    {
        Code.PIN_WRONG,
        Code.PIN_WAIT,
        Code.PIN_TOO_SHORT,
        Code.ELEMENT_REFUSED,
        Code.NOT_ENROLLED,
        Code.KEYS_EXHAUSTED,
        Code.STORE_EXISTS,
    }
)
"""Raised by adapters, yet a plain no."""


def _echo(text: str, *, err: bool = False) -> None:
    """Through the library of commands, which knows of closed pipes; loaded when something is said."""
    from typer import echo

    echo(text, err=err)


class Voice:
    """Prints what a command has to say. With JSON, sentences are left out and one object is printed."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json

    def say(self, name: str, /, **facts: str | int) -> None:
        """A sentence of the catalogue on standard output."""
        if not self.as_json:
            _echo(phrase(name, **facts))

    def aside(self, name: str, /, **facts: str | int) -> None:
        """A sentence beside a message that goes to standard output: on standard error."""
        if not self.as_json:
            _echo(phrase(name, **facts), err=True)

    def line(self, text: str) -> None:
        """A line that is no sentence: a row of a plain table."""
        if not self.as_json:
            _echo(text)

    def tell(self, **data: Any) -> None:
        """The object for programs."""
        if self.as_json:
            _echo(json.dumps(data, ensure_ascii=False))

    def need(self, outcome: T | Refusal) -> T:
        """The outcome; a refusal ends the command."""
        if isinstance(outcome, Refusal):
            self.refuse(outcome)
        return outcome

    def heard(self, outcome: T | Refusal, message: bytes) -> T:
        """The outcome of a message that came; its own no is told as the other side's reason."""
        if isinstance(outcome, Refusal):
            self.refuse(outcome, words=heard(outcome, message))
        return outcome

    def refuse(
        self,
        refusal: Refusal,
        code: int = EXIT_REFUSED,
        given: Mapping[str, Any] | None = None,
        words: str = "",
    ) -> NoReturn:
        """Say no, and why, and what to do; ``given``: the message that says so to the other side."""
        if self.as_json:
            _echo(json.dumps({**refusal_json(refusal), **(given or {})}, ensure_ascii=False))
        else:
            _echo(f"{words or sentence(refusal)} [{refusal.code.value}]", err=True)
        from typer import Exit

        raise Exit(code)


@contextmanager
def speaking(as_json: bool) -> Iterator[Voice]:
    """Run a command; whatever it raises becomes a sentence and an exit code."""
    voice = Voice(as_json)
    try:
        yield voice
    except TenderError as error:
        voice.refuse(error.refusal, exit_code(error))


def exit_code(error: TenderError) -> int:
    """Which of the three bad ends an error is."""
    if error.code in _REFUSING:
        return EXIT_REFUSED
    world = isinstance(error, StoreError | DeviceError | LinkError | LocalProtocolError)
    return EXIT_WORLD if world else EXIT_REFUSED
