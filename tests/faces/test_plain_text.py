"""A terminal that cannot carry every letter is told in letters that it has."""

import io
import os
import subprocess
import sys

import pytest

from faces import language
from faces.amounts import amount_text
from faces.plain_text import adapt, speaks_utf8
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


SHOWN = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
"""Runs a command on a terminal of its own and passes on what stands there."""


@pytest.mark.parametrize(
    ("locale", "utf8"),
    [
        ({"LANG": "C"}, False),
        ({"LC_ALL": "POSIX", "LANG": "kk_KZ.UTF-8"}, False),
        ({"LANG": "ru_RU.KOI8-R"}, False),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, True),
        ({"LANG": "kk_KZ.utf8"}, True),
        ({}, True),
    ],
)
def test_the_locale_as_it_was_given_decides(locale: dict[str, str], utf8: bool) -> None:
    assert speaks_utf8(locale) is utf8
    given = [f"{name}={value}" for name, value in {**locale, "TENGE_LANG": "ru"}.items()]
    forgotten = [word for name in ("LC_ALL", "LC_CTYPE", "LANG") for word in ("-u", name)]
    words = [sys.executable, "-c", SHOWN, "env", *forgotten, *given, *tenge_words()]
    told = subprocess.run(words, capture_output=True, check=True, stdin=subprocess.DEVNULL)
    assert b"tenge demo" in told.stdout
    assert told.stdout.isascii() is not utf8, "Russian only where its letters can be shown"
