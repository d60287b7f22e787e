"""The PIN once more before much money leaves the account, as it is asked for before it leaves the device."""

from faces.language import label
from faces.screens.ask import Ask, Field
from tender.crypto.sealing import Pin
from tender.errors import Code, Refusal
from wallet.tui.app import WalletApp


async def pin_above(wallets: WalletApp, amount_tiyn: int) -> Refusal | None:
    """Ask where the amount is above what this device's profile lets go without; None when it may go.

    Refuses ``payer-declined`` for Escape, and what the wallet says of a wrong PIN.
    """
    wallet = wallets.wallet
    profile = await wallets.outcome(wallet.desk.profile)
    if isinstance(profile, Refusal):
        return profile
    if amount_tiyn <= profile.without_pin_tiyn:
        return None
    asked = await wallets.push_screen_wait(Ask(label("pay.pin"), Field("pin", label("field.pin"), "pin")))
    if asked is None:
        return Refusal(Code.PAYER_DECLINED)
    pin = asked["pin"]
    assert isinstance(pin, Pin)
    return await wallets.outcome(lambda: wallet.life.check_pin(pin))
