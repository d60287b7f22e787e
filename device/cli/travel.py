"""How messages travel: files, standard input and output, pasteable text."""

import sys
from pathlib import Path
from typing import Final

import typer

from device.cli.options import Outlet
from device.cli.speaking import Voice
from tender.cash.armour import TEXT_MAX, from_any, to_text
from tender.cash.beside import for_carrier
from tender.errors import Code, StoreError

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


def give(voice: Voice, message: bytes, out: Outlet) -> dict[str, str]:
    """Hand a message on. Returns what a program is told about it."""
    told: dict[str, str] = {}
    if out.file and out.file != STANDARD:
        write_file(Path(out.file), message)
        told["file"] = out.file
    if out.qr or out.png:
        told |= _as_code(voice, message, out)
    return told or _as_text(voice, message)


def _as_code(voice: Voice, message: bytes, out: Outlet) -> dict[str, str]:
    """As a code; nothing is told when the terminal has no room for it or a program reads: then it goes out as
    text."""
    from device.cli import qr

    light, told = for_carrier(message, qr.NEWS_MOST), {}
    if out.png:
        qr.save(light, out.png)
        told["png"] = out.png
    if out.qr and not voice.as_json and qr.draw(light):
        told["qr"] = "shown"
    return told


def _as_text(voice: Voice, message: bytes) -> dict[str, str]:
    text = to_text(for_carrier(message, TEXT_NEWS_MOST))
    if not voice.as_json:
        typer.echo(text, nl=False)
    return {"message": text}
