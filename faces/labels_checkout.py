"""What a browser shows: the wallet's sheet in a shop's page, and a shop. Rules as in ``labels.py``."""

from collections.abc import Mapping
from typing import Final

CHECKOUT: Final[Mapping[str, str]] = {
    # --- the wallet's own sheet
    "sheet.title": "Pay with Digital Tenge",
    "sheet.sign": "Your wallet's sign: {sign}",
    "sheet.sign-why": "Only your own wallet knows it. If another one stands here, close this page.",
    "sheet.payee": "Pay to",
    "sheet.number": "Business number (BIN)",
    "sheet.asked-by": "Asked by",
    "sheet.reference": "Reference",
    "sheet.pin": "PIN of your wallet",
    "sheet.pay": "Pay {amount_tiyn}",
    "sheet.cancel": "Cancel",
    "sheet.covered": "Something covers this sheet. Nothing can be paid until all of it is in sight.",
    "sheet.paying": "Paying …",
    "sheet.paid": "Paid: {amount_tiyn}.",
    "sheet.cancelled": "Nothing was paid.",
    "sheet.unsure": "Your bank has not answered. It may be paid by now: press once more to find out; it is "
    "paid only once. Do not pay in another way before.",
    "sheet.gone": "This question is no longer open. Press Buy again.",
    # --- the wallet tells a shop it does not know
    "allow.title": "May this shop ask your wallet for payments?",
    "allow.what": "{origin} will be able to ask. Each payment still needs your PIN, and the shop never sees "
    "your balance.",
    "allow.yes": "Allow",
    "allow.done": "{origin} may ask now. Go back to the shop.",
    # --- the commands
    "checkout.ready": "Shops in your browser can ask wallet {name} at {url}. Its sign is {sign}: a sheet "
    "without it is not yours. End with Ctrl+C.",
    "checkout.allowed": "{origin} may ask this wallet for payments from now on.",
    "checkout.forgotten": "{origin} may no longer ask.",
    "checkout.none": "No shop may ask yet. Allow one: `tenge wallet shops --allow ORIGIN`.",
    "serve.ready": "Open {url} in a browser on this computer. End with Ctrl+C.",
    "serve.outside": "{host} is not this computer alone: whoever reaches it could try your PIN. Say "
    "--outside if that is meant.",
    "serve.session-ended": "The screen was closed.",
    "serve.again": "Open it again",
    # --- a shop
    "shop.title": "Canteen K",
    "shop.lead": "Order ahead, pay with Digital Tenge, pick it up when you come.",
    "shop.good.plov": "Plov with salad",
    "shop.good.baursak": "Baursaks, ten pieces",
    "shop.good.tea": "Tea with milk",
    "shop.buy": "Buy for {amount_tiyn}",
    "shop.waiting": "Your wallet asks you to confirm.",
    "shop.receipt": "Paid. Thank you!",
    "shop.receipt-sum": "{what}: {amount_tiyn}",
    "shop.receipt-number": "Order {reference}",
    "shop.receipt-bank": "Our bank confirmed it at {time}.",
    "shop.not-paid": "Nothing was paid.",
    "shop.card-unknown": "The shop did not answer. Whether the card has paid, the wallet of its owner says, "
    "under what was done with it. Look there before you pay again.",
    "shop.checking": "Asking our bank …",
    "shop.no-wallet": "No wallet answers on this computer. Start it: `tenge wallet checkout`.",
    "shop.not-allowed": "Your wallet does not know this shop yet.",
    "shop.allow": "Let this shop ask",
    "shop.up": "The shop is open: {url}",
}
