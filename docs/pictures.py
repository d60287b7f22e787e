"""Writes the pictures of docs/pictures from a real performance: ``python -m docs.pictures``.

Nothing is drawn by hand: the story is played on real processes and the terminal is saved as SVG.
"""

from pathlib import Path

from rich.console import Console
from rich.theme import Theme

from docs.picture_files import FOLDER, without_remote_fonts
from faces.theme import STYLES
from town.stories.repertoire import perform
from town.stories.screen import Screen
from town.stories.stage import Stage

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
    file.write_text(without_remote_fonts(picture), encoding="utf-8")
    return file


if __name__ == "__main__":
    for name in ("double_spend", "card", "pilot_month"):
        print(draw(name))
