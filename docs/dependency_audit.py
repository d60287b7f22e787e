"""What is installed, against what is declared: ``python -m docs.dependency_audit``, a gate of ``make check``.

Offline and the same on every run: it reads pyproject.toml, the two tables beside this file and the metadata
of the installed distributions, and asks nobody. It fails when

* a declared dependency has no reason in dependencies.tsv, or a reason has no dependency;
* what a row says uses a dependency does not name it, or an import is not declared;
* an installed version is not one that pyproject.toml allows, or lies below a version that mends a known fault
  (advisories.tsv);
* a licence in the closure is not one of those below.

``--table`` prints every distribution with version, licence and who brings it.
"""

import ast
import re
import sys
import tomllib
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
OURS = "digital-tenge"
PRODUCT = ("tender", "faces", "hardware", "device", "wallet", "pos", "card_switch", "platform_stub", "town")
CODE = (*PRODUCT, "tests", "docs")

LICENCES = (
    (r"AGPL|Affero", "refused"),
    (r"LGPL|Lesser General", "library"),
    (r"\bGPL|GNU General", "refused"),
    (r"MPL|Mozilla", "file"),
    (r"MIT|BSD|Apache|ISC|PSF|Python Software|Public Domain|Unlicense|Zlib", "free"),
)
"""First match decides. ``library``: used as it is and replaceable; ``file``: its own files stay open."""

NOT_YET = "not yet"
COMMANDS = {"import-linter": "lint-imports", "pytest-xdist": "-n auto"}
"""How a tool is called where its name is another."""

STATED_ELSEWHERE = {"atheris": "Apache-2.0"}
"""Licences of distributions whose metadata say nothing, read in their source."""


@dataclass
class Distribution:
    """One installed distribution of the closure and who asks for it."""

    name: str
    version: str
    licence: str
    by: set[str] = field(default_factory=set)


def table(name: str) -> list[list[str]]:
    """The rows of a table beside this file."""
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()[1:]
    return [line.split("\t") for line in lines if line]


def declared(settings: dict[str, Any]) -> dict[str, Requirement]:
    """Every requirement of the project and of its extras, by canonical name."""
    project = settings["project"]
    extras = project["optional-dependencies"].values()
    lines = [*project["dependencies"], *(one for extra in extras for one in extra)]
    return {canonicalize_name(one.name): one for one in map(Requirement, lines)}


def licence_of(found: metadata.Distribution) -> str:
    """What the metadata say of the licence, in the order in which they are to be believed."""
    told = found.metadata
    kinds = [line.split(" :: ") for line in told.get_all("Classifier") or []]
    named = ", ".join(kind[-1] for kind in kinds if kind[0] == "License")
    expression, stated = ((told.get_all(one) or [""])[0] for one in ("License-Expression", "License"))
    name = canonicalize_name(told["Name"])
    return expression or named or stated.partition("\n")[0][:60] or STATED_ELSEWHERE.get(name, "")


def verdict(licence: str) -> str:
    """``free``, ``file``, ``library``, ``refused`` or ``unknown``."""
    return next((kind for pattern, kind in LICENCES if re.search(pattern, licence)), "unknown")


