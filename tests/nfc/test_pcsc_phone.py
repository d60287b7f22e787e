"""A wallet as a card in a virtual reader of a real PC/SC daemon, and another wallet at that reader."""

from pathlib import Path

import pytest

from hardware import card_service
from hardware.card_service import Standing
from hardware.entropy import SeededEntropy
from hardware.nfc import ReaderDoor, TapCard
from hardware.pcsc import PcscReader
from hardware.pcscd import Pcscd
from hardware.tap_doors import door_at, held_to
from tender.errors import Code, DeviceError
from tender.purse.tap import Side
from tests.nfc.phones import payee, payer
from tests.wallet.village import Village, good
from town.cast import AIGUL, DANA

LOADED, PRICE = 100_000, 30_000


@pytest.mark.parametrize("payee_polls", [True, False], ids=["the payee polls", "the payer polls"])
def test_a_payment_through_the_daemon(
    village: Village, pcscd: Pcscd, monkeypatch: pytest.MonkeyPatch, payee_polls: bool
) -> None:
    standing = Standing(pcscd.pid, pcscd.socket.parent, pcscd.readers, {})
    monkeypatch.setattr(card_service, "standing", lambda: standing)
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    polls, answers = (Side.PAYEE, Side.PAYER) if payee_polls else (Side.PAYER, Side.PAYEE)
    where, entropy = pcscd.readers[-1].name, SeededEntropy("pcsc")
    reader = PcscReader(where)
    with door_at(where, answers, entropy, as_card=True) as phone:
        door = ReaderDoor(reader, polls, entropy)
        takes = payee(dana, door if payee_polls else phone, good(dana.money.request(PRICE)))
        pays = payer(aigul, phone if payee_polls else door)
        assert (pays.end(), takes.end()) == ("paid", "received")
    reader.disconnect()
    assert dana.view.balance().spendable_tiyn == PRICE


def test_a_card_can_only_be_held_to_readers_that_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for standing, code in ((None, Code.PCSC_SILENT), ((), Code.READER_MISSING)):
        found = None if standing is None else Standing(0, tmp_path, standing, {})
        monkeypatch.setattr(card_service, "standing", lambda found=found: found)
        with pytest.raises(DeviceError) as error:
            held_to(TapCard(Side.PAYER), "Virtual")
        assert error.value.code is code
