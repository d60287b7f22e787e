"""What a card approves alone: each reason to ask its bank, each to refuse when nobody can be asked."""

from collections.abc import Callable

import pytest

from hardware.cards.emv.payment_card import PaymentCard
from tender.card.issuer_data import IssuerData
from tender.card.tags import Tag
from tender.crypto.sealing import Pin
from tests.payment_cards.bench import Talk, a_card, answered_by_bank
from tests.payment_cards.test_holder_and_bank import ARQC, TC, online_once, verify

NAME = "visa-cvn10-sda"
OVER_TIYN = bytes.fromhex("000001500001")
"""One tiyn more than the card approves alone, by its lower limit."""
FAR_OVER_TIYN = bytes.fromhex("000003000001")

State = Callable[[Talk], None]


def state(**changes: int) -> State:
    """What an earlier transaction left."""

    def made(talk: Talk) -> None:
        assert isinstance(talk.card, PaymentCard)
        memory = talk.card.chip.memory
        memory.applications[0].state.change(**changes)
        memory.memory.commit()

    return made


def pin_blocked(talk: Talk) -> None:
    """No try left."""
    assert isinstance(talk.card, PaymentCard)
    memory = talk.card.chip.memory
    memory.card.change(pin_tries=0)
    memory.memory.commit()


def wrong_pin(talk: Talk) -> None:
    """Typed in this transaction."""
    assert verify(talk, Pin("9999").block()) == 0x63C2


def nothing(_talk: Talk) -> None:
    """As it was left by a purchase that the bank approved."""


def used() -> Talk:
    """A card that its bank knows, begun anew."""
    talk = Talk(a_card(NAME), NAME)
    online_once(talk)
    talk.again()
    return talk


@pytest.mark.parametrize(
    ("before", "within", "told", "asks"),
    [
        (nothing, nothing, {}, False),
        (state(online_pending=1), nothing, {}, True),
        (state(authentication_failed=1), nothing, {}, True),
        (state(go_online=1), nothing, {}, True),
        (state(last_online_atc=0), nothing, {}, True),
        (pin_blocked, nothing, {}, True),
        (nothing, wrong_pin, {}, True),
        (nothing, nothing, {"t5F2A": b"\x08\x40"}, True),
        (state(offline_count=2), nothing, {}, False),
        (state(offline_count=3), nothing, {}, True),
        (nothing, nothing, {"t9F02": OVER_TIYN}, True),
        (state(offline_tiyn=1_122_101), nothing, {}, True),
        (state(offline_tiyn=1_122_100), nothing, {}, False),
    ],
)
def test_reasons_to_ask_the_bank(before: State, within: State, told: dict[str, bytes], asks: bool) -> None:
    talk = used()
    before(talk)
    talk.begin(NAME)
    within(talk)
    kind = talk.generate(TC, Tag.CDOL1, **told)[Tag.CRYPTOGRAM_INFORMATION]
    assert kind == (b"\x80" if asks else b"\x40")


@pytest.mark.parametrize(
    ("before", "told", "refuses"),
    [
        (nothing, {}, False),
        (state(offline_count=5), {}, False),
        (state(offline_count=6), {}, True),
        (state(last_online_atc=0), {}, True),
        (pin_blocked, {}, True),
        (nothing, {"t5F2A": b"\x08\x40"}, True),
        (nothing, {"t9F02": OVER_TIYN}, False),
        (nothing, {"t9F02": FAR_OVER_TIYN}, True),
    ],
)
def test_reasons_to_refuse_when_nobody_can_be_asked(
    before: State, told: dict[str, bytes], refuses: bool
) -> None:
    talk = used()
    before(talk)
    talk.begin(NAME)
    talk.generate(ARQC, Tag.CDOL1, **told)
    second = talk.generate(TC, Tag.CDOL2, t8A=b"Z3", **told)
    assert second[Tag.CRYPTOGRAM_INFORMATION] == (b"\x00" if refuses else b"\x40")
    assert "UNABLE_TO_GO_ONLINE" in IssuerData.read(second[Tag.ISSUER_DATA]).results.names


def test_a_purchase_that_came_to_no_end_is_told_next_time() -> None:
    """Pulled after the bank was asked: the next cryptogram says so, until one came to its end."""
    talk = used()
    talk.begin(NAME)
    talk.generate(ARQC, Tag.CDOL1)
    told = []
    for _ in range(2):
        talk.again()
        talk.begin(NAME)
        first = talk.generate(ARQC, Tag.CDOL1)
        told.append("LAST_ONLINE_NOT_COMPLETED" in IssuerData.read(first[Tag.ISSUER_DATA]).results.names)
        talk.send("00820000", answered_by_bank(talk, first), gives=False)
        talk.generate(TC, Tag.CDOL2, t8A=b"00")
    assert told == [True, False]
