"""What issuer and card have to say to each other through the terminal: proof, scripts, hashes, reasons."""

from dataclasses import replace
from hashlib import sha1

import pytest

from pos.core.emv.outcome import Reason, Verdict
from pos.core.emv.steps import Answered, GoOnline
from tender.card import dol
from tender.card.apdu import Command, Response
from tender.card.tags import Tag
from tender.card.tlv import Tlv, pack, template
from tender.card.values import Aip, Cryptogram, Tsi, Tvr
from tests.emv_kernel.at_the_terminal import APPLICATION, Played, played, terminal
from tests.emv_kernel.scripted_card import ATC, SEEN, Certified, Script, ScriptedCard, signing

PROVING = Script(aip=Script().aip | Aip.ISSUER_AUTHENTICATION)
UNBLOCK, BLOCK = bytes.fromhex("8424000000"), bytes.fromhex("841E000000")


def script(*commands: bytes, name: bytes = b"") -> bytes:
    """One script's value."""
    named = [Tlv(Tag.SCRIPT_ID, name)] if name else []
    return pack([*named, *(Tlv(Tag.SCRIPT_COMMAND, one) for one in commands)])


def answered(*objects: Tlv, card: Script = PROVING, code: str = "00") -> Played:
    """A purchase whose issuer sends these."""

    def issuer(step: GoOnline) -> Answered:
        return Answered(code, pack(objects))

    return played(card, online=issuer)


def failing(ins: int, sw: int, base: Script = PROVING) -> Script:
    """A card that answers so to one instruction."""
    return replace(base, special=lambda card, command: Response(b"", sw) if command.ins == ins else None)


@pytest.mark.parametrize("length", [8, 16])
def test_the_issuers_proof_is_judged_once(length: int) -> None:
    said = answered(Tlv(Tag.ISSUER_AUTHENTICATION, bytes(length)))
    assert [len(one.data) for one in said.card.sent(0x82)] == [length]
    assert Tsi.ISSUER_AUTHENTICATION_PERFORMED in said.outcome.tsi
    assert Tvr.ISSUER_AUTHENTICATION_FAILED not in said.outcome.tvr


def test_a_proof_that_does_not_hold_is_told_to_the_card_and_kept() -> None:
    said = answered(Tlv(Tag.ISSUER_AUTHENTICATION, bytes(8)), card=failing(0x82, 0x6300))
    assert Tvr.ISSUER_AUTHENTICATION_FAILED in said.outcome.tvr
    assert said.card.sent(0xAE)[1].data[2:7] == said.outcome.tvr.packed()


def test_a_card_that_judges_with_its_cryptogram_finds_the_proof_there() -> None:
    said = answered(Tlv(Tag.ISSUER_AUTHENTICATION, b"proofing"), card=Script())
    assert said.card.sent(0x82) == []
    assert said.card.sent(0xAE)[1].data.endswith(b"proofing")


@pytest.mark.parametrize(
    "objects",
    [
        (Tlv(Tag.ISSUER_AUTHENTICATION, bytes(7)),),
        (Tlv(Tag.ISSUER_AUTHENTICATION, bytes(17)),),
        (Tlv(Tag.ISSUER_AUTHENTICATION, bytes(8)),) * 2,
    ],
)
def test_a_proof_that_is_none_is_as_if_it_had_not_come(objects: tuple[Tlv, ...]) -> None:
    said = answered(*objects)
    assert said.card.sent(0x82) == []
    assert said.outcome.verdict is Verdict.APPROVED_ONLINE


