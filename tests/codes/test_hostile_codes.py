"""What strangers print on paper: spoiled codes by the thousand, read or refused with a code and a path."""

import pytest

from tests.fuzz.fuzz import judge
from tests.fuzz.scanned import scanned
from tests.fuzz.targets import Parser, spoiled

EACH = 2_500
SEED = 20_261_122


@pytest.mark.row("DT-Z-04")
@pytest.mark.parametrize("parser", scanned(), ids=lambda parser: parser.name)
def test_spoiled_codes_are_refused_in_words(parser: Parser) -> None:
    verdicts = [judge(parser, data) for data in spoiled(parser.samples, SEED, EACH)]
    assert all(judge(parser, sample) for sample in parser.samples)
    assert verdicts.count(False) > EACH // 10 or parser.name == "scanned"
