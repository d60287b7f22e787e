"""What every command of ``tenge platform`` begins and ends with: the stores it opens, what it prints, its
exit code (0 done, 1 refused, 2 wrong usage, 3 the world failed).
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from faces.words import as_json, explain
from tender.account.participants import BANKS
from tender.errors import Refusal, TenderError
from tender.money import parse_tenge

Folder = Annotated[
    Path | None,
    typer.Option(help="Where the stores lie; TENGE_PLATFORM, else the town's own.", envvar="TENGE_PLATFORM"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
BankNumber = Annotated[int, typer.Argument(help="A bank's number: 949 Altyn, 948 Eurasian, 563 Kazpost …")]
Amount = Annotated[str, typer.Argument(help="In tenge, such as 1 000 000 or 250,50.")]


def folder_of(given: Path | None) -> Path:
    """Where the stores lie: as given, else beside the wallets, else in the town of ``tenge up``."""
    if given is not None:
        return given
    home = Path(os.environ.get("TENGE_HOME") or Path.home() / ".local" / "share" / "tenge")
    beside = home / "platform"
    return beside if beside.exists() else home / "town" / "platform"


@contextmanager
def opened(folder: Path | None, verifiers: int = 0) -> Iterator[Any]:
    """The platform over these stores, closed afterwards; ``verifiers``: processes for signatures alone."""
    from hardware.clock import SystemClock
    from hardware.entropy import SystemEntropy
    from platform_stub.compose import build_platform
    from platform_stub.config import PlatformConfig

    try:
        config = PlatformConfig(verifiers=verifiers)
        platform = build_platform(folder_of(folder), config, SystemClock(), SystemEntropy())
        try:
            yield platform
        finally:
            platform.close()
    except TenderError as error:
        typer.echo(explain(error), err=True)
        raise typer.Exit(3) from error


def done(outcome: Any, shown: str, told: dict[str, Any], as_json_: bool) -> None:
    """Print an outcome; a refusal ends with exit code 1."""
    if isinstance(outcome, Refusal):
        typer.echo(json.dumps(as_json(outcome)) if as_json_ else explain(outcome), err=not as_json_)
        raise typer.Exit(1)
    typer.echo(json.dumps(told) if as_json_ else shown)


def tiyn_of(amount: str) -> int:
    """What was typed, in tiyn; anything else ends with exit code 2."""
    parsed = parse_tenge(amount)
    if isinstance(parsed, Refusal):
        typer.echo(explain(parsed), err=True)
        raise typer.Exit(2)
    return parsed


def bytes_of(typed: str) -> bytes:
    """An id as typed, or its first bytes; anything else ends with exit code 2."""
    try:
        found = bytes.fromhex(typed)
    except ValueError as error:
        raise typer.BadParameter("an id is written in hexadecimal digits, two to a byte") from error
    if not found:
        raise typer.BadParameter("an id has at least one byte")
    return found


def table(title: str, heads: list[str], lines: list[list[str]], *, left: int = 2) -> None:
    """Print rows under their heads; the first ``left`` columns are words, the others amounts."""
    from rich.table import Table

    from faces.theme import console

    made = Table(title=title, title_style="title", title_justify="left")
    for place, head in enumerate(heads):
        made.add_column(head, justify="left" if place < left else "right")
    for line in lines:
        made.add_row(*line)
    console().print(made)


def check_bank(bank: int) -> None:
    """Ends with exit code 2 when there is no such bank."""
    if bank not in BANKS:
        from faces.language import label

        typer.echo(label("usage.no-bank", bank=bank, known=", ".join(map(str, BANKS))), err=True)
        raise typer.Exit(2)
