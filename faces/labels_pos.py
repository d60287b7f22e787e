"""What the till's commands say, and its screens where nothing else does; the rules are those of
``labels.py``."""

from collections.abc import Mapping
from typing import Final

POS: Final[Mapping[str, str]] = {
    # --- a till and its people
    "pos.created": "Till {name} is ready. Next: `tenge pos enrol` with the code the bank gave the merchant; "
    "a cash machine needs none: `tenge pos card set --from` its papers.",
    "pos.enrolled": "This till now belongs to {owner} at {bank}.",
    "pos.account-opened": "The Digital Tenge account is open.",
    "pos.configured": "Kept. Receipts say: {merchant}.",
    "pos.cashier-added": "{name} may sell at this till now.",
    "pos.none": "There is no till of this name here: {name}. Make one with `tenge pos create`, or name "
    "another with -t.",
    "pos.signed-on": "{name} is signed on.",
    "pos.signed-off": "Nobody is signed on.",
    "pos.shift-opened": "Shift {number} is open; {drawer_tiyn} in the drawer.",
    "pos.drawer": "The drawer must hold {drawer_tiyn} now.",
    # --- a sale
    "pos.basket": "Sale {sale}: {items} items, {due_tiyn} due.",
    "pos.asked": "{amount_tiyn} asked for ({tender}), sale {sale}. Show this to the customer.",
    "pos.taken": "{amount_tiyn} came[ from {party}]. Give the customer the receipt.",
    "pos.tapped": "{amount_tiyn} came by tap. The card or the phone has the receipt.",
    "pos.tapped-back": "{amount_tiyn} are on the card again.",
    "pos.taken-again": "This payment was here before; nothing was counted twice. The same receipt again.",
    "pos.owing": "{due_tiyn} are still due.",
    "pos.change": "Give back {change_tiyn}.",
    "pos.receipt": "Receipt {receipt}: {total_tiyn}.",
    "pos.nothing-came": "Nothing came in yet.",
    "pos.withdrawn": "The way to pay is taken back.",
    "pos.dropped": "The sale is given up.",
    "pos.gave-back": "{amount_tiyn} go back: receipt {receipt}.",
    "pos.back-waits": "The bank has not answered: {amount_tiyn} go back once, at the next sync at the "
    "latest. Do not give them back in another way.",
    "pos.show-return": "Show this to the customer's wallet.",
    # --- where it stands
    "pos.stands": "{merchant}, till {name}. Cashier: {cashier}. Shift: {shift}.",
    "pos.counter-free": "The counter is free.",
    "pos.on-counter": "Sale {sale} is on the counter ({phase}): {total_tiyn}, {due_tiyn} due.",
    "pos.held": "Offline money here: {held_tiyn} of at most {most_tiyn}[, since {since}].",
    "pos.held-little": "There is little room left: deposit soon.",
    "pos.held-none": "There is no room left: deposit before the next offline payment.",
    "pos.claimed": "Handed to the bank, not credited yet: {claimed_tiyn}.",
    "pos.unmatched": "Came in for no receipt: {unmatched_tiyn}.",
    "pos.giving-back": "Decided and waiting for the bank: {amount_tiyn} back to {to}.",
    "pos.phase-basket": "being rung up",
    "pos.phase-paying": "waiting for the money",
    "pos.phase-owing": "partly paid",
    "pos.phase-paid": "paid, receipt to be handed out",
    "pos.nobody": "nobody",
    "pos.no-shift": "none",
    "pos.no-receipts": "No receipts yet.",
}
