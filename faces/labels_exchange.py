"""What the screens of a payment say: whom and how much, the codes of both sides, the scanning between them.

The rules are those of ``labels.py``.
"""

from collections.abc import Mapping
from typing import Final

EXCHANGE: Final[Mapping[str, str]] = {
    # --- scanning
    "scan.title": "Scan a code",
    "scan.title-pay": "Pay: scan the code of whoever asks for money",
    "scan.title-answer": "Scan the other side's code",
    "scan.hint": "Where is the code?",
    "scan.camera": "Camera",
    "scan.clipboard": "Clipboard",
    "scan.file": "File or folder",
    "scan.paste": "Paste text",
    "scan.path-hint": "a picture, a video, or a folder that is watched; then Enter",
    "scan.paste-hint": "Paste the text from TENGE1: to its full stop.",
    "scan.off": "Not scanning. Enter: scan their code.",
    "scan.looking": "Looking at: {source}",
    "scan.frames": "Parts of the moving code: {have} of {needed}",
    "scan.not-request": "That is no request for money. Here only requests and merchants' codes are taken.",
    "scan.over": "{amount_tiyn}: that payment ({payment}) is over; the history has it. Still looking.",
    "scan.other-payment": "That code belongs to another payment; this one goes on.",
    # --- keys of these screens
    "key.go-on": "Go on",
    "home.go-on": "g: go on",
    "key.scan-theirs": "Scan theirs",
    "key.save-code": "Save picture",
    "key.full": "Full screen",
    "key.as-text": "As text",
    "key.cancel-request": "Cancel request",
    "key.done": "Done",
    # --- asking for money
    "ask.title": "Ask for money",
    "ask.amount": "How much?",
    "ask.purpose": "What for? The payer sees it.",
    "ask.purpose-hint": "may stay empty",
    "ask.show": "Show the code",
    # --- before the yes
    "pay.title": "Pay {amount_tiyn}?",
    "pay.to": "To {party}",
    "pay.for": "For “{purpose}”",
    "pay.with": "With",
    "pay.plain": "money for everything",
    "pay.change": "Change that stays with you: {change_tiyn}",
    "pay.left": "In hand afterwards: {left_tiyn}",
    "pay.nothing-signed": "Nothing is signed before you say yes.",
    "pay.pin": "Above your limit without PIN: type it to say yes.",
    "pay.yes": "Pay",
    "pay.no": "No",
    "pay.signing": "Signing …",
    "pay.declined": "You said no. Nothing was paid.",
    "pay.show-why": "w: show them why",
    "key.show-why": "Show them why",
    # --- a merchant's code
    "merchant.title": "Pay {amount_tiyn} to {party}?",
    "merchant.title-open": "Pay {party}",
    "merchant.offline-too": "Without a network: ask the till for an offline request and scan that.",
    # --- codes of both sides
    "hand.request": "Step 1 of 3: show this to the payer",
    "hand.transfer": "Step 2 of 3: show this to the payee",
    "hand.receipt": "Step 3 of 3: show the receipt to the payer",
    "hand.return": "Money goes back: show this to the payer",
    "hand.refused": "Show the payer why it was not taken",
    "hand.not-paid": "Show them why it is not paid",
    "hand.not-paid-certain": "Nothing was signed and nothing was paid.",
    "hand.not-paid-then": "show them this code, or just press Enter.",
    "hand.other": "Show this to the other side",
    "hand.from": "from {party}",
    "hand.to": "to {party}",
    "hand.certain": "Certain:",
    "hand.now": "Now:",
    "hand.received": "It is yours, spendable now, whether or not the payer sees the receipt.",
    "hand.goes-back": "Nothing was kept here.",
    "hand.then-payment": "show them this code, then scan their payment code.",
    "hand.then-receipt": "show them this code, then scan their receipt.",
    "hand.then-done": "show them this code; when they have it, press Enter.",
    "hand.leave-sent": "{amount_tiyn} are signed away to {party} and nobody else can have them; the receipt "
    "has not come. You can leave: the home screen keeps this payment, shows the same code again at any time, "
    "and a sync tells your bank. If the payee never saw the code, have the payee asked there. Leave now?",
    "hand.leave-yes": "Leave for later",
    "hand.leave-no": "Stay",
    "hand.request-stays": "The request stays open: the home screen shows it again.",
    "hand.give-up": "Cancel this request? Money that comes for it later goes back to its payer.",
    "hand.given-up": "The request is cancelled.",
    "hand.text-copied": "The message is in the clipboard as text: paste it where the other side reads it.",
    # --- the end
    "end.paid": "Paid",
    "end.received": "Received",
    "end.returned": "Came back",
    "end.other": "This payment: {status}",
    "end.receipt-here": "The payee's signed receipt is here.",
    "end.came-back": "The money is in hand again.",
    "end.payment": "Payment {payment}",
}
