"""The source tree as the house tests see it: which files there are, and what each imports."""

import ast
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent.parent
PRODUCTS: Final = ("wallet", "pos", "card_switch", "platform_stub")
FLOORS: Final = ("device", *PRODUCTS)
"""Whatever has rooms: the products, and the device that a wallet and a till both are."""
PACKAGES: Final = ("tender", "faces", "hardware", *FLOORS, "town")


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file of the project, parsed."""

    path: str
    text: str
    tree: ast.Module

    @property
    def module(self) -> str:
        """The dotted name: ``tender/cash/__init__.py`` is ``tender.cash``."""
        parts = Path(self.path).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def imports(self) -> tuple[str, ...]:
        """Dotted names of everything imported, at the top or inside a function.

        ``from a import b`` yields ``a.b``: whether b is a module or a name in it makes no difference to where
        it comes from. What stands under ``if TYPE_CHECKING`` counts: it ties the packages just as well.
        """
        return _imports(self)


@cache
def _imports(source: Source) -> tuple[str, ...]:
    found: list[str] = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += (f"{node.module}.{alias.name}" for alias in node.names)
    return tuple(found)


def sources(*folders: str) -> tuple[Source, ...]:
    """Every Python file under these folders of the project, in order."""
    return tuple(source for folder in folders for source in _files_of(folder))


@cache
def _files_of(folder: str) -> tuple[Source, ...]:
    """One folder's files, parsed once for all rules."""
    found = []
    for file in sorted((ROOT / folder).rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        found.append(Source(file.relative_to(ROOT).as_posix(), text, ast.parse(text)))
    return tuple(found)


def product_code() -> tuple[Source, ...]:
    """Everything that is installed."""
    return sources(*PACKAGES)


def within(name: str, home: str) -> bool:
    """Whether the dotted `name` is `home` or lies inside it."""
    return name == home or name.startswith(f"{home}.")


@cache
def settings() -> dict[str, Any]:
    """pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def impure_modules() -> frozenset[str]:
    """What pure code may not import: the same list the import contract of tender has."""
    contracts = settings()["tool"]["importlinter"]["contracts"]
    return frozenset(next(c for c in contracts if c["id"] == "tender-pure")["forbidden_modules"])
