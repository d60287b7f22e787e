"""What a database says about itself reaches people as the word for what happened."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from hardware.disks import File, open_disk, sqlite_url
from tender.errors import Code, StoreError


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT * FROM nowhere", Code.STORE_MISSING),
        ("SELECT missing_column FROM sqlite_schema", Code.STORE_FAILED),
    ],
)
def test_a_driver_error_is_not_told_as_a_missing_store(tmp_path: Path, statement: str, code: Code) -> None:
    disk = open_disk(sqlite_url(tmp_path / "a.db"), "the bank's store")
    with pytest.raises(StoreError) as raised, disk.reading() as connection:
        connection.execute(text(statement))
    assert raised.value.code is code
    disk.close()


class Notes:
    """A table that says what was committed, and a file whose commits are counted."""

    def __init__(self, folder: Path) -> None:
        self.disk = open_disk(sqlite_url(folder / "notes.db"), "notes")
        assert isinstance(self.disk, File)
        self.file = self.disk
        self.said: list[str] = []
        with self.file.writing() as connection:
            connection.exec_driver_sql(
                "CREATE TABLE notes (word TEXT PRIMARY KEY,"
                " of TEXT REFERENCES notes DEFERRABLE INITIALLY DEFERRED)"
            )
            driver: Any = connection.connection.driver_connection
            driver.set_trace_callback(self.said.append)
        self.said.clear()

    def write(self, word: str, of: str | None = None) -> None:
        with self.file.writing() as connection:
            connection.exec_driver_sql("INSERT INTO notes VALUES (?, ?)", (word, of))

    def kept(self) -> list[str]:
        with self.file.reading() as connection:
            return [row[0] for row in connection.exec_driver_sql("SELECT word FROM notes ORDER BY rowid")]

    def commits(self) -> int:
        return self.said.count("COMMIT")

    def at_once(self, *writers: Callable[[], None]) -> list[Future[None]]:
        """A writer writes *first*; these ask meanwhile, all wait for it, and then it and they go on."""
        with ThreadPoolExecutor(1 + len(writers)) as threads:
            begun, asked = threading.Event(), threading.Event()

            def write_first() -> None:
                with self.file.writing() as connection:
                    connection.exec_driver_sql("INSERT INTO notes VALUES ('first', NULL)")
                    begun.set()
                    assert asked.wait(60)

            first = threads.submit(write_first)
            assert begun.wait(60)
            others = [threads.submit(writer) for writer in writers]
            while self.file.waiting < len(writers):
                threading.Event().wait(0.001)
            asked.set()
        return [first, *others]


@pytest.fixture
def notes(tmp_path: Path) -> Iterator[Notes]:
    made = Notes(tmp_path)
    yield made
    made.disk.close()


def test_writers_that_wait_share_one_commit(notes: Notes) -> None:
    words = ["second", "third", "fourth"]
    done = notes.at_once(*(partial(notes.write, word) for word in words))
    assert [one.exception() for one in done] == [None] * 4
    assert sorted(notes.kept()) == sorted(["first", *words])
    assert notes.commits() == 1


def test_a_writer_that_fails_takes_back_its_own_work_only(notes: Notes) -> None:
    def gives_up() -> None:
        with notes.file.writing() as connection:
            connection.exec_driver_sql("INSERT INTO notes VALUES ('never', NULL)")
            raise ValueError("changed its mind")

    first, changed, done = notes.at_once(gives_up, partial(notes.write, "kept"))
    assert isinstance(changed.exception(), ValueError)
    assert (first.exception(), done.exception()) == (None, None)
    assert notes.kept() == ["first", "kept"]


def test_nobody_whose_commit_failed_is_told_that_it_is_written(notes: Notes) -> None:
    # Its note refers to one that is not there, which only the commit finds out.
    done = notes.at_once(partial(notes.write, "second", "nowhere"))
    assert [type(one.exception()) for one in done] == [IntegrityError] * 2
    assert notes.kept() == []
    notes.write("afterwards")
    assert notes.kept() == ["afterwards"]


def test_a_transaction_inside_another_one_is_refused_and_does_not_hang(
    notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hardware.disks.BUSY_TIMEOUT_S", 0.01)
    with pytest.raises(StoreError) as raised, notes.file.writing():
        notes.write("inside")
    assert raised.value.code is Code.STORE_BUSY
    notes.write("afterwards")
    assert notes.kept() == ["afterwards"]
