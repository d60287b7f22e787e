"""Commands that speak the language in use: their help, the frame around it, and a wrong command line.

Help is written in English where the command is written. :class:`Spoken` makes groups whose help is looked up
in the catalogue, paragraph by paragraph, when another language is in use; English costs nothing.
"""

import re
import sys
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Final, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from faces.labels_commands import FRAME
from faces.language import current, translated
from faces.option_groups import spread
from faces.plain_text import make_plain

Callback = TypeVar("Callback", bound=Callable[..., Any])

HELP: Final = "help"
"""The catalogue's context of every help text."""

_LINE_ERROR: Final[type[Exception]] = typer.BadParameter.__mro__[2]
"""What the library raises for a wrong command line; it has no public name of its own."""


def paragraphs(text: str) -> list[str]:
    """The parts of a help text that are translated: paragraphs on one line each, examples left out."""
    return [said for part in _parts(text) if (said := " ".join(part.split())) and not _typed(part)]


def spoken_help(text: str) -> str:
    """A help text in the language in use; what is typed stays as it is."""
    return "\n".join(
        part if _typed(part) or not part.strip() else translated(HELP, " ".join(part.split()))
        for part in _parts(text)
    )


def _parts(text: str) -> list[str]:
    """Paragraphs, blank lines and lines of examples, in order."""
    found: list[str] = []
    for line in text.split("\n"):
        if found and line.strip() and found[-1].strip() and not _typed(line) and not _typed(found[-1]):
            found[-1] += f"\n{line}"
        else:
            found.append(line)
    return found


def _typed(line: str) -> bool:
    return bool(re.match(r"\s*(Examples?:|tenge\b)", line))


def spoken_frame(text: str) -> str:
    """Help or an error with the library's own words in the language in use."""
    for key, english, pattern in _patterns():

        def said(found: re.Match[str], key: str = key, english: str = english) -> str:
            # No template of the frame is filled by ``filled``: brackets here are the library's, not ours.
            spoken = translated(key, english)
            for name, value in found.groupdict().items():
                spoken = spoken.replace(f"{{{name}}}", value)
            return spoken

        text = pattern.sub(said, text)
    return text


@cache
def _patterns() -> list[tuple[str, str, re.Pattern[str]]]:
    def pattern(english: str) -> re.Pattern[str]:
        known = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(english))
        return re.compile(known + "$" if english.endswith("{name}") else known, re.MULTILINE)

    return [(key, english, pattern(english)) for key, english in FRAME.items()]


def _translate(command: Any) -> None:
    """Say a command's help and its options' in the language in use; saying it twice changes nothing."""
    command.help = spoken_help(command.help or "")
    for param in command.params:
        if getattr(param, "help", None):
            param.help = spoken_help(param.help)


class _Speaking:
    """What a spoken command and a spoken group share."""

    def get_help(self, ctx: Any) -> str:
        if current() == "en":
            return str(super().get_help(ctx))  # type: ignore[misc]
        _translate(self)
        return spoken_frame(super().get_help(ctx))  # type: ignore[misc]

    def main(self, *args: Any, standalone_mode: bool = True, **settings: Any) -> Any:
        make_plain()
        if current() == "en" or not standalone_mode:
            return super().main(*args, standalone_mode=standalone_mode, **settings)  # type: ignore[misc]
        try:
            sys.exit(super().main(*args, standalone_mode=False, **settings))  # type: ignore[misc]
        except typer.Abort:
            typer.echo(translated("command.aborted", FRAME["command.aborted"]), err=True)
            sys.exit(1)
        except _LINE_ERROR as error:
            typer.echo(spoken_frame("\n".join(_lines(error))), err=True)
            sys.exit(getattr(error, "exit_code", 2))


def _lines(error: Any) -> Iterable[str]:
    """A wrong command line as the library tells it: usage, where help is, what is wrong."""
    message = error.format_message()
    if type(error).__name__ == "NoArgsIsHelpError":
        return [message]
    if error.ctx is None:
        return [f"Error: {message}"]
    try_ = f"Try '{error.ctx.command_path} --help' for help."
    return [error.ctx.get_usage(), try_, "", f"Error: {message}"]


class SpokenCommand(_Speaking, TyperCommand):
    """One command."""


class SpokenGroup(_Speaking, TyperGroup):
    """A group: what it lists is said in the language in use too."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name, its help spoken."""
        found = super().get_command(ctx, cmd_name)
        if found is not None and current() != "en":
            _translate(found)
        return found


class Spoken(typer.Typer):
    """A group of commands whose help is spoken in the language in use."""

    def __init__(self, **settings: Any) -> None:
        """``settings``: the library's; what is not said is as all groups here have it."""
        usual = {"add_completion": False, "rich_markup_mode": None, "pretty_exceptions_enable": False}
        super().__init__(**{"cls": SpokenGroup, **usual, **settings})

    def command(self, *args: Any, **settings: Any) -> Callable[[Callback], Callback]:
        """As the library's, with a command that speaks; options that go together come as one."""
        made = super().command(*args, **{"cls": SpokenCommand, **settings})

        def add(command: Callback) -> Callback:
            made(spread(command))
            return command

        return add


def screen_or_help(context: typer.Context, open_screen: Callable[[str], None], name: str) -> None:
    """What a group does without a command: the screen of the named device on a terminal, its help elsewhere.
    A name before a command is refused: passed over, it would let the command speak for another device."""
    if context.invoked_subcommand is not None:
        if name:
            context.fail(f"No such option: {context.command.params[0].opts[0]}")
        return
    if sys.stdin.isatty() and sys.stdout.isatty():
        open_screen(name)
    typer.echo(context.get_help())
