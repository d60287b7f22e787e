"""What a card says in a wrong form ends the transaction (Book 3, 7.5); what is merely unknown is kept."""

from collections.abc import Callable

import pytest

from pos.core.emv.outcome import Outcome, Reason, Verdict
from tender.card.apdu import Command, Response
from tender.card.tags import Tag
from tender.card.tlv import Tlv, pack, template, unpack
from tests.emv_kernel.at_the_terminal import played
from tests.emv_kernel.scripted_card import ATC, SEEN, Script, ScriptedCard

RECORD = pack((Tlv(tag, value) for tag, value in Script().objects.items()))


def saying(ins: int, change: Callable[[bytes], bytes], base: Script | None = None) -> Outcome:
    """The outcome with a card whose answers to one instruction are changed, after the selection."""

    def special(card: ScriptedCard, command: Command) -> Response | None:
        if command.ins != ins or (ins == 0xB2 and not card.sent(0xA8)):
            return None
        return Response(change(card.answer(command).data), 0x9000)

    script = base or Script()
    script.special = special
    return played(script).outcome


def is_refused(outcome: Outcome, where: str) -> None:
    assert outcome.reason is Reason.CARD_DATA_WRONG
    assert outcome.verdict in (Verdict.ENDED, Verdict.OTHER_INTERFACE)
    assert outcome.where == where
    assert not outcome.reverse


@pytest.mark.parametrize("tag", [Tag.PAN, Tag.EXPIRY, Tag.CDOL1, Tag.CDOL2])
def test_no_transaction_is_without_these(tag: Tag) -> None:
    is_refused(played(Script().without(tag)).outcome, f"record.{tag:02X}")


@pytest.mark.parametrize(
    ("name", "value", "where"),
    [
        ("PAN", "4003", "pan"),
        ("PAN", "40034400000000AB", "record.5A"),
        ("PAN", "4003440000000014" * 2, "record.5A"),
        ("EXPIRY", "3012", "record.5F24"),
        ("EXPIRY", "301331", "record.5F24"),
        ("EXPIRY", "30123A", "record.5F24"),
        ("EFFECTIVE", "250100", "record.5F25"),
        ("CDOL1", "9F", "record.8C[0]"),
        ("CDOL1", "9F02", "record.8C[0]"),
        ("CDOL1", "5AFF", "record.8C[0]"),
        ("CDOL2", "9F02068A", "record.8D[1]"),
        ("CVM_LIST", "0000000000000000011F01", "record.8E"),
        ("CVM_LIST", "00", "record.8E"),
        ("USAGE_CONTROL", "FF", "record.9F07"),
        ("IAC_DENIAL", "00000000", "record.9F0E"),
        ("OFFLINE_LOWER", "0001", "record.9F14"),
        ("TRACK2", "40" * 20, "record.57"),
        ("TRACK2", "4111111111111111", "record.57"),
        ("TRACK2", "ABCDEF123456D301220100000000000F", "record.57"),
        ("PAN_SEQUENCE", "0A", "record.5F34"),
    ],
)
def test_a_wrong_form_ends_it(name: str, value: str, where: str) -> None:
    outcome = played(Script().having(**{name: bytes.fromhex(value)})).outcome
    assert outcome.reason is Reason.CARD_DATA_WRONG
    assert (outcome.verdict.approved, outcome.where) == (False, where)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda data: pack((template(Tag.RECORD, *unpack(RECORD), *unpack(RECORD)[:1]),)), "record.5A"),
        (lambda data: RECORD, "record.1.1"),
        (lambda data: data + data, "record.1.1"),
        (lambda data: data[:-1], "record.1.1[0]"),
        (lambda data: b"", "record.1.1"),
        (lambda data: pack((template(Tag.RECORD, Tlv(0xBF01, b"\x5a\x01")),)), "record.BF01[0]"),
    ],
)
def test_a_record_that_is_none_ends_it(change: Callable[[bytes], bytes], where: str) -> None:
    is_refused(saying(0xB2, change), where)


