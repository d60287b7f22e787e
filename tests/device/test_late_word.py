"""What takes long is said, once, to people; what does not, and programs, hear nothing."""

from threading import Event

import pytest

from device.cli import late_word
from device.cli.late_word import LateWord
from device.cli.speaking import Voice
from tests.patience import PATIENCE_S


class Heard:
    """What was said late."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.words: list[str] = []
        self.said = Event()
        monkeypatch.setattr(late_word, "_say", self._say)
        monkeypatch.setattr(late_word, "WORD_AFTER_S", 0.0)

    def _say(self, text: str) -> None:
        self.words.append(text)
        self.said.set()


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    return Heard(monkeypatch)


def test_the_last_word_is_said_and_the_one_before_it_is_not(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    word = LateWord(Voice(as_json=False))
    monkeypatch.setattr(late_word, "WORD_AFTER_S", PATIENCE_S)
    word.soon("first")
    monkeypatch.setattr(late_word, "WORD_AFTER_S", 0.0)
    word.soon("second")
    assert heard.said.wait(PATIENCE_S) and heard.words == ["second"]
    word.never()


def test_programs_hear_none(heard: Heard) -> None:
    LateWord(Voice(as_json=True)).soon("anything")
    LateWord(Voice(as_json=False)).soon("the other one")
    assert heard.said.wait(PATIENCE_S) and heard.words == ["the other one"]
