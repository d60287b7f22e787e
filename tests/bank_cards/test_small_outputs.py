"""An account of many small outputs: what its card spends leaves it all the same, if not at once."""

import pytest

from platform_stub.ledger import outputs
from tender.account.client_messages import BY_IIN, Transfer, Transferred
from tender.account.participants import ALTYN
from tests.bank_cards.books import check_books
from tests.bank_cards.host import Host, aigul_with_card
from tests.platform_stub.people import AIGUL, DANA, TENGE, Town


def test_a_purchase_of_more_outputs_than_a_movement_takes_moves_all_the_same(
    town: Town, hosts: dict[int, Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    aigul, card = aigul_with_card(town, hosts, 1)
    town.stock(DANA.bank, 1_000)
    dana = town.rich_phone(DANA, 500)
    for _ in range(10):
        given = dana.ask("transfer", Transfer(BY_IIN, AIGUL.identifier, 10 * TENGE, ""))
        assert isinstance(given, Transferred)
    monkeypatch.setattr(outputs, "INPUTS_MAX", 4)
    bank, node = hosts[ALTYN], town.platform.banks[ALTYN]
    assert bank.authorise("visa-1", 95, card=card).code == ""
    assert bank.authorise("visa-2", 3, card=card).code == ""
    for _ in range(5):
        town.clock.advance(60)
        node.card_moves.tick()
        # Outputs that are on their way to their own address are as good as there.
        assert aigul.balances().dt_tiyn == 3 * TENGE
        assert bank.balance(f"visa-{town.clock.now()}", card).free_tiyn == 3 * TENGE
    check_books(town, ALTYN, payable=98)
    assert bank.undo("visa-1").amount_tiyn == 95 * TENGE
    town.clock.advance(60)
    node.card_moves.tick()
    assert aigul.balances().dt_tiyn == 98 * TENGE
    check_books(town, ALTYN, payable=3)
