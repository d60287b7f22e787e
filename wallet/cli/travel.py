"""How messages travel: files, standard input and output, pasteable text."""

import sys
from pathlib import Path
from typing import Final

import typer

from tender.cash.armour import TEXT_MAX, from_any, to_text
from tender.cash.beside import for_carrier
from tender.errors import Code, StoreError
from wallet.cli.speaking import Voice

STANDARD: Final = "-"
TEXT_NEWS_MOST: Final = 2_000
"""Bytes of lists in a paste: a few steps, but no list of millions in somebody's chat."""


def take(source: str) -> bytes:
    """A message from a file or standard input, as bytes or as text; no more is read than a message can be.

    Raises ``file-unreadable``, ``message-too-long``, ``message-truncated``, ``text-unreadable``.
    """
    if source == STANDARD:
        return from_any(sys.stdin.buffer.read(TEXT_MAX + 1))
    return from_any(read_file(Path(source), TEXT_MAX + 1))


def read_file(path: Path, most: int) -> bytes:
    """The first ``most`` bytes of a file; raises ``file-unreadable``."""
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise StoreError(Code.FILE_UNREADABLE, "file", file=path.name) from error


def write_file(path: Path, data: bytes) -> None:
    """Write a file whole; raises ``file-unwritable``: whatever led to it is stored, only this file is not."""
    try:
        path.write_bytes(data)
    except OSError as error:
        raise StoreError(Code.FILE_UNWRITABLE, "file", file=path.name) from error


def give(voice: Voice, message: bytes, out: str) -> dict[str, str]:
    """Hand a message on: into a file, or as text. Returns what a program is told about it."""
    if out and out != STANDARD:
        write_file(Path(out), message)
        return {"file": out}
    text = to_text(for_carrier(message, TEXT_NEWS_MOST))
    if not voice.as_json:
        typer.echo(text, nl=False)
    return {"message": text}
