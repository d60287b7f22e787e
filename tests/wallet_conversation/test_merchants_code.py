"""A merchant's code on paper, scanned at the wallet's screen: shown, agreed to, paid through the bank."""

import asyncio

from faces.qr_drawing import picture, text_modules
from tender.account.client_messages import TO_DT
from tender.qr.payment_code import PaymentCode, encode
from tests.wallet.village import Village, good
from tests.wallet_conversation.street import seated
from town.cast import AIGUL, MERCHANT


def test_a_merchants_code_is_paid_once_and_says_so_when_the_bank_is_away(village: Village) -> None:
    with village.wallet(AIGUL) as aigul:
        good(aigul.bank.convert(TO_DT, 500_000))
    village.wallet(MERCHANT).close()
    code = PaymentCode(
        "Merchant M", "Almaty", MERCHANT.number, amount_tiyn=377_900, dynamic=True, reference_label="R-17"
    )
    drawn = picture(text_modules(encode(code)))

    async def play() -> None:
        async with seated(village, "aigul") as (aigul,):
            drawn.save(aigul.eye / "code.png", "PNG")
            await aigul.press("p")
            await aigul.comes_to("PayMerchant")
            assert "3 779,00 ₸" in aigul.text()
            assert MERCHANT.number in aigul.text()
            village.line.away = True
            await aigul.press("y")
            await aigul.until(lambda: "bank" in aigul.said("said").lower())
            village.line.away = False
            await aigul.press("y")
            await aigul.comes_to("Ended")
            await aigul.says("R-17")

    asyncio.run(play())
    with village.reopen(None, "merchant") as merchant, village.reopen(None, "aigul") as aigul:
        (taking,) = good(merchant.merchants.takings(0, "R-17"))
        assert (taking.amount_tiyn, taking.channel) == (377_900, "qr")
        good(aigul.settling.sync())
        assert aigul.view.balance().account_tiyn == 500_000 - 377_900
