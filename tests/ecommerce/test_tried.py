"""Whoever tries somebody's card in vain is told of in its owner's wallet, though the bank was never asked."""

import json

import pytest

from tender.account.participants import ALTYN
from tests.ecommerce.mall import Mall, plain
from tests.patience import soon
from town.cast import AIGUL, MERCHANT

CASH_TIYN = 5_000_00


@pytest.mark.row("DT-C-18")
def test_a_wrong_pin_and_a_blocked_card_stand_among_the_notices(mall: Mall) -> None:
    mall.moves_in(AIGUL, "10000")
    held = mall.real(AIGUL)
    block = mall.operator.pin_block(ALTYN, held, "9999")
    wrong = held.chip(CASH_TIYN, f3="010000", f52=block)
    assert mall.operator.pay(ALTYN, wrong).code == "55"
    assert mall.at_till(held, 3_779_00, MERCHANT) == "00"
    reference = held.record.link.hex()
    assert mall.operator.ask("card-block", card=reference, why="stolen")["state"] == "blocked"
    assert mall.at_till(held, 125_00, MERCHANT) == "43"
    # The bank hears of it beside the terminal's answer, not before.
    soon(lambda: len(mall.desk.told("notices", "-w", "aigul")["notices"]) == 3)
    told = mall.desk.told("notices", "-w", "aigul")["notices"]
    assert [(one["type"], one["amount_tiyn"], one["state"], one["code"]) for one in told] == [
        ("card-purchase", 125_00, "refused", "card-kept"),
        ("card-purchase", 3_779_00, "done", ""),
        ("card-cash", CASH_TIYN, "refused", "pin-wrong"),
    ]
    assert {one["masked"] for one in told} == {str(held.pan)}
    assert all(one["party"] and one["time"] and len(one["rrn"]) == 12 for one in told)
    assert mall.balances(AIGUL)[0] == 10_000 - 3_779
    # For people: a table, one operation in full, and the same words in the history.
    rows = plain(mall.desk.types("notices", "-w", "aigul").output).splitlines()
    assert rows[0].endswith("refused: the card is reported lost or stolen") and "125,00 ₸" in rows[0]
    assert rows[2].endswith("refused: wrong PIN, or none") and "…" + str(held.pan)[-4:] in rows[2]
    assert all(one["rrn"] in row for one, row in zip(told, rows, strict=True)), "by which it is shown in full"
    page = plain(mall.desk.types("notices", told[1]["rrn"], "-w", "aigul").output)
    for line in ("Amount", "3 779,00 ₸: your Digital Tenge → tenge of the shop", told[1]["approval"]):
        assert line in page, page
    assert page.index("RRN") < page.index("For the bank") < page.index(told[1]["operation"])
    unknown = mall.desk.types("notices", "no such number", "-w", "aigul", "--json")
    assert unknown.exit_code == 1 and json.loads(unknown.output)["code"] == "order-unknown"
    history = plain(mall.desk.types("history", "-w", "aigul").output)
    assert "purchase by card\trefused" in history and "card-purchase" not in history, history
    signs = {line.split("\t")[2][0] for line in history.splitlines() if "refused" in line}
    assert not signs & set("−+"), "what was refused took nothing away"
