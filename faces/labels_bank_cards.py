"""Bank cards in the wallet: which there are, what was done with them, the yes a purchase waits for; and a
shop that is paid by card number. Rules as in ``labels.py``."""

from collections.abc import Mapping
from typing import Final

BANK_CARDS: Final[Mapping[str, str]] = {
    # --- which there are
    "bankcards.card": "{card}  {kind}, {state}, until {expiry}, {bank}",
    "bankcards.kind-virtual": "virtual",
    "bankcards.kind-real": "with a chip",
    "bankcards.state-ordered": "ordered",
    "bankcards.state-produced": "produced, not activated yet",
    "bankcards.state-active": "active",
    "bankcards.state-blocked": "blocked by the bank",
    "bankcards.state-closed": "closed",
    "bankcards.state-stopped": "stopped by you",
    "bankcards.none": "No bank card spends from this account.",
    "bankcards.stopped": "Card {card} is stopped. Your account stays as it is.",
    "bankcards.allowed": "Card {card} may be used again.",
    # --- what was done with them
    "bankcards.no-notices": "Nothing was done with your cards yet.",
    "bankcards.undone": "{amount_tiyn} of it taken back",
    "bankcards.back": "{amount_tiyn} of it given back",
    "channel.card-purchase": "purchase by card",
    "channel.card-purchase-dt": "purchase by card in Digital Tenge",
    "channel.card-cash": "cash by card",
    "channel.card-ecommerce": "purchase on line by card",
    "channel.card-verification": "card looked at",
    "channel.card-balance": "balance asked by card",
    "channel.card-refund": "refund to the card",
    "channel.card-return": "return to the card",
    # the same in a narrow list
    "bankcards.short-purchase": "card",
    "bankcards.short-cash": "cash",
    "bankcards.short-ecommerce": "on line",
    "bankcards.short-verification": "look",
    "bankcards.short-balance": "balance",
    "bankcards.short-refund": "refund",
    "bankcards.short-return": "return",
    # --- the yes a purchase waits for
    "bankcards.wants": "{party} wants {amount_tiyn} on line.",
    "bankcards.by": "By your card {card}[, {where}]",
    "bankcards.left": "Time left for your answer: {time}",
    "bankcards.certain": "Nothing is charged before you say yes. If it was not you who bought: No.",
    "bankcards.pin": "PIN of this wallet: with it you say yes.",
    "bankcards.asking": "Telling your bank …",
    "bankcards.ask": "Pay?",
    "bankcards.confirmed": "You said yes: {amount_tiyn} to {party}.",
    "bankcards.refused": "You said no. {party} gets nothing, and nothing is charged.",
    "bankcards.over": "The time for {party} is over. Nothing was charged.",
    "usage.yes-or-no": "The answer is `yes` or `no`.",
    # --- a shop that is paid by card number
    "shop.by-card": "Pay by card instead",
    "shop.card-number": "Card number",
    "shop.card-expiry": "Valid until, month and year",
    "shop.card-code": "Code on the back",
    "shop.card-pay": "Pay {amount_tiyn}",
    "shop.card-never-kept": "The number goes to the bank and is not kept here.",
    "shop.card-waiting": "Confirm it in the wallet of the card's owner now.",
    "shop.card-paid": "By card {card}, approval {approval}.",
    "shop.card-waits": "Confirm the purchase in the wallet of the card's owner …",
}
