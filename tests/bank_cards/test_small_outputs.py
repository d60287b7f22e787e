"""An account of many small outputs: what its card spends leaves it all the same, if not at once."""

import pytest

from platform_stub.ledger import outputs
from tender.account.card_messages import PURCHASE_IN_DT, Authorise, Authorised
from tender.account.client_messages import BY_IIN, Transfer, Transferred
from tender.account.participants import ALTYN, KAZPOST
from tender.card.in_dt import DtOffer
from tests.bank_cards.books import check_books
from tests.bank_cards.host import KIOSK, Host, aigul_with_card
from tests.platform_stub.people import AIGUL, DANA, MERCHANT, NOW, TENGE, Phone, Town


def of_small_outputs(
    town: Town, hosts: dict[int, Host], monkeypatch: pytest.MonkeyPatch
) -> tuple[Phone, bytes]:
    """Aigul with ten outputs of 10 and one of 1, where a movement takes four."""
    aigul, card = aigul_with_card(town, hosts, 1)
    town.stock(DANA.bank, 1_000)
    dana = town.rich_phone(DANA, 500)
    for _ in range(10):
        given = dana.ask("transfer", Transfer(BY_IIN, AIGUL.identifier, 10 * TENGE, ""))
        assert isinstance(given, Transferred)
    monkeypatch.setattr(outputs, "INPUTS_MAX", 4)
    return aigul, card


def test_a_purchase_of_more_outputs_than_a_movement_takes_moves_all_the_same(
    town: Town, hosts: dict[int, Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    aigul, card = of_small_outputs(town, hosts, monkeypatch)
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


def test_so_does_one_in_digital_tenge(
    town: Town, hosts: dict[int, Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant = town.phone(MERCHANT)
    aigul, card = of_small_outputs(town, hosts, monkeypatch)
    payee = DtOffer(KAZPOST, MERCHANT.identifier, "R-1")
    told = hosts[ALTYN].ask(Authorise("dt-1", card, 95 * TENGE, PURCHASE_IN_DT, KIOSK, 0, NOW, payee))
    assert isinstance(told, Authorised) and told.code == ""
    for _ in range(5):
        town.clock.advance(60)
        town.platform.tick()
    assert (aigul.balances().dt_tiyn, merchant.balances().dt_tiyn) == (6 * TENGE, 95 * TENGE)
    check_books(town, ALTYN)
