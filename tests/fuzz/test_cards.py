"""Thousands of spoiled APDUs, answers and records: a code for each, whichever end reads them (DT-Z-04)."""

import pytest

from hardware.purse_client import PurseClient
from tender.errors import Code, DeviceError
from tests.fuzz.cards import ASKED, Endless, cards
from tests.fuzz.fuzz import judge
from tests.fuzz.purse import purse
from tests.fuzz.targets import Parser, spoiled

EACH = 3_000
EACH_TERMINAL = 500
SEED = 20_261_121


@pytest.mark.row("DT-Z-04")
@pytest.mark.parametrize("parser", cards(), ids=lambda parser: parser.name)
def test_what_reader_and_card_say_to_each_other_is_read_or_refused_by_code(parser: Parser) -> None:
    assert any(judge(parser, sample) for sample in parser.samples), "no sample is good"
    taken = sum(judge(parser, data) for data in spoiled(parser.samples, SEED, EACH))
    # A card answers a status to everything; each other parser refuses some.
    assert taken == EACH if parser.name == "tap commands" else taken < EACH


@pytest.mark.row("DT-Z-04")
def test_a_purse_card_answers_a_status_to_any_terminal_and_keeps_its_books() -> None:
    (card,) = purse()
    assert all(judge(card, sample) for sample in card.samples)
    assert all(judge(card, data) for data in spoiled(card.samples, SEED, EACH_TERMINAL))


@pytest.mark.row("DT-Z-04")
@pytest.mark.parametrize("place", range(len(ASKED)))
def test_a_card_that_always_has_more_is_told_off_and_not_followed_for_ever(place: int) -> None:
    reader = Endless()
    try:
        told = ASKED[place](PurseClient(reader))
    except DeviceError as error:
        assert error.code is Code.CARD_WRONG
    else:
        assert not isinstance(told, tuple) or len(told) <= 1 << 17
    assert reader.asked <= 1 << 14
