"""The security module: what lies in its folder, what it shows, what it answers to what is wrong."""

import stat
from pathlib import Path

import pytest

from card_switch.core.keys import ON_US, acquirer_zone, issuer_zone, terminal_zone
from card_switch.ports import Hsm
from hardware.entropy import SeededEntropy
from hardware.hsm import SoftHsm
from hardware.hsm_keys import KeyFolder
from hardware.pin_pad import PinPad
from tender.card.pan import Pan
from tender.errors import LocalProtocolError, StoreError
from tests.payment_cards.bench import pan_of, personal

HALYK = 601
TERMINAL = terminal_zone(HALYK, "T0000001")
NETWORK = acquirer_zone("visa", HALYK)
ISSUER = issuer_zone("visa", 949)
PAN = pan_of("visa")


def module(folder: Path, seed: str = "a") -> SoftHsm:
    return SoftHsm(KeyFolder(folder, SeededEntropy(seed)))


def test_it_is_what_the_switch_asks_for(tmp_path: Path) -> None:
    asked: Hsm = module(tmp_path)
    assert asked.pin_verification_value(HALYK, PAN, "1234").isdecimal()


def test_a_pin_travels_from_the_pad_to_the_issuer_unread(tmp_path: Path) -> None:
    hsm = module(tmp_path)
    pvv = hsm.pin_verification_value(949, PAN, "4711")
    typed = PinPad(hsm.terminal_key(TERMINAL)).block("4711", PAN)
    moved = hsm.translate_pin(typed, PAN, TERMINAL, NETWORK)
    assert moved is not None and moved != typed
    there = hsm.translate_pin(moved, PAN, NETWORK, ISSUER)
    assert there is not None
    assert hsm.pin_fits(949, ISSUER, there, PAN, pvv) is True
    assert hsm.pin_fits(949, ISSUER, there, PAN, "0000" if pvv != "0000" else "0001") is False
    assert hsm.pin_fits(949, NETWORK, there, PAN, pvv) is None, "under another zone's key it is no PIN block"
    assert hsm.translate_pin(bytes(8), PAN, TERMINAL, NETWORK) is None
    assert hsm.translate_pin(b"short", PAN, TERMINAL, NETWORK) is None


def test_a_block_made_for_one_card_is_none_for_another(tmp_path: Path) -> None:
    hsm = module(tmp_path)
    typed = PinPad(hsm.terminal_key(TERMINAL)).block("1234", PAN)
    other = pan_of("visa", 987_654_321)
    moved = hsm.translate_pin(typed, other, TERMINAL, NETWORK)
    pvv = hsm.pin_verification_value(HALYK, other, "1234")
    assert moved is None or hsm.pin_fits(HALYK, NETWORK, moved, other, pvv) is False


def test_a_longer_pin_that_begins_alike_is_another_pin(tmp_path: Path) -> None:
    hsm = module(tmp_path)
    typed = PinPad(hsm.terminal_key(TERMINAL)).block("123456", PAN)
    assert hsm.pin_fits(HALYK, TERMINAL, typed, PAN, hsm.pin_verification_value(HALYK, PAN, "1234")) is False


def test_each_terminal_and_each_zone_has_its_own_key(tmp_path: Path) -> None:
    hsm = module(tmp_path)
    zones = [TERMINAL, terminal_zone(HALYK, "T0000002"), terminal_zone(949, "T0000001")]
    assert len({hsm.terminal_key(zone) for zone in zones}) == 3
    assert acquirer_zone(ON_US, HALYK) == issuer_zone(ON_US, HALYK)
    assert acquirer_zone("visa", HALYK) != issuer_zone("visa", HALYK)
    with pytest.raises(LocalProtocolError):
        hsm.terminal_key(NETWORK)


def test_printed_stripe_and_chip_values_differ(tmp_path: Path) -> None:
    hsm = module(tmp_path)
    values = {hsm.verification_value(HALYK, PAN, "3012", code) for code in ("201", "999", "000")}
    assert len(values) == 3
    for code in ("201", "999", "000"):
        value = hsm.verification_value(HALYK, PAN, "3012", code)
        assert hsm.cvv_fits(HALYK, PAN, "3012", code, value)
        assert not hsm.cvv_fits(HALYK, PAN, "3011", code, value)
        assert not hsm.cvv_fits(HALYK, PAN, "3012", code, "²²²")


def test_the_folder_is_its_owners_and_keeps_its_keys(tmp_path: Path) -> None:
    folder = tmp_path / "hsm"
    first = module(folder).pin_verification_value(HALYK, PAN, "1234")
    assert module(folder, "b").pin_verification_value(HALYK, PAN, "1234") == first
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = list(folder.iterdir())
    assert files and all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)


def test_two_programs_that_make_the_same_key_have_the_same_key(tmp_path: Path) -> None:
    one, other = KeyFolder(tmp_path, SeededEntropy("a")), KeyFolder(tmp_path, SeededEntropy("b"))
    assert one.kept("zone/x") is None and other.kept("zone/x") is None
    assert one.des_key("zone/x") == other.des_key("zone/x")
    assert other.keep("zone/x", bytes(16)) == one.des_key("zone/x"), "a label that is taken keeps its key"


def test_a_key_put_in_the_place_of_another_opens_nothing(tmp_path: Path) -> None:
    keys = KeyFolder(tmp_path, SeededEntropy("a"))
    keys.des_key("zone/x")
    path = next(file for file in tmp_path.iterdir() if file.name != "master.key")
    KeyFolder(tmp_path, SeededEntropy("c")).des_key("zone/y")
    other = next(file for file in tmp_path.iterdir() if file not in (path, tmp_path / "master.key"))
    other.write_bytes(path.read_bytes())
    fresh = KeyFolder(tmp_path, SeededEntropy("d"))
    with pytest.raises(StoreError):
        for label in ("zone/x", "zone/y"):
            fresh.des_key(label)


def test_nothing_shows_a_key_or_a_pin(tmp_path: Path) -> None:
    hsm = module(tmp_path)
    key = hsm.terminal_key(TERMINAL)
    pad = PinPad(key)
    made = personal("visa-cvn18-cda")
    shown = (
        f"{hsm!r} {pad!r} {made!r} {made.keys!r} {vars(hsm)!r} {KeyFolder(tmp_path, SeededEntropy('z'))!r}"
    )
    for secret in (key, made.keys.cryptogram, made.keys.integrity):
        assert repr(secret) not in shown and secret.hex() not in shown
    assert "'1234'" not in shown
    with pytest.raises(LocalProtocolError) as wrong:
        pad.block("12a4", Pan(PAN.digits))
    assert "12a4" not in str(wrong.value)
