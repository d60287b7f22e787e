"""Kinds of payment cards: each a file of ``hardware/cards/profiles`` (its form: docs/payment-cards.md)."""

import json
from functools import cache
from importlib.resources import files
from typing import Any, Final

from tender.card.personalisation import Profile
from tender.errors import Code, LocalProtocolError

_FOLDER: Final = files("hardware.cards").joinpath("profiles")
_BANKS: Final = "banks"
_SUFFIX: Final = ".json"


@cache
def profile_names() -> tuple[str, ...]:
    """All there are, by name."""
    names = (one.name.removesuffix(_SUFFIX) for one in _FOLDER.iterdir() if one.name.endswith(_SUFFIX))
    return tuple(sorted(name for name in names if name != _BANKS))


@cache
def profile(name: str) -> Profile:
    """One of them; ``LocalProtocolError field-wrong`` at ``profile`` for a name that is none."""
    if name not in profile_names():
        raise LocalProtocolError(Code.FIELD_WRONG, "profile")
    return Profile.from_mapping(name, _read(name))


def profile_of_bank(bank: int) -> Profile:
    """The kind of card a bank of the pilot issues; raises ``KeyError`` for a bank that issues none."""
    return profile(_read(_BANKS)[str(bank)])


def _read(name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(_FOLDER.joinpath(name + _SUFFIX).read_text(encoding="ascii"))
    return told