def test_a_script_stops_at_its_first_failure_and_the_next_is_done() -> None:
    card = failing(0x24, 0x6982)
    said = answered(
        Tlv(Tag.SCRIPT_BEFORE, script(UNBLOCK, BLOCK, name=b"\x00\x00\x00\x07")),
        Tlv(Tag.SCRIPT_BEFORE, script(BLOCK, UNBLOCK, BLOCK)),
        card=card,
    )
    assert [one.ins for one in said.card.told if one.ins in (0x24, 0x1E)] == [0x24, 0x1E, 0x24]
    assert said.outcome.script_results.hex() == "1100000007" + "1200000000"
    assert Tvr.SCRIPT_FAILED_BEFORE_FINAL_AC in said.outcome.tvr
    assert said.outcome.approved


def test_a_script_after_the_last_word_changes_nothing_of_it() -> None:
    card = failing(0x24, 0x6982)
    said = answered(Tlv(Tag.SCRIPT_AFTER, script(UNBLOCK)), card=card)
    assert (said.outcome.approved, said.outcome.script_results.hex()) == (True, "1100000000")
    assert Tvr.SCRIPT_FAILED_AFTER_FINAL_AC in said.outcome.tvr
    assert said.outcome.data[Tag.SCRIPT_RESULTS] == said.outcome.script_results


@pytest.mark.parametrize("sw", [0x9000, 0x6200, 0x6310])
def test_a_script_goes_on_after_a_warning(sw: int) -> None:
    said = answered(Tlv(Tag.SCRIPT_AFTER, script(UNBLOCK, BLOCK)), card=failing(0x24, sw))
    assert said.outcome.script_results.hex() == "2000000000"


@pytest.mark.parametrize(
    ("value", "results"),
    [(b"\x86\x02\x84\x24", "0000000000"), (b"\x86\x05\x84", "0000000000"), (b"", "2000000000")],
)
def test_a_script_that_cannot_be_read_is_not_performed(value: bytes, results: str) -> None:
    said = answered(Tlv(Tag.SCRIPT_AFTER, value))
    assert (said.outcome.approved, said.outcome.script_results.hex()) == (True, results)


@pytest.mark.parametrize(("count", "done"), [(14, True), (15, False)])
def test_no_more_than_128_bytes_of_scripts_are_taken(count: int, done: bool) -> None:
    """Fourteen commands fit, fifteen and a filler do not (Book 3, 10.10)."""
    said = answered(Tlv(Tag.SCRIPT_AFTER, script(*[UNBLOCK] * count) + bytes(126 - 7 * 14)))
    assert bool(said.card.sent(0x24)) is done
    assert said.outcome.approved


@pytest.mark.parametrize("own", [True, False])
def test_a_card_that_wants_a_hash_of_the_transaction_gets_it(own: bool) -> None:
    """Book 3, 9.2.2: over the card's own list, or over the terminal's, which the TVR says."""
    listed = dol.pack({Tag.AMOUNT: 6, Tag.CURRENCY: 2})
    wanted = dol.pack({Tag.TC_HASH: 20, Tag.TVR: 5})
    card = Script().having(CDOL1=wanted, **({"TDOL": listed} if own else {}))
    said = played(card, at=terminal(applications=(replace(APPLICATION, tdol=listed),)))
    told = said.card.sent(0xAE)[0].data
    assert told[:20] == sha1(bytes.fromhex("0000003779000398"), usedforsecurity=False).digest()
    assert (Tvr.DEFAULT_TDOL_USED in Tvr.read(told[20:])) is not own


@pytest.mark.parametrize(
    ("information", "reason"),
    [
        (0x00, Reason.CARD_REFUSED),
        (0x01, Reason.SERVICE_NOT_ALLOWED),
        (0x02, Reason.PIN_TRIES_EXCEEDED),
        (0x07, Reason.CARD_REFUSED),
    ],
)
def test_a_card_may_say_why(information: int, reason: Reason) -> None:
    def special(card: ScriptedCard, command: Command) -> Response | None:
        value = bytes((information,)) + ATC + SEEN
        return Response(pack((Tlv(Tag.ANSWER_PLAIN, value),)), 0x9000) if command.ins == 0xAE else None

    outcome = played(Script(special=special)).outcome
    assert (outcome.verdict, outcome.reason) == (Verdict.DECLINED_OFFLINE, reason)


