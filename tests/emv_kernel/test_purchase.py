"""A purchase from selection to the last word: what the card and the issuer are told, what is sealed."""

from dataclasses import replace

import pytest

from pos.core.emv.outcome import Reason, Verdict
from pos.core.emv.steps import Answered, GoOnline, Unanswered
from pos.core.emv.terminal import Application, Terminal
from tender.card.tags import Tag
from tender.card.tlv import Tlv, pack
from tender.card.values import Aip, Cryptogram, TransactionType, Tsi, Tvr
from tests.emv_kernel.at_the_terminal import APPLICATION, played, sale, terminal
from tests.emv_kernel.scripted_card import ATC, SEEN, Script, signing

TC, ARQC, AAC = Cryptogram.TC, Cryptogram.ARQC, Cryptogram.AAC
TRUSTING = replace(APPLICATION, online=Tvr(0), default=Tvr(0))
"""A terminal that sends nothing online by itself, and approves when nobody answers."""
TRUSTED = Script().having(IAC_DEFAULT=bytes(5), IAC_ONLINE=bytes(5), IAC_DENIAL=bytes(5))


def with_only(application: Application) -> Terminal:
    """A terminal with this application alone."""
    return terminal(applications=(application,))


def test_a_purchase_online_is_said_in_the_order_of_the_standard() -> None:
    said = played(Script())
    assert said.outcome.verdict is Verdict.APPROVED_ONLINE
    instructions = [command.ins for command in said.card.told]
    assert instructions == [0xA4, 0xB2, 0xB2, 0xA4, 0xA8, 0xB2, 0xAE, 0xAE]
    first, second = said.card.sent(0xAE)
    assert (first.p1, second.p1) == (ARQC, TC)
    # CDOL1 in its order: amount, other amount, country, TVR …
    assert first.data[:16].hex() == "000000377900" + "000000000000" + "0398" + "8000"
    assert second.data[:2] == b"00"


def test_the_issuer_is_told_what_the_card_saw() -> None:
    (asked,) = played(Script()).asked
    assert asked.data[Tag.CRYPTOGRAM] == SEEN
    assert asked.data[Tag.ATC] == ATC
    assert asked.data[Tag.AMOUNT].hex() == "000000377900"
    assert asked.data[Tag.DATE].hex() == "261121"
    assert str(asked.pan) == "400344******0014"
    assert (asked.expiry, asked.sequence) == ("3012", 1)
    assert "0014" not in repr(asked).replace("400344******0014", ""), "nothing shows the card's number"


