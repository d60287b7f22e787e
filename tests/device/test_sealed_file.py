"""The sealed file: what a hex editor, a full disk, or a second program can and cannot do to it."""

import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from hardware.entropy import SeededEntropy
from hardware.sealed_file import Batch, SealedFile
from tender.crypto.sealing import SealingKey
from tender.errors import Code, StoreError

APPLICATION = 0x64745431
KEY = SealingKey(bytes(range(32)))


def made(path: Path, rows: int = 3) -> None:
    file = SealedFile.create(path, application=APPLICATION, version=1, plain={"salt": b"public"})
    file.seal_new(KEY, SeededEntropy("file"))
    for number in range(rows):
        batch = Batch()
        batch.put("coin", bytes([number]), b"worth %d" % number)
        file.commit(batch, number + 1)
    file.close()


def unsealed(path: Path) -> SealedFile:
    file = SealedFile.open(path, application=APPLICATION, version=1)
    try:
        file.unseal(KEY, SeededEntropy("again"))
    except BaseException:
        file.close()
        raise
    return file


def by_hand(path: Path, statement: str, *values: object) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement, values)
    connection.close()


def rows_of(path: Path) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT * FROM sealed").fetchall()
    connection.close()
    return rows


def refused(path: Path) -> Code:
    with pytest.raises(StoreError) as error:
        unsealed(path)
    return error.value.code


def test_what_was_written_is_read_and_nothing_of_it_lies_open(tmp_path: Path) -> None:
    made(tmp_path / "f.db")
    file = unsealed(tmp_path / "f.db")
    assert sorted(file.all("coin")) == [(bytes([n]), b"worth %d" % n) for n in range(3)]
    assert file.get("coin", b"\x01") == b"worth 1"
    assert file.get("coin", b"\x07") is None
    assert (file.mark, file.plain("salt")) == (3, b"public")
    file.close()
    assert b"worth" not in (tmp_path / "f.db").read_bytes()


@pytest.mark.parametrize(
    ("case", "statement"),
    [
        ("a row changed", "UPDATE sealed SET body = zeroblob(length(body)) WHERE rowid IN (SELECT 1)"),
        ("a row deleted", "DELETE FROM sealed WHERE place = (SELECT min(place) FROM sealed)"),
        ("a row copied", "INSERT INTO sealed SELECT kind, zeroblob(16), version, body FROM sealed LIMIT 1"),
        ("a row moved", "UPDATE sealed SET kind = 'gold' WHERE place = (SELECT min(place) FROM sealed)"),
        ("a version changed", "UPDATE sealed SET version = 2 WHERE place = (SELECT min(place) FROM sealed)"),
        ("all rows deleted", "DELETE FROM sealed"),
        ("the head changed", "UPDATE plain SET value = zeroblob(80) WHERE name = 'head'"),
        ("the head deleted", "DELETE FROM plain WHERE name = 'head'"),
    ],
)
def test_a_hand_in_the_file_is_noticed(tmp_path: Path, case: str, statement: str) -> None:
    made(tmp_path / "f.db")
    by_hand(tmp_path / "f.db", statement.replace("WHERE rowid IN (SELECT 1)", ""))
    assert refused(tmp_path / "f.db") is Code.STORE_TAMPERED, case


def test_one_row_put_back_from_an_older_copy_is_noticed(tmp_path: Path) -> None:
    made(tmp_path / "f.db")
    older = rows_of(tmp_path / "f.db")
    file = unsealed(tmp_path / "f.db")
    batch = Batch()
    batch.put("coin", b"\x01", b"worth nothing")
    file.commit(batch, 4)
    file.close()
    for row in older:
        by_hand(tmp_path / "f.db", "REPLACE INTO sealed VALUES (?, ?, ?, ?)", *row)
    assert refused(tmp_path / "f.db") is Code.STORE_TAMPERED


def test_the_whole_file_put_back_opens_with_its_old_mark(tmp_path: Path) -> None:
    """A file cannot know its own future; whoever holds the counter compares."""
    made(tmp_path / "f.db")
    shutil.copy(tmp_path / "f.db", tmp_path / "old.db")
    file = unsealed(tmp_path / "f.db")
    file.commit(Batch(), 9)
    file.close()
    shutil.copy(tmp_path / "old.db", tmp_path / "f.db")
    assert unsealed(tmp_path / "f.db").mark == 3


def test_any_flipped_byte_of_a_row_is_noticed(tmp_path: Path) -> None:
    made(tmp_path / "f.db", rows=1)
    body = rows_of(tmp_path / "f.db")[0][3]
    assert isinstance(body, bytes)
    for at in range(len(body)):
        flipped = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        by_hand(tmp_path / "f.db", "UPDATE sealed SET body = ?", flipped)
        assert refused(tmp_path / "f.db") is Code.STORE_TAMPERED, at
    by_hand(tmp_path / "f.db", "UPDATE sealed SET body = ?", body)
    unsealed(tmp_path / "f.db").close()


