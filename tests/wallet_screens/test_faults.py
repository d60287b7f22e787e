"""A fault of our own: one calm sentence, exit code 3, and a file in which nothing that was typed stands."""

import asyncio
from pathlib import Path

import pytest

from faces.screens.base import TengeApp
from faces.screens.fault import EXIT_FAULT, write_fault


class Faulty(TengeApp):
    """An app that fails as soon as it stands."""

    def on_mount(self) -> None:
        """With a secret in a variable, and in the message."""
        typed = "4071"
        raise ValueError(f"wrong: {typed}")


def test_a_fault_is_one_sentence_and_a_file_without_values(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = Faulty(environment={})
    app.fault_folder = tmp_path

    asyncio.run(app.run_async(headless=True))
    printed = capsys.readouterr().err
    assert app.return_code == EXIT_FAULT
    assert "What was signed is kept" in printed
    assert "Traceback" not in printed and "4071" not in printed
    (written,) = tmp_path.iterdir()
    text = written.read_text()
    assert "builtins.ValueError" in text and "on_mount" in text
    assert "4071" not in text


def test_where_nothing_can_be_written_the_sentence_stays(tmp_path: Path) -> None:
    assert write_fault(ValueError(), tmp_path / "missing") == ""


@pytest.mark.parametrize(("locale", "offered"), [("C", ("en",)), ("C.UTF-8", ("en", "ru", "kk"))])
def test_a_terminal_is_offered_only_languages_it_can_write(locale: str, offered: tuple[str, ...]) -> None:
    assert TengeApp(environment={"LANG": locale}).tongues == offered
