"""The payment card: commands in, answers out, by T=0 or T=1 (EMV Book 1, 9; ISO/IEC 7816-3 and -4).

A contact card with one or more applications of the networks. By T=0 an answer to data is announced (``61xx``)
and fetched with GET RESPONSE, and a length that is not the answer's is corrected (``6Cxx``); by T=1 it comes
at once. A refused command answers with its status alone; what it tried to change is forgotten.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from operator import xor
from typing import Final, NamedTuple, TypeAlias

from hardware.cards.chip import Work
from hardware.cards.emv import generating, proving, reading, scripts, selection
from hardware.cards.emv.chip import PaymentChip, Session, StatusError
from hardware.cards.emv.memory import CHIP_BROKEN, new_image
from hardware.cards.powered_card import PoweredCard
from tender.card import apdu
from tender.card.apdu import SHORT_ANSWER_MOST, Command, Response
from tender.card.personalisation import Personalisation
from tender.ports import Entropy

HISTORICAL: Final = b"DTCARD"
_ISO, _OWN, _SECURE = 0x00, 0x80, 0x84
_GET_RESPONSE: Final = 0xC0
_SELECT: Final = 0xA4
_MORE: Final = 0x6100
_WRONG_LE: Final = 0x6C00
_NOTHING_WAITS: Final = 0x6985
_BROKEN: Final = 0x6F00
_DATA_MOST: Final = 255

Handler: TypeAlias = Callable[[PaymentChip, Command], bytes]


class Known(NamedTuple):
    """One instruction: its class, whether it carries data, whether it answers any, what does it."""

    cla: int
    takes: bool
    gives: bool
    does: Handler


HANDLERS: Final[dict[int, Known]] = {
    0xB2: Known(_ISO, False, True, reading.read_record),
    0x20: Known(_ISO, True, False, proving.verify),
    0x84: Known(_ISO, False, True, proving.get_challenge),
    0x88: Known(_ISO, True, True, proving.internal_authenticate),
    0x82: Known(_ISO, True, False, proving.external_authenticate),
    0xA8: Known(_OWN, True, True, selection.processing_options),
    0xAE: Known(_OWN, True, True, generating.generate),
    0xCA: Known(_OWN, False, True, reading.get_data),
    **{ins: Known(_SECURE, True, False, scripts.script) for ins in scripts.SCRIPTS},
}


def answer_to_reset(protocol: int) -> bytes:
    """As EMV Level 1 wants it (Book 1, 8.3): no programming voltage, no extra guard time; for T=1 blocks of
    254 bytes and waiting times within its bounds, closed by a check byte."""
    if protocol == 0:
        return bytes((0x3B, 0x60 | len(HISTORICAL), 0x00, 0x00)) + HISTORICAL
    rest = bytes((0xE0 | len(HISTORICAL), 0x00, 0x00, 0x81, 0x31, 0xFE, 0x45)) + HISTORICAL
    return bytes((0x3B,)) + rest + bytes((reduce(xor, rest),))


class PaymentCard(PoweredCard):
    """A :class:`tender.ports.Card` over an image of its memory, which it changes in place."""

    def __init__(self, image: bytearray, entropy: Entropy, protocol: int | None = None) -> None:
        """``protocol``: 0 or 1, whatever its first application was made for."""
        self.chip: Final = PaymentChip(image, entropy)
        own = self.chip.applications[0].personal.protocol
        self._protocol: Final = own if protocol is None else protocol
        self._waits = b""

    @classmethod
    def made(
        cls, applications: Sequence[Personalisation], entropy: Entropy, stripe: bytes = b""
    ) -> "PaymentCard":
        """A new card with these applications; the first one's PIN and protocol are the card's. ``stripe``:
        track 2 of its magnetic stripe, in the form of tag 57."""
        return cls(new_image(applications, stripe), entropy)

    @property
    def atr(self) -> bytes:
        """The answer to reset."""
        return answer_to_reset(self._protocol)

    @property
    def work(self) -> Work:
        """What the chip has computed and written so far."""
        work = self.chip.work
        work.eeprom_bytes = self.chip.memory.eeprom.written
        return work

    @property
    def image(self) -> bytes:
        """Its memory as it stands."""
        return bytes(self.chip.memory.eeprom.image)

    @property
    def is_mid_chain(self) -> bool:
        """Payment cards take no command in parts."""
        return False

    @property
    def is_broken(self) -> bool:
        """Whether the chip, though it answers to reset, does nothing any more."""
        return self.chip.memory.card.now.blocked == CHIP_BROKEN

    @property
    def stripe(self) -> bytes:
        """Track 2 of the magnetic stripe, in the form of tag 57: no business of the chip's."""
        return self.chip.memory.stripe

    def _forget(self) -> None:
        self.chip.session = Session()
        self._waits = b""

    def _wake(self) -> None:
        self.chip.memory.recover()

    def _answered(self, command: Command) -> Response:
        if self.is_broken:
            return Response(b"", _BROKEN)
        if (command.le or 0) > SHORT_ANSWER_MOST or len(command.data) > _DATA_MOST:
            return Response(b"", apdu.WRONG_LENGTH)
        if (command.cla, command.ins) == (_ISO, _GET_RESPONSE):
            return self._fetched(command)
        self._waits = b""
        if command.ins != proving.VERIFY and command.ins != proving.GET_CHALLENGE:
            self.chip.session.challenge = b""
        try:
            answer, sw = self._done(command)
        except StatusError as refused:
            self.chip.memory.forget()
            return Response(b"", refused.sw)
        # What is told has happened.
        self.chip.memory.memory.commit()
        return self._told(command, answer, sw)

    def _done(self, command: Command) -> tuple[bytes, int]:
        if command.cla not in (_ISO, _OWN, _SECURE):
            raise StatusError(apdu.CLA_UNKNOWN)
        if command.ins == _SELECT:
            if command.cla != _ISO:
                raise StatusError(apdu.CLA_UNKNOWN)
            return selection.select(self.chip, command)
        known = HANDLERS.get(command.ins)
        if known is None:
            raise StatusError(apdu.INS_UNKNOWN)
        if command.cla != known.cla:
            raise StatusError(apdu.CLA_UNKNOWN)
        if bool(command.data) is not known.takes:
            raise StatusError(apdu.WRONG_LENGTH)
        return known.does(self.chip, command), apdu.DONE

    def _told(self, command: Command, answer: bytes, sw: int) -> Response:
        """The answer, or how to get it."""
        if not answer:
            return Response(b"", sw)
        if command.data and (self._protocol == 0 or command.le is None):
            self._waits = answer
            return Response(b"", sw if sw != apdu.DONE else _MORE | len(answer) % SHORT_ANSWER_MOST)
        return self._of_length(command, answer, sw)

    def _of_length(self, command: Command, answer: bytes, sw: int) -> Response:
        """An answer to a command that says how much it wants."""
        wanted = command.le or 0
        exactly = self._protocol == 0
        if len(answer) != wanted if exactly else len(answer) > wanted:
            return Response(b"", _WRONG_LE | len(answer) % SHORT_ANSWER_MOST)
        return Response(answer, sw)

    def _fetched(self, command: Command) -> Response:
        """GET RESPONSE: what waits, or a first part of it."""
        if not self._waits:
            return Response(b"", _NOTHING_WAITS)
        wanted = command.le or 0
        if not wanted or wanted > len(self._waits):
            return Response(b"", _WRONG_LE | len(self._waits) % SHORT_ANSWER_MOST)
        part, self._waits = self._waits[:wanted], self._waits[wanted:]
        left = len(self._waits)
        return Response(part, _MORE | left % SHORT_ANSWER_MOST if left else apdu.DONE)
