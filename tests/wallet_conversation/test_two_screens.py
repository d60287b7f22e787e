"""Two wallets pay each other by what is on their screens: no network, no third process, only pixels."""

import asyncio

import pytest

from tests.wallet.village import Village
from tests.wallet_conversation.street import Seat, seated
from town.cast import AIGUL, DANA, MERCHANT


async def pays(payer: Seat, payee: Seat, amount: str, purpose: str = "") -> None:
    """Request code → payment code → receipt code, with the keys a person presses."""
    await payee.press("r")
    await payee.comes_to("Ask")
    await payee.types(amount)
    await payee.press("enter")
    await payee.types(purpose)
    await payee.press("enter")
    await payee.comes_to("Handing")
    await payer.press("p")
    await payer.comes_to("Pay")
    await payee.show_to(payer, lambda: payer.is_at("Decide"))
    await payer.press("y")
    await payer.comes_to("Handing")
    await payer.show_to(payee, lambda: "Step 3 of 3" in payee.said("title"))
    await payee.show_to(payer, lambda: payer.is_at("Ended"))
    await payer.press("enter")
    await payee.press("enter")
    for seat in (payer, payee):
        await seat.comes_to("Home")


@pytest.mark.row("DT-O-01")
def test_aigul_pays_dana_by_their_screens(village: Village) -> None:
    """Networking disabled: 500.00 go from screen to screen, with 0 network calls."""
    for wallet in (village.wallet(AIGUL, 200_000), village.wallet(DANA)):
        wallet.close()
    village.line.away = True
    village.line.sent.clear()

    async def play() -> None:
        async with seated(village, "aigul", "dana") as (aigul, dana):
            await pays(aigul, dana, "500", "lunch")
            await dana.until(lambda: "500,00 ₸" in dana.text())
            await aigul.until(lambda: "1 500,00 ₸" in aigul.text())
            assert "−500,00" in aigul.text()
            assert "+500,00" in dana.text()

    asyncio.run(play())
    assert village.line.sent == [], "0 network calls"
    with village.reopen(None, "dana") as dana, village.reopen(None, "aigul") as aigul:
        assert dana.view.balance().spendable_tiyn == 50_000
        assert aigul.view.balance().spendable_tiyn == 150_000
        assert aigul.view.history(1)[0].status == "paid", "the receipt came"


@pytest.mark.row("DT-O-05")
def test_dana_spends_what_she_got_before_any_reconnect(village: Village) -> None:
    for wallet in (village.wallet(AIGUL, 200_000), village.wallet(DANA), village.wallet(MERCHANT)):
        wallet.close()
    village.line.away = True

    async def play() -> None:
        async with seated(village, "aigul", "dana", "merchant") as (aigul, dana, merchant):
            await pays(aigul, dana, "500")
            await pays(dana, merchant, "300", "coffee")

    asyncio.run(play())
    with village.reopen(None, "dana") as dana, village.reopen(None, "merchant") as merchant:
        assert merchant.view.balance().spendable_tiyn == 30_000, "M accepts"
        assert dana.view.balance().spendable_tiyn == 20_000, "the change stays hers"
