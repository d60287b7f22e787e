"""A shop that a card has paid in Digital Tenge closes its account before they have come: they are never
nobody's, and wait for no void."""

from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from platform_stub.bank.cards import BEARING
from tender.account.card_messages import Undo, Undone
from tender.account.participants import ALTYN, KAZPOST
from tender.card.in_dt import DtOffer
from tender.errors import Code, LinkError, Refusal
from tests.bank_cards.books import check_books, check_sheet
from tests.bank_cards.host import Host, aigul_with_card
from tests.bank_cards.test_in_dt import buying, code, moved
from tests.platform_stub.people import MERCHANT, TENGE, Town

DAY_S = 86_400
HERE = replace(MERCHANT, bank=ALTYN)


def number_of(town: Town, bank: int) -> int:
    with town.platform.banks[bank].desk.store.reading() as rows:
        client = rows.client_by("identifier", MERCHANT.identifier)
    assert client is not None
    return client.number


def close(town: Town, bank: int) -> Refusal | None:
    return town.platform.banks[bank].accounts.close(number_of(town, bank))


def asked(town: Town) -> int:
    """How often a bank has asked another whether it takes a movement."""
    with town.platform.banks[KAZPOST].desk.store.reading() as rows:
        return len(rows.evidence("transfer-validate"))


def test_an_account_that_a_card_has_paid_is_not_closed_before_the_money_is_there(
    town: Town, hosts: dict[int, Host]
) -> None:
    shop = town.phone(HERE)
    _, card = aigul_with_card(town, hosts)
    bought = buying(card, DtOffer(ALTYN, HERE.identifier))
    assert code(hosts[ALTYN], bought) == ""
    refused = close(town, ALTYN)
    assert refused is not None and refused.code is Code.ACCOUNT_NOT_EMPTY
    moved(town)
    assert shop.balances().dt_tiyn == 3_779 * TENGE
    check_books(town, ALTYN)


def test_an_account_that_is_closed_is_paid_no_more(town: Town, hosts: dict[int, Host]) -> None:
    town.phone(HERE)
    aigul, card = aigul_with_card(town, hosts)
    assert close(town, ALTYN) is None
    assert code(hosts[ALTYN], buying(card, DtOffer(ALTYN, HERE.identifier))) == "payee-unknown"
    assert aigul.balances().dt_tiyn == 10_000 * TENGE


def test_one_that_is_closed_while_its_payment_is_decided_gets_it_back_to_the_client(
    town: Town, hosts: dict[int, Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    town.phone(HERE)
    aigul, card = aigul_with_card(town, hosts)
    cards = town.platform.banks[ALTYN].cards
    find = cards.payee_address

    def found_and_closed(payee: DtOffer) -> bytes | Refusal:
        address = find(payee)
        assert close(town, ALTYN) is None
        return address

    monkeypatch.setattr(cards, "payee_address", found_and_closed)
    assert code(hosts[ALTYN], buying(card, DtOffer(ALTYN, HERE.identifier))) == ""
    moved(town)
    assert aigul.balances().dt_tiyn == 6_221 * TENGE
    town.clock.advance(DAY_S)
    moved(town)
    assert aigul.balances().dt_tiyn == 10_000 * TENGE
    check_books(town, ALTYN)


def test_what_an_account_at_another_bank_takes_no_more_goes_back_after_a_day(
    town: Town, hosts: dict[int, Host], tmp_path: Path
) -> None:
    town.phone(MERCHANT)
    aigul, card = aigul_with_card(town, hosts)
    assert code(hosts[ALTYN], buying(card)) == ""
    assert close(town, KAZPOST) is None
    for _ in range(2):
        moved(town)
    assert aigul.balances().dt_tiyn == 6_221 * TENGE, "it may be opened again"
    check_sheet(tmp_path)
    town.clock.advance(DAY_S)
    for _ in range(2):
        moved(town)
        assert aigul.balances().dt_tiyn == 10_000 * TENGE
    assert hosts[ALTYN].ask(Undo("void", "dt-1", 0)) == Undone("void", "", 3_779 * TENGE)
    assert code(hosts[ALTYN], buying(card)) == "operation-undone"
    assert aigul.balances().dt_tiyn == 10_000 * TENGE
    check_books(town, ALTYN)
    check_sheet(tmp_path)


def test_nobody_bears_what_may_come_back_by_itself(
    town: Town, hosts: dict[int, Host], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A void while the Digital Tenge are on their way to a bank that is silent, and then refuses them."""
    town.phone(MERCHANT)
    aigul, card = aigul_with_card(town, hosts)
    assert code(hosts[ALTYN], buying(card)) == ""
    assert close(town, KAZPOST) is None
    bank = town.platform.banks[ALTYN]

    def silent(*_: object) -> NoReturn:
        raise LinkError(Code.PEER_UNREACHABLE, "peer")

    with monkeypatch.context() as patch:
        patch.setattr(bank.office.node, "carry", silent)
        moved(town)
    assert hosts[ALTYN].ask(Undo("void", "dt-1", 0)) == Undone("void", "paid-in-dt", 0)
    for _ in range(2):
        assert not bank.cards.open_undos()
        decided = bank.cards.bear("dt-1", BEARING[0], "the client waits", "Zarina")
        assert isinstance(decided, Refusal) and decided.code is Code.ORDER_UNKNOWN
        moved(town)
    town.clock.advance(DAY_S)
    for _ in range(2):
        moved(town)
        assert aigul.balances().dt_tiyn == 10_000 * TENGE, "once"
    check_books(town, ALTYN)
    check_sheet(tmp_path)


def test_an_account_that_is_opened_again_gets_what_was_paid(
    town: Town, hosts: dict[int, Host], tmp_path: Path
) -> None:
    shop = town.phone(MERCHANT)
    aigul, card = aigul_with_card(town, hosts)
    assert code(hosts[ALTYN], buying(card)) == ""
    assert close(town, KAZPOST) is None
    moved(town)
    opened = town.platform.banks[KAZPOST].clients.open_account(number_of(town, KAZPOST), bytes(32))
    assert not isinstance(opened, Refusal)
    moved(town)
    assert (shop.balances().dt_tiyn, aigul.balances().dt_tiyn) == (3_779 * TENGE, 6_221 * TENGE)
    check_books(town, ALTYN)
    check_sheet(tmp_path)


def test_a_bank_whose_client_is_gone_is_asked_ever_more_seldom(
    town: Town, hosts: dict[int, Host], tmp_path: Path
) -> None:
    """A card and a closed account of two friends make no work without end for both banks."""
    town.phone(MERCHANT)
    aigul, card = aigul_with_card(town, hosts)
    assert code(hosts[ALTYN], buying(card)) == ""
    assert close(town, KAZPOST) is None
    bank = town.platform.banks[ALTYN]
    before = asked(town)
    for _ in range(24):
        town.clock.advance(5)
        bank.card_payments.tick()
    assert asked(town) - before == 3, "after half a minute, a minute, two"
    for _ in range(95):
        town.clock.advance(DAY_S // 96)
        bank.card_payments.tick()
    assert asked(town) - before <= 35, "in a day"
    assert aigul.balances().dt_tiyn == 6_221 * TENGE
    town.clock.advance(DAY_S // 96)
    bank.card_payments.tick()
    assert aigul.balances().dt_tiyn == 10_000 * TENGE, "no later than a day after it was paid"
    check_books(town, ALTYN)
    check_sheet(tmp_path)
