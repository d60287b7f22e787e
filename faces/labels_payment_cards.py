"""What `tenge card` says of cards of the payment networks. Rules as in ``labels.py``."""

from collections.abc import Mapping
from typing import Final

PAYMENT_CARDS: Final[Mapping[str, str]] = {
    "cards.payment": "payment card",
    "cards.dual": "{purse}; beside it a payment card",
    "payment-card.made": "{file} is payment card {number} of kind {kind} now, good through {month}.",
    "payment-card.dual": "A blank purse lies beside it. Next: `tenge wallet create --card file:{file}`.",
    "payment-card.authority": "A terminal verifies it by key {index} of {rid}, check sum {check_sum}.",
    "payment-card.unknown": "There is no {word} here. There are: {known}",
    "payment-card.kind-missing": "{options}: of a payment card only. Say which kind with `--payment`; "
    "`--payment ?` says which there are.",
}
"""Under keys of ours."""
