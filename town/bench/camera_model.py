"""A laptop's camera as a calculation: what a code on a screen looks like to a good, a typical and a poor one.

No lens was measured. Each picture is seen from a slightly different place (four corners moved, turned), is
grey on grey under a light that falls off, blurred, perhaps moved, noisy, and compressed; the numbers stand in
docs/protocol/qr.md ("Cameras"). Everything is drawn from one seed.
"""

from dataclasses import dataclass
from typing import Any, Final

from faces.qr_drawing import PIXELS_PER_MODULE, QUIET_ON_SCREEN, Modules, edged

WIDTH, HEIGHT = 1280, 720
FRAMES_PER_SECOND: Final = 30
FILLED: Final = 0.75
"""Of the picture's height, by the code with four modules around it."""

_DARK, _LIGHT = 40, 225
_SURROUND: Final = 0
_MARGIN: Final = 2
"""Modules of the terminal's own dark ground around the white edge."""


@dataclass(frozen=True, slots=True)
class Quality:
    """``tilt``: how far each corner is moved, of the side; ``turn_deg``; ``shade``: the light lost at the far
    corner; ``blur_px``: sigma; ``motion_px``; ``noise``: sigma in grey levels; ``jpeg``: quality."""

    name: str
    tilt: float
    turn_deg: float
    shade: float
    blur_px: float
    motion_px: int
    noise: float
    jpeg: int


GOOD: Final = Quality("good", 0.03, 4, 0.35, 0.7, 0, 4, 80)
TYPICAL: Final = Quality("typical", 0.06, 8, 0.35, 1.0, 0, 8, 80)
POOR: Final = Quality("poor", 0.10, 15, 0.60, 2.0, 3, 14, 60)
QUALITIES: Final = (GOOD, TYPICAL, POOR)


def on_screen(code: Modules) -> Any:
    """A code as the screen shows it: a grey picture (rows of pixels) with the dark terminal around it."""
    import numpy

    whole = numpy.array([list(row) for row in edged(code, QUIET_ON_SCREEN)], numpy.uint8)
    lit = numpy.pad(255 - whole * 255, _MARGIN, constant_values=_SURROUND)
    return lit.repeat(PIXELS_PER_MODULE, 0).repeat(PIXELS_PER_MODULE, 1)


class CameraModel:
    """Takes pictures of what a screen shows."""

    def __init__(self, quality: Quality, seed: int) -> None:
        import numpy

        self._quality = quality
        self._chance = numpy.random.default_rng(seed)
        # One field of noise, shifted for every picture: new noise is most of the time of a picture.
        self._noise = self._chance.normal(0, quality.noise, (2 * HEIGHT, 2 * WIDTH)).astype(numpy.float32)

    def between(self, least: float, most: float) -> float:
        """A number drawn evenly."""
        return float(self._chance.uniform(least, most))

    def take(self, shown: Any, after: Any = None, share: float = 0.0) -> tuple[bytes, int, int]:
        """A picture of the screen: grey pixels, width, height. When the screen changes while the shutter is
        open, ``after`` is what it shows then, for this ``share`` of the time."""
        import cv2

        seen = shown if after is None else cv2.addWeighted(shown, 1 - share, after, share, 0)
        lit = self._lit(self._projected(seen))
        quality = self._quality
        grey = cv2.GaussianBlur(lit, (0, 0), quality.blur_px)
        if quality.motion_px > 1:
            grey = cv2.blur(grey, (quality.motion_px, 1))
        top, left = (int(self.between(0, size)) for size in (HEIGHT, WIDTH))
        grey = grey + self._noise[top : top + HEIGHT, left : left + WIDTH]
        _, packed = cv2.imencode(
            ".jpg", grey.clip(0, 255).astype("uint8"), [cv2.IMWRITE_JPEG_QUALITY, quality.jpeg]
        )
        taken: Any = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
        return taken.tobytes(), WIDTH, HEIGHT

    def _projected(self, seen: Any) -> Any:
        """From where the hand happens to be, sampled at twice the size as a sensor's areas are."""
        import cv2
        import numpy

        quality, side, drawn = self._quality, FILLED * HEIGHT, seen.shape[0]
        turn = numpy.deg2rad(self.between(-quality.turn_deg, quality.turn_deg))
        turned = numpy.array([[numpy.cos(turn), numpy.sin(turn)], [-numpy.sin(turn), numpy.cos(turn)]])
        corners = numpy.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * side / 2 @ turned
        corners += self._chance.uniform(-quality.tilt, quality.tilt, (4, 2)) * side
        corners += [WIDTH / 2, HEIGHT / 2] + self._chance.normal(0, 1, 2) * [0.02 * WIDTH, 0.01 * HEIGHT]
        square = numpy.array([[0, 0], [drawn, 0], [drawn, drawn], [0, drawn]], numpy.float32)
        view = cv2.getPerspectiveTransform(square, (2 * corners).astype(numpy.float32))
        big = cv2.warpPerspective(seen, view, (2 * WIDTH, 2 * HEIGHT), borderValue=90)
        return cv2.resize(big, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)

    def _lit(self, seen: Any) -> Any:
        """Grey on grey, under a light that falls off to one corner."""
        import numpy

        shade = self._quality.shade
        across = numpy.linspace(1 - shade * self.between(0, 1), 1, WIDTH, dtype=numpy.float32)
        down = numpy.linspace(1, 1 - shade * self.between(0, 0.6), HEIGHT, dtype=numpy.float32)
        return (_DARK + seen.astype(numpy.float32) * ((_LIGHT - _DARK) / 255)) * across * down[:, None]
