"""Which networks' codes this machine can read beside the built-in ones: what ``networks.toml`` says.

The national QR's format is not public, so nobody can build it in; whoever knows it writes it there::

    [[network]]
    guid = "kz.example.national"      # what the template says it is, 00
    merchant_id = "01"                # where it keeps the merchant's business number

The other names are those of :class:`tender.qr.payment_code.Profile`. What is built in is tried first.
"""

import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Final

from tender.errors import Code, StoreError
from tender.qr.payment_code import Profile

FILE: Final = "networks.toml"
_TWO_DIGITS: Final = re.compile(r"[0-9]{2}", re.ASCII)
_GUID: Final = re.compile(r"[\x20-\x7e]{1,32}")
_PLACES: Final = {"template": range(26, 52), "vat_template": range(80, 100)}


def read_networks(folder: Path) -> tuple[Profile, ...]:
    """Profiles in the order they are tried, none without a file.

    Raises :class:`StoreError` ``file-unreadable`` for a file that is no such table.
    """
    file = folder / FILE
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        networks = told.get("network", [])
        found = tuple(_profile(one) for one in networks)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise StoreError(Code.FILE_UNREADABLE, "networks", file=FILE) from error
    return found


def _profile(table: dict[str, object]) -> Profile:
    """One network; a ValueError or TypeError for what it cannot be."""
    known = {one.name for one in fields(Profile)}
    texts = {name: str(value) for name, value in table.items()}
    for name, text in texts.items():
        form = _GUID if name == "guid" else _TWO_DIGITS
        if name not in known or not form.fullmatch(text):
            raise ValueError(name)
        if name in _PLACES and int(text) not in _PLACES[name]:
            raise ValueError(name)
    return Profile(**texts)
