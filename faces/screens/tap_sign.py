"""The signs of a tap: one shape for each step, told apart without colour, without sound and in ASCII.

A card above the reader and arrows down to it; the card inside the reader, held all round; a tick; a triangle
with a mark; a cross. A colour and a word only repeat them.
"""

from collections.abc import Mapping
from typing import Final

from faces.screens.tap_look import Step

_HOLD: Final = """\
  ┌────────────────┐
  │ ▄▄▄            │
  │ ▀▀▀            │
  └────────────────┘
      ▼   ▼   ▼

████████████████████████"""

_STAY: Final = """\
████████████████████████
██┌──────────────────┐██
██│ ▄▄▄              │██
██│ ▀▀▀              │██
██│                  │██
██└──────────────────┘██
████████████████████████"""

_DONE: Final = """\
                   ▄██▀
                 ▄██▀
               ▄██▀
 ▀██▄        ▄██▀
   ▀██▄    ▄██▀
     ▀██▄▄██▀
       ▀██▀"""

_PULLED: Final = """\
           ▄▄
          ████
        ▄██  ██▄
       ███ ██ ███
     ▄███  ██  ███▄
    ████   ▄▄   ████
  ▄██████████████████▄"""

_REFUSED: Final = """\
   ▀██▄        ▄██▀
     ▀██▄    ▄██▀
       ▀██▄▄██▀
         ████
       ▄██▀▀██▄
     ▄██▀    ▀██▄
   ▄██▀        ▀██▄"""

SIGNS: Final[Mapping[Step, str]] = {
    Step.HOLD: _HOLD,
    Step.STAY: _STAY,
    Step.DONE: _DONE,
    Step.PULLED: _PULLED,
    Step.REFUSED: _REFUSED,
}
COLUMNS: Final = 24
ROWS: Final = 7

MEANINGS: Final[Mapping[Step, str]] = {
    Step.HOLD: "money",
    Step.STAY: "wait",
    Step.DONE: "good",
    Step.PULLED: "bad",
    Step.REFUSED: "bad",
}
"""Which of the theme's colours repeats it."""


def sign(step: Step) -> str:
    """The sign, every line as wide as every other."""
    return "\n".join(line.ljust(COLUMNS) for line in SIGNS[step].split("\n"))
