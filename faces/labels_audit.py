"""What `tenge audit` says: the closing balance sheet, term by term. Rules as in ``labels.py``.

Programs are told the same in English whatever language is in use (``town/balance_sheet.py``).
"""

from collections.abc import Mapping
from typing import Final

AUDIT: Final[Mapping[str, str]] = {
    "audit.title": "balance sheet",
    "audit.no-town": "There is no town here. Start one with `tenge up`.",
    # --- the equation
    "audit.issued": "issued by the National Bank",
    "audit.redeemed": "redeemed",
    "audit.outstanding": "outstanding",
    "audit.liability": "liability account at the National Bank",
    "audit.accounts": "on accounts at {bank}",
    "audit.devices": "on devices, offline",
    "audit.in-transit": "in transit",
    "audit.located": "accounts + devices + in transit",
    # --- fraud
    "audit.fraud-claims": "paid to honest holders of forged copies",
    "audit.fraud-drawn": "drawn for it from the cheat's account",
    "audit.fraud-issued": "paid for it by the cheat's bank",
    # --- cards
    "audit.card-converting": "of accounts: spent by card, their banks' already",
    "audit.card-owed": "owed by banks to their cards' clients",
    "audit.card-converted": "by card: converted",
    "audit.card-undone": "by card: undone",
    "audit.card-given-back": "by card: given back to cards",
    "audit.card-in-dt": "by card: paid in Digital Tenge as they are",
    "audit.card-unsettled": "by card: owed to networks until a day is closed",
    "audit.card-between-banks": "by card: paid between banks",
    "audit.card-credited": "by card: credited to merchants",
    "audit.card-waits": "by card: waits for merchants",
    "audit.card-borne": "by card: borne by banks by decision",
    # --- the verdict
    "audit.holds": "issued − redeemed = liability = accounts + devices + in transit, to the tiyn",
    "audit.differs": "the books differ by {count} tiyn",
}
"""Under keys of ours."""
