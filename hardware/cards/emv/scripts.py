"""What an issuer changes on its card: script commands, each under a MAC of its transaction (EMV Book 3,
6.5.1 to 6.5.3, 6.5.10; Book 2, 9)."""

from collections.abc import Callable
from typing import Final

from hardware.cards.emv.chip import DATA_NOT_FOUND, NOT_NOW, PaymentChip, Stage, StatusError
from hardware.cards.emv.memory import Amount, amount_of
from tender.card import apdu
from tender.card.apdu import Command
from tender.card.tags import Tag

MAC_WRONG: Final = 0x6988
_MAC_BYTES: Final = 8
_COUNTED_MOST: Final = 15
_UNBLOCK_PIN, _CHANGE_KNOWN, _CHANGE = 0x00, 0x01, 0x02
_LIMITS: Final = {
    int(Tag.OFFLINE_LOWER): ("lower_count", 1),
    int(Tag.OFFLINE_UPPER): ("upper_count", 1),
    Amount.LOWER: ("lower_tiyn", 6),
    Amount.UPPER: ("upper_tiyn", 6),
}


def application_block(chip: PaymentChip, command: Command) -> bytes:
    """APPLICATION BLOCK: it answers by refusals until it is unblocked."""
    _bare(command)
    chip.application.change(blocked=1)
    return b""


def application_unblock(chip: PaymentChip, command: Command) -> bytes:
    """APPLICATION UNBLOCK."""
    _bare(command)
    chip.application.change(blocked=0)
    return b""


def card_block(chip: PaymentChip, command: Command) -> bytes:
    """CARD BLOCK: nothing on this card is selected any more, for good."""
    _bare(command)
    chip.memory.card.change(blocked=1)
    return b""


def pin_change(chip: PaymentChip, command: Command) -> bytes:
    """PIN CHANGE/UNBLOCK: all tries again, with a new PIN or the old."""
    card, session = chip.memory.card, chip.session
    if command.p1 or command.p2 not in (_UNBLOCK_PIN, _CHANGE_KNOWN, _CHANGE):
        raise StatusError(apdu.P1_P2_WRONG)
    if not card.now.has_pin:
        raise StatusError(DATA_NOT_FOUND)
    enciphered = command.data[:-_MAC_BYTES]
    if command.p2 == _UNBLOCK_PIN:
        if enciphered:
            raise StatusError(apdu.WRONG_LENGTH)
    else:
        one = chip.application
        known = card.now.pin if command.p2 == _CHANGE_KNOWN else b""
        new = one.keys.new_pin(enciphered, one.atc, session.cryptogram, session.scripts, known)
        if new is None:
            raise StatusError(apdu.DATA_WRONG)
        card.change(pin=new)
    card.change(pin_tries=card.now.pin_limit)
    return b""


def put_data(chip: PaymentChip, command: Command) -> bytes:
    """PUT DATA: another limit of what the card may approve alone."""
    tag, value = command.p1 << 8 | command.p2, command.data[:-_MAC_BYTES]
    if tag not in _LIMITS or tag not in chip.application.given:
        raise StatusError(DATA_NOT_FOUND)
    name, count = _LIMITS[tag]
    if len(value) != count:
        raise StatusError(apdu.WRONG_LENGTH)
    if count > 1 and not value.hex().isdecimal():
        raise StatusError(apdu.DATA_WRONG)
    chip.application.change(**{name: value[0] if count == 1 else amount_of(value)})
    return b""


SCRIPTS: Final[dict[int, Callable[[PaymentChip, Command], bytes]]] = {
    0x16: card_block,
    0x18: application_unblock,
    0x1E: application_block,
    0x24: pin_change,
    0xDA: put_data,
}


def script(chip: PaymentChip, command: Command) -> bytes:
    """One script command: between the cryptograms or after the last, and only from the issuer."""
    one, session = chip.want(Stage.ASKED, Stage.DONE), chip.session
    if session.script_wrong:
        raise StatusError(NOT_NOW)
    if len(command.data) < _MAC_BYTES:
        raise StatusError(apdu.WRONG_LENGTH)
    body, proof = command.data[:-_MAC_BYTES], command.data[-_MAC_BYTES:]
    header = bytes((command.cla, command.ins, command.p1, command.p2, len(command.data)))
    place = session.scripts
    if not one.keys.is_script(header, body, proof, one.atc, session.cryptogram, place):
        _count(chip, wrong=True)
        raise StatusError(MAC_WRONG)
    try:
        SCRIPTS[command.ins](chip, command)
    except StatusError:
        _count(chip, wrong=True)
        raise
    _count(chip, wrong=False)
    return b""


def _count(chip: PaymentChip, *, wrong: bool) -> None:
    """One command more, and how it went: the issuer is told by the next cryptograms."""
    one, session = chip.application, chip.session
    session.scripts += 1
    session.script_wrong |= wrong
    # Before the second cryptogram the transaction books what it brought; after it, that is done here.
    one.change(scripts=min(session.scripts, _COUNTED_MOST), script_failed=int(session.script_wrong))
    if wrong:
        chip.memory.memory.commit()


def _bare(command: Command) -> None:
    if command.p1 or command.p2:
        raise StatusError(apdu.P1_P2_WRONG)
    if len(command.data) != _MAC_BYTES:
        raise StatusError(apdu.WRONG_LENGTH)
