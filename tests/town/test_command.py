"""The ``tenge`` command itself: what it lists, what it refuses, and what it does not import."""

import subprocess
import sys

import pytest

from town.cli import GROUPS, OWN, main

HEAVY = ("typer", "rich", "sqlalchemy", "fastapi", "httpx", "structlog", "nacl", "cbor2", "textual")


def test_the_command_alone_imports_nothing_heavy() -> None:
    asked = f"import sys, town.cli; print([name for name in {HEAVY!r} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_help_lists_every_first_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for word in (*GROUPS, *OWN):
        assert f"tenge {word}" in shown


def test_an_unknown_word_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["walet"]) == 2
    assert "no command 'walet'" in capsys.readouterr().err


def test_an_unknown_story_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "no_such_story"]) == 2
    assert "coffee_offline" in capsys.readouterr().err


def test_every_story_on_the_list_exists() -> None:
    import importlib

    from town.stories.repertoire import STORIES

    for told in STORIES.values():
        assert callable(importlib.import_module(told.module).tell)
