"""The purse card: short APDUs in and out, everything durable in between (docs/protocol/purse-card.md).

A refused command answers with its status alone and has changed nothing. A torn one is as if it never came, or
as if it was done: whoever asks again learns which.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from hardware.cards import kept_commands as kept
from hardware.cards import key_commands as keys
from hardware.cards import life_commands as life
from hardware.cards import request_commands as requests
from hardware.cards import spend_commands as spending
from hardware.cards import token_commands as tokens
from hardware.cards import trust_commands as trusting
from hardware.cards.chip import Chip, Session, Work
from hardware.cards.life_commands import PinWrongError
from hardware.cards.memory_map import EEPROM_BYTES
from hardware.cards.powered_card import PoweredCard
from hardware.cards.streams import Feed, Reading
from tender.card import apdu
from tender.card.apdu import CHAINED, Command, Response
from tender.card.tlv import Tlv, pack, template
from tender.errors import Code, LocalProtocolError, RemoteProtocolError, TenderError
from tender.ports import Entropy
from tender.purse import commands
from tender.purse.commands import ANSWER_MOST, DATA_MOST, Ins

ATR: Final = bytes.fromhex("3B888001445450555253453169")
"""T=0 and T=1, historical bytes "DTPURSE1"; the last byte is the check."""
_ANSWER_PIECE: Final = 256
_NO_DIAGNOSIS: Final = 0x6F00

Handler: TypeAlias = Callable[[Chip, int, int, bytes], bytes]
Streamed: TypeAlias = Callable[[Chip, int], Reading[bytes]]

HANDLERS: Final[dict[Ins, Handler]] = {
    Ins.VERIFY: life.verify,
    Ins.CHANGE_PIN: life.change_pin,
    Ins.UNBLOCK: life.unblock,
    Ins.STATUS: life.status,
    Ins.PERSONALISE: life.personalise,
    Ins.MAKE_KEYS: keys.make_keys,
    Ins.LIST_KEYS: keys.list_keys,
    Ins.ERASE_KEY: keys.erase_key,
    Ins.PUT_CERTIFICATE: keys.put_certificate,
    Ins.READ_CERTIFICATE: keys.read_certificate,
    Ins.SIGN_BATCH: keys.sign_batch,
    Ins.SIGN_POSSESSION: keys.sign_possession,
    Ins.OPEN_REQUEST: requests.open_request,
    Ins.REQUEST_STATE: requests.request_state,
    Ins.READ_REQUEST: requests.read_request,
    Ins.LIST_REQUESTS: requests.list_requests,
    Ins.SIGN_RECEIPT: requests.sign_receipt,
    Ins.SIGN_LINKS: spending.sign_links,
    Ins.SIGN_CLAIMS: spending.sign_claims,
    Ins.LIST_KEPT: kept.list_kept,
    Ins.KEPT_OF: kept.kept_of,
    Ins.ACKNOWLEDGE: kept.acknowledge,
    Ins.HAS_SIGNED: kept.has_signed,
    Ins.LIST_TOKENS: tokens.list_tokens,
    Ins.READ_TOKEN: tokens.read_token,
    Ins.DROP: tokens.drop,
    Ins.BOOK_MARK: life.book_mark,
    Ins.STORE_KEY: life.store_key,
    Ins.LOG: life.log,
    Ins.WIPE: life.wipe,
}
STREAMED: Final[dict[Ins, Streamed]] = {
    Ins.SIGN_ORDER: trusting.sign_order,
    Ins.PRESENT_REQUEST: spending.present_request,
    Ins.PUT_TOKEN: tokens.put_token,
    Ins.PUT_SIGNED: trusting.put_signed,
    Ins.SYNCED: trusting.synced,
}


def blank_image() -> bytearray:
    """The memory of a card fresh from the factory."""
    return bytearray(EEPROM_BYTES)


class PurseCard(PoweredCard):
    """A :class:`tender.ports.Card` over an image of its memory, which it changes in place."""

    def __init__(self, image: bytearray, entropy: Entropy) -> None:
        self.chip: Final = Chip(image, entropy)

    @property
    def atr(self) -> bytes:
        """The answer to reset."""
        return ATR

    @property
    def work(self) -> Work:
        """Signatures, verifications and EEPROM bytes so far, for a model of how long they take."""
        work = self.chip.work
        work.eeprom_bytes = self.chip.eeprom.written
        return work

    @property
    def image(self) -> bytes:
        """Its memory as it stands."""
        return bytes(self.chip.eeprom.image)

    @property
    def is_mid_chain(self) -> bool:
        """Whether a command's data is still coming."""
        return bool(self.chip.session.chain)

    def _forget(self) -> None:
        self.chip.session = Session()

    def _wake(self) -> None:
        self.chip.memory.recover()
        self.chip.begin()
        keys.finish_erasing(self.chip)

    def _answered(self, command: Command) -> Response:
        self.chip.begin()
        try:
            return self._done(command)
        except PinWrongError as wrong:
            self._drop_chain()
            return Response(b"", commands.PIN_TRY_WRONG | wrong.left)
        except TenderError as error:
            if error.code is Code.CARD_GONE:
                raise
            self._drop_chain()
            return Response(b"", _status_of(error.code))

    def _drop_chain(self) -> None:
        session = self.chip.session
        session.chain, session.feed, session.answer = b"", None, b""
        session.gathered.clear()
        self.chip.memory.forget()

    def _done(self, command: Command) -> Response:
        session = self.chip.session
        named = bytes((command.cla & ~CHAINED, command.ins, command.p1, command.p2))
        if session.chain and session.chain != named:
            self._drop_chain()
        try:
            ins = Ins(command.ins)
        except ValueError:
            return Response(b"", apdu.INS_UNKNOWN)
        if command.cla & ~CHAINED != commands.cla_of(ins):
            return Response(b"", apdu.CLA_UNKNOWN)
        if ins is Ins.GET_RESPONSE:
            return self._piece(session.answer)
        session.answer = b""
        if ins is Ins.SELECT:
            return self._select(command)
        if not session.selected:
            return Response(b"", commands.STATUS_OF[Code.CARD_NOT_PURSE])
        if ins in STREAMED:
            if session.feed is None:
                session.feed = Feed(STREAMED[ins](self.chip, command.p1))
            session.feed.feed(command.data)
        else:
            if len(session.gathered) + len(command.data) > DATA_MOST:
                raise RemoteProtocolError(Code.MESSAGE_TOO_LONG, "command")
            session.gathered += command.data
        if command.is_chained:
            session.chain = named
            return Response(b"", apdu.DONE)
        answer = self._finish(ins, command)
        session.chain, session.feed = b"", None
        session.gathered.clear()
        return self._piece(answer)

    def _finish(self, ins: Ins, command: Command) -> bytes:
        session = self.chip.session
        if session.feed is not None:
            answer = session.feed.finished()
        else:
            answer = HANDLERS[ins](self.chip, command.p1, command.p2, bytes(session.gathered))
        if len(answer) > ANSWER_MOST:
            raise LocalProtocolError(Code.MESSAGE_TOO_LONG, "answer")  # it would not fit the chip's RAM
        # Data first, status last, and only then the answer: what is told has happened.
        self.chip.memory.commit()
        return answer

    def _piece(self, answer: bytes) -> Response:
        session = self.chip.session
        session.answer = answer[_ANSWER_PIECE:]
        left = len(session.answer)
        return Response(answer[:_ANSWER_PIECE], 0x6100 | min(left, 256) % 256 if left else apdu.DONE)

    def _select(self, command: Command) -> Response:
        if command.is_chained or (command.p1, command.p2) != (4, 0) or command.data != commands.AID:
            return Response(b"", apdu.NOT_FOUND)
        self.chip.session = Session(selected=True)
        told = template(
            0x6F,
            Tlv(0x84, commands.AID),
            template(
                0xA5,
                Tlv(0x50, commands.LABEL),
                Tlv(0xC0, bytes((commands.VERSION, self.chip.fixed.state))),
            ),
        )
        return Response(pack([told]), apdu.DONE)


def _status_of(code: Code) -> int:
    if code is Code.CARD_WRONG:
        return apdu.P1_P2_WRONG
    return commands.STATUS_OF.get(code, _NO_DIAGNOSIS)
