"""What a card host refused itself stands on its customer's list, once, and does nothing else."""

from dataclasses import replace

import pytest

from tender.account.card_client_messages import CardOperation, CardOperationsQuestion, CardOperationsTold
from tender.account.card_messages import CASH, PURCHASE, RETURN, Noted, Tried
from tender.account.participants import ALTYN
from tender.errors import Code
from tests.bank_cards.books import check_books
from tests.bank_cards.host import KIOSK, Host, aigul_with_card, spending
from tests.platform_stub.people import NOW, TENGE, Phone, Town

SLIP = replace(KIOSK, rrn="000000001001")


def tried(operation: str, card: bytes, code: Code = Code.PIN_WRONG, kind: str = PURCHASE) -> Tried:
    """In vain, for 300 tenge at the kiosk."""
    return Tried(operation, card, 300 * TENGE, kind, code.value, SLIP, NOW)


def listed(phone: Phone) -> list[CardOperation]:
    """What the bank shows its customer, newest first."""
    told = phone.ask("card-operations", CardOperationsQuestion(50))
    assert isinstance(told, CardOperationsTold)
    return list(told.operations)


@pytest.mark.row("DT-C-18")
def test_a_try_in_vain_is_a_notice_and_moves_nothing(town: Town, hosts: dict[int, Host]) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    bank = hosts[ALTYN]
    bank.send(tried("visa-1", card), tried("visa-2", card, Code.CARD_PIN_SPENT, CASH))
    assert [bank.reply(name) for name in ("visa-1", "visa-2")] == [Noted("visa-1", ""), Noted("visa-2", "")]
    second, first = listed(aigul)
    assert (first.state, first.code, first.kind, first.amount_tiyn) == (
        "refused",
        "pin-wrong",
        PURCHASE,
        300 * TENGE,
    )
    assert (first.place, first.masked, first.card, first.time) == (SLIP, "411111******1111", card, NOW)
    assert (second.kind, second.code) == (CASH, "card-pin-spent")
    assert aigul.balances().dt_tiyn == 1_000 * TENGE
    check_books(town, ALTYN, converting=0, payable=0)


def test_said_again_it_is_one_notice_and_with_other_content_none(town: Town, hosts: dict[int, Host]) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    bank = hosts[ALTYN]
    for _ in range(3):
        assert bank.ask(tried("visa-1", card)) == Noted("visa-1", "")
    other = tried("visa-1", card, Code.CARD_EXPIRED)
    assert bank.ask(other) == Noted("visa-1", Code.REQUEST_REPLAYED.value)
    assert bank.authorise("visa-1", 300, card=card).code == Code.REQUEST_REPLAYED
    assert bank.authorise("visa-2", 300, card=card).code == ""
    assert bank.ask(tried("visa-2", card)) == Noted("visa-2", Code.REQUEST_REPLAYED.value)
    assert bank.ask(tried("visa-3", bytes(16))) == Noted("visa-3", Code.CARD_UNKNOWN.value)
    assert [(one.operation, one.code) for one in listed(aigul)] == [("visa-2", ""), ("visa-1", "pin-wrong")]
    assert aigul.balances().dt_tiyn == 700 * TENGE


def test_nothing_is_undone_or_given_back_of_what_was_never_done(town: Town, hosts: dict[int, Host]) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    bank = hosts[ALTYN]
    bank.ask(tried("visa-1", card))
    assert bank.undo("visa-1").amount_tiyn == 0
    assert bank.credit("back-1", "visa-1", 300, card=card, kind=RETURN).code == Code.ORDER_UNKNOWN
    bank.undo("visa-9")
    assert bank.ask(tried("visa-9", card)) == Noted("visa-9", Code.REQUEST_REPLAYED.value)
    assert aigul.balances().dt_tiyn == 1_000 * TENGE
    check_books(town, ALTYN, converting=0, payable=0)


def test_a_slip_has_the_numbers_of_its_authorisation(town: Town, hosts: dict[int, Host]) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    bank = hosts[ALTYN]
    slip = replace(SLIP, approval="654321")
    bank.ask(replace(spending("visa-1", 300, card=card), place=slip))
    (bought,) = listed(aigul)
    assert (bought.place, bought.masked) == (slip, "411111******1111")
