"""What the switch does not take is answered as its page says, and nobody's money hears of it."""

import pytest

from docs.switch_limits import NOT_TAKEN, NotTaken
from tender.card.iso8583.message import Message
from tests.switch.test_any_message import Rails, chips


@pytest.mark.parametrize("one", NOT_TAKEN, ids=lambda one: one.what)
def test_what_is_not_taken_is_answered_so(one: NotTaken) -> None:
    rails: Rails = chips()[0]
    before = {bank: len(there.orders) for bank, there in rails.banks.items()}
    for place, mti in enumerate(one.types):
        held = rails.cards[place % len(rails.cards)]
        asked = Message(mti, held.chip(100_00).without(62).having(dict(one.fields)).fields)
        answers = rails.ask(asked)
        assert [(answer.mti, answer.code) for answer in answers] == [(asked.answer_mti, one.code)]
    assert {bank: len(there.orders) for bank, there in rails.banks.items()} == before
