"""What is said of codes that are scanned: other applications' by kind, and a merchant's before it is paid.

Rules: ``labels.py``.
"""

from collections.abc import Mapping
from typing import Final

CODES: Final[Mapping[str, str]] = {
    # --- codes of other applications, in "This code cannot be paid here: …"
    "scanned.kaspi": "it is a Kaspi QR, which only Kaspi's own application can pay; "
    "ask the merchant for another code",
    "scanned.bank": "it is the payment code of another country's or another bank's own system",
    "scanned.address": "it is a web address[, {host}]; it was not opened",
    "scanned.wifi": "it holds the name and password of a Wi-Fi network",
    "scanned.contact": "it is a visiting card",
    "scanned.event": "it is a date for a calendar",
    "scanned.secret": "it holds the secret of a login; show it to nobody",
    "scanned.phone": "it is a phone number",
    "scanned.mail": "it is a mail address",
    "scanned.place": "it is a place on the map",
    "scanned.crypto": "it is for another kind of digital money",
    "scanned.text": "it is plain text",
    "scanned.bytes": "it holds bytes that no application here knows",
    "scanned.payer": "it is a payer's code, which a till reads",
    "scanned.merchant": "it is a merchant's payment code; pay it with `tenge wallet pay-code`",
    "scanned.message": "it is a message between two wallets; read it with `tenge wallet receive` or `pay`",
    # --- a merchant's code, before it is paid
    "paycode.merchant": "Merchant",
    "paycode.city": "City",
    "paycode.number": "Business number",
    "paycode.amount": "Amount",
    "paycode.fee": "Fee",
    "paycode.total": "To pay",
    "paycode.reference": "Reference",
    "paycode.bill": "Bill",
    "paycode.terminal": "Till",
    "paycode.purpose": "For",
    "paycode.vat": "VAT flag",
    "paycode.path": "How",
    "paycode.path-online": "online; if the merchant has no Digital Tenge account, your bank turns the amount "
    "into ordinary tenge",
    "paycode.offline-too": "this merchant also takes Digital Tenge from device to device, without a network",
    "paycode.ask-amount": "The code names no amount. How much, in tenge?",
    "paycode.ask-reference": "The merchant asks for a reference",
    "paycode.confirm": "Pay {amount_tiyn} to {party}?",
    "paycode.declined": "Nothing was paid.",
    "paycode.paid": "{amount_tiyn} paid to {party} in Digital Tenge. On the account: {account_tiyn}.",
    "paycode.converted": "{amount_tiyn} paid to {party}: turned into ordinary tenge on the way. "
    "On the account: {account_tiyn}.",
    "paycode.transaction": "Reference of the payment: {transaction}",
}