@pytest.mark.parametrize(
    ("aip", "performed", "signed"),
    [
        (Aip(0), False, 0),
        (Aip.SDA, True, 0),
        (Aip.DDA, True, 0),
        (Aip.CDA, True, 0x10),
        (Aip.SDA | Aip.DDA | Aip.CDA, True, 0x10),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_each_way_of_authentication_holds(aip: Aip, performed: bool, signed: int, packed: bool) -> None:
    script = Script(packed=packed)
    said = played(signing(aip, script) if aip else script)
    outcome = said.outcome
    assert outcome.verdict is Verdict.APPROVED_ONLINE
    assert (Tsi.OFFLINE_DATA_AUTHENTICATION_PERFORMED in outcome.tsi) is performed
    assert outcome.tvr & ~Tvr.SDA_SELECTED == (
        Tvr(0) if performed else Tvr.OFFLINE_DATA_AUTHENTICATION_NOT_PERFORMED
    )
    assert [one.p1 & 0x10 for one in said.card.sent(0xAE)] == [signed, signed]
    assert outcome.data[Tag.CRYPTOGRAM] == SEEN


def test_a_card_approves_by_itself_where_nobody_minds() -> None:
    said = played(
        replace(signing(Aip.CDA, TRUSTED), decides=(TC,)),
        at=with_only(TRUSTING),
    )
    assert (said.outcome.verdict, said.outcome.response_code) == (Verdict.APPROVED_OFFLINE, "Y1")
    assert not said.asked


@pytest.mark.parametrize(
    ("decides", "code", "verdict", "reason", "reverse"),
    [
        ((AAC,), "00", Verdict.DECLINED_OFFLINE, Reason.CARD_REFUSED, False),
        ((ARQC, TC), "00", Verdict.APPROVED_ONLINE, Reason.APPROVED, False),
        ((ARQC, TC), "51", Verdict.DECLINED_ONLINE, Reason.ISSUER_REFUSED, False),
        ((ARQC, AAC), "00", Verdict.DECLINED_ONLINE, Reason.CARD_REFUSED_AFTER_ISSUER, True),
        ((ARQC, AAC), "05", Verdict.DECLINED_ONLINE, Reason.ISSUER_REFUSED, False),
        ((ARQC, ARQC), "00", Verdict.DECLINED_ONLINE, Reason.CARD_ANSWER_WRONG, True),
    ],
)
def test_issuer_and_card_both_have_a_say(
    decides: tuple[Cryptogram, ...], code: str, verdict: Verdict, reason: Reason, reverse: bool
) -> None:
    outcome = played(Script(decides=decides), online=lambda step: Answered(code)).outcome
    assert (outcome.verdict, outcome.reason, outcome.reverse) == (verdict, reason, reverse)


@pytest.mark.parametrize(
    ("trusting", "sent", "verdict", "code", "reverse"),
    [
        (False, True, Verdict.DECLINED_OFFLINE, "Z3", True),
        (False, False, Verdict.DECLINED_OFFLINE, "Z3", False),
        (True, True, Verdict.APPROVED_OFFLINE, "Y3", True),
        (True, False, Verdict.APPROVED_OFFLINE, "Y3", False),
    ],
)
def test_nobody_answers(trusting: bool, sent: bool, verdict: Verdict, code: str, reverse: bool) -> None:
    where = with_only(TRUSTING) if trusting else None
    script = TRUSTED if trusting else Script()
    outcome = played(script, online=lambda step: Unanswered(sent), at=where).outcome
    assert (outcome.verdict, outcome.response_code, outcome.reverse) == (verdict, code, reverse)


def test_what_the_terminal_denies_is_asked_of_the_card_as_a_refusal() -> None:
    denying = replace(APPLICATION, denial=Tvr.FLOOR_LIMIT_EXCEEDED)
    said = played(Script(), of=sale(2_000_000), at=with_only(denying))
    assert (said.outcome.verdict, said.outcome.reason) == (Verdict.DECLINED_OFFLINE, Reason.TERMINAL_REFUSED)
    assert [one.p1 for one in said.card.sent(0xAE)] == [AAC]


def test_a_refund_closes_the_card_and_asks_the_issuer() -> None:
    said = played(Script(), of=sale(kind=TransactionType.REFUND))
    assert said.outcome.verdict is Verdict.APPROVED_ONLINE
    assert [one.p1 for one in said.card.sent(0xAE)] == [AAC]
    assert said.asked[0].data[Tag.TRANSACTION_TYPE] == b"\x20"


def test_a_balance_is_the_issuers_to_tell() -> None:
    said = played(TRUSTED, of=sale(0, kind=TransactionType.BALANCE), at=with_only(TRUSTING))
    assert said.card.sent(0xAE)[0].p1 == ARQC
    lost = played(
        TRUSTED,
        of=sale(0, kind=TransactionType.BALANCE),
        online=lambda step: Unanswered(),
        at=with_only(TRUSTING),
    )
    assert lost.outcome.verdict is Verdict.DECLINED_OFFLINE


def test_the_issuers_proof_and_scripts_reach_the_card() -> None:
    script = Script(aip=Script().aip | Aip.ISSUER_AUTHENTICATION)
    before = pack(
        (Tlv(Tag.SCRIPT_ID, b"\x00\x00\x00\x01"), Tlv(Tag.SCRIPT_COMMAND, bytes.fromhex("8424000000")))
    )
    after = pack((Tlv(Tag.SCRIPT_COMMAND, bytes.fromhex("841E000000")),))
    chip = pack(
        (
            Tlv(Tag.ISSUER_AUTHENTICATION, bytes(8)),
            Tlv(Tag.SCRIPT_BEFORE, before),
            Tlv(Tag.SCRIPT_AFTER, after),
        )
    )

    def issuer(step: GoOnline) -> Answered:
        return Answered("00", chip)

    said = played(script, online=issuer)
    assert [one.ins for one in said.card.told][-5:] == [0xAE, 0x82, 0x24, 0xAE, 0x1E]
    assert said.outcome.script_results.hex() == "2000000001" + "2000000000"
    assert Tsi.ISSUER_AUTHENTICATION_PERFORMED | Tsi.SCRIPT_PROCESSING_PERFORMED in said.outcome.tsi
