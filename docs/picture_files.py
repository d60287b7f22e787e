"""Where the pictures of the documentation stand, and what none of them may ask for."""

import re
from pathlib import Path

FOLDER = Path(__file__).parent / "pictures"


def without_remote_fonts(picture: str) -> str:
    """The same SVG with the reader's own monospace font: a page of ours asks nobody for anything."""
    return re.sub(r"\s*@font-face \{.*?\}", "", picture, flags=re.DOTALL)
