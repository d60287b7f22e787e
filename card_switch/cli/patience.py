"""What waits for a bank, said while it waits; and what is certain when the bank has said nothing."""

from collections.abc import Callable
from typing import Any

from device.cli.late_word import LateWord
from device.cli.speaking import EXIT_WORLD, Voice
from faces.language import label
from tender.errors import Code, Refusal


def heard(voice: Voice, key: str, asking: Callable[[], dict[str, Any] | Refusal]) -> dict[str, Any] | Refusal:
    """The switch's answer to a question that a bank has a word in. ``key``: the label that says what is
    certain, and what to do, when the bank gave none; it ends the command."""
    word = LateWord(voice)
    word.soon(label("switch.bank-waited-for"))
    try:
        told = asking()
    finally:
        word.never()
    if isinstance(told, Refusal) and (told.code, told.field) == (Code.PEER_UNREACHABLE, "bank"):
        voice.refuse(told, EXIT_WORLD, words=label(key))
    return told
