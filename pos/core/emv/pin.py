"""The PIN: to the card in plain or enciphered, or to the issuer (EMV 4.3 Book 3, 6.5.12 and 10.5.1–10.5.2).

A wrong PIN is asked for again while the card has tries left; the card counts, the terminal only reads.
"""

from typing import Final

from pos.core.emv.keys import Untrusted, pin_key
from pos.core.emv.outcome import Reason
from pos.core.emv.steps import (
    AskPin,
    Chosen,
    PinEnciphered,
    PinPadFailed,
    PinSkipped,
    PinTyped,
    Reply,
    Stage,
    Steps,
)
from pos.core.emv.transaction import Ended, Transaction, expected
from tender.card.apdu import PIN_BLOCKED, SHORT_ANSWER_MOST, Command
from tender.card.certificates import RsaPublicKey, enciphered_pin
from tender.card.cvm_list import Result
from tender.card.tags import Tag
from tender.card.tlv import unpack
from tender.card.values import Tvr
from tender.errors import Code, DeviceError, LocalProtocolError, RemoteProtocolError

VERIFY: Final = 0x20
GET_DATA: Final = 0xCA
GET_CHALLENGE: Final = 0x84
OWN_CLASS: Final = 0x80
PLAIN: Final = 0x80
ENCIPHERED: Final = 0x88
CHALLENGE_BYTES: Final = 8
TRIES_GONE: Final = (PIN_BLOCKED, 0x6984)
_WRONG: Final = 0x63C0
_PIN_OVERHEAD: Final = 17


def offline(tx: Transaction, *, enciphered: bool) -> Steps[Result]:
    """The card judges (10.5.1)."""
    tries = yield from _tries(tx)
    if tries == 0:
        tx.tvr |= Tvr.PIN_TRIES_EXCEEDED
        return Result.FAILED
    key: RsaPublicKey | None = None
    if enciphered:
        try:
            key = pin_key(tx)
        except Untrusted:
            return Result.FAILED  # Book 2, 7.1: no key to trust, so no PIN is asked for
    was_wrong = False
    while True:
        reply = yield from tx.ask(Stage.CARDHOLDER, AskPin(False, tx.number_of_card, tries, was_wrong))
        if _is_none(tx, reply):
            return Result.FAILED
        data = _block(expected(reply, PinTyped))
        if key is not None:
            challenge = yield from _challenge(tx)
            if challenge is None:
                return Result.FAILED
            fill = tx.sale.drawn(f"pin {tries} {challenge.hex()}", key.size - _PIN_OVERHEAD)
            data = enciphered_pin(key, data, challenge, fill)
        verify = Command(0x00, VERIFY, 0, PLAIN if key is None else ENCIPHERED, data)
        response = yield from tx.transmit(Stage.CARDHOLDER, verify)
        if response.is_done:
            return Result.SUCCESSFUL
        if response.sw in TRIES_GONE or response.sw == _WRONG:
            tx.tvr |= Tvr.PIN_TRIES_EXCEEDED
            return Result.FAILED
        left = response.sw - _WRONG
        if not 1 <= left <= 0x0F or (tries is not None and was_wrong and left >= tries):
            # Any other answer fails the method; so does a counter that does not count down: it would ask
            # a cardholder for ever.
            return Result.FAILED
        tries, was_wrong = left, True


def online(tx: Transaction) -> Steps[Result]:
    """The issuer judges: what is known now is only that something was typed (10.5.2)."""
    reply = yield from tx.ask(Stage.CARDHOLDER, AskPin(True, tx.number_of_card, None))
    if _is_none(tx, reply):
        return Result.FAILED
    tx.pin_block = expected(reply, PinEnciphered).block
    tx.tvr |= Tvr.ONLINE_PIN_ENTERED
    return Result.UNKNOWN


def _block(typed: PinTyped) -> bytes:
    """The PIN as a card takes it; a pad that passes less than 4 or more than 12 digits is our own fault."""
    try:
        return typed.pin.block()
    except DeviceError as error:
        raise LocalProtocolError(Code.FIELD_WRONG, "reply.pin") from error


def _is_none(tx: Transaction, reply: Reply) -> bool:
    """No PIN came of it, and what the TVR says of that."""
    if isinstance(reply, Chosen):
        raise Ended(Reason.CALLED_OFF)
    if isinstance(reply, PinPadFailed):
        tx.tvr |= Tvr.PIN_PAD_MISSING
    elif isinstance(reply, PinSkipped):
        tx.tvr |= Tvr.PIN_NOT_ENTERED
    else:
        return False
    return True


def _tries(tx: Transaction) -> Steps[int | None]:
    """The card's counter, if it tells (9F17); one that does not is asked for the PIN all the same."""
    value = yield from asked(tx, Stage.CARDHOLDER, Tag.PIN_TRIES)
    return value[0] if value else None


def asked(tx: Transaction, stage: Stage, tag: Tag) -> Steps[bytes | None]:
    """One data object of the card by GET DATA; ``None`` for what it does not tell, or tells in a wrong form
    (6.5.7)."""
    p1, p2 = tag.to_bytes(2, "big")
    response = yield from tx.transmit(stage, Command(OWN_CLASS, GET_DATA, p1, p2, le=SHORT_ANSWER_MOST))
    if not response.is_done:
        return None
    try:
        found = unpack(response.data, "data", loose=True)
    except RemoteProtocolError:
        return None
    return found[0].value if len(found) == 1 and found[0].tag == tag else None


def _challenge(tx: Transaction) -> Steps[bytes | None]:
    """The card's number for this one PIN (Book 2, 7.2); without it none can be enciphered."""
    response = yield from tx.transmit(
        Stage.CARDHOLDER, Command(0x00, GET_CHALLENGE, 0, 0, le=SHORT_ANSWER_MOST)
    )
    return response.data if response.is_done and len(response.data) == CHALLENGE_BYTES else None
