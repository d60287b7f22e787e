"""Pictures as grey pixels, whatever they claim to be: the few formats people send, and none too large.

The size a file claims is checked before a pixel of it is unpacked: a small file cannot fill the memory.
"""

import struct
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Final, TypeAlias

from hardware.qr_reader import PIXELS_MOST

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image

Grey: TypeAlias = tuple[bytes, int, int]
"""One byte a pixel (0 black .. 255 white), row after row; width; height."""

FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
FRAMES_MOST: Final = 1_000
"""Of a moving picture: more than any code of ours has."""


class NoPicture(Exception):
    """These bytes are no picture of a known format, or a broken or oversized one."""


def grey_frames(file: "Path | IO[bytes]") -> Iterator[Grey]:
    """Each frame of a picture; raises :class:`NoPicture`, or OSError when the file cannot be opened."""
    from PIL import Image

    try:
        with Image.open(file, formats=FORMATS) as picture:
            if picture.width * picture.height > PIXELS_MOST:
                raise NoPicture
            for number in range(min(getattr(picture, "n_frames", 1), FRAMES_MOST)):
                picture.seek(number)
                yield _grey(picture)
    except (FileNotFoundError, PermissionError, IsADirectoryError):
        raise
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, struct.error) as error:
        raise NoPicture from error
    except Image.DecompressionBombError as error:
        raise NoPicture from error


def _grey(picture: "Image") -> Grey:
    """Transparent parts lie on white paper."""
    from PIL import Image

    if picture.has_transparency_data:
        colours = picture.convert("RGBA")
        paper = Image.new("RGBA", colours.size, "white")
        flat = Image.alpha_composite(paper, colours).convert("L")
    else:
        flat = picture.convert("L")
    return flat.tobytes(), flat.width, flat.height
