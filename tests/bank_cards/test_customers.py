"""What a customer sees of cards and decides: the link to one account, a stop, notices, and the yes that a
purchase over the network waits for."""

import pytest

from tender.account.card_client_messages import (
    CardConfirm,
    CardConfirmationsQuestion,
    CardConfirmationsTold,
    CardConfirmed,
    CardOperationsQuestion,
    CardOperationsTold,
    CardsQuestion,
    CardsTold,
    CardStop,
)
from tender.account.card_messages import (
    ACTIVE,
    BLOCKED,
    CASH,
    CLOSED,
    ECOMMERCE,
    PURCHASE,
    VERIFICATION,
    VIRTUAL,
    BankState,
    CardIssued,
    CardLink,
    CardLinked,
    CardState,
    Undo,
)
from tender.account.client_messages import BY_IIN, Empty, Stated, Statement, Transfer, Transferred
from tender.account.participants import ALTYN
from tender.errors import Code
from tests.bank_cards.books import check_books
from tests.bank_cards.host import Host, aigul_with_card, issue, spending
from tests.platform_stub.people import AIGUL, BOLAT, DANA, TENGE, Phone, Town, refused


def waiting(phone: Phone) -> list[tuple[str, int, str]]:
    """What waits for a yes."""
    told = phone.ask("card-confirmations", CardConfirmationsQuestion())
    assert isinstance(told, CardConfirmationsTold)
    return [(one.operation, one.amount_tiyn // TENGE, one.party) for one in told.confirmations]


@pytest.mark.row("DT-P-14")
def test_the_funding_source_of_a_card_is_its_holders_account_and_no_other(
    town: Town, hosts: dict[int, Host]
) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    dana = town.rich_phone(DANA, 1_000)
    bank = hosts[ALTYN]
    assert bank.authorise("visa-1", 300, card=card).code == ""
    linked = bank.ask(CardLink("link-1", card))
    assert isinstance(linked, CardLinked)
    assert (linked.code, linked.account) == ("", aigul.address)
    assert (aigul.balances().dt_tiyn, dana.balances().dt_tiyn) == (700 * TENGE, 1_000 * TENGE)


@pytest.mark.row("DT-C-01")
def test_a_card_has_exactly_one_account_and_a_blocked_card_leaves_it_usable(
    town: Town, hosts: dict[int, Host]
) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    town.phone(DANA)
    bank = hosts[ALTYN]
    told = aigul.ask("cards", CardsQuestion())
    assert isinstance(told, CardsTold)
    assert [(one.card, one.account, one.masked) for one in told.cards] == [
        (card, aigul.address, "411111******1111")
    ]
    # The same card for somebody else's account: its link is for life.
    other = CardIssued("issue-2", card, DANA.identifier, "411111******1111", VIRTUAL, ACTIVE, "3012")
    assert getattr(bank.ask(other), "code", "") == Code.REQUEST_REPLAYED
    blocked = bank.ask(CardState("block-1", card, BLOCKED, "lost"))
    assert isinstance(blocked, CardLinked)
    assert (blocked.code, blocked.state, blocked.account) == ("", BLOCKED, aigul.address)
    assert bank.authorise("visa-1", 100, card=card).code == Code.CARD_STOPPED
    sent = aigul.ask("transfer", Transfer(BY_IIN, DANA.identifier, 100 * TENGE, "lunch"))
    assert isinstance(sent, Transferred)
    assert aigul.balances().dt_tiyn == 900 * TENGE


def test_the_customer_stops_a_card_and_lets_it_go_on(town: Town, hosts: dict[int, Host]) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    dana = town.phone(DANA)
    assert refused(dana.ask("card-stop", CardStop(card, True)), Code.CARD_UNKNOWN)
    assert isinstance(aigul.ask("card-stop", CardStop(card, True)), Empty)
    assert hosts[ALTYN].authorise("visa-1", 100, card=card).code == Code.CARD_STOPPED
    aigul.ask("card-stop", CardStop(card, False))
    assert hosts[ALTYN].authorise("visa-2", 100, card=card).code == ""


def test_no_card_without_an_account_or_for_another_banks_client(town: Town, hosts: dict[int, Host]) -> None:
    town.phone(DANA, account=False)
    town.phone(BOLAT)
    for person, code in ((DANA, Code.ACCOUNT_UNKNOWN), (BOLAT, Code.CLIENT_UNKNOWN)):
        order = CardIssued("issue", bytes(16), person.identifier, "411111******1111", VIRTUAL, ACTIVE, "3012")
        assert getattr(hosts[ALTYN].ask(order), "code", "") == code


@pytest.mark.row("DT-C-04")
def test_each_way_of_spending_stands_in_the_history_by_its_own_name(
    town: Town, hosts: dict[int, Host]
) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    town.phone(DANA)
    bank = hosts[ALTYN]
    for kind in (PURCHASE, CASH, ECOMMERCE):
        assert bank.authorise(f"visa {kind}", 100, card=card, kind=kind).code == ""
    aigul.ask("transfer", Transfer(BY_IIN, DANA.identifier, 100 * TENGE, "lunch"))
    told = aigul.ask("statement", Statement(4))
    assert isinstance(told, Stated)
    assert [(one.kind, one.change_tiyn) for one in told.entries] == [
        ("transfer", -100 * TENGE),
        ("card online", -100 * TENGE),
        ("card cash", -100 * TENGE),
        ("card purchase", -100 * TENGE),
    ]


@pytest.mark.row("DT-C-18")
def test_an_online_purchase_is_charged_after_the_customers_yes_and_never_without(
    town: Town, hosts: dict[int, Host]
) -> None:
    aigul, card = aigul_with_card(town, hosts, 10_000)
    bank = hosts[ALTYN]
    bank.send(spending("visa-1", 3_779, card=card, kind=ECOMMERCE, confirm_s=120))
    assert bank.silent()
    assert waiting(aigul) == [("visa-1", 3_779, "Kiosk on Abay")]
    assert aigul.balances().dt_tiyn == 10_000 * TENGE
    assert refused(aigul.ask("card-confirm", CardConfirm("visa-1", 1, True)), Code.AMOUNT_MISMATCH)
    said = aigul.ask("card-confirm", CardConfirm("visa-1", 3_779 * TENGE, True))
    assert isinstance(said, CardConfirmed)
    assert said.balances.dt_tiyn == 6_221 * TENGE
    assert bank.code("visa-1") == ""
    assert waiting(aigul) == []
    # Nobody answers the second one: the time runs out, and nothing is charged.
    bank.send(spending("visa-2", 1_000, card=card, kind=ECOMMERCE, confirm_s=120))
    assert bank.silent()
    town.clock.advance(120)
    assert bank.code("visa-2") == Code.CONFIRMATION_MISSING
    assert refused(aigul.ask("card-confirm", CardConfirm("visa-2", 1_000 * TENGE, True)), Code.REQUEST_CLOSED)
    assert aigul.balances().dt_tiyn == 6_221 * TENGE
    check_books(town, ALTYN, converting=3_779, payable=3_779)


def test_the_customers_no_and_an_undo_end_the_waiting(town: Town, hosts: dict[int, Host]) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    dana = town.phone(DANA)
    bank = hosts[ALTYN]
    bank.send(spending("visa-1", 10, card=card, kind=ECOMMERCE, confirm_s=60))
    bank.send(spending("visa-2", 20, card=card, kind=ECOMMERCE, confirm_s=60))
    assert bank.silent()
    assert refused(dana.ask("card-confirm", CardConfirm("visa-1", 10 * TENGE, True)), Code.ORDER_UNKNOWN)
    aigul.ask("card-confirm", CardConfirm("visa-1", 10 * TENGE, False))
    assert bank.code("visa-1") == Code.PAYER_DECLINED
    bank.send(Undo("undo-2", "visa-2", 0))
    assert bank.code("visa-2") == Code.OPERATION_UNDONE
    assert bank.authorise("visa-3", 2_000, card=card, kind=ECOMMERCE).code == Code.FUNDS_INSUFFICIENT
    assert aigul.balances().dt_tiyn == 1_000 * TENGE


def test_a_host_that_comes_back_hears_the_answer_it_waited_for(town: Town, hosts: dict[int, Host]) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    bank = hosts[ALTYN]
    bank.send(spending("visa-1", 10, card=card, kind=ECOMMERCE, confirm_s=60))
    assert bank.silent()
    bank.hang_up()
    aigul.ask("card-confirm", CardConfirm("visa-1", 10 * TENGE, True))
    bank.connect()
    assert bank.code("visa-1") == ""
    assert aigul.balances().dt_tiyn == 990 * TENGE


def test_every_operation_leaves_a_notice(town: Town, hosts: dict[int, Host]) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    bank = hosts[ALTYN]
    bank.authorise("visa-1", 100, card=card)
    bank.authorise("visa-2", 5_000, card=card)
    bank.authorise("visa-3", 0, card=card, kind=VERIFICATION)
    bank.balance("visa-4", card)
    bank.undo("visa-1", 40)
    told = aigul.ask("card-operations", CardOperationsQuestion(10))
    assert isinstance(told, CardOperationsTold)
    assert [
        (one.operation, one.kind, one.amount_tiyn // TENGE, one.undone_tiyn // TENGE, one.state, one.code)
        for one in told.operations
    ] == [
        ("visa-4", "balance", 0, 0, "done", ""),
        ("visa-3", "verification", 0, 0, "done", ""),
        ("visa-2", "purchase", 5_000, 0, "refused", "funds-insufficient"),
        ("visa-1", "purchase", 100, 40, "done", ""),
    ]


@pytest.mark.row("DT-M-07")
def test_a_bank_that_is_blocked_declines_what_was_pending_and_restores_the_money(
    town: Town, hosts: dict[int, Host]
) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    bank = hosts[ALTYN]
    # One conversion is done and its answer lost on the way; one purchase waits for its customer.
    bank.authorise("visa-1", 300, card=card)
    bank.hang_up()
    bank.send(spending("visa-2", 200, card=card, kind=ECOMMERCE, confirm_s=600))
    assert bank.silent()
    assert aigul.balances().dt_tiyn == 700 * TENGE
    town.platform.gateway.block(ALTYN)
    assert bank.code("visa-2") == Code.PARTICIPANT_BLOCKED
    assert bank.said[-1] == BankState("", True)
    assert bank.authorise("visa-1", 300, card=card).code == Code.PARTICIPANT_BLOCKED
    assert bank.authorise("visa-3", 1, card=card).code == Code.PARTICIPANT_BLOCKED
    assert aigul.balances().dt_tiyn == 1_000 * TENGE
    check_books(town, ALTYN)
    town.platform.gateway.block(ALTYN, blocked=False)
    assert bank.authorise("visa-4", 100, card=card).code == ""
    assert bank.authorise("visa-1", 300, card=card).code == Code.PARTICIPANT_BLOCKED
    assert bank.said[-1] == BankState("", False)


def test_a_card_issued_twice_is_one_card(town: Town, hosts: dict[int, Host]) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    assert issue(hosts[ALTYN], AIGUL) == card
    told = aigul.ask("cards", CardsQuestion())
    assert isinstance(told, CardsTold)
    assert len(told.cards) == 1


def test_an_old_change_of_a_card_that_comes_again_changes_nothing(town: Town, hosts: dict[int, Host]) -> None:
    _, card = aigul_with_card(town, hosts, 1_000)
    bank = hosts[ALTYN]

    def state(order: CardState | CardLink) -> str:
        reply = bank.ask(order)
        assert isinstance(reply, CardLinked) and not reply.code
        return reply.state

    activated, blocked = CardState("state-1", card, ACTIVE, ""), CardState("state-2", card, BLOCKED, "lost")
    assert [state(one) for one in (activated, blocked, activated)] == [ACTIVE, BLOCKED, BLOCKED]
    assert state(CardState("state-3", card, ACTIVE, "found")) == ACTIVE
    assert state(CardState("state-4", card, CLOSED, "")) == CLOSED
    assert state(CardState("state-5", card, ACTIVE, "")) == CLOSED
    unknown = bank.ask(CardLink("link-1", bytes(16)))
    assert isinstance(unknown, CardLinked) and unknown.code == Code.CARD_UNKNOWN
