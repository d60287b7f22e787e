"""A card pulled at every command, before the chip heard it and after: what is certain then is always said."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from pos.core.emv.outcome import Certain, Outcome, Reason, Verdict
from pos.core.emv.steps import Answered, Gone, GoOnline, Stage, Unanswered
from tender.card.tags import Tag
from tender.card.tlv import Tlv, pack
from tender.card.values import Aip
from tender.errors import Code, DeviceError
from tests.emv_kernel.at_the_terminal import Played, played
from tests.emv_kernel.scripted_card import AID, Script, ScriptedCard, authenticated

SCRIPT = pack((Tlv(Tag.SCRIPT_COMMAND, bytes.fromhex("8424000000")),))
CHIP = pack(
    (
        Tlv(Tag.ISSUER_AUTHENTICATION, bytes(8)),
        Tlv(Tag.SCRIPT_BEFORE, SCRIPT),
        Tlv(Tag.SCRIPT_AFTER, SCRIPT),
    )
)
AFTER_THE_ISSUER = frozenset((Stage.ISSUER_AUTHENTICATION, Stage.SCRIPTS_BEFORE, Stage.SECOND_CRYPTOGRAM))
Issuer = Callable[[GoOnline], Answered | Unanswered]


@cache
def full_card() -> Script:
    """One that is asked for everything: DDA, enciphered PIN, risk, issuer's proof."""
    plain = Script().having(
        CVM_LIST=bytes.fromhex("00000000000000000400"), OFFLINE_LOWER=b"\x01", OFFLINE_UPPER=b"\x02"
    )
    aip = plain.aip | Aip.DDA | Aip.ISSUER_AUTHENTICATION
    script = authenticated(replace(plain, aip=aip), pin_key=True)
    return replace(script, counters={Tag.ATC: b"\x00\x09", Tag.LAST_ONLINE_ATC: b"\x00\x08"})


class LosesAnswers(ScriptedCard):
    """Pulled a moment later: the chip did what it was told, and nobody heard."""

    def __init__(self, script: Script, pulled_at: int) -> None:
        super().__init__(script)
        self._last = pulled_at

    def transmit(self, octets: bytes) -> bytes:
        if len(self.told) > self._last:
            raise DeviceError(Code.CARD_GONE, "card")
        answer = super().transmit(octets)
        if len(self.told) > self._last:
            raise DeviceError(Code.CARD_OUTCOME_UNKNOWN, "card")
        return answer


def approves(step: GoOnline) -> Answered:
    return Answered("00", CHIP)


def declines(step: GoOnline) -> Answered:
    return Answered("51", CHIP)


def is_silent(step: GoOnline) -> Unanswered:
    return Unanswered()


def pulled(issuer: Issuer, place: int, *, heard: bool) -> Played:
    """The card is gone at this command, or at its answer."""
    script = full_card()
    card = LosesAnswers(script, place) if heard else ScriptedCard(script, pulled_at=place)
    return played(card, online=issuer)


def expected(issuer: Issuer, asked: bool, stage: Stage) -> tuple[Verdict, Certain]:
    """What must be certain, by what the issuer had been asked and had said."""
    if stage is Stage.SCRIPTS_AFTER:
        return (
            (Verdict.APPROVED_ONLINE, Certain.PAID)
            if issuer is approves
            else (Verdict.DECLINED_ONLINE, Certain.NOTHING_MOVED)
        )
    if not asked:
        return Verdict.ENDED, Certain.NOTHING_MOVED
    return Verdict.DECLINED_ONLINE, Certain.NOTHING_MOVED if issuer is declines else Certain.TO_BE_UNDONE


def check(outcome: Outcome, issuer: Issuer, asked: bool) -> Stage:
    stage = outcome.stage
    assert stage is not None
    assert (outcome.verdict, outcome.certain) == expected(issuer, asked, stage), stage
    assert outcome.torn == (stage is not Stage.SCRIPTS_AFTER)
    if asked:
        assert stage in AFTER_THE_ISSUER | {Stage.SCRIPTS_AFTER}
    return stage


@pytest.mark.parametrize("heard", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("issuer", [approves, declines, is_silent])
def test_a_card_pulled_at_every_command(issuer: Issuer, heard: bool) -> None:
    whole = played(full_card(), online=issuer)
    count = len(whole.card.told)
    assert whole.outcome.reason is not Reason.CARD_GONE
    stages = []
    for place in range(count):
        said = pulled(issuer, place, heard=heard)
        stages.append(check(said.outcome, issuer, bool(said.asked)))
    everywhere = set(Stage) - {Stage.ONLINE}
    if issuer is is_silent:
        everywhere -= {Stage.ISSUER_AUTHENTICATION, Stage.SCRIPTS_BEFORE, Stage.SCRIPTS_AFTER}
    assert set(stages) == everywhere, "every stage that talks to the card was torn"


def test_a_card_taken_away_while_its_holder_is_asked() -> None:
    """The driver may say so at once, and nothing is asked of the card any more."""
    at_the_pin = played(full_card(), pin=lambda step: Gone())
    assert (at_the_pin.outcome.torn, at_the_pin.outcome.stage) == (True, Stage.CARDHOLDER)
    both = Script(applications=((AID, b"ONE"), (AID + b"\x01", b"OTHER")))
    at_the_choice = played(both, choose=lambda step: Gone())
    assert (at_the_choice.outcome.torn, at_the_choice.outcome.stage) == (True, Stage.SELECTION)
    assert at_the_choice.outcome.certain is Certain.NOTHING_MOVED


def test_nothing_of_a_torn_card_helps_another_interface() -> None:
    """A card that is taken away is to be put back, not swiped."""
    for place in range(3):
        assert pulled(approves, place, heard=False).outcome.verdict is Verdict.ENDED