def test_a_file_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    made(tmp_path / "f.db")
    by_hand(tmp_path / "f.db", "PRAGMA user_version = 2")
    before = (tmp_path / "f.db").read_bytes()
    assert refused(tmp_path / "f.db") is Code.STORE_NEWER
    assert (tmp_path / "f.db").read_bytes() == before


def test_the_version_cannot_be_forged(tmp_path: Path) -> None:
    made(tmp_path / "f.db")
    by_hand(tmp_path / "f.db", "PRAGMA user_version = 0")
    assert refused(tmp_path / "f.db") is Code.STORE_TAMPERED


def test_an_older_file_is_brought_up_step_by_step(tmp_path: Path) -> None:
    made(tmp_path / "f.db")

    def louder(file: SealedFile, batch: Batch) -> None:
        for name, body in file.all("coin"):
            batch.put("coin", name, body.upper(), version=2)

    def renamed(file: SealedFile, batch: Batch) -> None:
        for name, body in file.all("coin"):
            batch.delete("coin", name)
            batch.put("gold", name, body)

    file = SealedFile.open(tmp_path / "f.db", application=APPLICATION, version=3)
    file.unseal(KEY, SeededEntropy("up"), migrations={1: louder, 2: renamed}, version=3)
    assert (file.version, file.all("coin"), file.get("gold", b"\x02")) == (3, [], b"WORTH 2")
    assert file.mark == 3
    file.close()
    file = SealedFile.open(tmp_path / "f.db", application=APPLICATION, version=3)
    file.unseal(KEY, SeededEntropy("up"), version=3)
    assert file.get("gold", b"\x02") == b"WORTH 2"


def test_another_programs_file_is_left_alone(tmp_path: Path) -> None:
    by_hand(tmp_path / "f.db", "CREATE TABLE notes (text)")
    with pytest.raises(StoreError) as error:
        SealedFile.create(tmp_path / "f.db", application=APPLICATION, version=1, plain={})
    assert error.value.code is Code.STORE_EXISTS
    (tmp_path / "g.db").write_bytes(b"not a database at all" * 100)
    assert refused(tmp_path / "g.db") is Code.STORE_TAMPERED
    assert refused(tmp_path / "nowhere.db") is Code.STORE_MISSING


def test_a_creation_that_was_cut_off_can_be_begun_again(tmp_path: Path) -> None:
    SealedFile.create(tmp_path / "f.db", application=APPLICATION, version=1, plain={}).close()
    assert refused(tmp_path / "f.db") is Code.STORE_MISSING, "it holds nothing yet"
    made(tmp_path / "f.db")
    with pytest.raises(StoreError) as error:
        SealedFile.create(tmp_path / "f.db", application=APPLICATION, version=1, plain={})
    assert error.value.code is Code.STORE_EXISTS


def test_two_programs_cannot_hold_one_file(tmp_path: Path) -> None:
    made(tmp_path / "f.db")
    first = unsealed(tmp_path / "f.db")
    assert refused(tmp_path / "f.db") is Code.STORE_BUSY
    first.close()
    unsealed(tmp_path / "f.db").close()


def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    made(tmp_path / "f.db")
    file = unsealed(tmp_path / "f.db")
    file.limit_pages(4)
    batch = Batch()
    batch.put("coin", b"\x00", b"lost")
    batch.put("coin", b"\x09", bytes(50_000))
    with pytest.raises(StoreError) as error:
        file.commit(batch, 5)
    assert error.value.code is Code.STORE_FULL
    assert (file.get("coin", b"\x00"), file.get("coin", b"\x09"), file.mark) == (b"worth 0", None, 3)
    file.close()
    assert unsealed(tmp_path / "f.db").get("coin", b"\x00") == b"worth 0"


WITHOUT_PRIVILEGES = """
import os, sys
from pathlib import Path
from hardware.sealed_file import SealedFile
from tender.errors import StoreError

folder = Path(sys.argv[1])
os.getuid() or os.setuid(65534)  # root may write anywhere
for act in (
    lambda: SealedFile.open(folder / "f.db", application=0x64745431, version=1),
    lambda: SealedFile.create(folder / "g.db", application=1, version=1, plain={}),
):
    try:
        act()
    except StoreError as error:
        print(error.code.value)
"""


def test_a_folder_that_cannot_be_written_says_so() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made(folder / "f.db")
        (folder / "f.db").chmod(0o444)
        folder.chmod(0o555)
        ran = subprocess.run(
            [sys.executable, "-c", WITHOUT_PRIVILEGES, name], capture_output=True, text=True, check=False
        )
        folder.chmod(0o755)
    assert ran.stdout.split() == ["store-read-only", "store-read-only"], ran.stderr
