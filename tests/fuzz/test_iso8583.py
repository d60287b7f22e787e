"""Thousands of spoiled card messages, frames and lines: taken and meant the same again, or refused at a
place."""

import pytest

from tests.fuzz.fuzz import judge
from tests.fuzz.iso8583 import iso8583
from tests.fuzz.targets import Parser, spoiled

EACH = 700
SEED = 20_261_121


@pytest.mark.row("DT-Z-04")
@pytest.mark.parametrize("parser", iso8583(), ids=lambda parser: parser.name)
def test_whatever_a_card_line_says_is_read_or_refused_by_code(parser: Parser) -> None:
    assert all(judge(parser, sample) for sample in parser.samples)
    taken = sum(judge(parser, data) for data in spoiled(parser.samples, SEED, EACH))
    assert taken < EACH
