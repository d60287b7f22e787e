"""A terminal that cannot carry every letter is told in letters that it has."""

import io
import os
import subprocess

import pytest

from faces import language
from faces.amounts import amount_text
from faces.plain_text import adapt
from town.processes import tenge_words

ALL = "\u202f\u00a0−–…→“”«»×·№✓✗█░₸"


@pytest.mark.parametrize(
    ("encoding", "chosen", "spoken"),
    [
        ("ascii", "ru", "en"),
        ("ascii", "kk", "en"),
        ("koi8-r", "ru", "ru"),
        ("koi8-r", "kk", "en"),
        ("cp1251", "ru", "ru"),
        ("latin-1", "en", "en"),
        ("utf-8", "kk", "kk"),
    ],
)
def test_a_language_without_its_letters_gives_way_to_english(encoding: str, chosen: str, spoken: str) -> None:
    language.use(chosen)
    adapt(io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    assert language.current() == spoken


def test_signs_have_plain_twins() -> None:
    held = io.BytesIO()
    stream = io.TextIOWrapper(held, encoding="ascii")
    adapt(stream)
    stream.write(f"{amount_text(-125_050)} {ALL} қ")
    stream.flush()
    said = held.getvalue().decode("ascii")
    assert said.startswith("-1 250,50 KZT ")
    assert said.count("?") == 1 and said.endswith("?"), "only a letter nobody can write so is lost"


def test_a_stream_that_carries_everything_is_left_alone() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="UTF-8")
    adapt(stream)
    assert stream.errors == "strict"


def test_a_command_says_its_help_on_a_terminal_of_ascii() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "TENGE_LANG": "kk"}
    ran = subprocess.run(tenge_words(), env=environment, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr
    told = ran.stdout.decode("ascii")
    assert "your money" in told and "..." in told and "?" not in told.replace("First time?", "")
