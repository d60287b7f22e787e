"""One chip in one pocket: it pays in Digital Tenge by its purse, through the network by its payment card."""

from pathlib import Path

import pytest

from hardware.cards.card_file import CardFile
from hardware.cards.emv.tester import Wish, make
from hardware.entropy import SeededEntropy
from hardware.readers import chips_folder
from tender.card.tags import Tag
from tests.card_wallet.test_cards_in_files import FileStreet
from tests.payment_cards.bench import Talk, hsm
from tests.payment_cards.test_files_and_readers import TODAY, Read
from tests.wallet.village import hand_over
from town.cast import AIGUL, DANA

NAME = "visa-cvn18-dda"


class DualStreet(FileStreet):
    """Aigul's card is a payment card too."""

    def new_card(self, name: str) -> None:
        """A dual one for her, a purse for everybody else."""
        if name != AIGUL.name:
            super().new_card(name)
            return
        made = make(Wish(NAME, dual=True), hsm(), SeededEntropy(name), TODAY)
        CardFile.create(
            self.image(name), chips_folder(), SeededEntropy("chip"), made.kind, made.image
        ).close()

    def at_a_terminal(self, name: str) -> int:
        """A purchase through the network that her bank approves; the counter it was made with."""
        reader = self.reader(self.where(name))
        talk = Talk(Read(reader), NAME)
        talk.begin(NAME)
        first = talk.generate(0x80, Tag.CDOL1)
        assert first[Tag.CRYPTOGRAM_INFORMATION] == b"\x80"
        reader.disconnect()
        return int.from_bytes(first[Tag.ATC], "big")


@pytest.fixture
def street(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DualStreet:
    """A platform, and people whose wallets are cards in files."""
    monkeypatch.setattr("device.compose_card.WAIT_S", 0.0)
    monkeypatch.setattr("hardware.card_element.AGAIN_S", 0.0)
    monkeypatch.setenv("TENGE_ELEMENTS", str(tmp_path / "elements"))
    return DualStreet(tmp_path)


def test_a_wallet_on_a_dual_card_keeps_its_money_through_purchases_by_the_network(street: DualStreet) -> None:
    aigul, dana = street.wallet(AIGUL, 500_000), street.wallet(DANA)
    aigul.close()
    assert street.at_a_terminal("aigul") == 1
    aigul = street.reopen(None, "aigul")
    assert aigul.view.balance().spendable_tiyn == 500_000
    hand_over(aigul, dana, 200_000)
    aigul.close()
    assert street.at_a_terminal("aigul") == 2, "its counter goes on where it stood"
    aigul = street.reopen(None, "aigul")
    assert aigul.view.balance().spendable_tiyn == 300_000
    assert dana.view.balance().spendable_tiyn == 200_000
