"""Dependencies: each declared, reasoned, used, licensed and mended; the audit notices what is not."""

from pathlib import Path

import pytest
from packaging.requirements import Requirement

from docs import dependency_audit as audit


@pytest.mark.row("DT-Z-02")
def test_the_audit_of_this_environment_finds_nothing() -> None:
    wrong, found = audit.problems()
    assert wrong == []
    assert {"pynacl", "cbor2", "starlette", "pydantic-core"} <= set(found), (
        "transitive ones are looked at too"
    )


@pytest.mark.row("DT-Z-02")
@pytest.mark.parametrize(
    ("name", "version", "advisory"),
    [
        ("pynacl", "1.5.0", "CVE-2025-69277"),
        ("cbor2", "5.8.0", "CVE-2026-26209"),
        ("starlette", "0.48.0", "CVE-2025-62727"),
        ("h11", "0.14.0", "CVE-2025-43859"),
    ],
)
def test_a_version_with_a_known_fault_fails_and_is_named(name: str, version: str, advisory: str) -> None:
    found = {name: audit.Distribution(name, version, "MIT", {"x"})}
    told = audit.misversioned({}, found)
    assert any(advisory in line and version in line for line in told)
    fixed = {name: audit.Distribution(name, "99", "MIT", {"x"})}
    assert audit.misversioned({}, fixed) == []


def test_a_version_that_is_not_the_one_asked_for_fails() -> None:
    wanted = {"cbor2": Requirement("cbor2>=5.9,<6")}
    found = {"cbor2": audit.Distribution("cbor2", "6.0.1", "MIT", {"x"})}
    assert audit.misversioned(wanted, found) == ["cbor2 6.0.1 is installed; pyproject.toml asks for <6,>=5.9"]


@pytest.mark.parametrize(
    ("licence", "kind"),
    [
        ("AGPL-3.0-only", "refused"),
        ("GNU Affero General Public License v3", "refused"),
        ("GPL-3.0-or-later", "refused"),
        ("GNU General Public License v2 (GPLv2)", "refused"),
        ("LGPL-3.0-only", "library"),
        ("GNU Lesser General Public License v2 or later (LGPLv2+)", "library"),
        ("MPL-2.0", "file"),
        ("Apache-2.0 OR BSD-3-Clause", "free"),
        ("MIT License", "free"),
        ("", "unknown"),
        ("Commercial", "unknown"),
    ],
)
def test_licences_are_told_apart(licence: str, kind: str) -> None:
    assert audit.verdict(licence) == kind


def test_a_dependency_without_a_reason_or_a_use_fails() -> None:
    wanted = {row[0]: Requirement(row[0]) for row in audit.table("dependencies.tsv")}
    assert audit.unreasoned(wanted) == []
    more = {**wanted, "left-pad": Requirement("left-pad")}
    assert audit.unreasoned(more) == ["left-pad has no reason in docs/dependencies.tsv"]
    fewer = {name: one for name, one in wanted.items() if name != "rich"}
    assert audit.unreasoned(fewer) == ["docs/dependencies.tsv: rich is not declared"]
    assert not audit.uses("tender/money.py", "sqlalchemy")
    assert not audit.uses(audit.NOT_YET, "pynacl")


def test_an_import_that_is_not_declared_fails() -> None:
    told = audit.undeclared({"pytest": Requirement("pytest")})
    assert any(line.startswith("tender/crypto/keys.py imports nacl") for line in told)


def test_the_audit_asks_nobody() -> None:
    text = Path(audit.__file__).read_text(encoding="utf-8")
    assert not [word for word in ("socket", "urllib", "http.client", "httpx", "subprocess") if word in text]
