"""Selection and initiation: SELECT (EMV Book 1, 11.3 and 12), GET PROCESSING OPTIONS (Book 3, 6.5.8)."""

from typing import Final

from hardware.cards.emv.chip import (
    NOT_NOW,
    RECORD_NOT_FOUND,
    Application,
    PaymentChip,
    Session,
    Stage,
    StatusError,
)
from hardware.cards.emv.memory import LOG_FILE, LOG_MOST
from tender.card import apdu, dol
from tender.card.apdu import Command
from tender.card.personalisation import FORMAT_1, file_locator
from tender.card.tags import Tag
from tender.card.tlv import Tlv, pack, template

DIRECTORY_NAME: Final = b"1PAY.SYS.DDF01"
DIRECTORY_FILE: Final = 1
CARD_BLOCKED: Final = 0x6A81
APPLICATION_BLOCKED: Final = 0x6283
_BY_NAME: Final = 0x04
_FIRST, _NEXT = 0x00, 0x02
_COMMAND_TEMPLATE: Final = 0x83
_LAST_COUNT: Final = 0xFFFF
_NAME_LEAST: Final = 5


def select(chip: PaymentChip, command: Command) -> tuple[bytes, int]:
    """SELECT by name, a part of one too; the answer and its status."""
    if command.p1 != _BY_NAME or command.p2 not in (_FIRST, _NEXT):
        raise StatusError(apdu.P1_P2_WRONG)
    if not _NAME_LEAST <= len(command.data) <= 16:
        raise StatusError(apdu.WRONG_LENGTH)
    if chip.memory.card.now.blocked:
        raise StatusError(CARD_BLOCKED)
    if command.data == DIRECTORY_NAME:
        if command.p2 == _NEXT:
            raise StatusError(apdu.NOT_FOUND)
        chip.session = Session(directory=True)
        return _directory_control(chip), apdu.DONE
    fitting = [one for one in chip.applications if one.personal.aid.startswith(command.data)]
    before = chip.session
    if command.p2 == _NEXT:
        if before.application is None or before.named != command.data:
            raise StatusError(apdu.NOT_FOUND)
        fitting = fitting[fitting.index(before.application) + 1 :]
    if not fitting:
        raise StatusError(apdu.NOT_FOUND)
    chip.session = Session(application=fitting[0], named=command.data)
    blocked = fitting[0].state.blocked
    return _control(fitting[0]), APPLICATION_BLOCKED if blocked else apdu.DONE


def _directory_control(chip: PaymentChip) -> bytes:
    inner = [Tlv(Tag.SFI, bytes((DIRECTORY_FILE,)))]
    inner += _given(chip.applications[0].given, Tag.LANGUAGES, Tag.CODE_TABLE)
    return pack([template(Tag.FCI, Tlv(Tag.DF_NAME, DIRECTORY_NAME), template(Tag.FCI_PROPRIETARY, *inner))])


def _control(one: Application) -> bytes:
    """File control information (Book 1, table 45)."""
    inner = _given(
        one.given, Tag.LABEL, Tag.PRIORITY, Tag.PDOL, Tag.LANGUAGES, Tag.CODE_TABLE, Tag.PREFERRED_NAME
    )
    log = Tlv(Tag.LOG_ENTRY, bytes((LOG_FILE, LOG_MOST)))
    inner.append(template(Tag.FCI_DISCRETIONARY, log))
    control = template(Tag.FCI, Tlv(Tag.DF_NAME, one.personal.aid), template(Tag.FCI_PROPRIETARY, *inner))
    return pack([control])


def _given(given: dict[int, bytes], *tags: int) -> list[Tlv]:
    return [Tlv(tag, given[tag]) for tag in tags if tag in given]


def directory_record(chip: PaymentChip, number: int) -> bytes:
    """One record of the list of applications (Book 1, 12.2.3): one application each."""
    if not 1 <= number <= len(chip.applications):
        raise StatusError(RECORD_NOT_FOUND)
    one = chip.applications[number - 1]
    entry = [Tlv(Tag.AID_CARD, one.personal.aid)]
    entry += _given(one.given, Tag.LABEL, Tag.PREFERRED_NAME, Tag.PRIORITY)
    return pack([template(Tag.RECORD, template(Tag.APPLICATION_TEMPLATE, *entry))])


def processing_options(chip: PaymentChip, command: Command) -> bytes:
    """GET PROCESSING OPTIONS: the transaction counter goes up, durably, before anything is said."""
    one = chip.want(Stage.SELECTED)
    if (command.p1, command.p2) != (0, 0):
        raise StatusError(apdu.P1_P2_WRONG)
    wanted = dol.parse(one.given.get(Tag.PDOL, b""))
    count = sum(entry.length for entry in wanted)
    if len(command.data) < 2 or command.data[0] != _COMMAND_TEMPLATE:
        raise StatusError(apdu.DATA_WRONG)
    if command.data[1] != count or len(command.data) != 2 + count:
        raise StatusError(apdu.WRONG_LENGTH)
    if one.state.atc == _LAST_COUNT:
        raise StatusError(NOT_NOW)  # the counter never repeats: this application has lived
    take_list(chip, Tag.PDOL, command.data[2:])
    one.change(atc=one.state.atc + 1)
    chip.memory.memory.commit()
    chip.session.stage = Stage.INITIATED
    locator = file_locator(one.personal.records)
    if one.personal.answer_format == FORMAT_1:
        return pack([Tlv(Tag.ANSWER_PLAIN, one.given[Tag.AIP] + locator)])
    answer = template(Tag.ANSWER_PACKED, Tlv(Tag.AIP, one.given[Tag.AIP]), Tlv(Tag.AFL, locator))
    return pack([answer])


def take_list(chip: PaymentChip, tag: int, values: bytes) -> None:
    """Keep what the terminal told by one of the card's lists; ``6700`` for another length."""
    at, told = 0, {}
    for wanted in dol.parse(chip.application.given.get(tag, b"")):
        told[wanted.tag] = values[at : at + wanted.length]
        at += wanted.length
    if at != len(values):
        raise StatusError(apdu.WRONG_LENGTH)
    chip.session.told |= told
    chip.session.asked_for += values
