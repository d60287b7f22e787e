"""An undo takes back exactly once: early, late, twice, in parts, before its original, in mid-movement."""

import pytest

from tender.account.card_messages import CARD_LINK_BYTES, REFUND, RETURN, Undo
from tender.account.client_messages import BY_IIN, FROM_DT, Convert, Stated, Statement, Transfer
from tender.account.participants import ALTYN
from tender.errors import Code
from tests.bank_cards.books import check_books
from tests.bank_cards.host import Host, aigul_with_card, moved, refunded, spending
from tests.platform_stub.people import DANA, TENGE, Phone, Town, refused


def test_an_undo_that_comes_first_refuses_the_original_for_ever(town: Town, hosts: dict[int, Host]) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    bank = hosts[ALTYN]
    assert bank.undo("visa-1").amount_tiyn == 0
    for _ in range(2):
        assert bank.authorise("visa-1", 300, card=card).code == Code.OPERATION_UNDONE
    assert bank.undo("visa-1").amount_tiyn == 0
    assert aigul.balances().dt_tiyn == 1_000 * TENGE
    check_books(town, ALTYN)


def test_undos_count_in_total_whatever_their_order(town: Town, hosts: dict[int, Host]) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    bank = hosts[ALTYN]
    bank.authorise("visa-1", 500, card=card)
    answers = [
        bank.undo("visa-1", tenge, f"undo {place}").amount_tiyn // TENGE
        for place, tenge in enumerate([200, 100, 200, 350])
    ]
    assert answers == [200, 200, 200, 350]
    check_books(town, ALTYN, converting=150, payable=150)
    assert bank.undo("visa-1").amount_tiyn == 500 * TENGE
    assert bank.authorise("visa-1", 500, card=card).code == Code.OPERATION_UNDONE
    assert aigul.balances().dt_tiyn == 1_000 * TENGE
    check_books(town, ALTYN)


def test_what_has_moved_already_is_given_back_once(town: Town, hosts: dict[int, Host]) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    bank, node = hosts[ALTYN], town.platform.banks[ALTYN]
    for number in (1, 2, 3):
        bank.authorise(f"visa-{number}", 100, card=card)
    before = node.inventory_tiyn()
    moved(town)
    assert node.inventory_tiyn() == before + 300 * TENGE
    assert aigul.balances().dt_tiyn == 700 * TENGE
    check_books(town, ALTYN, payable=300)
    for _ in range(2):
        assert bank.undo("visa-2").amount_tiyn == 100 * TENGE
    check_books(town, ALTYN, payable=200, owed=100)
    for _ in range(2):
        node.card_moves.tick()
    assert aigul.balances().dt_tiyn == 800 * TENGE
    check_books(town, ALTYN, payable=200)


def test_an_undo_while_the_money_moves(town: Town, hosts: dict[int, Host]) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    bank, node = hosts[ALTYN], town.platform.banks[ALTYN]
    bank.authorise("visa-1", 400, card=card)
    town.platform.gateway.block(ALTYN)  # so that the notary is out of reach
    moved(town)
    assert bank.undo("visa-1").amount_tiyn == 400 * TENGE
    check_books(town, ALTYN, converting=400, owed=400)
    assert aigul.balances().dt_tiyn == 600 * TENGE
    town.platform.gateway.block(ALTYN, blocked=False)
    for _ in range(2):
        node.card_moves.tick()
    assert aigul.balances().dt_tiyn == 1_000 * TENGE
    check_books(town, ALTYN)


def test_a_card_and_the_wallet_never_spend_the_same_money(town: Town, hosts: dict[int, Host]) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    town.phone(DANA)
    bank = hosts[ALTYN]
    bank.authorise("visa-1", 700, card=card)
    for order in (Convert(FROM_DT, 301 * TENGE),):
        assert refused(aigul.ask("convert", order), Code.FUNDS_ENCUMBERED)
    sent = aigul.ask("transfer", Transfer(BY_IIN, DANA.identifier, 200 * TENGE, "lunch"))
    assert getattr(sent, "payee", "") is None
    assert bank.authorise("visa-2", 101, card=card).code == Code.FUNDS_INSUFFICIENT
    assert bank.authorise("visa-3", 100, card=card).code == ""
    assert aigul.balances().dt_tiyn == 0
    moved(town)
    check_books(town, ALTYN, payable=800)


