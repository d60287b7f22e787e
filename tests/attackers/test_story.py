"""`tenge demo attackers`: each attempt comes to the refusal, or the proof, that the story shows."""

from contextlib import nullcontext

import pytest

from town.stories.repertoire import perform
from town.stories.stage import Stage
from town.town import fresh_town


@pytest.mark.row("DT-Z-10")
@pytest.mark.row("DT-Z-01")
def test_attackers() -> None:
    stage = Stage()
    with fresh_town(crowd=0) as town:
        perform("attackers", stage, nullcontext(town))
    assert stage.failed == []
    facts = stage.facts
    assert [facts[name] for name in ("printed", "raised", "turned", "doubled")] == [
        "issuer-forged",
        "issuer-forged",
        "signature-wrong",
        "token-duplicated",
    ]
    assert facts["after_forgeries_tiyn"] == 0
    assert any(code == "issuer-forged" and "key " in text for code, text in facts["incidents"])
    assert facts["dana_tiyn"] == facts["dana_credited_tiyn"] == 200_000
    assert facts["guess"] == "pin-wrong"
    assert facts["shop"] == "colour-broken"
    assert facts["second"] == "fork-proved"
    assert (facts["proof"], facts["frame"]) == ("holds", "certificate-wrong")
