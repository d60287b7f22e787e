"""A purse card in a file: sealed, held by one program, never older than it was."""

import shutil
from pathlib import Path

import pytest

from hardware.cards.card_file import CardFile
from hardware.cards.purse_card import PurseCard
from hardware.entropy import SeededEntropy
from hardware.field import reader_of
from hardware.purse_client import PurseClient
from tender.errors import Code, DeviceError, StoreError
from tender.purse.commands import Signed
from tests.mint import ALTYN, Mint, key_of
from tests.purse.bench import PIN, PUK, Tapped, directory_of


class Drawn:
    """Entropy that remembers what it gave."""

    def __init__(self) -> None:
        self.inner = SeededEntropy("file")
        self.all: list[bytes] = []

    def draw(self, count: int) -> bytes:
        self.all.append(self.inner.draw(count))
        return self.all[-1]


def loaded(folder: Path) -> tuple[Drawn, bytes]:
    """A card file with money on it: the entropy it drew, the token's output."""
    entropy, mint = Drawn(), Mint()
    file = CardFile.create(folder / "purse.card", folder / "chips", entropy)
    client = PurseClient.opened(reader_of(file))
    client.personalise(mint.root.public_key, PIN, PUK, ALTYN)
    client.put_signed(directory_of(mint), Signed.DIRECTORY)
    assert isinstance(file._card, PurseCard)
    output = Tapped(mint, file._card, client).load(50_000)
    file.close()
    return entropy, output


def opened(folder: Path, name: str = "purse.card") -> CardFile:
    return CardFile.open(folder / name, folder / "chips", SeededEntropy("again"))


def test_what_it_holds_stays_when_the_program_ends(tmp_path: Path) -> None:
    _, output = loaded(tmp_path)
    file = opened(tmp_path)
    client = PurseClient.opened(reader_of(file))
    assert [token.output for token in client.tokens()] == [output]
    file.close()


@pytest.mark.row("DT-Z-07")
def test_the_file_holds_no_readable_secret(tmp_path: Path) -> None:
    """The card's file alone: no seed, no key, no token, no PIN to read in it."""
    entropy, output = loaded(tmp_path)
    disk = (tmp_path / "purse.card").read_bytes()
    seeds = [one for one in entropy.all if len(one) == 32]
    assert len(seeds) >= 3
    for secret in (*seeds, output, PIN.block(), PUK.block(), key_of("root").public_key):
        assert secret not in disk
    assert (tmp_path / "purse.card").stat().st_mode & 0o077 == 0
    for chip in (tmp_path / "chips").iterdir():
        assert chip.stat().st_mode & 0o077 == 0


@pytest.mark.row("DT-Z-05")
def test_a_file_edited_by_hand_or_put_back_is_refused(tmp_path: Path) -> None:
    """One bit anywhere, or yesterday's copy: tampered, and nothing is paid from it."""
    loaded(tmp_path)
    path = tmp_path / "purse.card"
    good = path.read_bytes()
    for at in (4 + 16, 40, len(good) // 2, len(good) - 1):
        bad = bytearray(good)
        bad[at] ^= 1
        path.write_bytes(bytes(bad))
        with pytest.raises(StoreError) as tampered:
            opened(tmp_path)
        assert tampered.value.code is Code.STORE_TAMPERED
    path.write_bytes(good)
    file = opened(tmp_path)
    PurseClient.opened(reader_of(file)).make_keys(1)
    file.close()
    path.write_bytes(good)
    with pytest.raises(StoreError) as older:
        opened(tmp_path)
    assert older.value.code is Code.STORE_TAMPERED


def test_a_crash_between_card_and_chip_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newer image counts; and once it was opened, the one from before the crash is refused."""
    loaded(tmp_path)
    before = (tmp_path / "purse.card").read_bytes()
    file = opened(tmp_path)
    client = PurseClient.opened(reader_of(file))

    def dies(_generation: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(file._chip, "reached", dies)
        with pytest.raises(KeyboardInterrupt):
            client.make_keys(1)
    file.close()
    again = opened(tmp_path)
    assert len(PurseClient.opened(reader_of(again)).keys()) == 2
    again.close()
    (tmp_path / "purse.card").write_bytes(before)
    with pytest.raises(StoreError) as older:
        opened(tmp_path)
    assert older.value.code is Code.STORE_TAMPERED


def test_two_programs_cannot_hold_one_card_and_a_copy_needs_its_chip(tmp_path: Path) -> None:
    loaded(tmp_path)
    file = opened(tmp_path)
    with pytest.raises(DeviceError) as taken:
        opened(tmp_path)
    assert taken.value.code is Code.READER_TAKEN
    file.close()
    away = tmp_path / "away"
    away.mkdir()
    shutil.copy(tmp_path / "purse.card", away / "purse.card")
    with pytest.raises(DeviceError) as missing:
        opened(away)
    assert missing.value.code is Code.CARD_WRONG
    shutil.copytree(tmp_path / "chips", away / "chips")
    clone = opened(away)
    assert PurseClient.opened(reader_of(clone)).status().money_tiyn == 50_000, (
        "a clone: settlement catches it"
    )
    clone.close()


def test_a_file_that_is_no_card_says_so(tmp_path: Path) -> None:
    with pytest.raises(DeviceError) as missing:
        opened(tmp_path)
    assert missing.value.code is Code.CARD_MISSING
    (tmp_path / "purse.card").write_bytes(b"hello")
    with pytest.raises(DeviceError) as wrong:
        opened(tmp_path)
    assert wrong.value.code is Code.CARD_WRONG
    with pytest.raises(StoreError):
        CardFile.create(tmp_path / "purse.card", tmp_path / "chips", SeededEntropy("x"))
