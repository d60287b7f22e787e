"""``tenge card`` as a person types it: readers that stand, cards held to them, and what is said."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hardware.card_service import standing
from hardware.pcscd import Pcscd
from tender.errors import Code
from town.processes import tenge_words

PIN_BLOCK = "24654321ffffffff"
CARD = "aigul.card"
FIRST = "0 00 00"


class Desk:
    """A person at a laptop, with a folder of their own."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self._environment = environment

    def types(self, *words: str, says: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            tenge_words("card", *words),
            cwd=self.folder,
            env={**self._environment, **variables},
            input=says,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def told(self, *words: str) -> dict[str, Any]:
        done = self.types(*words, "--json")
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("TENGE_HOME", str(tmp_path))
    monkeypatch.setenv("TENGE_ELEMENTS", str(tmp_path / "elements"))
    monkeypatch.delenv("PCSCLITE_CSOCK_NAME", raising=False)
    made = Desk(tmp_path, dict(os.environ))
    assert made.told("new", CARD)["file"] == CARD
    yield made
    if standing() is not None:
        made.types("down")


def test_a_card_in_a_file_needs_nothing_installed(desk: Desk) -> None:
    assert [seen["what"] for seen in desk.told("list", f"file:{CARD}", "file:no.card")["cards"]] == [
        "blank",
        "empty",
    ]
    done = desk.types("shell", "--reader", f"file:{CARD}", says="select\n8010000000\nnonsense\nreset\nquit\n")
    assert done.returncode == 0
    for line in ("SELECT the purse", "< 9000 done", "> STATUS", "at least four bytes"):
        assert line in done.stdout


def test_no_pin_shows_in_a_shell_a_session_or_what_is_made_of_it(desk: Desk) -> None:
    said = f"select\n0020008008{PIN_BLOCK}\n8012000030{'5a' * 48}\n"
    shell = desk.types("shell", "--reader", f"file:{CARD}", says=said, TENGE_CARD_SESSION="tap.jsonl")
    trace = desk.types("trace", "tap.jsonl")
    played = desk.types("shell", "--reader", "replay:tap.jsonl", says=said.replace("654321", "111111"))
    assert trace.returncode == played.returncode == 0, trace.stderr + played.stderr
    for shown in (shell.stdout, trace.stdout, played.stdout, (desk.folder / "tap.jsonl").read_text()):
        assert "654321" not in shown.replace(" ", "")
        assert "5a5a" not in shown
    assert "VERIFY" in trace.stdout
    assert trace.stdout.count("(secret)") == 2
    assert "PERSONALISE" in trace.stdout


def test_a_session_that_is_none_is_one_sentence(desk: Desk) -> None:
    (desk.folder / "no.jsonl").write_text("{}\n")
    assert desk.told("trace", "no.jsonl")["code"] == Code.SESSION_WRONG.value
    assert desk.told("trace", "none.jsonl")["code"] == Code.FILE_UNREADABLE.value
    (desk.folder / "half.jsonl").write_text(
        '{"format":"tenge-card-session/1","reader":"x"}\n{"answer":"9000"}\n'
    )
    refused = desk.told("trace", "half.jsonl")
    assert (refused["code"], refused["field"]) == (Code.SESSION_WRONG.value, "session[1]")


def test_virtual_readers_stand_until_they_are_taken_down(desk: Desk, pcscd: Pcscd) -> None:
    assert desk.told("insert", CARD)["code"] == Code.PCSC_SILENT.value
    up = desk.told("up", "--count", "2")
    assert up["readers"] == ["Virtual Reader 0 00 00", "Virtual Reader 0 00 01"]
    assert desk.told("insert", CARD, "--reader", FIRST)["reader"] == up["readers"][0]
    assert [seen["what"] for seen in desk.told("list")["cards"]] == ["blank", "empty"]
    assert desk.told("list", f"file:{CARD}")["cards"][0]["what"] == "taken", "it lies in the reader"
    assert desk.told("insert", CARD, "--reader", "0 00 01")["code"] == Code.CARD_ELSEWHERE.value
    desk.told("new", "second.card")
    full = desk.told("insert", "second.card", "--reader", FIRST)
    assert full["code"] == Code.READER_FULL.value
    assert desk.told("insert", "second.card")["reader"] == up["readers"][1], "the first empty one"
    desk.told("remove", "--reader", "0 00 01")
    assert desk.told("insert", "second.card", "--reader", "Acme")["code"] == Code.READER_MISSING.value
    assert desk.told("remove", "--reader", FIRST)["reader"] == up["readers"][0]
    assert desk.told("remove", "--reader", FIRST)["code"] == Code.CARD_MISSING.value
    assert desk.told("list", FIRST)["cards"][0]["what"] == "empty"
    assert standing() is not None
    assert desk.told("down") == {"down": True}
    assert standing() is None
