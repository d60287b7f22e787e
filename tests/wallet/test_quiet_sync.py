"""An older copy of the file is known as one after whatever was signed, and a file that is whole is none."""

from tests.wallet.test_old_copies import older_copy
from tests.wallet.village import Village, good
from town.cast import AIGUL


def test_an_older_copy_is_known_after_a_sync_that_brought_nothing(village: Village) -> None:
    aigul = village.wallet(AIGUL, 50_000)
    good(aigul.settling.sync())
    aigul = older_copy(village, aigul, lambda wallet: good(wallet.settling.sync()))
    assert aigul.view.balance().behind, "an order was signed since"
    good(aigul.settling.sync())
    assert not aigul.view.balance().behind


def test_a_wallet_that_only_asked_its_bank_is_no_older_copy(village: Village) -> None:
    aigul = village.wallet(AIGUL, 50_000)
    good(aigul.bank.statement())
    aigul = village.reopen(aigul, AIGUL.name)
    assert not aigul.view.balance().behind
