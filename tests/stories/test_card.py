"""A card's purchase told as a story: through the processes of bank, switch and till (DT-P-15)."""

import re

from tender.account.participants import ALTYN
from tender.card.bins import bin_of
from tests.stories.test_stories import changes, told


def test_a_purchase_converts_at_once_and_a_torn_one_leaves_no_trace() -> None:
    stage = told("card")
    assert changes(stage, "Aigul") == [-377_900, 0]
    said = [event["text"] for event in stage.events if event["kind"] == "say"]
    assert any("0100 authorisation request" in line for line in said)
    assert any("Altyn Bank" in line and "card-payable" in line and "779" in line for line in said)
    assert not any(re.search(rf"{bin_of(ALTYN)}\d", line) for line in said), "a card's number in clear"
    assert any(f"{bin_of(ALTYN)}******" in line for line in said)
