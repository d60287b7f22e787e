"""The story of cards, on real parts: each act a process of its own, the figures those of DT-S-09."""

import pytest

from tests.stories.test_stories import changes, told


@pytest.mark.row("DT-S-09")
@pytest.mark.row("DT-O-02")
def test_a_card_pays_a_till_and_another_card() -> None:
    stage = told("taps")
    assert changes(stage, "Bolat")[:3] == [1_000_000, -377_900, -200_000]
    assert changes(stage, "Aigul")[0] == 200_000
    facts = stage.facts
    assert (facts["paid_tiyn"], facts["settled_tiyn"]) == (377_900, 377_900)
    assert (facts["bolat_tiyn"], facts["aigul_tiyn"]) == (422_100, 200_000)
    assert facts["aigul_account_tiyn"] == 200_000
