"""Which command lines open the screen at once, and what the way there leaves alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from wallet.cli.start import screen_asked


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("", ("", None)),
        ("open", ("", None)),
        ("open --wallet aigul", ("aigul", None)),
        ("open -w aigul --pin-file pin.txt", ("aigul", Path("pin.txt"))),
        ("open --pin-file pin.txt", ("", Path("pin.txt"))),
        ("-w aigul", ("aigul", None)),
        ("--wallet aigul --pin-file pin.txt", ("aigul", Path("pin.txt"))),
        ("-w aigul balance", None),
        ("open --wallet", None),
        ("open --wallet --help", None),
        ("open --help", None),
        ("open aigul", None),
        ("open --walet aigul", None),
        ("open --wallet=aigul", None),
        ("balance", None),
        ("--help", None),
    ],
)
def test_only_a_line_that_plainly_asks_for_the_screen_is_taken(
    line: str, asked: tuple[str, Path | None] | None
) -> None:
    assert screen_asked(line.split()) == asked


@pytest.mark.parametrize(
    ("modules", "heavy"),
    [
        ("wallet.cli.start, wallet.cli.machine, wallet.tui.app, wallet.tui.home", ("typer", "pydantic")),
        ("wallet.cli.every", ("textual", "rich", "pydantic", "cbor2", "sqlite3")),
    ],
)
def test_neither_way_loads_what_only_the_other_needs(modules: str, heavy: tuple[str, ...]) -> None:
    asked = f"import sys, {modules}; print([name for name in {heavy!r} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
