"""What a command to a card and its answer say, for people: names instead of numbers, PINs and keys never."""

from collections.abc import Iterator
from typing import Final

from hardware.readers import SECRET
from tender.card import tlv
from tender.card.apdu import Command, Response
from tender.card.masking import STARS, Masking, unmasked
from tender.errors import Code, RemoteProtocolError
from tender.purse import commands, tap

_ISO: Final = {
    0xA4: "SELECT",
    0x20: "VERIFY",
    0x24: "CHANGE PIN",
    0x2C: "UNBLOCK",
    0xC0: "GET RESPONSE",
    0xB0: "READ BINARY",
    0xB2: "READ RECORD",
    0x82: "EXTERNAL AUTHENTICATE",
    0x84: "GET CHALLENGE",
    0x88: "INTERNAL AUTHENTICATE",
    0xCA: "GET DATA",
}
_EMV: Final = {
    0xA8: "GET PROCESSING OPTIONS",
    0xAE: "GENERATE AC",
    0xCA: "GET DATA",
    0x16: "CARD BLOCK",
    0x18: "APPLICATION UNBLOCK",
    0x1E: "APPLICATION BLOCK",
    0x24: "PIN CHANGE/UNBLOCK",
    0xDA: "PUT DATA",
}
"""What a payment card's own class knows (EMV Book 3, 6.5)."""
_TAP: Final = {tap.INS_BEGIN: "BEGIN", tap.INS_EXCHANGE: "EXCHANGE", tap.INS_BYE: "BYE"}
_PURSE: Final = {ins.value: ins.name.replace("_", " ") for ins in commands.Ins if ins not in commands.ISO}
_OWN: Final = {commands.AID: _PURSE, tap.AID: _TAP}
_APPLICATIONS: Final = {commands.AID: "the purse", tap.AID: "a phone's tap"}
_STATUS: Final = {
    0x9000: "done",
    0x6700: "wrong length",
    0x6985: "not now",
    0x6A82: "not found",
    0x6A86: "wrong P1 or P2",
    0x6D00: "unknown instruction",
    0x6E00: "unknown class",
}
_SELECT: Final = 0xA4
_DATA_SHOWN: Final = 32


class Decoder:
    """Follows one conversation: what an instruction means depends on what was selected."""

    def __init__(self) -> None:
        self._selected = b""
        self._masking = Masking(SECRET)

    def command(self, written: str) -> Iterator[str]:
        """Lines about a command, given as it is written down (secrets starred out, or starred out here)."""
        octets = unmasked(written)
        masked = self._masking.command(octets)
        shown = written if STARS in written else masked
        try:
            command = Command.from_bytes(octets)
        except RemoteProtocolError:
            yield f"> {shown}  (no command)"
            return
        names = _OWN.get(self._selected, _EMV) if command.cla & 0x80 else _ISO
        name = names.get(command.ins, f"INS {command.ins:02X}")
        if command.cla & 0x80 == 0 and command.ins == _SELECT:
            self._selected = command.data
            name += f" {_APPLICATIONS.get(command.data, '')}"
        parts = [name.strip(), f"P1 {command.p1:02X} P2 {command.p2:02X}"]
        if command.data:
            parts.append(f"{len(command.data)} bytes" + (" (secret)" if STARS in shown else ""))
        if command.is_chained:
            parts.append("more follows")
        yield f"> {', '.join(parts)}"
        yield f"    {_cut(shown)}"

    def answer(self, written: str) -> Iterator[str]:
        """Lines about its answer, given likewise."""
        octets = unmasked(written)
        masked = self._masking.answer(octets)
        shown = written if STARS in written else masked
        try:
            answer = Response.from_bytes(octets)
        except RemoteProtocolError:
            yield f"< {shown}  (no answer)"
            return
        size = f", {len(answer.data)} bytes" if answer.data else ""
        yield f"< {answer.sw:04X} {status(answer.sw)}{size}{' (secret)' if STARS in shown else ''}"
        if answer.data:
            yield f"    {_cut(shown[: 2 * len(answer.data)])}"
        if STARS not in shown:
            yield from _objects(answer.data)


def status(sw: int) -> str:
    """A status in words: the standard's, or the refusal it stands for on a purse."""
    if sw >> 8 == 0x61:
        return "more waits"
    if sw >> 8 == 0x6C:
        return "wrong Le"
    if sw & 0xFFF0 == commands.PIN_TRY_WRONG:
        return f"{Code.PIN_WRONG.value}, tries left: {sw & 0xF}"
    found = commands.CODE_OF.get(sw)
    return _STATUS.get(sw) or (found.value if found else "?")


def _cut(text: str) -> str:
    return text if len(text) <= 2 * _DATA_SHOWN else f"{text[: 2 * _DATA_SHOWN]}…"


def _objects(data: bytes) -> Iterator[str]:
    """The data objects of a template; other answers have their own form (docs/protocol/purse-card.md)."""
    if not data or not tlv.Tlv(data[0], b"").is_template:
        return
    try:
        rows = tlv.tree(data)
    except RemoteProtocolError:
        return
    for depth, one in rows:
        value = "" if one.is_template else _cut(one.value.hex())
        yield f"    {'  ' * depth}{one.tag:02X} {value}".rstrip()