def test_change_on_its_way_back_can_be_spent(town: Town, hosts: dict[int, Host]) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    bank = hosts[ALTYN]
    bank.authorise("visa-1", 300, card=card)
    town.platform.gateway.block(ALTYN)
    moved(town)  # the one output of 1 000 is locked, and nobody notarises it
    town.platform.banks[ALTYN].cards.blocked = lambda: False
    assert bank.authorise("visa-2", 701, card=card).code == Code.FUNDS_INSUFFICIENT
    assert bank.authorise("visa-3", 700, card=card).code == ""
    town.platform.gateway.block(ALTYN, blocked=False)
    for _ in range(3):
        moved(town)
    assert aigul.balances().dt_tiyn == 0
    check_books(town, ALTYN, payable=1_000)


def test_a_refund_waits_for_its_reversal_and_a_return_does_not(town: Town, hosts: dict[int, Host]) -> None:
    aigul, card = aigul_with_card(town, hosts, 10_000)
    bank, node = hosts[ALTYN], town.platform.banks[ALTYN]
    bank.authorise("visa-1", 3_779, card=card)
    moved(town)
    returned = bank.credit("return-1", "visa-1", 1_000, card=card, kind=RETURN)
    assert (returned.code, returned.rest_tiyn) == ("", 2_779 * TENGE)
    refund = bank.credit("visa-9", "visa-1", 2_000, card=card, kind=REFUND)
    assert (refund.code, refund.rest_tiyn) == ("", 779 * TENGE)
    node.card_moves.tick()
    assert aigul.balances().dt_tiyn == 7_221 * TENGE
    assert bank.undo("visa-9").amount_tiyn == 2_000 * TENGE
    moved(town)
    assert aigul.balances().dt_tiyn == 7_221 * TENGE
    check_books(town, ALTYN, payable=2_779)
    told = aigul.ask("statement", Statement(1))
    assert isinstance(told, Stated)
    assert (told.entries[0].kind, told.entries[0].change_tiyn) == ("card return", 1_000 * TENGE)


def test_no_more_goes_back_than_was_spent(town: Town, hosts: dict[int, Host]) -> None:
    _, card = aigul_with_card(town, hosts, 10_000)
    bank = hosts[ALTYN]
    bank.authorise("visa-1", 3_779, card=card)
    assert bank.credit("r-1", "visa-1", 1_000, card=card, kind=RETURN).code == ""
    again = bank.credit("r-1", "visa-1", 1_000, card=card, kind=RETURN)
    assert (again.code, again.rest_tiyn) == ("", 2_779 * TENGE)
    second = bank.credit("r-2", "visa-1", 2_780, card=card, kind=RETURN)
    assert (second.code, second.rest_tiyn) == (Code.REFUND_TOO_MUCH, 2_779 * TENGE)
    undone = bank.undo("visa-1")
    assert (undone.code, undone.amount_tiyn) == (Code.REFUND_TOO_MUCH, 2_779 * TENGE), (
        "not all of it, and said"
    )
    assert bank.credit("r-3", "visa-1", 1, card=card, kind=RETURN).code == Code.REFUND_TOO_MUCH
    assert bank.credit("r-4", "", 1, card=card, kind=RETURN).code == Code.ORDER_UNKNOWN
    assert bank.credit("r-5", "visa-8", 1, card=card, kind=RETURN).code == Code.ORDER_UNKNOWN
    town.platform.banks[ALTYN].card_moves.tick()
    check_books(town, ALTYN, converting=1_000)
    moved(town)
    check_books(town, ALTYN)


def test_a_refund_that_was_given_is_taken_back_from_what_is_free(town: Town, hosts: dict[int, Host]) -> None:
    aigul, card, bank = refunded(town, hosts, 400, 400, "visa-2")
    assert aigul.balances().dt_tiyn == 1_000 * TENGE
    bank.authorise("visa-3", 700, card=card)
    short = bank.undo("visa-2")
    assert (short.code, short.amount_tiyn) == (Code.FUNDS_INSUFFICIENT, 0)
    bank.undo("visa-3")
    taken = bank.undo("visa-2")
    assert (taken.code, taken.amount_tiyn) == ("", 400 * TENGE)
    moved(town)
    assert aigul.balances().dt_tiyn == 600 * TENGE
    check_books(town, ALTYN, payable=400)


