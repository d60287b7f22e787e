"""One switch for one folder: a second one ends at once, and touches nothing of the first one's."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from card_switch import serve
from card_switch.cli import app
from card_switch.state_file import OPEN_IN_FOLDER, STATE_FILE, state_of, write_state
from hardware.folder_claim import claimed
from tender.errors import Code, StoreError

STATE: dict[str, Any] = {"pid": os.getpid(), "door": 1, "token": "t", "terminals": {"563": 9001}}


def nothing(*words: object, **more: object) -> None:
    """In the place of what a switch that is not alone must never come to."""
    raise AssertionError("a second switch goes on in a folder that has one")


def test_a_folder_is_claimed_by_one(tmp_path: Path) -> None:
    folder = tmp_path / "switch"
    with claimed(folder):
        with pytest.raises(StoreError) as busy, claimed(folder):
            nothing()
        assert busy.value.code is Code.STORE_BUSY
    with claimed(folder):
        assert [one.stat().st_mode & 0o777 for one in folder.iterdir()] == [0o600]


def test_a_second_process_says_that_another_one_has_the_rows_and_leaves_its_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(serve, "build_switch", nothing)
    with claimed(tmp_path):
        write_state(tmp_path, STATE)
        with pytest.raises(SystemExit) as ended:
            serve.main([str(tmp_path)])
    assert ended.value.code == OPEN_IN_FOLDER
    assert capsys.readouterr().err.startswith("Another switch has these rows open (store-busy")
    state = state_of(tmp_path)
    assert state is not None and state.items() > STATE.items()


def test_a_number_that_another_program_has_by_now_is_no_switch(tmp_path: Path) -> None:
    """After a crash of the machine the file is still there, and its number somebody else's."""
    write_state(tmp_path, STATE)
    file = tmp_path / STATE_FILE
    told = json.loads(file.read_text())
    assert state_of(tmp_path) == told
    file.write_text(json.dumps({**told, "born": told["born"] + 1}))
    assert state_of(tmp_path) is None
    file.write_text(json.dumps(STATE))
    assert state_of(tmp_path) is None, "of an earlier version, which is not believed"


def test_a_database_that_another_switch_has_open_is_no_other_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def busy(*words: object) -> None:
        raise StoreError(Code.STORE_BUSY, "switch")

    monkeypatch.setattr(serve, "build_switch", busy)
    with pytest.raises(SystemExit) as ended:
        serve.main([str(tmp_path)])
    assert ended.value.code == 1, "nobody starts in this folder: nothing to wait for"
    assert capsys.readouterr().err.startswith("Another switch has these rows open (store-busy")


def test_of_two_that_are_started_together_the_later_one_tells_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first has the folder and says where it is only after the second has ended."""
    (tmp_path / "town.json").write_text("{}")

    class Second:
        """`python -m card_switch.serve` that found the folder taken."""

        def __init__(self, words: list[str], **more: object) -> None:
            self.looks = 0
            self.pid = 0

        def poll(self) -> int | None:
            self.looks += 1
            if self.looks == 3:
                write_state(tmp_path / "switch", STATE)
            return OPEN_IN_FOLDER if self.looks > 1 else None

    monkeypatch.setattr(subprocess, "Popen", Second)
    said = CliRunner().invoke(app, ["up"], env={"TENGE_HOME": str(tmp_path)})
    assert said.exit_code == 0 and "runs already" in said.output, said.output
    assert (tmp_path / "switch" / STATE_FILE).exists()
