"""A card that is nobody's: it echoes, counts, remembers, and behaves badly when it is told to."""

import threading
from dataclasses import dataclass, field

from tender.card import atr
from tender.card.apdu import CHAINED, INS_UNKNOWN, NOT_FOUND, SHORT_ANSWER_MOST, Command, Response
from tender.errors import Code, DeviceError

AID = bytes.fromhex("F0545249414C")
SELECT = Command(0x00, 0xA4, 0x04, 0x00, AID, 256).to_bytes()
ECHO, GIVE, COUNT, GET_RESPONSE = 0x10, 0x12, 0x14, 0xC0


def echo(data: bytes) -> Command:
    """The card gives back what it got."""
    return Command(0x80, ECHO, 0, 0, data, 256)


def give(count: int, le: int = 256) -> Command:
    """The card gives so many bytes, 00 01 02 …"""
    return Command(0x80, GIVE, count >> 8, count & 0xFF, le=le)


HOW_MANY = Command(0x80, COUNT, 0, 0, le=1)
"""How many echoes this card has made in its life."""


@dataclass
class TrialCard:
    """``bad``: at which command of its life it does what: ``tear``, ``empty``, ``one-byte``, ``silent``."""

    name: bytes = b"TRIAL"
    bad: dict[int, str] = field(default_factory=dict)
    commands: list[bytes] = field(default_factory=list)
    powered: list[bool] = field(default_factory=list)
    echoes: int = 0
    is_selected: bool = False
    never: threading.Event = field(default_factory=threading.Event)
    _waiting: bytes = b""
    _chained: bytes = b""

    @property
    def atr(self) -> bytes:
        return atr.made(self.name)

    def power(self, on: bool) -> None:
        self.powered.append(on)
        self.is_selected = False
        self._waiting = self._chained = b""

    def transmit(self, command: bytes) -> bytes:
        self.commands.append(command)
        how = self.bad.get(len(self.commands), "")
        answer = self._answer(Command.from_bytes(command)).to_bytes()
        if how == "tear":
            raise DeviceError(Code.CARD_GONE, "card")
        if how == "silent":
            self.never.wait(30)
        return {"empty": b"", "one-byte": answer[:1], "silent": b""}.get(how, answer)

    def _answer(self, command: Command) -> Response:
        if command.ins == 0xA4:
            self.is_selected = command.data == AID
            return Response(b"", 0x9000 if self.is_selected else NOT_FOUND)
        if not self.is_selected:
            return Response(b"", 0x6985)
        if command.cla & CHAINED:
            self._chained += command.data
            return Response(b"", 0x9000)
        if command.ins == ECHO:
            self.echoes += 1
            said, self._chained = self._chained + command.data, b""
            return self._out(said, command.le)
        if command.ins == GIVE:
            return self._out(bytes(n & 0xFF for n in range(command.p1 << 8 | command.p2)), command.le)
        if command.ins == COUNT:
            return Response(bytes((self.echoes,)), 0x9000)
        if command.ins == GET_RESPONSE:
            said, self._waiting = self._waiting, b""
            return self._out(said, command.le)
        return Response(b"", INS_UNKNOWN)

    def _out(self, said: bytes, le: int | None) -> Response:
        most = le or SHORT_ANSWER_MOST
        self._waiting = said[most:]
        more = min(len(self._waiting), 256) & 0xFF
        return Response(said[:most], 0x6100 | more if self._waiting else 0x9000)