def test_an_object_in_two_records_ends_it() -> None:
    script = Script().having(CA_KEY_INDEX=b"\x92")

    def special(card: ScriptedCard, command: Command) -> Response | None:
        second = command.ins == 0xB2 and command.p2 >> 3 == 2
        return (
            Response(pack((template(Tag.RECORD, Tlv(Tag.HOLDER_NAME, b"ANOTHER")),)), 0x9000)
            if second
            else None
        )

    script.special = special
    is_refused(played(script).outcome, "record.5F20")


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", "options"),
        (b"\x80\x03\x18\x00\x08", "options.94"),
        (b"\x80\x01\x18", "options.82"),
        (b"\x77\x04\x82\x02\x18\x00", "options.94"),
        (b"\x77\x0a\x82\x02\x18\x00\x94\x04\x08\x01\x01\x00" + b"\x00\x01", "options[1]"),
        (b"\x77\x08\x82\x02\x18\x00\x82\x02\x18\x00", "options.82"),
        (b"\x80\x06\x18\x00\x00\x01\x01\x00", "94[0]"),
        (b"\x80\x06\x18\x00\xf8\x01\x01\x00", "94[0]"),
        (b"\x80\x06\x18\x00\x09\x01\x01\x00", "94[0]"),
        (b"\x80\x06\x18\x00\x08\x00\x01\x00", "94[0]"),
        (b"\x80\x06\x18\x00\x08\x02\x01\x00", "94[0]"),
        (b"\x80\x06\x18\x00\x08\x01\x01\x02", "94[0]"),
        (b"\x6f\x00", "options"),
    ],
)
def test_processing_options_that_are_none_end_it(data: bytes, where: str) -> None:
    is_refused(saying(0xA8, lambda _: data), where)


CID_ARQC = b"\x80"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80\x0a" + CID_ARQC + ATC + SEEN[:7],
        b"\x80\x2c" + CID_ARQC + ATC + SEEN + bytes(33),
        b"\x80\x0b\xc0" + ATC + SEEN,
        pack((template(Tag.ANSWER_PACKED, Tlv(Tag.ATC, ATC), Tlv(Tag.CRYPTOGRAM, SEEN)),)),
        pack((template(Tag.ANSWER_PACKED, Tlv(Tag.CRYPTOGRAM_INFORMATION, CID_ARQC), Tlv(Tag.ATC, ATC)),)),
        pack((template(Tag.ANSWER_PACKED, Tlv(Tag.CRYPTOGRAM_INFORMATION, b""), Tlv(Tag.ATC, ATC)),)),
    ],
)
def test_a_cryptogram_that_is_none_ends_it(data: bytes) -> None:
    outcome = saying(0xAE, lambda _: data)
    assert (outcome.verdict, outcome.reason) == (Verdict.ENDED, Reason.CARD_DATA_WRONG)


def test_what_is_unknown_is_kept_and_harms_nobody() -> None:
    script = Script()
    script.objects[0xDF8102] = b"\x01\x02"
    script.objects[0xC1] = b"scheme's own"

    def special(card: ScriptedCard, command: Command) -> Response | None:
        if command.ins != 0xB2 or not card.sent(0xA8):
            return None
        # Zeros before, between and after objects; a length in more bytes than it needs (Book 3, Annex B).
        inner = RECORD + bytes.fromhex("0000DF810202AABB00C18103010203") + b"\x00"
        return Response(b"\x70\x82" + len(inner).to_bytes(2, "big") + inner + b"\x00", 0x9000)

    script = Script(special=special)
    assert played(script).outcome.approved


def test_a_card_cannot_name_the_terminals_data() -> None:
    """A record that holds an amount, results, a country of the terminal is told them like any other."""
    script = Script()
    script.objects |= {
        Tag.AMOUNT: bytes(6),
        Tag.TVR: bytes(5),
        Tag.UNPREDICTABLE: bytes(4),
        Tag.RESPONSE_CODE: b"00",
        Tag.SCRIPT_RESULTS: b"\x20" * 5,
    }
    said = played(script)
    asked = said.asked[0].data
    assert asked[Tag.AMOUNT].hex() == "000000377900"
    assert asked[Tag.TVR].hex() == "8000000000"
    assert asked[Tag.UNPREDICTABLE] != bytes(4)
    assert Tag.SCRIPT_RESULTS not in asked
