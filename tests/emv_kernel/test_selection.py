"""Which application: the directory, the terminal's names, choice, blocked cards, and what may fall back."""

from dataclasses import replace

import pytest

from pos.core.emv.fallback import silent
from pos.core.emv.outcome import Reason, Verdict
from pos.core.emv.steps import ChooseApplication, Chosen
from tender.card.apdu import Command, Response
from tender.card.tags import Tag
from tender.card.tlv import Tlv, pack, template
from tests.emv_kernel.at_the_terminal import APPLICATION, played, terminal
from tests.emv_kernel.scripted_card import AID, Script, ScriptedCard

OTHER = bytes.fromhex("A0000000032010")
FOREIGN = bytes.fromhex("A0000000651010")
BOTH = Script(applications=((AID, b"CREDIT"), (OTHER, b"ELECTRON")))


def answers(ins: int, sw: int, data: bytes = b"", *, only: bytes | None = None) -> Script:
    """A card that answers so to one instruction (with this data alone)."""

    def special(card: ScriptedCard, command: Command) -> Response | None:
        fits = command.ins == ins and (only is None or command.data == only)
        return Response(data, sw) if fits else None

    return Script(special=special)


def fci(*inner: Tlv, name: bytes = AID) -> bytes:
    return pack((template(Tag.FCI, Tlv(Tag.DF_NAME, name), template(Tag.FCI_PROPRIETARY, *inner)),))


NO_DIRECTORY_BLOCKED = replace(answers(0xA4, 0x6A81, only=APPLICATION.aid), directory=False)


def named(label: bytes, preferred: bytes = b"", table: bytes = b"") -> tuple[Tlv, ...]:
    """What an application says it is called; what is empty is not said."""
    said = {Tag.LABEL: label, Tag.PREFERRED_NAME: preferred, Tag.CODE_TABLE: table}
    return tuple(Tlv(tag, value) for tag, value in said.items() if value)


@pytest.mark.parametrize("directory", [True, False])
def test_both_ways_to_the_same_application(directory: bool) -> None:
    outcome = played(Script(directory=directory)).outcome
    assert (outcome.approved, outcome.aid, outcome.label) == (True, AID, "SCRIPTED")


@pytest.mark.parametrize("directory", [True, False])
def test_the_cardholder_chooses_and_the_best_stands_first(directory: bool) -> None:
    said = played(replace(BOTH, directory=directory), choose=lambda step: Chosen(1))
    (choice,) = said.choices
    assert [one.label for one in choice.candidates] == ["CREDIT", "ELECTRON"]
    assert said.outcome.aid == OTHER


def test_a_terminal_that_cannot_ask_takes_the_best() -> None:
    said = played(BOTH, at=terminal(chooses=False))
    assert (said.outcome.aid, said.choices) == (AID, [])


def test_who_wants_none_of_it_pays_nothing() -> None:
    outcome = played(BOTH, choose=lambda step: Chosen(None)).outcome
    assert (outcome.verdict, outcome.reason) == (Verdict.ENDED, Reason.CALLED_OFF)


@pytest.mark.parametrize(("chooses", "reason"), [(True, None), (False, Reason.NO_APPLICATION)])
def test_one_that_wants_a_yes_is_not_used_without(chooses: bool, reason: Reason | None) -> None:
    script = answers(
        0xA4, 0x9000, fci(Tlv(Tag.LABEL, b"ASK"), Tlv(Tag.PRIORITY, b"\x81")), only=APPLICATION.aid
    )
    said = played(replace(script, directory=False), at=terminal(chooses=chooses))
    if reason is None:
        assert said.choices[0].candidates[0].must_confirm
        assert said.outcome.approved
    else:
        assert (said.outcome.reason, said.choices) == (reason, [])


@pytest.mark.parametrize("length", [4, 17, 187])
@pytest.mark.parametrize("directory", [True, False])
def test_a_name_that_is_too_short_or_too_long_is_no_application(length: int, directory: bool) -> None:
    """Whatever keeps or sends it has room for sixteen bytes."""
    name = (AID + bytes(200))[:length]
    script = Script(applications=((name, b"LONG"),), directory=directory)
    outcome = played(script, at=terminal(applications=(replace(APPLICATION, aid=AID[:4]),))).outcome
    assert (outcome.verdict.approved, outcome.reason) == (False, Reason.NO_APPLICATION)
    fits = Script(applications=(((AID + bytes(9))[:16], b"LONG"),), directory=directory)
    assert played(fits).outcome.approved


def test_one_that_does_not_answer_gives_way_to_the_next() -> None:
    """Book 1, 12.4: the choice is made again without it."""
    script = replace(answers(0xA4, 0x6A82, only=AID), applications=BOTH.applications)
    offered: list[int] = []

    def choose(step: ChooseApplication) -> Chosen:
        offered.append(len(step.candidates))
        return Chosen(0)

    said = played(script, choose=choose)
    assert (offered, said.outcome.aid) == ([2], OTHER)


def test_one_that_does_not_want_now_gives_way_to_the_next() -> None:
    """Book 3, 10.1: 6985 to the processing options."""

    def special(card: ScriptedCard, command: Command) -> Response | None:
        refuses = command.ins == 0xA8 and len(card.sent(0xA8)) == 1
        return Response(b"", 0x6985) if refuses else None

    said = played(replace(BOTH, special=special))
    assert said.outcome.aid == OTHER
    assert said.outcome.approved


