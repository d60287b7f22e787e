"""Issuer scripts: commands of the issuer that the terminal passes on (EMV 4.3 Book 3, 10.10; Book 4, 6.3.9).

71 before the second cryptogram, 72 after it. A script stops at its first command that fails; the next script
is done all the same. What came of each, five bytes: result and number of the failed command, the script's
name (Book 4, A5).
"""

from typing import Final

from pos.core.emv.steps import Stage, Steps
from pos.core.emv.transaction import Transaction
from tender.card.apdu import Command
from tender.card.tags import Tag
from tender.card.tlv import Tlv, unpack
from tender.card.values import Tsi, Tvr
from tender.errors import RemoteProtocolError

SCRIPTS_BYTES_MOST: Final = 128
"""All scripts of one answer together; a terminal need not take more (10.10)."""
NOT_PERFORMED: Final = 0x00
FAILED: Final = 0x10
SUCCESSFUL: Final = 0x20
_NAME_BYTES: Final = 4
_NUMBER_MOST: Final = 0x0F
_WARNINGS: Final = (0x62, 0x63, 0x90)
"""First status bytes with which a script goes on (10.10)."""


def run(tx: Transaction, scripts: tuple[bytes, ...], *, is_after: bool) -> Steps[None]:
    """The scripts of one kind, in their order."""
    if not scripts:
        return
    tx.tsi |= Tsi.SCRIPT_PROCESSING_PERFORMED
    stage = Stage.SCRIPTS_AFTER if is_after else Stage.SCRIPTS_BEFORE
    place = len(tx.script_results)
    tx.script_results += b"".join(_result(NOT_PERFORMED, 0, _name(script)) for script in scripts)
    for script in scripts:
        result = yield from _one(tx, stage, script)
        tx.script_results = tx.script_results[:place] + result + tx.script_results[place + len(result) :]
        place += len(result)
        if result[0] & 0xF0 != SUCCESSFUL:
            tx.tvr |= Tvr.SCRIPT_FAILED_AFTER_FINAL_AC if is_after else Tvr.SCRIPT_FAILED_BEFORE_FINAL_AC


def _one(tx: Transaction, stage: Stage, script: bytes) -> Steps[bytes]:
    """One script: its name (9F18) if it has one, and its commands (86) one after the other."""
    name = _name(script)
    try:
        commands = [
            Command.from_bytes(one.value)
            for one in unpack(script, "script", loose=True)
            if one.tag == Tag.SCRIPT_COMMAND
        ]
    except RemoteProtocolError:
        return _result(NOT_PERFORMED, 0, name)  # a script that cannot be read (10.10)
    for number, command in enumerate(commands, 1):
        response = yield from tx.transmit(stage, command)
        if response.sw >> 8 not in _WARNINGS:
            return _result(FAILED, number, name)
    return _result(SUCCESSFUL, 0, name)


def _name(script: bytes) -> bytes:
    try:
        found = [one for one in unpack(script, "script", loose=True) if one.tag == Tag.SCRIPT_ID]
    except RemoteProtocolError:
        found = list[Tlv]()
    return found[0].value if found and len(found[0].value) == _NAME_BYTES else bytes(_NAME_BYTES)


def _result(result: int, number: int, name: bytes) -> bytes:
    return bytes((result | min(number, _NUMBER_MOST),)) + name
