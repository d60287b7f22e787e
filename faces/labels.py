"""What both screens say, the wallet's and the till's: buttons, states, questions. Keys are dotted words.

Rules as in ``words.py``; each text has its Russian and Kazakh in the catalogues (``make catalogues``). A text
that counts puts the number last (``Payments: {count}``), so that no language has to bend a noun to it.
"""

from collections.abc import Mapping
from typing import Final

SHARED: Final[Mapping[str, str]] = {
    # --- languages, each in its own words
    "language.en": "English",
    "language.ru": "Русский",
    "language.kk": "Қазақша",
    # --- answers
    "answer.yes": "Yes",
    "answer.no": "No",
    "answer.back": "Back",
    "answer.close": "Close",
    "key.leave": "Leave",
    # --- any screen
    "screen.crashed": "The program met a fault of its own and ended. What was signed is kept; open it again."
    "[ Details: {file}]",
    "screen.too-small": "This window has {columns_now} columns and {rows_now} rows. Please make it at least "
    "{columns} columns wide and {rows} rows high. Nothing is lost meanwhile.",
    "screen.working": "One moment …",
    "field.amount": "Amount in tenge",
    "field.amount-hint": "such as 500 or 1250,50",
    "field.pin": "PIN",
}
