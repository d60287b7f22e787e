"""The recorded session of docs/protocol: what the card answers today is what it answered."""

import json

from hardware.cards.purse_card import PurseCard, blank_image
from tests.purse.purse_vectors import PLACE, Chance, text


def test_the_recorded_session_is_the_one_that_is_played() -> None:
    assert PLACE.read_text() == text(), "python -m tests.purse.purse_vectors writes it"


def test_a_card_with_that_chance_answers_byte_for_byte() -> None:
    recorded = json.loads(PLACE.read_text())
    card = PurseCard(blank_image(), Chance(recorded["entropy"]))
    card.power(True)
    step = ""
    for one in recorded["exchanges"]:
        if one["step"] != step and "power went" in one["step"]:
            card.power(False)
            card.power(True)
        step = one["step"]
        assert card.transmit(bytes.fromhex(one["command"])).hex() == one["answer"], step
    assert len(recorded["exchanges"]) > 30
