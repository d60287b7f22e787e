"""A shop's question while the wallet is open on a screen: one sentence in the sheet, and then it is paid."""

from tender.errors import Code
from tests.browser.conftest import Street
from tests.browser.test_checkout_door import asked, confirmed
from town.cast import AIGUL
from wallet.service.checkout import PAID, WAITING


def test_a_wallet_that_is_open_elsewhere_says_so_and_pays_when_it_is_closed(street: Street) -> None:
    name = asked(street)
    before_tiyn = street.account_tiyn()
    with street.village.reopen(None, AIGUL.name):
        status, told = confirmed(street, name)
        assert (status, told["state"]) == (200, WAITING)
        assert told["sentence"] == "This wallet or till is open elsewhere. Close it there, then try again."
        question = street.checkout.question(name)
        assert question is not None and question.refusal is not None
        assert question.refusal.code is Code.STORE_BUSY
        assert street.account_tiyn() == before_tiyn
    assert confirmed(street, name)[1]["state"] == PAID
    assert street.account_tiyn() < before_tiyn
