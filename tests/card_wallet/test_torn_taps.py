"""A tap cut after the card signed, as the wallet of its owner sees it: the card keeps what nobody has yet."""

import pytest

from device.core.model import Upload
from device.service.guest_pair import Passed, pay_between
from device.service.wallet import Wallet
from tender.errors import Code, DeviceError, Refusal
from tender.purse.commands import Ins
from tests.card_wallet.street import CardStreet, chip
from tests.wallet.village import good
from town.cast import AIGUL, BOLAT, DANA

ALL_TIYN = 600_000


def signs_and_is_gone(street: CardStreet, name: str) -> None:
    """From now on this card is pulled when it signs its next links: nobody reads the answer."""
    card = street.cards[name]
    whole = card.transmit

    def torn(command: bytes) -> bytes:
        if command[1] != Ins.SIGN_LINKS:
            return whole(command)
        card.transmit = whole  # type: ignore[method-assign]
        whole(command)
        raise DeviceError(Code.CARD_GONE, "card")

    card.transmit = torn  # type: ignore[method-assign]


def tapped(
    street: CardStreet, terminal: Wallet, payer: str, payee: str, amount_tiyn: int
) -> Passed | Refusal:
    """One tap of two cards that lie at a stranger's terminal, and go home again."""
    try:
        return pay_between(street.guest(payer, terminal), street.guest(payee, terminal), amount_tiyn)
    finally:
        street.bring_home(payer, payee)
        for name in (payer, payee):
            street.pull(name)
            street.put_back(name)


@pytest.mark.parametrize("unknown", ["change of an earlier tap", "money of an earlier tap"])
def test_a_tap_torn_over_money_the_wallet_never_saw_is_paid_in_the_end(
    street: CardStreet, unknown: str
) -> None:
    """The card alone knows the token it spends. Whatever its wallet does meanwhile, the payee gets it."""
    aigul, dana = street.wallet(AIGUL, 500_000, single=True), street.wallet(DANA, 100_000)
    street.software.add("bolat")
    terminal = street.wallet(BOLAT)
    aigul.close()
    dana.close()
    if unknown.startswith("change"):
        good(tapped(street, terminal, "aigul", "dana", 499_000))
        left_tiyn = 1_000
    else:
        good(tapped(street, terminal, "aigul", "dana", 500_000))
        good(tapped(street, terminal, "dana", "aigul", 7_000))
        left_tiyn = 7_000
    signs_and_is_gone(street, "aigul")
    with pytest.raises(DeviceError):
        tapped(street, terminal, "aigul", "dana", left_tiyn)
    aigul = street.reopen(None, "aigul")
    torn = [one for one in aigul.view.history() if one.status == "sent"]
    assert [one.amount_tiyn for one in torn] == [left_tiyn], "nobody has it, and nobody says it was paid"
    assert [one.payment for one in aigul.desk.store.all(Upload)] == [torn[0].id]
    waits = [one.waits for one in aigul.status.look().things if one.name in torn[0].id.hex()]
    assert waits == ["waits-for-terminal"], "another tap may end it, not only a sync"
    good(aigul.settling.sync())
    aigul = street.reopen(aigul, "aigul", "later")
    assert len(chip(aigul).kept()) == 1, "its terminal may still ask the card for it"
    aigul.close()
    assert good(tapped(street, terminal, "aigul", "dana", left_tiyn)).again
    settled_tiyn = 0
    for name in ("aigul", "dana"):
        wallet = street.reopen(None, name, "home")
        good(wallet.settling.sync())
        settled_tiyn += good(wallet.settling.deposit()).settled_tiyn
    assert settled_tiyn == ALL_TIYN


def test_money_set_aside_for_one_payment_and_tapped_away_for_another_is_the_others(
    street: CardStreet,
) -> None:
    """The wallet offered its only token; meanwhile the card alone paid with it, torn. The tap is finished."""
    aigul, dana = street.wallet(AIGUL, 500_000, single=True), street.wallet(DANA, 100_000)
    street.software.add("bolat")
    terminal = street.wallet(BOLAT)
    asked = good(terminal.money.request(3_000))
    found = good(aigul.money.propose(asked.message, two_way=True))
    assert good(aigul.money.confirm(found, two_way=True)).status == "offered"  # type: ignore[arg-type]
    aigul.close()
    dana.close()
    signs_and_is_gone(street, "aigul")
    with pytest.raises(DeviceError):
        tapped(street, terminal, "aigul", "dana", 500_000)
    aigul = street.reopen(None, "aigul")
    good(aigul.settling.sync())
    assert aigul.view.balance().spendable_tiyn == 0 and len(chip(aigul).kept()) == 1
    aigul.close()
    assert good(tapped(street, terminal, "aigul", "dana", 500_000)).again
    dana = street.reopen(None, "dana")
    assert dana.view.balance().spendable_tiyn == ALL_TIYN
