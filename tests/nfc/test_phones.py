"""Two wallets and a field between them: a payment by tap, whichever of the two is the reader."""

import pytest

from device.service.tap import Stage
from hardware.entropy import SeededEntropy
from hardware.field import reader_of
from hardware.nfc import ReaderDoor, TapCard
from tender.errors import Code, DeviceError
from tender.purse.tap import Side
from tests.nfc.phones import Meeting, payee, payer, tap
from tests.wallet.village import Village, good
from town.cast import AIGUL, DANA

LOADED, PRICE = 100_000, 30_000


@pytest.mark.parametrize("payee_polls", [True, False], ids=["the payee polls", "the payer polls"])
def test_a_payment_by_tap(village: Village, payee_polls: bool) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    pays, takes = tap(aigul, dana, PRICE, Meeting(payee_polls))
    assert (pays.end(), takes.end()) == ("paid", "received")
    assert aigul.view.balance().spendable_tiyn == LOADED - PRICE
    assert dana.view.balance().spendable_tiyn == PRICE
    assert pays.stages == [Stage.WAITING, Stage.MET, Stage.SIGNED]
    assert takes.stages == [Stage.WAITING, Stage.MET, Stage.SIGNED]


@pytest.mark.parametrize("payee_polls", [True, False], ids=["the payee polls", "the payer polls"])
def test_no_is_said_in_the_field_too(village: Village, payee_polls: bool) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    till, phone = Meeting(payee_polls).ends()
    takes = payee(dana, till, good(dana.money.request(PRICE)))
    pays = payer(aigul, phone, says=False)
    assert (pays.end(), takes.end()) == ("declined", "payer-declined")
    assert aigul.view.balance().spendable_tiyn == LOADED


def test_two_who_want_the_same_are_told_so() -> None:
    for side in Side:
        door = ReaderDoor(reader_of(TapCard(side)), side, SeededEntropy("same"))
        with pytest.raises(DeviceError) as error:
            door.accept(1)
        assert error.value.code is Code.TAP_ONE_SIDED
