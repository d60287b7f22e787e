"""The place a wallet lies in fails: a disk full or read-only, a file cut short, held by another process.

Each time one sentence, nothing lost; and when the place is good again, the same command does what it says.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tears.conftest import ALL
from tests.tears.street import Held, Street, mend
from tests.tears.test_kill_hands import ACTS, PRICE, Act, play
from tests.tears.victims import Victim

WORLD_FAILED = 3
DISK_KIB = 1024
PAGE_BYTES = 4096


def one_sentence(victim: Victim, *codes: str) -> str:
    """The command ended with one line that names one of these codes; which."""
    victim.wait()
    lines = victim.err.splitlines()
    told = [line for line in lines if line.endswith("]")]
    assert len(told) == 1 and "Traceback" not in victim.err, victim.err
    code = told[0].rpartition("[")[2].rstrip("]")
    assert code in codes, told
    return code


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of one mebibyte; skips where nobody may mount one."""
    folder.mkdir()
    size = ["-o", f"size={DISK_KIB}k"]
    made = subprocess.run(["mount", "-t", "tmpfs", *size, "tmpfs", str(folder)], capture_output=True)
    if made.returncode != 0:
        pytest.skip(reason="only root may mount a small disk; tests/wallet fills one by SQLite's own limit")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def on_a_small_disk(street: Street, folder: Path) -> Iterator[Street]:
    """The street's wallets, moved to a small disk."""
    with small_disk(folder) as disk:
        moved = replace(street, folder=disk)
        for part in ("home", "elements"):
            (disk / part).mkdir()
        moved.restore(street.folder)
        yield moved


def fill(disk: Path, free_bytes: int) -> Path:
    """Leave no more room than this."""
    ballast = disk / "ballast"
    ballast.unlink(missing_ok=True)
    room = os.statvfs(disk)
    ballast.write_bytes(bytes(max(0, room.f_bavail * room.f_frsize - free_bytes)))
    return ballast


@pytest.mark.parametrize("act", ACTS, ids=lambda act: f"{act.who}-{act.words[0]}")
def test_a_disk_that_fills_up_at_any_commit(street: Street, tmp_path: Path, act: Act) -> None:
    """With less and less room the command fails at each of its commits in turn: nothing is lost."""
    held = Held(*street.held("aigul", "dana"))
    with on_a_small_disk(street, tmp_path / "disk") as there:
        for earlier in ACTS[: ACTS.index(act)]:
            play(there, earlier, "file").well()
        saved = there.save(tmp_path / "saved")
        ends = set()
        for pages in range(0, 64, 1 if ALL else 7):
            there.restore(saved)
            ballast = fill(there.folder, pages * PAGE_BYTES)
            victim = play(there, act, "pipe")
            ends.add(victim.wait())
            if victim.wait() != 0:
                assert one_sentence(victim, "store-full") and victim.wait() == WORLD_FAILED
            ballast.unlink()
            with there.opened("aigul", "dana") as (aigul, dana):
                mend(aigul, dana, held)
        assert ends == {0, WORLD_FAILED}


def test_no_room_for_the_message_takes_nothing_back(street: Street, tmp_path: Path) -> None:
    """The payment is signed and stored, only its file could not be written: the wallet says that, and gives
    the same bytes again."""
    held = Held(*street.held("aigul", "dana"))
    with small_disk(tmp_path / "disk") as disk:
        play(street, ACTS[0], "file").well()
        fill(disk, 0)
        out = str(disk / "transfer")
        request = str(street.folder / "request")
        full = street.start("aigul", "pay", "--yes", request, "--out", out)
        assert one_sentence(full, "file-unwritable")
    nowhere = street.start("aigul", "pay", "--yes", request, "--out", str(tmp_path / "no" / "where"))
    assert one_sentence(nowhere, "file-unwritable")
    assert street.start("aigul", "pay", "--yes", request, "--out", str(tmp_path / "t")).well()
    with street.opened("aigul", "dana") as (aigul, dana):
        mend(aigul, dana, held)


def test_a_disk_that_may_not_be_written(street: Street, tmp_path: Path) -> None:
    held = Held(*street.held("aigul", "dana"))
    with on_a_small_disk(street, tmp_path / "disk") as there:
        play(there, ACTS[0], "file").well()
        for mode in ("ro", "rw"):
            subprocess.run(["mount", "-o", f"remount,{mode}", str(there.folder)], check=True)
            if mode == "ro":
                victim = play(there, ACTS[1], "pipe")
                assert one_sentence(victim, "store-read-only") and victim.wait() == WORLD_FAILED
        with there.opened("aigul", "dana") as (aigul, dana):
            mend(aigul, dana, held)


@pytest.mark.parametrize("which", ["wallet", "element"])
def test_a_file_cut_short_is_noticed_and_left_alone(street: Street, which: str) -> None:
    """Put back whole, it is what it was; until then no command makes it worse or makes a new one over it."""
    config = street.config("aigul")
    file = config.store if which == "wallet" else config.element / "element.db"
    whole, held = file.read_bytes(), street.held("aigul")
    for length in {0, 1, 100, PAGE_BYTES, len(whole) // 2 // PAGE_BYTES * PAGE_BYTES, len(whole) - 1}:
        file.write_bytes(whole[:length])
        for words in (("balance",), ("pay", "--yes", "-"), ("create",)):
            victim = street.start("aigul", *words)
            one_sentence(victim, "store-tampered", "store-exists", "element-missing")
            if which == "wallet":  # an element counts tries of the PIN before it can know more
                assert file.read_bytes() == whole[:length], (words, length)
        for beside in file.parent.glob(f"{file.name}-*"):
            beside.unlink()
        file.write_bytes(whole)
        assert street.held("aigul") == held


def test_a_process_that_dies_leaves_the_wallet_to_the_one_that_waits(street: Street) -> None:
    """Of two processes on one wallet the second is told so, and has the wallet the moment the first dies."""
    socket = street.folder / "s"
    first = street.start("dana", "receive", PRICE, "--socket", str(socket))
    first.wait_for(socket)
    second = street.start("dana", "balance", "--json")
    assert second.wait() == WORLD_FAILED and second.told["code"] == "store-busy"
    waits = street.start("dana", "history", "--json")
    first.kill()
    assert waits.wait() in (0, WORLD_FAILED)
    assert street.start("dana", "history", "--json").well().told["payments"][0]["status"] == "requested"
