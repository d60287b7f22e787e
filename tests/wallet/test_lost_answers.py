"""Commands that pay online: only an order that may have left is said to be perhaps done."""

import pytest

from tender.qr.payment_code import HINT_OFFLINE, PaymentCode, encode
from tests.wallet.test_commands import Desk, desk
from tests.wallet.village import good
from town.cast import AIGUL, DANA, MERCHANT

__all__ = ["desk"]
CODE = encode(
    PaymentCode(
        "Merchant M", "Almaty", MERCHANT.number, amount_tiyn=50_000, dynamic=True, reference_label="R-1",
        hint=HINT_OFFLINE,
    )
)  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [("transfer", "500", DANA.phone), ("pay-code", CODE, "--yes"), ("pay-merchant", MERCHANT.number, "500")],
)
def test_only_what_may_have_left_is_said_to_be_perhaps_paid(desk: Desk, words: tuple[str, ...]) -> None:
    for person in (AIGUL, DANA, MERCHANT):
        desk.moves_in(person)
    desk.does("convert", "1000", "-w", "aigul")
    line = desk.village.line
    line.gone = True
    never_left = desk.types(*words, "-w", "aigul")
    line.gone, line.lose_answers = False, 1
    lost = desk.types(*words, "-w", "aigul")
    for told in (never_left, lost):
        assert told.exit_code == 3 and "platform-unreachable" in told.stderr
    assert "It may be done by now" not in never_left.stderr and "It may be done by now" in lost.stderr
    if words[0] == "pay-code":
        assert "from device to device" in never_left.stderr and "from device to device" not in lost.stderr
    desk.does("sync", "-w", "aigul")
    with desk.village.reopen(None, "aigul") as aigul:
        assert good(aigul.bank.statement(9)).balances.dt_tiyn == 50_000, "paid once, by the second try"
