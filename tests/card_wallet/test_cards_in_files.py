"""Wallets on card images: copied, edited, put back, searched for secrets; other banks, ended, revoked."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from device.compose import open_wallet
from device.config import Config
from device.service.wallet import Wallet
from hardware.cards.card_file import CardFile
from hardware.cards.purse_card import PurseCard
from hardware.entropy import SeededEntropy
from hardware.readers import chips_folder, open_reader
from tender.errors import Code, DeviceError
from tender.ports import CardReader
from tests.card_wallet.street import CardStreet, chip
from tests.wallet.village import PIN, good, hand_over
from town.cast import AIGUL, DANA, MERCHANT
from town.proof import check_proof


class FileStreet(CardStreet):
    """The same people with their cards in files, as commands use them."""

    def image(self, name: str) -> Path:
        """Where this person's card lies."""
        return self.folder / f"{name}.card"

    def where(self, name: str) -> str:
        """How its reader is called."""
        return f"file:{self.image(name)}"

    def new_card(self, name: str) -> None:
        """A blank one."""
        CardFile.create(self.image(name), chips_folder(), SeededEntropy(f"chip {name}")).close()

    def has_card(self, name: str) -> bool:
        """Whether it is made."""
        return self.image(name).exists()

    def reader(self, where: str) -> CardReader:
        """The one of commands."""
        return open_reader(where)


@pytest.fixture
def street(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FileStreet:
    """A platform, and people whose wallets are cards in files."""
    monkeypatch.setattr("device.compose_card.WAIT_S", 0.0)
    monkeypatch.setattr("hardware.card_element.AGAIN_S", 0.0)
    monkeypatch.setenv("TENGE_ELEMENTS", str(tmp_path / "elements"))
    return FileStreet(tmp_path)


@pytest.mark.row("DT-O-07")
def test_a_cloned_card_pays_twice_and_its_key_is_named_at_settlement(
    street: FileStreet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The image and the chip's own file are copied, which no real chip allows: Dana and M take the same token
    offline, reconnect, both are paid, and the proof names the card's key."""
    aigul = street.wallet(AIGUL, 500_000, single=True)
    aigul.close()
    street.software |= {"dana", MERCHANT.name}
    dana, merchant = street.wallet(DANA), street.wallet(MERCHANT)
    elements = street.folder / "elements"
    shutil.copytree(elements / "chips", street.folder / "other" / "chips")
    shutil.copy(street.image("aigul"), street.image("clone"))
    homes = street.folder / "home" / "wallets"
    shutil.copytree(homes / "aigul", homes / "clone")
    street.line.away = True
    aigul = street.reopen(None, "aigul")
    spent = aigul.desk.coins()[0].holder
    hand_over(aigul, dana, 500_000)
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TENGE_ELEMENTS", str(street.folder / "other"))
        clone = _opened(street, replace(street.config("clone"), card=street.where("clone")))
        hand_over(clone, merchant, 500_000)
        clone.close()
    street.line.away = False
    assert good(dana.settling.deposit()).settled_tiyn == 500_000
    assert good(merchant.settling.deposit()).settled_tiyn == 500_000
    with street.platform.nbk.desk.store.reading() as rows:
        (fork,) = rows.forks()
    assert check_proof(fork.proof, street.platform.root_key).key == spent


@pytest.mark.row("DT-Z-05")
def test_an_edited_image_opens_nothing_and_pays_nothing(street: FileStreet) -> None:
    """Any byte of the memory changed by hand: it is noticed before the wallet shows a balance."""
    street.wallet(AIGUL, 500_000).close()
    whole = street.image("aigul").read_bytes()
    for place in (40, len(whole) // 2, len(whole) - 1):
        street.image("aigul").write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(DeviceError) as tampered:
            street.reopen(None, "aigul")
        assert tampered.value.code is Code.CARD_TAMPERED
    street.image("aigul").write_bytes(whole)
    assert street.reopen(None, "aigul").view.balance().spendable_tiyn == 500_000


@pytest.mark.row("DT-Z-05")
def test_an_older_image_put_back_is_noticed(street: FileStreet) -> None:
    aigul, dana = street.wallet(AIGUL, 500_000), street.wallet(DANA)
    aigul.close()
    old = street.image("aigul").read_bytes()
    aigul = street.reopen(None, "aigul")
    hand_over(aigul, dana, 500_000)
    aigul.close()
    street.image("aigul").write_bytes(old)
    with pytest.raises(DeviceError) as tampered:
        street.reopen(None, "aigul")
    assert tampered.value.code is Code.CARD_TAMPERED


@pytest.mark.row("DT-Z-07")
def test_no_secret_can_be_read_in_the_image_or_the_wallets_folder(street: FileStreet) -> None:
    """Keys, the store's key, PIN and PUK, raw and in hexadecimal, in all files but the chip's own."""
    street.wallet(AIGUL, 500_000).close()
    held = CardFile.open(street.image("aigul"), chips_folder(), SeededEntropy("look"))
    held.power(True)
    assert isinstance(held._card, PurseCard)
    chip_inside = held._card.chip
    fixed, keys = chip_inside.fixed, [row.seed for _, _, row in chip_inside.map.keys.each()]
    held.close()
    secrets = [fixed.identity_seed, fixed.store_key, fixed.pin, fixed.puk, *keys]
    assert len(keys) >= 32 and all(any(one) for one in secrets)
    homes = street.folder / "home"
    files = [street.image("aigul"), *(one for one in homes.rglob("*") if one.is_file())]
    assert any(one.name == "wallet.db" for one in files)
    for file in files:
        data = file.read_bytes()
        assert not any(one in data or one.hex().encode() in data for one in secrets), file.name
        assert b"12345678" not in data and bytes.fromhex("244071ffffffffff") not in data


def test_an_image_without_its_chip_is_worth_nothing(street: FileStreet) -> None:
    street.wallet(AIGUL, 500_000).close()
    shutil.rmtree(chips_folder())
    with pytest.raises(DeviceError) as wrong:
        street.reopen(None, "aigul")
    assert wrong.value.code is Code.CARD_WRONG


def test_the_same_card_in_another_reader(street: FileStreet) -> None:
    """Where the card lies is the file's memory of it, and TENGE_CARD says otherwise."""
    street.wallet(AIGUL, 500_000).close()
    street.image("aigul").rename(street.image("moved"))
    with pytest.raises(DeviceError) as missing:
        street.reopen(None, "aigul")
    assert missing.value.code is Code.CARD_MISSING
    moved = _opened(street, replace(street.config("aigul"), card=street.where("moved")))
    assert chip(moved).status().money_tiyn == moved.view.balance().spendable_tiyn == 500_000


def _opened(street: FileStreet, config: Config) -> Wallet:
    entropy = SeededEntropy(config.name + config.card)
    return open_wallet(config, PIN, street.clock, entropy, lambda _: street.line, street.reader)