def test_the_authentication_code_of_static_data_can_be_asked_for() -> None:
    said = played(signing(Aip.SDA, Script().having(CDOL1=dol.pack({Tag.DATA_CODE: 2, Tag.TVR: 5}))))
    assert said.card.sent(0xAE)[0].data[:2] == b"\xda\xc0"
    assert Tvr.SDA_FAILED not in said.outcome.tvr


@pytest.mark.parametrize(("sfi", "template_inside"), [(1, False), (11, True)])
def test_what_is_authenticated_of_a_record_depends_on_its_file(sfi: int, template_inside: bool) -> None:
    """Book 3, 10.3: without the template for files 1 to 10, whole for the others."""
    plain = Script(aip=Script().aip | Aip.SDA)
    inner = pack(Tlv(tag, value) for tag, value in plain.objects.items())
    whole = pack((template(Tag.RECORD, *(Tlv(tag, value) for tag, value in plain.objects.items())),))
    card = signing(Aip.SDA, plain, Certified(static=whole if template_inside else inner))

    def special(one: ScriptedCard, command: Command) -> Response | None:
        if command.ins == 0xA8:
            afl = bytes((sfi << 3, 1, 1, 1)) + one.afl()[4:]
            return Response(pack((Tlv(Tag.ANSWER_PLAIN, card.aip.packed() + afl),)), 0x9000)
        if command.ins == 0xB2 and command.p2 >> 3 == sfi and one.sent(0xA8):
            return Response(whole, 0x9000)
        return None

    card.special = special
    assert Tvr.SDA_FAILED not in played(card).outcome.tvr


def test_a_record_that_is_no_template_cannot_be_authenticated() -> None:
    """In the files that are not EMV's own it is no fault of form; signed or not, it proves nothing."""
    plain = Script(aip=Script().aip | Aip.SDA)
    inner = pack(Tlv(tag, value) for tag, value in plain.objects.items())
    card = signing(Aip.SDA, plain, Certified(static=inner + b"\x01\x02"))

    def special(one: ScriptedCard, command: Command) -> Response | None:
        if command.ins == 0xA8:
            afl = one.afl() + bytes((11 << 3, 1, 1, 1))
            return Response(pack((Tlv(Tag.ANSWER_PLAIN, card.aip.packed() + afl),)), 0x9000)
        return Response(b"\x01\x02", 0x9000) if command.ins == 0xB2 and command.p2 >> 3 == 11 else None

    card.special = special
    outcome = played(card).outcome
    assert Tvr.SDA_FAILED in outcome.tvr
    assert outcome.approved


@pytest.mark.parametrize(
    ("asked", "given"), [("denial", Cryptogram.ARQC), ("denial", Cryptogram.TC), ("online", Cryptogram.TC)]
)
def test_a_card_that_gives_more_than_was_asked_for_ends_it(asked: str, given: Cryptogram) -> None:
    """An approval where the terminal refuses, or where it wants the issuer asked."""

    def special(card: ScriptedCard, command: Command) -> Response | None:
        value = bytes((given,)) + ATC + SEEN
        return Response(pack((Tlv(Tag.ANSWER_PLAIN, value),)), 0x9000) if command.ins == 0xAE else None

    denial = Tvr.every() if asked == "denial" else Tvr(0)
    at = terminal(applications=(replace(APPLICATION, denial=denial),))
    said = played(Script(special=special), at=at)
    assert (said.outcome.verdict, said.outcome.reason) == (Verdict.ENDED, Reason.CARD_ANSWER_WRONG)
    assert said.asked == []


def test_a_second_request_to_the_issuer_is_no_answer() -> None:
    said = played(Script(decides=(Cryptogram.ARQC, Cryptogram.ARQC)), online=lambda step: Answered("05"))
    assert said.outcome.verdict is Verdict.DECLINED_ONLINE
