"""Offline data authentication: what spoils it, and that whoever changes a signed answer gains nothing."""

from dataclasses import replace

import pytest

from pos.core.emv.outcome import Outcome, Reason, Verdict
from tender.card.certificates import CaKey
from tender.card.tags import Tag
from tender.card.values import Aip, Cryptogram, Tsi, Tvr
from tests.emv_kernel.at_the_terminal import APPLICATION, played, terminal
from tests.emv_kernel.scripted_card import Certified, Script, ScriptedCard, ca, signing

FAILURES = {Aip.SDA: Tvr.SDA_FAILED, Aip.DDA: Tvr.DDA_FAILED, Aip.CDA: Tvr.CDA_FAILED}


def spoilt(aip: Aip, **objects: bytes) -> Outcome:
    """A card with these objects wrong after it was signed; an empty value takes the object away."""
    script = signing(aip).having(**objects)
    return played(script.without(*(Tag[name] for name, value in objects.items() if not value))).outcome


@pytest.mark.parametrize(
    ("aip", "bit"), [(Aip.SDA, Tvr.SDA_FAILED), (Aip.DDA, Tvr.DDA_FAILED), (Aip.CDA, Tvr.CDA_FAILED)]
)
@pytest.mark.parametrize(
    ("objects", "missing"),
    [
        ({"CA_KEY_INDEX": b"\x01"}, False),
        ({"CA_KEY_INDEX": b""}, True),
        ({"ISSUER_CERTIFICATE": bytes(144)}, False),
        ({"ISSUER_CERTIFICATE": bytes(10)}, False),
        ({"ISSUER_CERTIFICATE": b""}, True),
        ({"ISSUER_KEY_EXPONENT": b""}, True),
        ({"ISSUER_KEY_REMAINDER": b"\x00"}, False),
        ({"STATIC_TAGS": b"\x82\x95"}, False),
        ({"EXPIRY": bytes.fromhex("291231")}, False),
    ],
)
def test_authentication_fails_and_says_so(
    aip: Aip, bit: Tvr, objects: dict[str, bytes], missing: bool
) -> None:
    outcome = spoilt(aip, **objects)
    assert bit in outcome.tvr
    assert (Tvr.ICC_DATA_MISSING in outcome.tvr) is missing
    assert Tsi.OFFLINE_DATA_AUTHENTICATION_PERFORMED in outcome.tsi
    assert outcome.approved, "whether that matters, action codes say"


@pytest.mark.parametrize("aip", FAILURES)
def test_a_certificate_called_back_is_none(aip: Aip) -> None:
    revoked = frozenset(((bytes.fromhex("A000000003"), 0x92, b"\x00\x00\x01"),))
    assert FAILURES[aip] in played(signing(aip), at=terminal(revoked=revoked)).outcome.tvr
    assert FAILURES[aip] not in played(signing(aip)).outcome.tvr


@pytest.mark.parametrize("aip", FAILURES)
@pytest.mark.parametrize(
    ("says", "of_the_card"),
    [
        (Certified(identifier="400345"), False),
        (Certified(identifier="400"), None),
        (Certified(issuer_ends=202610), False),
        (Certified(issuer_ends=202611), None),
        (Certified(pan="4003440000000022"), True),
        (Certified(icc_ends=202610), True),
        (Certified(icc_ends=202611), None),
    ],
)
def test_a_certificate_is_for_this_card_and_this_month(
    aip: Aip, says: Certified, of_the_card: bool | None
) -> None:
    """``of_the_card``: its own certificate is wrong, which SDA does not need; ``None``: all is well."""
    failed = FAILURES[aip] in played(signing(aip, says=says)).outcome.tvr
    assert failed is (of_the_card is False or (of_the_card is True and aip is not Aip.SDA))


DAMAGED = replace(ca(), check_sum=bytes(20))
ANOTHERS = CaKey.made(bytes.fromhex("A000000004"), 0x92, ca().key)


@pytest.mark.parametrize("aip", FAILURES)
@pytest.mark.parametrize("place", [0, 1], ids=["damaged", "anothers"])
def test_a_networks_key_that_is_damaged_or_anothers_is_none(aip: Aip, place: int) -> None:
    loaded = (DAMAGED, ANOTHERS)[place]
    assert FAILURES[aip] in played(signing(aip), at=terminal(ca_keys=(loaded,))).outcome.tvr


def test_a_signature_without_the_terminals_number_proves_nothing() -> None:
    assert Tvr.DDA_FAILED in spoilt(Aip.DDA, DDOL=bytes.fromhex("9F0206")).tvr


class Between(ScriptedCard):
    """Somebody between card and terminal changes what the card signed."""

    def __init__(self, script: Script, at: int, change: tuple[bytes, bytes]) -> None:
        super().__init__(script)
        self._at, self._change = at, change

    def transmit(self, octets: bytes) -> bytes:
        answer = super().transmit(octets)
        if octets[1] == 0xAE and len(self.sent(0xAE)) == self._at:
            assert self._change[0] in answer
            return answer.replace(*self._change, 1)
        return answer


ATC_LATER = (bytes.fromhex("9F36020007"), bytes.fromhex("9F36020008"))
AS_APPROVAL = (bytes.fromhex("9F270180"), bytes.fromhex("9F270140"))


@pytest.mark.parametrize("change", [ATC_LATER, AS_APPROVAL])
def test_a_changed_first_cryptogram_is_taken_to_nobody(change: tuple[bytes, bytes]) -> None:
    trusting = terminal(applications=(replace(APPLICATION, online=Tvr(0)),))
    said = played(Between(signing(Aip.CDA), 1, change), at=trusting)
    assert (said.outcome.verdict, said.outcome.reason) == (Verdict.DECLINED_OFFLINE, Reason.SIGNATURE_FORGED)
    assert said.asked == []
    assert Tvr.CDA_FAILED in said.outcome.tvr


def test_a_card_that_signs_another_word_than_it_says_is_not_believed() -> None:
    said = played(replace(signing(Aip.CDA), signs_as=Cryptogram.TC))
    assert (said.outcome.reason, said.asked) == (Reason.SIGNATURE_FORGED, [])


def test_a_changed_last_cryptogram_is_no_approval() -> None:
    said = played(Between(signing(Aip.CDA), 2, ATC_LATER))
    assert (said.outcome.verdict, said.outcome.reason) == (Verdict.DECLINED_ONLINE, Reason.SIGNATURE_FORGED)
    assert said.outcome.reverse