@pytest.mark.parametrize(
    ("script", "verdict", "reason"),
    [
        (answers(0xA4, 0x6A81), Verdict.ENDED, Reason.CARD_BLOCKED),
        (
            replace(answers(0xA4, 0x6A81, only=APPLICATION.aid), directory=False),
            Verdict.ENDED,
            Reason.CARD_BLOCKED,
        ),
        (answers(0xA4, 0x6283, only=AID), Verdict.ENDED, Reason.APPLICATION_BLOCKED),
        (answers(0xA8, 0x6985), Verdict.ENDED, Reason.APPLICATION_BLOCKED),
        (Script(applications=((FOREIGN, b"ELSEWHERE"),)), Verdict.OTHER_INTERFACE, Reason.NO_APPLICATION),
        (answers(0xA4, 0x6A82), Verdict.OTHER_INTERFACE, Reason.NO_APPLICATION),
        (answers(0xA4, 0x6D00), Verdict.OTHER_INTERFACE, Reason.NO_APPLICATION),
        (answers(0xA4, 0x9000, b"\x6f"), Verdict.OTHER_INTERFACE, Reason.NO_APPLICATION),
        (answers(0xA4, 0x9000, fci(name=FOREIGN)), Verdict.OTHER_INTERFACE, Reason.NO_APPLICATION),
        (
            answers(0xA4, 0x9000, fci(name=AID + b"\x01"), only=AID),
            Verdict.OTHER_INTERFACE,
            Reason.NO_APPLICATION,
        ),
        (answers(0xA8, 0x6A80), Verdict.OTHER_INTERFACE, Reason.CARD_ANSWER_WRONG),
        (answers(0xA8, 0x9000, b"\x80\x02\x18\x00"), Verdict.OTHER_INTERFACE, Reason.CARD_DATA_WRONG),
        (answers(0xB2, 0x6A88), Verdict.ENDED, Reason.CARD_ANSWER_WRONG),
        (answers(0xAE, 0x6985), Verdict.ENDED, Reason.CARD_ANSWER_WRONG),
    ],
)
def test_what_ends_it_and_what_may_fall_back(script: Script, verdict: Verdict, reason: Reason) -> None:
    """A blocked card, and one that has begun to speak, are no broken chip: no way around them."""
    said = played(script)
    assert (said.outcome.verdict, said.outcome.reason) == (verdict, reason)
    assert not said.asked
    stripeless = played(script, at=terminal(reads_stripes=False)).outcome
    assert stripeless.verdict is Verdict.ENDED


def test_a_card_that_does_not_know_a_later_name_is_not_blocked() -> None:
    """Book 1, 12.3.3: 6A81 to the first name is a blocked card, to another one name less."""
    foreign = replace(APPLICATION, aid=FOREIGN)
    script = replace(answers(0xA4, 0x6A81, only=FOREIGN), directory=False)
    assert played(script, at=terminal(applications=(APPLICATION, foreign))).outcome.approved
    blocked = played(script, at=terminal(applications=(foreign, APPLICATION))).outcome
    assert blocked.reason is Reason.CARD_BLOCKED


def test_a_card_that_gives_no_answer_to_reset_may_be_swiped() -> None:
    assert silent(terminal()).verdict is Verdict.OTHER_INTERFACE
    assert silent(terminal(reads_stripes=False)).verdict is Verdict.ENDED


@pytest.mark.parametrize("directory", [b"", b"\x70\x00", b"\x70\x03\x61\x05\x4f", b"\x61\x00"])
def test_a_directory_that_cannot_be_read_is_none(directory: bytes) -> None:
    def special(card: ScriptedCard, command: Command) -> Response | None:
        first = command.ins == 0xB2 and not card.sent(0xA8)
        done = command.p1 > 1
        return (Response(b"", 0x6A83) if done else Response(directory, 0x9000)) if first else None

    assert played(Script(special=special)).outcome.approved


def test_a_card_with_ever_more_names_is_not_believed() -> None:
    def special(card: ScriptedCard, command: Command) -> Response | None:
        if command.ins != 0xA4 or command.data != APPLICATION.aid:
            return None
        return Response(fci(name=AID + bytes((len(card.told),))), 0x9000)

    said = played(Script(directory=False, special=special))
    assert len(said.choices[0].candidates) == 16


@pytest.mark.parametrize(
    ("inner", "label"),
    [
        (
            (Tlv(Tag.LABEL, b"LABEL"), Tlv(Tag.PREFERRED_NAME, b"LIKED"), Tlv(Tag.CODE_TABLE, b"\x01")),
            "LIKED",
        ),
        (
            (
                Tlv(Tag.LABEL, b"LABEL"),
                Tlv(Tag.PREFERRED_NAME, "Карта".encode("iso8859-5")),
                Tlv(Tag.CODE_TABLE, b"\x05"),
            ),
            "Карта",
        ),
        (
            (Tlv(Tag.LABEL, b"LABEL"), Tlv(Tag.PREFERRED_NAME, b"LIKED"), Tlv(Tag.CODE_TABLE, b"\x07")),
            "LABEL",
        ),
        (named(b"LABEL", b"LIKED", b"\x01"), "LIKED"),
        (named(b"LABEL", "Карта".encode("iso8859-5"), b"\x05"), "Карта"),
        (named(b"LABEL", b"LIKED", b"\x07"), "LABEL"),
        (named(b"LABEL", b"LIKED"), "LABEL"),
        (named(b"\x00\x1b[2J"), "[2J"),
        ((), "Visa-style"),
    ],
)
def test_what_an_application_is_called(inner: tuple[Tlv, ...], label: str) -> None:
    script = answers(0xA4, 0x9000, fci(*inner), only=APPLICATION.aid)
    assert played(replace(script, directory=False)).outcome.label == label
