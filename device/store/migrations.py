"""How a store of an older version becomes one of this version, step by step, each in one transaction.

A step gets the file as it was and the batch that brings it one version further; it may rewrite rows of any
kind. A store of a *newer* version is not touched (``store-newer``).
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

APPLICATION: Final = 0x64745731
"""SQLite's application id: ``dtW1``."""

VERSION: Final = 1
"""The layout this program writes. Raise it together with a step below."""

MIGRATIONS: Final[Mapping[int, Callable[[Any, Any], None]]] = {}
"""From version → step to the next."""
