"""A shop on the web is paid by card number, after a yes in the wallet of the card's owner."""

import pytest

from tender.errors import Code, Refusal
from tests.ecommerce.mall import CONFIRM_S, Mall, as_text, everything, plain
from town.cast import AIGUL, CANTEEN, DANA
from town.shop.buying import ask_shop
from town.shop.terminal import SwitchPaper

PLOV = 1_850
PRINTED = {"number": "4409491234567899", "expiry": "12/30", "code": "123"}


@pytest.mark.row("DT-C-18")
@pytest.mark.row("DT-C-11")
def test_a_purchase_on_line_is_charged_after_the_owners_yes_and_never_without(mall: Mall) -> None:
    mall.moves_in(AIGUL, "10000")
    mall.moves_in(DANA)
    card = mall.virtual(AIGUL)
    # Nothing is charged while the question stands, and nobody else is asked.
    with mall.buying("plov", card) as asked:
        said = mall.desk.types("confirm", "--wait-s", "60", "-w", "aigul", given=b"y\n")
        assert "Canteen K wants 1 850,00 ₸ on line." in plain(said.output), said.output
        assert f"…{card['number'][-4:]}" in said.output and "Time left" in said.output
        told = asked.result()
    assert not isinstance(told, Refusal), told
    shop = told[1]
    assert shop["paid"] and shop["channel"] == "card" and len(shop["approval"]) == 6
    assert mall.balances(AIGUL) == (10_000 - PLOV, 490_000)
    assert mall.history(AIGUL)[0] == ("card-ecommerce", -PLOV)
    # The wrong code on the back is declined before anybody is asked.
    wrong = card | {"code": f"{(int(card['code']) + 1) % 1000:03}"}
    with mall.buying("plov", wrong) as asked:
        refused = asked.result()
    assert isinstance(refused, Refusal) and refused.code is Code.PRINTED_CODE_WRONG
    # A no is a no.
    with mall.buying("tea", card) as asked:
        assert not mall.desk.told("confirm", "no", "--wait-s", "60", "-w", "aigul")["confirmed"]
        refused = asked.result()
    assert isinstance(refused, Refusal) and refused.code is Code.PAYER_DECLINED
    # Silence is a no, too.
    with mall.buying("tea", card) as asked:
        waits = mall.desk.types("confirm", "--wait-s", "60", "-w", "aigul", given=b"")
        assert waits.exit_code != 0
        mall.time_passes(CONFIRM_S)
        refused = asked.result()
    assert isinstance(refused, Refusal) and refused.code is Code.CONFIRMATION_MISSING
    assert mall.balances(AIGUL) == (10_000 - PLOV, 490_000)
    none = mall.desk.types("confirm", "yes", "-w", "dana")
    assert none.exit_code == 1 and Code.NOTHING_TO_CONFIRM.value in none.stderr
    notices = mall.desk.told("notices", "-w", "aigul")
    assert [(one["state"], one["code"]) for one in notices["notices"]] == [
        ("refused", "confirmation-missing"),
        ("refused", "payer-declined"),
        ("refused", "printed-code-wrong"),
        ("done", ""),
    ]
    # The guessed code never reached the bank as a question; its owner hears of it all the same.
    guessed, bought = notices["notices"][2:]
    assert (guessed["party"], guessed["city"]) == (bought["party"], bought["city"])
    assert guessed["masked"][-4:] == card["number"][-4:] and guessed["amount_tiyn"] == PLOV * 100
    assert bought["approval"] == shop["approval"] and len(bought["rrn"]) == 12 and not guessed["approval"]
    assert notices["account_tiyn"] == (10_000 - PLOV) * 100
    assert mall.chain.close_day()["agrees"]


def test_nothing_of_a_card_stays_in_the_shop(mall: Mall) -> None:
    mall.moves_in(AIGUL, "10000")
    card = mall.virtual(AIGUL)
    told = mall.bought("tea", card, AIGUL)
    number = card["number"]
    assert number not in as_text(told) and told["card"].endswith(number[-4:])
    mall.cards._hand.submit(lambda: None).result()
    assert mall.cards._till is not None
    rows = mall.cards._hand.submit(mall.cards._till.terminal.payments).result()
    assert [(one.phase.value, one.request) for one in rows] == [("approved", b"")]
    shop = mall.village.folder / "home" / "tills"
    assert number.encode() not in everything(shop)


def test_an_order_is_paid_once(mall: Mall) -> None:
    mall.moves_in(AIGUL, "10000")
    card = mall.virtual(AIGUL)
    with mall.buying("plov", card) as asked:
        mall.desk.told("confirm", "yes", "--wait-s", "60", "-w", "aigul")
        told = asked.result()
    assert not isinstance(told, Refusal)
    again = ask_shop(f"{mall.url}/orders/{told[0]}/card", card, 30)
    assert isinstance(again, Refusal) and again.code is Code.REQUEST_CLOSED
    unreadable = ask_shop(f"{mall.url}/orders/{told[0]}/card", card | {"number": "4111111111111112"}, 30)
    assert isinstance(unreadable, Refusal) and (unreadable.code, unreadable.field) == (
        Code.CARD_MISTYPED,
        "card.number",
    )
    assert mall.balances(AIGUL)[0] == 10_000 - PLOV


def test_a_shop_without_a_switch_says_that_cards_cannot_be_asked(
    mall: Mall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mall.cards, "_settings", SwitchPaper(CANTEEN))
    with mall.buying("tea", PRINTED) as asked:
        refused = asked.result()
    assert isinstance(refused, Refusal) and refused.code is Code.SWITCH_UNREACHABLE
    nothing = ask_shop(f"{mall.url}/orders/K-NOSUCHORDER/card", PRINTED, 30)
    assert isinstance(nothing, Refusal) and nothing.code is Code.ORDER_UNKNOWN
