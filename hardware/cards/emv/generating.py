"""GENERATE AC, first and second (EMV Book 3, 6.5.5; signed with CDA: Book 2, 6.6.1)."""

from typing import Final

from hardware.cards.emv.chip import NOT_NOW, Application, PaymentChip, Stage, StatusError
from hardware.cards.emv.proving import dynamic_number, signing_key, take_answer
from hardware.cards.emv.risk import (
    UNABLE_TO_GO_ONLINE,
    book_offline,
    book_online,
    first_kind,
    issuer_data,
    second_kind,
)
from hardware.cards.emv.selection import take_list
from tender.card import apdu
from tender.card.apdu import Command
from tender.card.certificates import CombinedData, DynamicData, digest, signed_dynamic
from tender.card.issuer_data import IssuerData
from tender.card.personalisation import FORMAT_1
from tender.card.tags import Tag
from tender.card.tlv import Tlv, pack, template
from tender.card.values import CDA_WANTED, Aip, Cryptogram, cryptogram_kind

_KNOWN_BITS: Final = 0xC0 | CDA_WANTED
_NUMBER_BYTES: Final = 4


def generate(chip: PaymentChip, command: Command) -> bytes:
    """GENERATE AC, whichever of the two it is now."""
    chip.want(Stage.INITIATED, Stage.ASKED)
    wanted = cryptogram_kind(command.p1)
    if wanted is None or command.p1 & ~_KNOWN_BITS or command.p2:
        raise StatusError(apdu.P1_P2_WRONG)
    signed = bool(command.p1 & CDA_WANTED)
    if chip.session.stage is Stage.INITIATED:
        return _first(chip, wanted, command.data, signed=signed)
    return _second(chip, wanted, command.data, signed=signed)


def _first(chip: PaymentChip, wanted: Cryptogram, values: bytes, *, signed: bool) -> bytes:
    one, session = chip.application, chip.session
    take_list(chip, Tag.CDOL1, values)
    kind = first_kind(chip, wanted)
    session.combined_first = signed = signed and _may_sign(one, kind)
    if signed:
        dynamic_number(chip)
    data = issuer_data(chip, kind, None)
    cryptogram = _cryptogram(chip, data)
    session.cryptogram = cryptogram
    session.number = session.told.get(Tag.UNPREDICTABLE, bytes(_NUMBER_BYTES))
    if kind is Cryptogram.ARQC:
        session.stage = Stage.ASKED
        one.change(online_pending=1)
    else:
        if kind is Cryptogram.TC:
            book_offline(chip)
        _done(chip, kind)
    return _answer(chip, kind, cryptogram, data, signed=signed)


def _second(chip: PaymentChip, wanted: Cryptogram, values: bytes, *, signed: bool) -> bytes:
    one, session = chip.application, chip.session
    if wanted is Cryptogram.ARQC:
        raise StatusError(NOT_NOW)
    take_list(chip, Tag.CDOL2, values)
    online = session.told.get(Tag.RESPONSE_CODE) not in UNABLE_TO_GO_ONLINE
    answer = session.told.get(Tag.ISSUER_AUTHENTICATION, b"")
    # A terminal that has no answer fills the list with zeros.
    if online and any(answer):
        take_answer(chip, one, answer)
    kind = second_kind(chip, wanted, online=online)
    session.combined_second = signed = signed and _may_sign(one, kind)
    if signed:
        dynamic_number(chip)
    data = issuer_data(chip, Cryptogram.ARQC, kind, online=online)
    cryptogram = _cryptogram(chip, data)
    if online:
        one.change(online_pending=0)
        book_online(chip)
    elif kind is Cryptogram.TC:
        book_offline(chip)
    _done(chip, kind)
    return _answer(chip, kind, cryptogram, data, signed=signed)


def _may_sign(one: Application, kind: Cryptogram) -> bool:
    return kind is not Cryptogram.AAC and signing_key(one, Aip.CDA) is not None


def _cryptogram(chip: PaymentChip, data: IssuerData) -> bytes:
    one = chip.application
    return one.keys.cryptogram(chip.session.told, one.given[Tag.AIP], one.atc, data)


def _done(chip: PaymentChip, kind: Cryptogram) -> None:
    """The last cryptogram: the transaction goes into the log."""
    one, told = chip.application, chip.session.told
    chip.session.stage = Stage.DONE
    line = bytes((kind,)) + told.get(Tag.AMOUNT, bytes(6)) + told.get(Tag.CURRENCY, bytes(2))
    one.memory.log(line + told.get(Tag.DATE, bytes(3)) + one.atc + told.get(Tag.TRANSACTION_TYPE, b"\x00"))


def _answer(
    chip: PaymentChip, kind: Cryptogram, cryptogram: bytes, data: IssuerData, *, signed: bool
) -> bytes:
    one = chip.application
    information = Tlv(Tag.CRYPTOGRAM_INFORMATION, bytes((kind,)))
    counter, issuers = Tlv(Tag.ATC, one.atc), Tlv(Tag.ISSUER_DATA, data.packed())
    if signed:
        signature = _signature(chip, cryptogram, kind, pack([information, counter, issuers]))
        proof = Tlv(Tag.DYNAMIC_SIGNATURE, signature)
        return pack([template(Tag.ANSWER_PACKED, information, counter, proof, issuers)])
    if one.personal.answer_format == FORMAT_1:
        return pack([Tlv(Tag.ANSWER_PLAIN, bytes((kind,)) + one.atc + cryptogram + data.packed())])
    proof = Tlv(Tag.CRYPTOGRAM, cryptogram)
    return pack([template(Tag.ANSWER_PACKED, information, counter, proof, issuers)])


def _signature(chip: PaymentChip, cryptogram: bytes, kind: Cryptogram, answered: bytes) -> bytes:
    """CDA: the cryptogram and a hash of all that both sides said, under the card's own key."""
    session = chip.session
    key = signing_key(chip.application, Aip.CDA)
    assert key is not None
    chip.work.signatures += 1
    combined = CombinedData(kind, cryptogram, digest(session.asked_for, answered))
    number = session.told.get(Tag.UNPREDICTABLE, b"")
    dynamic = DynamicData(session.dynamic, combined.to_bytes())
    return signed_dynamic(key.apply, key.public, dynamic.to_bytes(), number)
