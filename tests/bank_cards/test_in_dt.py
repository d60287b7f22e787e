"""What the bank's node does with a purchase in Digital Tenge beside the plain way of it (DT-S-09)."""

from dataclasses import replace
from pathlib import Path

import pytest

from tender.account.card_client_messages import CardConfirm, CardConfirmed
from tender.account.card_messages import PURCHASE_IN_DT, Authorise, Authorised, Undo, Undone
from tender.account.participants import ALTYN, EURASIAN, KAZPOST
from tender.card.in_dt import DtOffer
from tests.bank_cards.books import check_books, check_sheet
from tests.bank_cards.host import KIOSK, Host, aigul_with_card, issue
from tests.platform_stub.people import MERCHANT, NOW, TENGE, Town

TO_M = DtOffer(KAZPOST, MERCHANT.identifier, "R-1")


def buying(card: bytes, payee: DtOffer = TO_M) -> Authorise:
    return Authorise("dt-1", card, 3_779 * TENGE, PURCHASE_IN_DT, KIOSK, 0, NOW, payee)


def code(host: Host, order: Authorise) -> str:
    reply = host.ask(order)
    assert isinstance(reply, Authorised)
    return reply.code


def moved(town: Town) -> None:
    town.clock.advance(60)
    town.platform.tick()


@pytest.mark.parametrize(
    ("payee", "said"),
    [
        (DtOffer(KAZPOST, "990140000385"), "payee-unknown"),
        (DtOffer(ALTYN, MERCHANT.identifier), "payee-unknown"),
        (None, "payee-unknown"),
    ],
)
def test_nobody_pays_whom_nobody_knows(
    town: Town, hosts: dict[int, Host], payee: DtOffer | None, said: str
) -> None:
    town.phone(MERCHANT)
    aigul, card = aigul_with_card(town, hosts)
    order = Authorise("dt-1", card, 3_779 * TENGE, PURCHASE_IN_DT, KIOSK, 0, NOW, payee)
    assert code(hosts[ALTYN], order) == said
    assert aigul.balances().dt_tiyn == 10_000 * TENGE


def test_a_merchants_own_card_does_not_pay_its_own_till(town: Town, hosts: dict[int, Host]) -> None:
    shop = replace(MERCHANT, bank=EURASIAN)
    town.stock(EURASIAN, 20_000)
    merchant = town.rich_phone(shop, 10_000)
    card = issue(hosts[EURASIAN], shop)
    order = buying(card, DtOffer(EURASIAN, shop.identifier))
    assert code(hosts[EURASIAN], order) == "payee-is-payer"
    assert merchant.balances().dt_tiyn == 10_000 * TENGE


def test_a_payee_whose_bank_is_blocked_is_paid_when_it_is_not(
    town: Town, hosts: dict[int, Host], tmp_path: Path
) -> None:
    merchant = town.phone(MERCHANT)
    aigul, card = aigul_with_card(town, hosts)
    assert code(hosts[ALTYN], buying(card)) == ""
    town.platform.gateway.block(KAZPOST, blocked=True)
    moved(town)
    check_sheet(tmp_path)
    assert aigul.balances().dt_tiyn == 6_221 * TENGE
    town.platform.gateway.block(KAZPOST, blocked=False)
    moved(town)
    assert merchant.balances().dt_tiyn == 3_779 * TENGE and aigul.balances().dt_tiyn == 6_221 * TENGE
    check_books(town, ALTYN)
    check_sheet(tmp_path)


def test_a_payee_has_it_soon_after_the_customers_yes_however_long_that_was_waited_for(
    town: Town, hosts: dict[int, Host]
) -> None:
    merchant = town.phone(MERCHANT)
    aigul, card = aigul_with_card(town, hosts)
    hosts[ALTYN].send(replace(buying(card), confirm_s=600))
    assert hosts[ALTYN].silent()
    assert isinstance(aigul.ask("card-confirm", CardConfirm("dt-1", 3_779 * TENGE, True)), CardConfirmed)
    assert hosts[ALTYN].code("dt-1") == ""
    moved(town)
    assert merchant.balances().dt_tiyn == 3_779 * TENGE
    check_books(town, ALTYN)


def test_what_the_payee_has_no_undo_takes_back_and_a_repeat_hears_the_same(
    town: Town, hosts: dict[int, Host]
) -> None:
    merchant = town.phone(MERCHANT)
    aigul, card = aigul_with_card(town, hosts)
    assert code(hosts[ALTYN], buying(card)) == ""
    part = hosts[ALTYN].ask(Undo("part", "dt-1", 779 * TENGE))
    assert part == Undone("part", "", 779 * TENGE)
    moved(town)
    late = hosts[ALTYN].ask(Undo("late", "dt-1", 0))
    assert late == Undone("late", "paid-in-dt", 779 * TENGE)
    again = hosts[ALTYN].ask(Undo("part again", "dt-1", 779 * TENGE))
    assert again == Undone("part again", "", 779 * TENGE)
    assert code(hosts[ALTYN], buying(card)) == ""
    moved(town)
    assert merchant.balances().dt_tiyn == 3_000 * TENGE and aigul.balances().dt_tiyn == 7_000 * TENGE
    check_books(town, ALTYN)


def test_an_undo_that_comes_first_bars_it(town: Town, hosts: dict[int, Host]) -> None:
    merchant = town.phone(MERCHANT)
    aigul, card = aigul_with_card(town, hosts)
    hosts[ALTYN].undo("dt-1")
    assert code(hosts[ALTYN], buying(card)) == "operation-undone"
    moved(town)
    assert (aigul.balances().dt_tiyn, merchant.balances().dt_tiyn) == (10_000 * TENGE, 0)
