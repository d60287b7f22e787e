"""What a terminal may read: READ RECORD (EMV Book 3, 6.5.11), GET DATA (6.5.7)."""

from typing import Final

from hardware.cards.emv.chip import DATA_NOT_FOUND, RECORD_NOT_FOUND, PaymentChip, StatusError
from hardware.cards.emv.memory import LOG_FILE, LOG_FORMAT
from hardware.cards.emv.selection import DIRECTORY_FILE, directory_record
from tender.card import apdu
from tender.card.apdu import Command
from tender.card.personalisation import record_body
from tender.card.tags import Tag
from tender.card.tlv import Tlv, pack

_BY_NUMBER: Final = 0x04
_FILE_MOST: Final = 30


def read_record(chip: PaymentChip, command: Command) -> bytes:
    """One record: of the list of applications, of the selected application, or of its log."""
    sfi, number = command.p2 >> 3, command.p1
    if command.p2 & 0x07 != _BY_NUMBER or not 1 <= sfi <= _FILE_MOST or not number:
        raise StatusError(apdu.P1_P2_WRONG)
    if chip.session.directory:
        if sfi != DIRECTORY_FILE:
            raise StatusError(apdu.NOT_FOUND)
        return directory_record(chip, number)
    one = chip.application
    if sfi == LOG_FILE:
        line = one.memory.log_line(number)
        if not line:
            raise StatusError(RECORD_NOT_FOUND)
        return line
    plans = [plan for plan in one.personal.records if plan.sfi == sfi]
    if not plans:
        raise StatusError(apdu.NOT_FOUND)
    for plan in plans:
        if plan.number == number:
            return pack([Tlv(Tag.RECORD, record_body(one.data, plan))])
    raise StatusError(RECORD_NOT_FOUND)


def get_data(chip: PaymentChip, command: Command) -> bytes:
    """One of the objects that no record holds."""
    one, card = chip.application, chip.memory.card.now
    tag = command.p1 << 8 | command.p2
    values = {
        Tag.ATC: one.atc,
        Tag.LAST_ONLINE_ATC: one.state.last_online_atc.to_bytes(2, "big"),
        Tag.LOG_FORMAT: LOG_FORMAT,
    }
    if card.has_pin:
        values[Tag.PIN_TRIES] = bytes((card.pin_tries,))
    if tag not in values:
        raise StatusError(DATA_NOT_FOUND)
    return pack([Tlv(tag, values[Tag(tag)])])
