"""What people are told about payment cards (Visa-style and Mastercard-style): one sentence for every code.

A part of the catalogue in ``words.py``, where the rules for a sentence stand.
"""

from collections.abc import Mapping
from typing import Final

from tender.errors import Code

PAYMENT_CARDS: Final[Mapping[Code, str]] = {
    Code.CARD_UNKNOWN: "The bank knows no such card. Nothing was charged; take another card.",
    Code.CARD_STOPPED: "This card is stopped. Nothing was charged; the money on the account can be used in "
    "the wallet as before.",
    Code.CARD_DECLINED: "The bank of this card said no. Nothing was charged; take another card, or ask that "
    "bank.",
    Code.CARD_EXPIRED: "This card has expired. Nothing was charged; take another card.",
    Code.TRIES_UNTOLD: "This card was tried in vain many times today. Nothing was charged; further tries "
    "of this kind are refused today without a notice.",
    Code.REFERENCE_SHARED: "Several purchases have this reference[: {purchases}]. Nothing was done. Say "
    "which with --terminal, with --card and its last digits, or with --paid and what was paid.",
    Code.CARD_LIMIT: "This is more, or more often, than this card may pay. Nothing was charged; the limits "
    "are the bank's and can be changed there.",
    Code.CARD_KEPT: "This card was reported lost or stolen. Nothing was charged; keep it and call the bank.",
    Code.CARD_NOT_GENUINE: "The bank of this card could not tell that it is genuine. Nothing was charged; "
    "try once more, then take another card.",
    Code.PRINTED_CODE_WRONG: "The code printed on the card is wrong. Nothing was charged; look at the card "
    "and type it again.",
    Code.CARD_MISTYPED: "No card has such a number, date or code. Nothing was charged; look at the card "
    "and type them again.",
    Code.ISSUER_SILENT: "The bank of this card gives no answer now. Nothing was charged; try again later, or "
    "take another card.",
    Code.OPERATION_UNDONE: "This was called off before it was done, so it is not done any more. "
    "Nothing was charged.",
    Code.CONFIRMATION_MISSING: "The purchase was not confirmed in time. Nothing was charged; buy again and "
    "confirm it in the wallet.",
    Code.NOTHING_TO_CONFIRM: "No purchase by card waits for your answer here, or more than one does. Look at "
    "`tenge wallet notices`, and name one with --operation.",
    Code.TERMINAL_NOT_SET: "This till is no card terminal yet. Set it up with `tenge pos card set`.",
    Code.ACQUIRER_UNREACHABLE: "The bank of card payments cannot be reached. Nothing was charged; "
    "take cash or Digital Tenge, or try again.",
    Code.ACQUIRER_SILENT: "No answer came. The payment is taken back, and that is repeated until the bank "
    "has heard it: the customer pays nothing.",
    Code.SWITCH_UNREACHABLE: "No card switch runs here. Start it with `tenge switch up`; what it remembers "
    "is kept.",
    Code.CARD_SAID_NO: "The card did not agree to this payment. Nothing was charged; take another card.",
    Code.CARD_TRY_OTHER: "This card cannot be used in this way here. Nothing was charged; take another card.",
    Code.CARD_HAS_CHIP: "This card has a chip: insert it. The stripe serves only when the chip cannot be "
    "read.",
    Code.NOTES_MISSING: "This machine has no notes that make up this amount[: {amount_tiyn}]. "
    "Choose another.",
    Code.CARD_PIN_SPENT: "Too many wrong PINs were typed for this card. Nothing was charged; its bank gives "
    "the tries back: `tenge switch card pin`.",
    Code.CARD_INACTIVE: "This card is not activated yet. Nothing was charged; its owner activates it with "
    "its bank: `tenge switch card activate`.",
    Code.CARD_MADE: "The chip of this card was made already. Nothing was made; --again makes another one, "
    "and the earlier one is refused from then on.",
    Code.CARD_PAYMENT_UNKNOWN: "This till knows no card payment of this number[: {number}]. "
    "`tenge pos card payments` lists them.",
    Code.CARDS_NOT_ISSUED: "[{bank} issues no cards: it belongs to no card scheme. ]Nothing was issued"
    "[; these banks issue cards: {banks}].",
    Code.DAY_UNKNOWN: "No day of this number was closed here[: the last one was {last}]. "
    "`tenge switch close-day` closes one.",
    Code.MERCHANT_UNKNOWN: "No client of this bank has this number[: {merchant}], so nobody would be paid. "
    "Nothing was handed out; check the BIN, and the bank.",
    Code.PIN_NOT_OFFERED: "The PIN in this file was not offered: the card refused it before, or has one try "
    "left. Nothing was charged; look at the file, then say --card-pin-again.",
    Code.SALE_OPEN: "A sale is open that was to be paid already, and these items would be added to it"
    "[: {due_tiyn} are due]. Nothing was added; ask for its money with `tenge pos ask`, or give it up with "
    "`tenge pos drop`.",
    Code.BATCH_OPEN: "This terminal has card payments in an open batch, or a reversal that waits. Nothing "
    "was changed; close the batch first: `tenge pos card close`.",
    Code.PAID_BY_CARD: "This was paid by card, so it goes back onto that card: --card. Nothing was given "
    "back; if it shall be cash all the same, say --cash-anyway.",
    Code.DRAWER_SHORT: "There is not so much cash in the drawer[: {drawer_tiyn}]. Nothing was taken out; "
    "choose another way, or put cash in first.",
    Code.PAID_IN_DT: "This was paid in Digital Tenge, which are the merchant's. Give them back by transfer.",
    Code.NOTES_STUCK: "No notes came out. The withdrawal is taken back: nothing stays charged.",
}
