"""`docs/attackers.md` against the source: every code somebody can say no with has an attack and a test."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tender.errors import Code

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "attackers.md"

WHO_SAYS_NO = {
    "wallets": (
        "tender/cash/*.py",
        "tender/crypto/*.py",
        "tender/canon.py",
        "tender/schema.py",
        "town/proof.py",
    ),
    "element": ("hardware/secure_element.py", "hardware/element_*.py"),
    "settlement": ("platform_stub/nbk/settle*.py", "platform_stub/nbk/hand_over*.py"),
    "national bank": ("platform_stub/nbk/*.py",),
    "bank": ("platform_stub/bank/*.py",),
    "notary": ("platform_stub/notary/*.py",),
    "nodes": (
        "platform_stub/node.py",
        "platform_stub/ledger/*.py",
        "tender/account/transaction.py",
        "tender/account/batch.py",
        "tender/account/attestation.py",
    ),
    "gateway": (
        "platform_stub/desk.py",
        "platform_stub/api_gateway.py",
        "platform_stub/http/app.py",
        "tender/account/eds.py",
        "tender/account/messages.py",
        "tender/account/identifiers.py",
    ),
    "centres": ("platform_stub/certification/*.py", "platform_stub/id_centre/*.py"),
}

TROUBLE = {
    Code.PEER_UNREACHABLE,
    Code.PLATFORM_UNREACHABLE,
    Code.STORE_BUSY,
    Code.STORE_EXISTS,
    Code.STORE_MISSING,
    Code.STORE_NEWER,
    Code.FILE_UNREADABLE,
    Code.NOT_APPROVED,
    Code.NOT_ENOUGH_MONEY,
    Code.PAYER_DECLINED,
}
"""No cheat runs into these: the world failed, or a person said no."""

AMONG_OURSELVES = {
    ("bank", Code.DIRECTORY_WRONG),
    ("bank", Code.LIST_WRONG),
    ("nodes", Code.ORDER_UNKNOWN),
}
"""What a participant says when another's genuine answer is of no use to it: no outsider brings it about."""

LINE = re.compile(r"\| ([a-z ]+) \| `([a-z-]+)` \| (.+) \| `(tests/[\w/]+\.py)::(\w+)` \|")
SAID = re.compile(r"(?<!LocalProtocolError\()\bCode\.([A-Z_]+)\b")


def checks() -> set[tuple[str, str]]:
    """Who can say no with which code, read out of the source; a file speaks for the first who claims it."""
    found: set[tuple[str, str]] = set()
    read: set[Path] = set()
    for who, places in WHO_SAYS_NO.items():
        for file in {one for place in places for one in ROOT.glob(place)} - read:
            read.add(file)
            codes = {Code[name] for name in SAID.findall(file.read_text(encoding="utf-8"))}
            found |= {(who, one.value) for one in codes - TROUBLE if (who, one) not in AMONG_OURSELVES}
    return found


def lines() -> Iterator[re.Match[str]]:
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and not line.startswith("| who"):
            found = LINE.fullmatch(line)
            assert found is not None, line
            yield found


def test_no_check_is_without_an_attack() -> None:
    told = {(one[1], one[2]) for one in lines()}
    missing = [f"| {who} | `{code}` | … | … |" for who, code in sorted(checks() - told)]
    assert not missing, "add to docs/attackers.md:\n" + "\n".join(missing)
    assert not told - checks(), "these checks are gone"


def test_each_check_stands_there_once() -> None:
    told = [(one[1], one[2]) for one in lines()]
    assert len(told) == len(set(told)) > 100


@pytest.mark.row("DT-Z-08")
def test_each_attack_is_played_by_a_test_that_names_the_code() -> None:
    wrong = [one[0] for one in lines() if not plays(one)]
    assert not wrong, "\n".join(wrong)


def plays(line: re.Match[str]) -> bool:
    """Whether the named function, or table, or a table's row with that function, speaks of the code."""
    code, file, name = line[2], ROOT / line[4], line[5]
    if not file.exists():
        return False
    text = file.read_text(encoding="utf-8")
    words = f'"{code}"', f"Code.{Code(code).name}"
    row = re.search(rf"\(\s*{name},\s*(Code\.\w+|\"[a-z-]+\")", text)
    if row is not None:
        return row[1] in words
    own = re.search(
        rf"((?:^@.*\n(?:^[ )\]].*\n)*)*)^(?:def {name}\b|{name}\b.*=)(.*\n(?:^[ )\]}}].*\n|^\n)*)", text, re.M
    )
    return own is not None and any(re.search(rf"{re.escape(word)}(?![A-Z_])", own[0]) for word in words)
