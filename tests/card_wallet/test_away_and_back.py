"""What a card did away from its wallet is there when that opens: coins, change, lines of the history."""

from device.core.model import IN, OUT
from device.service.guest_pair import pay_between
from tests.card_wallet.street import CardStreet, chip
from tests.wallet.village import good, hand_over
from town.cast import AIGUL, BOLAT, DANA

PAID = (("aigul", "dana", 123_456), ("aigul", "dana", 1), ("dana", "aigul", 7_000))


def test_money_tapped_away_and_received_elsewhere_is_caught_up(street: CardStreet) -> None:
    aigul, dana = street.wallet(AIGUL, 500_000), street.wallet(DANA, 40_000)
    street.software.add("bolat")
    terminal = street.wallet(BOLAT)
    aigul.close()
    dana.close()
    street.line.gone = True
    for payer, payee, amount_tiyn in PAID:
        one, other = street.guest(payer, terminal), street.guest(payee, terminal)
        good(pay_between(one, other, amount_tiyn))
    street.bring_home("aigul", "dana")
    aigul, dana = street.reopen(None, "aigul"), street.reopen(None, "dana")
    assert aigul.view.balance().spendable_tiyn == 500_000 - 123_457 + 7_000
    assert dana.view.balance().spendable_tiyn == 40_000 + 123_457 - 7_000
    offline = [one for one in aigul.view.history() if one.channel == "offline"]
    lines = [(one.direction, one.amount_tiyn, one.status) for one in offline]
    assert sorted(lines) == [(IN, 7_000, "received"), (OUT, 1, "paid"), (OUT, 123_456, "paid")]
    assert not aigul.desk.behind and not dana.desk.behind, "the chip's log explains all that went"
    hand_over(aigul, dana, 50_000)
    street.line.gone = False
    assert good(aigul.settling.deposit()).settled_tiyn == 500_000 - 123_457 + 7_000 - 50_000
    good(dana.settling.sync())
    assert good(dana.settling.deposit()).settled_tiyn == 40_000 + 123_457 - 7_000 + 50_000
    again = street.reopen(aigul, "aigul")
    assert len(again.view.history()) == len(lines) + 4 and chip(again).status().money_tiyn == 0
