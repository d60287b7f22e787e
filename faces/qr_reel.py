"""A payload as the codes that show it in a given room: one that stands still, or one that moves.

Both the widget and the commands draw reels. The larger a code, the fewer frames and the harder to read for a
camera: :data:`VERSION_MOST` is where a poor camera still reads (docs/protocol/qr.md, "Sizes").
"""

from dataclasses import dataclass, field
from itertools import count
from typing import Final

from faces.qr_drawing import LEVELS, Modules, capacity_bytes, modules, moving, png, version_for
from tender.qr.frames import HEADER_BYTES, Frames, split

FRAMES_PER_SECOND: Final = 10
"""A camera of thirty pictures a second sees each frame at least once whole."""

VERSION_MOST: Final = 15
"""77 modules, 520 bytes: beyond it a poor camera at 720p reads nothing."""

VERSION_OF_FILES_MOST: Final = 40
"""In a saved picture every pixel arrives."""

NEEDED_MOST: Final = 128
"""More frames than these nobody waits for: thirteen seconds at best."""

SPARE: Final = 3
"""A moving code shows so many times the frames it needs before it begins again: losses hurt less than if the
same few came round."""


@dataclass
class Reel:
    """The codes of one payload, drawn when first asked for and kept."""

    frames: Frames
    version: int
    level: str
    _drawn: dict[int, Modules] = field(default_factory=dict)

    @property
    def moves(self) -> bool:
        """Whether there is more than one code."""
        return self.frames.needed > 1

    @property
    def length(self) -> int:
        """How many different codes are shown before the first comes again."""
        return min(self.frames.distinct, self.frames.needed * SPARE)

    def code(self, number: int) -> Modules:
        """Code ``number``, counted on and on: after ``length`` the first comes again."""
        place = number % self.length
        drawn = self._drawn.get(place)
        if drawn is None:
            frame = self.frames.frame(place)
            drawn = moving(frame, self.version) if self.moves else modules(frame, level=self.level)
            self._drawn[place] = drawn
        return drawn


def reel(payload: bytes, version_most: int) -> Reel | None:
    """The payload in codes of at most this version: one if it fits one, at level M if it can; else moving
    ones at level L. None when it takes more than 128 of them."""
    alone = HEADER_BYTES + len(payload)
    for level in reversed(LEVELS):
        version = version_for(alone, level)
        if version is not None and version <= version_most:
            return Reel(split(payload, alone), version, level)
    version = min(version_most, VERSION_OF_FILES_MOST)
    room = capacity_bytes(version)
    if len(payload) > (room - HEADER_BYTES) * NEEDED_MOST:
        return None
    frames = split(payload, room)
    fitted = version_for(frames.frame_bytes)
    assert fitted is not None
    return Reel(frames, fitted, "L")


def reel_within(payload: bytes, largest: int | None) -> Reel | None:
    """The payload in a room for this version: no larger than cameras read, unless it must be."""
    if largest is None:
        return None
    return reel(payload, min(largest, VERSION_MOST)) or reel(payload, largest)


def version_needed(payload: bytes) -> int:
    """The smallest version whose reel holds the payload at all."""
    return next(version for version in count(1) if reel(payload, version) is not None)


def payload_png(payload: bytes) -> bytes:
    """A payload as a picture file: one code if one of any size holds it, else an animated PNG."""
    found = reel(payload, VERSION_OF_FILES_MOST)
    assert found is not None, "every message fits 128 of the largest codes"
    codes = [found.code(number) for number in range(found.length if found.moves else 1)]
    return png(codes, frame_ms=round(1000 / FRAMES_PER_SECOND))
