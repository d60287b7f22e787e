"""Whatever goes wrong with a card or a reader, the sentence says what to do next."""

import pytest

from faces.words import sentence
from tender.errors import Code, Refusal

NEXT = [
    (Code.CARD_MISSING, "Hold the card to it"),
    (Code.CARD_GONE, "Hold it to the reader again"),
    (Code.CARD_OUTCOME_UNKNOWN, "nothing is paid twice"),
    (Code.CARD_WRONG, "take another card"),
    (Code.CARD_NOT_PURSE, "Take another card"),
    (Code.CARD_FULL, "sync"),
    (Code.CARD_BLOCKED, "tenge wallet card unblock"),
    (Code.CARD_PIN_NEEDED, "give the PIN"),
    (Code.CARD_SWAPPED, "hold the first one"),
    (Code.READER_MISSING, "tenge card readers"),
    (Code.READER_GONE, "hold the same card"),
    (Code.READER_TAKEN, "Close that"),
    (Code.PCSC_NOT_INSTALLED, "digital-tenge[pcsc]"),
    (Code.PCSC_SILENT, "tenge card up"),
]


@pytest.mark.parametrize(("code", "doing"), NEXT, ids=[code.value for code, _ in NEXT])
def test_each_trouble_with_a_card_says_what_to_do_next(code: Code, doing: str) -> None:
    told = sentence(Refusal(code, "reader", (("reader", "Sim Reader"),)), "en")
    assert doing in told
    assert told.count(". ") <= 2, "two sentences, three at most: it is read while a card is held"
