"""The operator is called by a client and types what the client reads out: the id of a payment."""

import json
from typing import Any

from typer.testing import CliRunner

from platform_stub.cli import app
from tests.wallet.conftest import village
from tests.wallet.test_hand_over import LOADED, PRICE, undelivered
from tests.wallet.village import Village, good
from town.cast import AIGUL, DANA

__all__ = ["village"]


def explained(village: Village, identifier: str, code: int = 0) -> Any:
    folder = str(village.folder / "platform")
    ran = CliRunner().invoke(app, ["explain", identifier, "--folder", folder, "--json"])
    assert ran.exit_code == code, ran.output
    return json.loads(ran.stdout) if code == 0 else None


def test_a_payment_that_was_handed_over_is_told_by_its_own_id(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    payment, _ = undelivered(aigul, dana)
    good(aigul.hand_overs.hand_over(payment))
    asked, *outputs = explained(village, payment.hex())
    assert (asked["found"], asked["id"]) == ("payment", payment.hex())
    assert "no answer yet" in asked["told"][0]
    assert "silence until" in asked["waiting"][0]
    paid = [one for story in outputs for one in story["tree"]["below"] if one["what"] == "payment"]
    assert sum(one["amount_tiyn"] for one in paid) == PRICE
    good(dana.settling.sync())
    (kept, *_) = explained(village, payment.hex())
    assert "it keeps it" in kept["told"][0]
    assert kept["waiting"] == []


def test_what_a_wallet_shows_of_a_payment_leads_the_operator_to_it(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    payment, _ = undelivered(aigul, dana)
    good(aigul.settling.sync())
    seen = good(aigul.view.payment(payment.hex()))
    for output in seen.outputs:
        (story,) = explained(village, output.hex())
        assert story["tree"]["below"]
    explained(village, "ab" * 16, code=1)
