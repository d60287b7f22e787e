"""Thousands of spoiled talks of a card with a terminal: each ends in an outcome, none in a wrong yes."""

import pytest

from tests.fuzz.emv import emv
from tests.fuzz.fuzz import judge
from tests.fuzz.targets import Parser, spoiled

EACH = 700
SEED = 20_261_121


@pytest.mark.row("DT-Z-04")
@pytest.mark.parametrize("parser", emv(), ids=lambda parser: parser.name)
def test_whatever_a_payment_card_says_has_an_end(parser: Parser) -> None:
    assert all(judge(parser, sample) for sample in parser.samples)
    taken = sum(judge(parser, data) for data in spoiled(parser.samples, SEED, EACH))
    assert 0 < taken < EACH
