"""A wallet on a card loads, pays, is paid and deposits as any wallet does, and its money lies on the chip."""

from tests.card_wallet.street import CardStreet, chip
from tests.wallet.village import good, hand_over
from town.cast import AIGUL, DANA


def test_loaded_paid_taken_and_deposited(street: CardStreet) -> None:
    aigul, dana = street.wallet(AIGUL, 500_000), street.wallet(DANA)
    assert chip(aigul).status().money_tiyn == 500_000
    hand_over(aigul, dana, 123_456)
    hand_over(dana, aigul, 3_456)
    assert aigul.view.balance().spendable_tiyn == 380_000
    assert dana.view.balance().spendable_tiyn == 120_000
    aigul, dana = street.reopen(aigul, "aigul"), street.reopen(dana, "dana")
    assert good(aigul.settling.deposit()).settled_tiyn == 380_000
    assert good(dana.settling.deposit(20_000)).settled_tiyn == 20_000
    good(aigul.settling.sync())
    good(dana.settling.sync())
    assert dana.view.balance().spendable_tiyn == 100_000
