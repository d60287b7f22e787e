"""Which Ed25519 signatures are valid is decided by vectors from outside, not by us (see README.md)."""

import json
from pathlib import Path
from typing import Any

import pytest

from tender.crypto.keys import check_public_key, verify
from tender.errors import RemoteProtocolError

HERE = Path(__file__).parent / "ed25519"


def wycheproof() -> list[Any]:
    groups = json.loads((HERE / "wycheproof-ed25519.json").read_text())["testGroups"]
    return [
        pytest.param(group["publicKey"]["pk"], case, id=f"tc{case['tcId']}")
        for group in groups
        for case in group["tests"]
    ]


CASES = wycheproof()
SPECCHECK = json.loads((HERE / "speccheck-cases.json").read_text())
SPECCHECK_VALID = {3}
"""Mixed-order points that satisfy the cofactorless equation: valid to strict libsodium. All others divide the
libraries: small order (0-2), cofactored only (4, 5), S not reduced (6, 7), non-canonical R or A (8-11)."""


def test_no_vector_was_lost() -> None:
    assert len(CASES) == 151
    assert sum(case.values[1]["result"] == "valid" for case in CASES) == 88
    assert len(SPECCHECK) == 12


@pytest.mark.row("DT-Q-10")
@pytest.mark.parametrize(("public_key", "case"), CASES)
def test_wycheproof(public_key: str, case: dict[str, Any]) -> None:
    verdict = verify(bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]), bytes.fromhex(public_key))
    assert verdict is (case["result"] == "valid"), case["comment"]


@pytest.mark.parametrize("place", range(12))
def test_speccheck(place: int) -> None:
    case = SPECCHECK[place]
    signature, message, key = (bytes.fromhex(case[name]) for name in ("signature", "message", "pub_key"))
    assert verify(signature, message, key) is (place in SPECCHECK_VALID)


@pytest.mark.parametrize("place", sorted(SPECCHECK_VALID | {0, 1, 4, 9, 11}))
def test_the_keys_of_the_edge_cases_are_never_certified(place: int) -> None:
    key = bytes.fromhex(SPECCHECK[place]["pub_key"])
    with pytest.raises(RemoteProtocolError) as caught:
        check_public_key(key, "key")
    assert caught.value.code.value == "key-unsafe"