def closure(wanted: dict[str, Requirement]) -> dict[str, Distribution]:
    """Everything installed that the declared requirements ask for, directly or by way of others."""
    found: dict[str, Distribution] = {}
    waiting = deque((one, OURS) for one in wanted.values() if canonicalize_name(one.name) != OURS)
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        asked, by = waiting.popleft()
        name = canonicalize_name(asked.name)
        try:
            here = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # an extra that this environment does without
        found.setdefault(name, Distribution(name, here.version, licence_of(here))).by.add(by)
        if (name, frozenset(asked.extras)) in seen:
            continue
        seen.add((name, frozenset(asked.extras)))
        for line in here.requires or []:
            further = Requirement(line)
            extras = asked.extras or {""}
            if further.marker is None or any(further.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append((further, name))
    return found


@cache
def imported() -> tuple[tuple[str, str], ...]:
    """(file, top-level name) of everything imported in the project."""
    return tuple(_imports())


def _imports() -> Iterator[tuple[str, str]]:
    for folder in CODE:
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                names = []
                if isinstance(node, ast.Import):
                    names = [one.name for one in node.names]
                elif isinstance(node, ast.ImportFrom) and node.module:
                    names = [node.module]
                for name in names:
                    yield file.relative_to(ROOT).as_posix(), name.partition(".")[0]


@cache
def _homes() -> Mapping[str, list[str]]:
    """Top-level name → the distributions that bring it; every file of each is looked at for that."""
    return metadata.packages_distributions()


def undeclared(wanted: dict[str, Requirement]) -> list[str]:
    """Imports of distributions that pyproject.toml does not name."""
    homes = _homes()
    wrong = set()
    for file, top in imported():
        owners = {canonicalize_name(one) for one in homes.get(top, [])}
        if owners and not owners & set(wanted) and top not in (*sys.stdlib_module_names, *CODE):
            wrong.add(f"{file} imports {top}, which pyproject.toml does not name")
    return sorted(wrong)


def unreasoned(wanted: dict[str, Requirement]) -> list[str]:
    """Dependencies without a row, rows without a dependency, rows whose user does not name it."""
    rows = {canonicalize_name(row[0]): row for row in table("dependencies.tsv")}
    wrong = [f"{name} has no reason in docs/dependencies.tsv" for name in sorted({*wanted} - {*rows})]
    wrong += [f"docs/dependencies.tsv: {name} is not declared" for name in sorted({*rows} - {*wanted})]
    for name, (_, licence, user, why) in rows.items():
        if not uses(user, name):
            wrong.append(f"{user} does not use {name}, as docs/dependencies.tsv says")
        if verdict(licence) in ("refused", "unknown") or not why:
            wrong.append(f"docs/dependencies.tsv: {name} needs a licence we may use and a reason")
    return wrong


def uses(user: str, name: str) -> bool:
    """Whether this file imports the distribution, or names its command; ``not yet`` must be true too."""
    if user == NOT_YET:
        return not any(top in {one for _, one in imported()} for top in modules_of(name))
    file = ROOT / user
    if not file.is_file():
        return False
    words = modules_of(name) | {name, COMMANDS.get(name, name)}
    return any(word in file.read_text(encoding="utf-8") for word in words)


@cache
def modules_of(name: str) -> frozenset[str]:
    """The top-level modules of an installed distribution."""
    homes = _homes().items()
    return frozenset(top for top, owners in homes if name in {canonicalize_name(one) for one in owners})


def misversioned(wanted: dict[str, Requirement], found: dict[str, Distribution]) -> list[str]:
    """Installed versions outside what is declared, or below a version that mends a known fault."""
    wrong = [
        f"{name} {found[name].version} is installed; pyproject.toml asks for {asked.specifier}"
        for name, asked in wanted.items()
        if name in found and not asked.specifier.contains(found[name].version, prereleases=True)
    ]
    for name, below, advisory, what in table("advisories.tsv"):
        here = found.get(canonicalize_name(name))
        if here and below != "accepted" and Version(here.version) < Version(below):
            wrong.append(f"{name} {here.version} has {advisory} ({what}); {below} mends it")
    return wrong


def problems() -> tuple[list[str], dict[str, Distribution]]:
    """Everything that is wrong, and the closure."""
    wanted = declared(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8")))
    found = closure(wanted)
    wrong = [*unreasoned(wanted), *undeclared(wanted), *misversioned(wanted, found)]
    for one in found.values():
        if verdict(one.licence) in ("refused", "unknown"):
            licence = one.licence or "none stated"
            wrong.append(f"{one.name} {one.version} has the licence '{licence}' (for {', '.join(one.by)})")
    return wrong, found


def main() -> int:
    """Print the table if it is wanted, what is wrong, and say how it ended."""
    wrong, found = problems()
    if "--table" in sys.argv[1:]:
        for one in sorted(found.values(), key=lambda one: one.name):
            kind, by = verdict(one.licence), ", ".join(sorted(one.by))
            print(f"{one.name:<22}{one.version:<14}{kind:<9}{one.licence:<42}{by}")
    for line in wrong:
        print(line)
    known = len(table("advisories.tsv"))
    print(f"{len(found)} distributions, {known} advisories, {len(wrong)} problems")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
