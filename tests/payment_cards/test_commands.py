"""``tenge card new --payment``: what it makes, says and refuses; and that a stranger can check a card
with what it printed alone."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hardware.cards.emv.flaws import FLAWS
from hardware.cards.emv.profiles import profile_names
from hardware.entropy import SystemEntropy
from hardware.hsm import SoftHsm
from hardware.hsm_keys import KeyFolder
from hardware.readers import open_reader
from hardware.triple_des import cvn
from tender.card.certificates import CaKey, KeyCertificate, recover_issuer
from tender.card.pan import Pan
from tender.card.tags import Tag
from tests.payment_cards.bench import Talk, chip_data
from tests.payment_cards.test_files_and_readers import Read
from town.card.cli import app


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where its files and keys lie."""
    monkeypatch.setenv("TENGE_ELEMENTS", str(tmp_path / "elements"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str, code: int = 0) -> str:
    """What the command says."""
    done = CliRunner().invoke(app, ["new", *words])
    assert done.exit_code == code, done.output
    return done.output


def told(*words: str) -> dict[str, Any]:
    """What it tells programs."""
    found: dict[str, Any] = json.loads(run(*words, "--json"))
    return found


def authority_of(printed: dict[str, Any]) -> CaKey:
    """The key as a terminal's owner types it in."""
    key = printed["authority"]
    hexadecimal = (bytes.fromhex(key[name]) for name in ("modulus", "exponent", "check_sum"))
    return CaKey(bytes.fromhex(key["rid"]), int(key["index"], 16), *hexadecimal)


def test_a_card_that_a_stranger_can_verify(folder: Path) -> None:
    printed = told("visa.card", "--payment", "visa-cvn18-cda", "--keys", "issuers")
    authority = authority_of(printed)
    assert authority.is_whole
    reader = open_reader("file:visa.card")
    talk = Talk(Read(reader), "visa-cvn18-cda")
    talk.begin("visa-cvn18-cda")
    data = talk.data
    certificate = KeyCertificate(
        data[Tag.ISSUER_CERTIFICATE], data.get(Tag.ISSUER_KEY_REMAINDER, b""), data[Tag.ISSUER_KEY_EXPONENT]
    )
    pan = data[Tag.PAN].hex()
    assert recover_issuer(certificate, authority.key).fits(pan)
    first = talk.generate(0x80, Tag.CDOL1)
    reader.disconnect()
    bank = SoftHsm(KeyFolder(folder / "issuers", SystemEntropy()))
    assert bank.cryptogram_fits(601, Pan(pan), 1, chip_data(talk, first)), "its keys are its issuer"
    assert pan not in json.dumps(printed), "a number is never shown whole"


def test_a_seed_repeats_a_card_and_a_pin_is_its_own(folder: Path) -> None:
    (folder / "pin").write_text("2580\n")
    words = ("--payment", "visa-cvn10-sda", "--seed", "lesson", "--pin-file", "pin")
    one, again = told("one.card", *words), told("again.card", *words)
    assert (one["number"], one["authority"]) == (again["number"], again["authority"])
    reader = open_reader("file:one.card")
    talk = Talk(Read(reader), "visa-cvn10-sda")
    talk.begin("visa-cvn10-sda")
    assert talk.send("00200080", bytes.fromhex("242580FFFFFFFFFF"), gives=False)[1] == 0x9000
    reader.disconnect()


def test_a_foreign_issuer_gives_its_own_master_keys(folder: Path) -> None:
    """Whoever holds the three checks the card's cryptogram with nothing of ours (pyemv from the start)."""
    masters = ("0123456789ABCDEFFEDCBA9876543210", "11" * 16, "22" * 16)
    (folder / "keys").write_text("\n".join(masters))
    told("theirs.card", "--payment", "visa-cvn18-dda", "--master-keys", "keys")
    reader = open_reader("file:theirs.card")
    talk = Talk(Read(reader), "visa-cvn18-dda")
    talk.begin("visa-cvn18-dda")
    first = talk.generate(0x80, Tag.CDOL1)
    reader.disconnect()
    first_key, second_key, third_key = (bytes.fromhex(one) for one in masters)
    side = cvn.VisaCVN18(first_key, second_key, third_key, talk.data[Tag.PAN].hex(), "01")
    chip = chip_data(talk, first)
    tags = ("9f02", "9f03", "9f1a", "95", "5f2a", "9a", "9c", "9f37", "82", "9f36", "9f10")
    made = side.generate_ac(*(chip[int(tag, 16)] for tag in tags))
    assert made == first[Tag.CRYPTOGRAM]
    (folder / "keys").write_text("0123")
    run("x.card", "--payment", "visa-cvn18-dda", "--master-keys", "keys", code=3)


def test_a_dual_and_a_faulty_one_say_what_they_are(folder: Path) -> None:
    said = run("dual.card", "--payment", "mchip-cvn11-sda", "--dual", "--flaw", "expired", "--seed", "x")
    assert "dual.card is payment card 520948******" in said
    assert "tenge wallet create --card file:dual.card" in said
    listed = CliRunner().invoke(app, ["list", "file:dual.card"]).output
    assert "purse of Digital Tenge" in listed
    assert "beside it a payment card" in listed
    run("plain.card", "--payment", "visa-cvn10-online", "--seed", "x")
    assert "payment card" in CliRunner().invoke(app, ["list", "file:plain.card"]).output


@pytest.mark.parametrize(
    ("words", "known"),
    [
        (("--payment", "?"), profile_names()),
        (("--payment", "visa-cvn10-sda", "--flaw", "?"), FLAWS),
        (("--flaw", "?"), FLAWS),
        (("--flaw", "expired"), ("--flaw", "--payment")),
        (("--dual", "--bank", "601"), ("--bank, --dual", "--payment")),
        (("--payment", "visa-cvn10-sda", "--bank", "948"), ("601", "949", "856")),
        (("--payment", "mchip-cvn11-sda", "--bank", "563"), ("948",)),
    ],
)
def test_what_there_is_not_is_told_with_what_there_is(
    folder: Path, words: tuple[str, ...], known: tuple[str, ...]
) -> None:
    said = run("x.card", *words, code=2)
    assert all(word in said for word in known)
    assert not (folder / "x.card").exists()


def test_a_file_that_is_there_stays(folder: Path) -> None:
    (folder / "visa.card").write_text("mine")
    run("visa.card", "--payment", "visa-cvn10-sda", code=3)
    assert (folder / "visa.card").read_text() == "mine"