def test_another_order_under_a_known_operation_changes_nothing(town: Town, hosts: dict[int, Host]) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    bank = hosts[ALTYN]
    bank.authorise("visa-1", 100, card=card)
    assert bank.authorise("visa-1", 101, card=card).code == Code.REQUEST_REPLAYED
    assert bank.authorise("visa-2", 100, card=bytes(CARD_LINK_BYTES)).code == Code.CARD_UNKNOWN
    assert aigul.balances().dt_tiyn == 900 * TENGE


def test_one_group_may_hold_an_order_its_repeat_and_its_undo(town: Town, hosts: dict[int, Host]) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    bank = hosts[ALTYN]
    order = spending("visa-1", 100, card=card)
    bank.send(order, order, Undo("undo-1", "visa-1", 0), order, Undo("undo-2", "visa-2", 0))
    bank.send(spending("visa-2", 100, card=card), spending("visa-3", 100, card=card))
    assert bank.code("visa-3") == ""
    assert bank.code("visa-2") == Code.OPERATION_UNDONE
    assert aigul.balances().dt_tiyn == 900 * TENGE
    check_books(town, ALTYN, converting=100, payable=100)


def test_a_refund_is_undone_after_it_was_given_when_its_undo_meets_it_on_the_way(
    town: Town, hosts: dict[int, Host]
) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    bank = hosts[ALTYN]
    bank.authorise("visa-1", 400, card=card)
    moved(town)
    bank.credit("visa-2", "visa-1", 400, card=card, kind=RETURN)
    town.platform.gateway.block(ALTYN)
    moved(town)  # on its way, and the notary is out of reach
    town.platform.banks[ALTYN].cards.blocked = lambda: False
    bank.send(Undo("undo-2", "visa-2", 0))
    assert bank.silent()
    town.platform.gateway.block(ALTYN, blocked=False)
    moved(town)
    told = bank.reply("undo-2")
    assert (getattr(told, "code", "?"), getattr(told, "amount_tiyn", 0)) == ("", 400 * TENGE)
    moved(town)
    assert aigul.balances().dt_tiyn == 600 * TENGE
    check_books(town, ALTYN, payable=400)


def given_and_spent(town: Town, hosts: dict[int, Host]) -> tuple[Phone, Host]:
    """1 000 were bought, 300 of it given back, and the client has spent all; nothing is undone yet."""
    aigul, card, bank = refunded(town, hosts, 1_000, 300, "visa-2")
    assert bank.authorise("visa-3", 300, card=card).code == ""
    return aigul, bank


@pytest.mark.parametrize("first", ["visa-1", "visa-2"])
def test_a_purchase_and_its_refund_are_both_undone_in_either_order(
    first: str, town: Town, hosts: dict[int, Host]
) -> None:
    aigul, bank = given_and_spent(town, hosts)
    second = "visa-2" if first == "visa-1" else "visa-1"
    refused = {"visa-1": (Code.REFUND_TOO_MUCH, 700 * TENGE), "visa-2": (Code.FUNDS_INSUFFICIENT, 0)}
    told = bank.undo(first, operation="first")
    assert (told.code, told.amount_tiyn) == refused[first]
    assert bank.undo(second).code == "", (
        "what the refund gave stays, as a part of what the purchase gives back"
    )
    again = bank.undo(first, operation="first")
    assert (again.code, again.amount_tiyn) == ("", (1_000 if first == "visa-1" else 300) * TENGE)
    for _ in range(3):
        moved(town)
    assert aigul.balances().dt_tiyn == 700 * TENGE
    check_books(town, ALTYN, payable=300)
    assert not town.platform.banks[ALTYN].cards.open_undos()


def test_a_purchase_waits_for_its_refund_to_be_undone(town: Town, hosts: dict[int, Host]) -> None:
    aigul, bank = given_and_spent(town, hosts)
    told = bank.undo("visa-1", operation="first")
    assert (told.code, told.amount_tiyn) == (Code.REFUND_TOO_MUCH, 700 * TENGE)
    moved(town)
    check_books(town, ALTYN, payable=300)
    assert bank.undo("visa-2", 100).code == ""
    for _ in range(2):
        again = bank.undo("visa-1", operation="first")
        assert (again.code, again.amount_tiyn) == (Code.REFUND_TOO_MUCH, 800 * TENGE), "no more than was paid"
    assert not town.platform.banks[ALTYN].cards.open_undos(), "nobody lacks anything"
    moved(town)
    assert aigul.balances().dt_tiyn == 700 * TENGE
