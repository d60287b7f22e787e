"""Writes the pictures of docs/pictures from a real performance: ``python -m docs.pictures``.

Nothing is drawn by hand: the story is played on real processes and the terminal is saved as SVG.
"""

import re
from pathlib import Path

from rich.console import Console
from rich.theme import Theme

from faces.theme import STYLES
from town.stories.repertoire import perform
from town.stories.screen import Screen
from town.stories.stage import Stage

FOLDER = Path(__file__).parent / "pictures"
COLUMNS = 80


def draw(story: str) -> Path:
    """Perform a story and save what the screen showed."""
    console = Console(
        record=True,
        width=COLUMNS,
        theme=Theme(dict(STYLES)),
        force_terminal=True,
        force_interactive=False,
        color_system="truecolor",
        highlight=False,
    )
    stage = Stage(Screen(console, 0.0))
    perform(story, stage)
    FOLDER.mkdir(exist_ok=True)
    file = FOLDER / f"{story}.svg"
    picture = console.export_svg(title=f"tenge demo {story}")
    file.write_text(_without_remote_fonts(picture), encoding="utf-8")
    return file


def _without_remote_fonts(picture: str) -> str:
    """The same picture with the reader's own monospace font: a page of ours asks nobody for anything."""
    return re.sub(r"\s*@font-face \{.*?\}", "", picture, flags=re.DOTALL)


if __name__ == "__main__":
    for name in ("double_spend",):
        print(draw(name))
