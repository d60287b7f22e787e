"""What a till says while a payment card is in its reader, and what its receipt says of it. Rules as in
``labels.py``."""

from collections.abc import Mapping
from typing import Final

CARDPAY: Final[Mapping[str, str]] = {
    # --- step by step
    "cardpay.insert": "Insert the card.",
    "cardpay.stay": "The card is being read. Do not remove it.",
    "cardpay.pin": "The customer types the PIN.",
    "cardpay.online": "The bank is being asked …",
    "cardpay.remove": "Remove the card.",
    "cardpay.pin-wrong": "The PIN was wrong.",
    "cardpay.tries": "Tries left for the PIN: {count}",
    # --- how it ends
    "cardpay.approved": "Approved: {amount_tiyn} by card {pan}[, approval {approval}].",
    "cardpay.approved-dt": "Approved in Digital Tenge, nothing converted: {amount_tiyn} by card {pan}"
    "[, approval {approval}].",
    "cardpay.reversal-waits": "The bank has not confirmed yet that the payment is taken back; it is told "
    "again until it does.",
    "cardpay.void-refused": "The bank refused to cancel receipt {receipt}: nothing goes back, its payment of "
    "{amount_tiyn} stands. Tell the customer: receipt {correction} says it.",
    "cardpay.sale-stays": "The sale of {due_tiyn} stays: `tenge pos ask --card …` tries again, "
    "`tenge pos drop` gives it up.",
    "cardpay.balance": "The card may spend {free_tiyn}.",
    "cardpay.notes": "{value_tiyn}, notes: {count}",
    "cardpay.fill-how": "Notes are put in as VALUE=COUNT, such as 20000=100: of 20 000, 10 000, 5 000, "
    "2 000, 1 000 and 500 tenge. Nothing was put in.",
    "cardpay.no-machine": "This till is no cash machine. Name one with -t, or make one: "
    "`tenge pos create -t atm`, then the papers of `tenge switch terminal … --cash-machine`.",
    "cardpay.cassette": "In the machine: {total_tiyn}.",
    # --- the terminal
    "cardpay.set": "This till is terminal {terminal} of acquirer {acquirer} now.",
    "cardpay.set-machine": "This cash machine is terminal {terminal} of acquirer {acquirer} now.",
    "cardpay.terminal": "Terminal {terminal} of acquirer {acquirer}, at {where}.",
    "cardpay.takes-dt": "Cards that can pay in Digital Tenge; the others pay by conversion.",
    "cardpay.converts": "Cards pay by conversion.",
    "cardpay.totals": "Batch {batch}: {sales_tiyn} sold, {refunds_tiyn} given back. Payments: {sales}",
    "cardpay.closed": "Batch {batch} is closed, and the bank has counted the same: {debits_tiyn} paid, "
    "{credits_tiyn} given back.",
    "cardpay.closed-differs": "Batch {batch} is closed, and the bank has counted otherwise: {debits_tiyn} "
    "paid here and {their_debits_tiyn} there, {credits_tiyn} given back here and {their_credits_tiyn} there.",
    "cardpay.closed-untold": "Batch {batch} is closed; what the bank has counted it has not said. "
    "Counted here: {debits_tiyn} paid, {credits_tiyn} given back.",
    "cardpay.batch-unheard": "The bank of card payments cannot be reached. Nothing is lost: it is told of "
    "this batch before the next payment, or when you say `tenge pos card close` again.",
    "cardpay.not-there": "No card in {where} yet; it is waited for, {seconds} s in all.",
    "cardpay.waiting": "Reversals that the bank has not answered: {count}",
    "cardpay.say-again": "Say them again: `tenge pos card send`",
    "cardpay.sent": "Reversals answered: {count}. Still waiting: {left}",
    "cardpay.kind-purchase": "purchase",
    "cardpay.kind-refund": "refund",
    "cardpay.kind-cash": "cash",
    "cardpay.kind-balance": "balance",
    "cardpay.phase-reading": "being read",
    "cardpay.phase-asked": "being asked",
    "cardpay.phase-approved": "approved",
    "cardpay.phase-void-refused": "approved; the bank refused to cancel it",
    "cardpay.phase-declined": "declined",
    "cardpay.phase-reversing": "being taken back",
    "cardpay.phase-reversed": "taken back",
    # --- the screen
    "cardpay.title": "Pay by card",
    "cardpay.step-insert": "Insert",
    "cardpay.step-stay": "Do not remove",
    "cardpay.step-pin": "PIN",
    "cardpay.step-online": "Bank",
    "cardpay.step-remove": "Remove",
    "cardpay.declined": "Declined",
    "cardpay.not-done": "Not done",
    "cardpay.done": "Approved",
    "cardpay.pin-title": "PIN, please: {amount}",
    "cardpay.pin-hint": "Digits are never shown. Enter without digits: no PIN.",
    "cardpay.choose": "Which application of the card?",
    "cardpay.key-again": "Again",
    "cardpay.key-other": "Another way to pay",
    "cardpay.title-refund": "Refund to the card",
    "cardpay.given-back": "{amount_tiyn} go back to card {pan}.",
    "till.cash-for-card": "Receipt {name} was paid by card, and goes back onto that card. Cash all the same?",
    "till.way-card": "To the card that paid, all that is left",
    # --- what the bank has credited
    "cardtakings.day": "Day closed {closed}, merchant {merchant}: paid {paid_tiyn}, given back {back_tiyn}, "
    "net {net_tiyn}",
    "cardtakings.credited": "    credited {when}; batches of this till: {batches}",
    "cardtakings.waits": "not yet, it waits at the bank",
    "cardtakings.none": "No day of cards is in your bank's books yet; the acquirer closes one with "
    "`tenge switch close-day`.",
    "report.card-batch": "Card batch {batch}",
    "report.card-open": "Card batch {batch} is open",
    "report.card-close": "close it: `tenge pos card close`",
    "report.card-differs": "the bank has counted otherwise",
    "report.card-unanswered": "the bank has not answered",
    "report.card-credited": "Credited for cards",
    # --- the receipt
    "receipt.tender-card": "Bank card",
    "receipt.tender-card-dt": "Card, in Digital Tenge",
    "receipt.card": "Card",
    "receipt.card-terminal": "Terminal",
    "receipt.card-merchant": "Merchant",
    "receipt.card-aid": "AID",
    "receipt.card-application": "Application",
    "receipt.card-approval": "Approval",
    "receipt.card-reference": "Reference (RRN)",
    "receipt.card-pin": "PIN verified",
    "receipt.card-signature": "Signature: ____________",
}
"""Under keys of ours."""
