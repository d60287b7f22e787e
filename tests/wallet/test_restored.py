"""A history that a backup brought back: it is never paid again, and it is not this device's to finish."""

import pytest

from device.core.model import Moment
from device.service.wallet import Wallet
from tender.errors import Code, Refusal
from tests.wallet.village import PIN, Village, approved, good
from town.cast import AIGUL, DANA


def another_phone(village: Village, backup: bytes) -> Wallet:
    """Aigul's second phone with money of its own and the first one's history."""
    phone = village.blank("second")
    code = village.platform.banks[AIGUL.bank].clients.activation_code(village.client(AIGUL).number)
    good(phone.membership.enrol(AIGUL.bank, code, shown=False, root_key=village.platform.root_key))
    good(phone.life.restore(backup, PIN))
    good(phone.bank.convert("to-dt", 50_000))
    good(phone.bank.load(50_000))
    return phone


@pytest.mark.parametrize("acknowledged", [True, False])
def test_a_restored_wallet_does_not_pay_again(village: Village, acknowledged: bool) -> None:
    """The person presses pay on the same request once more, on the new phone."""
    aigul, dana = village.wallet(AIGUL, 100_000), village.wallet(DANA)
    request = good(dana.money.request(1_000))
    transfer = approved(aigul.money, request.message)
    if acknowledged:
        good(aigul.money.receive(good(dana.money.receive(transfer.messages[0])).messages[0]))
    before = good(aigul.view.payment(request.payment.hex()))
    phone = another_phone(village, aigul.life.backup(PIN).data)
    refused = phone.money.propose(request.message)
    assert isinstance(refused, Refusal)
    assert (refused.code, dict(refused.facts)) == (Code.REQUEST_REPLAYED, {"status": before.status})
    kept = good(phone.view.payment(request.payment.hex()))
    assert (kept.status, kept.receipt, kept.channel) == (before.status, before.receipt, "restored")
    assert phone.view.balance().spendable_tiyn == 50_000
    assert phone.recovery.open() == (), "the first phone can send it again, this one cannot"
    assert phone.status.look().things == ()


def test_what_was_never_signed_is_paid_by_the_new_phone(village: Village) -> None:
    """Its line in the history begins anew: who, when, and the request to pay."""
    aigul, dana = village.wallet(AIGUL, 100_000), village.wallet(DANA)
    request = good(dana.money.request(1_000))
    aigul.money.propose(request.message)
    phone = another_phone(village, aigul.life.backup(PIN).data)
    village.clock.advance(60)
    transfer = approved(phone.money, request.message)
    row = good(phone.view.payment(request.payment.hex()))
    assert (row.channel, row.status, row.time) == ("offline", "sent", village.clock.now())
    assert row.path[-1] == Moment("sent", village.clock.now())
    assert [one.todo.value for one in phone.recovery.open()] == ["send-again"]
    good(phone.money.receive(good(dana.money.receive(transfer.messages[0])).messages[0]))
    assert good(phone.view.payment(request.payment.hex())).status == "paid"
    assert dana.view.balance().spendable_tiyn == 1_000
