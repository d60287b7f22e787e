"""``tenge verify-proof``: a judge with only the root key, for whom a file proves something or nothing."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tender.cash.armour import to_text
from tender.cash.fork_proof import encode_proof, make_proof
from tender.cash.messages import Kind, wrap
from tender.cash.token import Claim, Link
from tender.crypto import envelope
from tender.crypto.certificates import Kind as Authority
from tender.crypto.envelope import Typ
from tests.mint import ALTYN, Mint, key_of
from town.cli import main

MINT = Mint()
CHEAT = MINT.device("aigul")
PARENT = bytes(range(32))


def _spends() -> tuple[Link, Link]:
    return Link(PARENT, key_of("dana").public_key, 500_000, 0), Link(
        PARENT, key_of("m").public_key, 500_000, 0
    )


def proof(one: Link | Claim, other: Link | Claim) -> bytes:
    """A proof over two spends, signed by the cheat."""
    signed = [
        envelope.sign(Typ.CLAIM if isinstance(spend, Claim) else Typ.LINK, spend.payload(), CHEAT.key)
        for spend in (one, other)
    ]
    bank = MINT.trust().directory.keys[Authority.BANK, ALTYN]
    return encode_proof(make_proof(bank, CHEAT.certificate, *signed))


def judged(
    folder: Path, data: bytes, capsys: pytest.CaptureFixture[str], root: str = ""
) -> tuple[int, dict[str, Any]]:
    """The command's exit code and what it printed."""
    file = folder / "proof.tenge"
    file.write_bytes(data)
    code = main(["verify-proof", str(file), "--root", root or MINT.root.public_key.hex(), "--json"])
    return code, json.loads(capsys.readouterr().out)


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "bare": lambda data: data,
    "container": lambda data: wrap(Kind.FORK_PROOF, data),
    "text": lambda data: to_text(wrap(Kind.FORK_PROOF, data)).encode(),
}


@pytest.mark.row("DT-O-07")
@pytest.mark.parametrize("form", FORMS)
def test_two_links_on_one_output_convince(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    code, told = judged(tmp_path, FORMS[form](proof(*_spends())), capsys)
    assert code == 0
    assert told["valid"] is True
    assert told["key"] == CHEAT.key.public_key.hex()
    assert told["bank"] == ALTYN


def test_a_claim_beside_a_link_convinces(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = judged(tmp_path, proof(_spends()[0], Claim(PARENT, ALTYN, bytes(32))), capsys)
    assert code == 0
    assert {spend["form"] for spend in told["spends"]} == {"link", "claim"}


def test_the_same_link_twice_proves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, _ = _spends()
    code, told = judged(tmp_path, proof(one, one), capsys)
    assert (code, told["code"]) == (1, "proof-empty")


def test_different_money_proves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = _spends()
    elsewhere = Link(bytes(32), other.next_key, other.amount_tiyn, 0)
    code, told = judged(tmp_path, proof(one, elsewhere), capsys)
    assert (code, told["code"]) == (1, "proof-empty")


def test_another_root_does_not_believe_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = judged(tmp_path, proof(*_spends()), capsys, key_of("other root").public_key.hex())
    assert (code, told["code"]) == (1, "certificate-wrong")


def test_every_flipped_bit_unmakes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = proof(*_spends())
    for at in range(0, len(good), 7):
        bad = bytearray(good)
        bad[at] ^= 1
        code, told = judged(tmp_path, bytes(bad), capsys)
        assert (code, told["valid"]) == (1, False), at


def test_a_missing_file_is_the_worlds_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["verify-proof", str(tmp_path / "nothing"), "--root", "00" * 32, "--json"])
    assert (code, json.loads(capsys.readouterr().out)["code"]) == (3, "file-unreadable")


def test_a_person_reads_what_it_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, root = tmp_path / "proof.tenge", tmp_path / "root.key"
    file.write_bytes(proof(*_spends()))
    root.write_text(MINT.root.public_key.hex() + "\n")
    assert main(["verify-proof", str(file), "--root", str(root)]) == 0
    said = capsys.readouterr().out
    assert "The proof holds" in said
    assert "Altyn" in said


def test_without_a_root_key_it_says_where_to_get_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "proof.tenge"
    file.write_bytes(b"\x00")
    assert main(["verify-proof", str(file)]) == 2
    assert "tenge platform root" in capsys.readouterr().err


def test_the_judge_is_small_and_knows_neither_wallet_nor_platform() -> None:
    listed = "import sys, town.proof; print('\\n'.join(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", listed], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    roots = {name.partition(".")[0] for name in loaded}
    assert not roots & {"wallet", "platform_stub", "hardware", "sqlalchemy", "sqlite3", "httpx", "fastapi"}
    assert not {name for name in loaded if name.startswith("tender.cash.session")}
    assert "tender.cash.chain" not in loaded, "a proof carries no history"
