"""Triple DES for the two libraries that compute with cards' keys, by the way that stays open.

``psec`` and ``pyemv`` hand ``cryptography`` keys of 8 and 16 bytes through a door it has announced to close.
Here both are given the other door, with keys written out to 24 bytes: the same cipher, and no warning at each
use. Nor do they look with each cipher for the backend, of which there is one. A library that comes to do this
itself fails ``tests/issuer/test_triple_des.py``, and this file can go.
"""

from types import SimpleNamespace
from typing import Final

import psec
import psec.des
import psec.mac
import pyemv.mac
import pyemv.tools
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from pyemv import cvn

__all__ = ["cvn", "psec", "triple_des"]

_THRICE: Final = {8: lambda key: key * 3, 16: lambda key: key + key[:8]}


def triple_des(key: bytes) -> TripleDES:
    """The cipher for a key of one, two or three lengths (8, 16, 24 bytes)."""
    return TripleDES(_THRICE.get(len(key), bytes)(key))


def _backend() -> None:
    """None means the only one."""


DOORS: Final = (psec.des, psec.mac, pyemv.mac, pyemv.tools)
"""The modules that hold the reference, by the name ``_algorithms``."""
for _door in DOORS:
    vars(_door).update(_algorithms=SimpleNamespace(TripleDES=triple_des), _default_backend=_backend)
