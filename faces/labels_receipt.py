"""What stands on a receipt and on a shift's report, on a screen, in a picture and on paper.

Rules as in ``labels.py``. Paper is narrow (32 columns at the least): every text here is short.
"""

from collections.abc import Mapping
from typing import Final

RECEIPT: Final[Mapping[str, str]] = {
    # --- its head
    "receipt.sale": "RECEIPT",
    "receipt.refund": "REFUND",
    "receipt.void": "CANCELLED RECEIPT",
    "receipt.correction": "CANCELLATION REFUSED",
    "receipt.correction-words": "The bank did not cancel the payment: it stands, nothing goes back.",
    "receipt.copy": "COPY",
    "receipt.business-number": "BIN {number}",
    "receipt.number": "Receipt",
    "receipt.till": "Till",
    "receipt.cashier": "Cashier",
    "receipt.of": "For receipt",
    # --- its middle
    "receipt.quantity": "{quantity} × {price}",
    "receipt.vat": "VAT {rate}",
    "receipt.discount": "Discount",
    "receipt.total": "TOTAL",
    "receipt.given": "Cash given",
    "receipt.change": "Change",
    "receipt.payment": "Payment",
    "receipt.reference": "Reference",
    # --- how it was paid
    "receipt.tender-dt-offline": "Digital Tenge, offline",
    "receipt.tender-dt-offline-nfc": "Digital Tenge by tap, offline",
    "receipt.tender-dt-online": "Digital Tenge, online",
    "receipt.tender-dt-converted": "Digital Tenge into tenge",
    "receipt.tender-cash": "Cash",
    # --- its foot
    "receipt.code-caption": "Signed receipt for the wallet",
    "receipt.no-legal-effect": "Simulation, of no legal effect",
    "receipt.thanks": "Thank you!",
    # --- a shift's report
    "report.x": "X REPORT",
    "report.z": "Z REPORT, shift closed",
    "report.shift": "Shift",
    "report.opened": "Opened",
    "report.closed": "Closed",
    "report.now": "Now",
    "report.receipts": "Receipts",
    "report.sales": "Sales",
    "report.refunds": "Refunds",
    "report.voids": "Cancelled: {count}",
    "report.corrections": "Cancelling refused: {count}",
    "report.discounts": "Discounts",
    "report.dropped": "Given up before payment",
    "report.net": "NET",
    "report.opening": "In the drawer at the start",
    "report.drawer": "Must be in the drawer",
    "report.counted": "Counted",
    "report.difference": "Difference",
}
