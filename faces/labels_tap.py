"""What the screens say while a card or a phone is held to a reader. Rules as in ``labels.py``."""

from collections.abc import Mapping
from typing import Final

TAP: Final[Mapping[str, str]] = {
    # --- the three steps, and what may come instead of the third
    "tap.step-hold": "Hold",
    "tap.step-stay": "Do not remove",
    "tap.step-done": "Done",
    "tap.step-pulled": "Taken away",
    "tap.step-refused": "Not done",
    # --- what to do, step by step
    "tap.hold": "Hold the card or the phone to the reader.",
    "tap.hold-device": "Hold this device to the reader of whoever asks for money.",
    "tap.hold-again": "Hold the same card or phone there again: the payment goes on by itself.",
    "tap.reader": "Reader: {reader}",
    "tap.found-card": "A card is there. Keep it there until it says Done.",
    "tap.found-phone": "A phone is there. Keep it there until it says Done.",
    "tap.found-reader": "The reader is there. Keep this device there until it says Done.",
    "tap.found": "Keep it there until it says Done.",
    "tap.still-free": "Nothing is signed yet; Esc leaves.",
    "tap.bound": "The money is on its way now: Esc does nothing until it is done.",
    "tap.time": "About {seconds} s in all; about {left} s to go.",
    "tap.late": "It takes longer than expected ({seconds} s). Keep it there.",
    "tap.done": "You may take it away.",
    "tap.done-again": "This was done before already; nothing moved twice. You may take it away.",
    # --- taken away too soon: what is certain, what to do
    "tap.pulled-nothing": "Nothing was signed and nothing was paid: hold it there again, or leave.",
    "tap.pulled-maybe": "Whether it was signed is known to the card alone: hold the same one there again; "
    "what was signed arrives, and nothing is paid twice.",
    "tap.pulled-signed": "The money is signed away and nobody else can have it: hold it there again, "
    "or show it as a code; it is paid once.",
    "tap.pulled-received": "The money is here; only the other side's receipt is missing: "
    "hold it there again and it gets it.",
    # --- keys, titles, questions
    "key.tap": "Tap",
    "tap.again": "Again",
    "tap.other": "Other reader",
    "tap.stopping": "Leaving …",
    "tap.title-pay": "Pay by tap",
    "key.onto-card": "Onto a card",
    "tap.title-card": "Pay onto a purse card",
    "tap.how-much": "How much is the card to get?",
    "tap.title-take": "Be paid by tap",
    "tap.which": "Which reader?",
    "tap.where": "Its name or a part of it; `file:CARD` for a card in a file; `unix:SOCKET` for another "
    "program",
    "tap.pin": "The card wants its PIN: whoever holds it types it here.",
    "till.way-tap": "Digital Tenge by tap: card or phone",
    # --- a wallet whose keys are on a card
    "unlock.card": "The keys of this wallet are on the card {card}. Put it on its reader, then type its PIN.",
    "unlock.card-gone": "The card {card} was taken away, so the wallet is locked. "
    "Put it back, then type its PIN.",
    "tap.not-now": "A tap is under way; the wallet can be locked when it is over.",
}
