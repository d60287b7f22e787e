"""What `tenge platform card` says to a bank's staff. Rules as in ``labels.py``."""

from collections.abc import Mapping
from typing import Final

PLATFORM: Final[Mapping[str, str]] = {
    "platform.undos-none": "No taking back waits for a decision.",
    "platform.undos": "Taking back, refused",
    "platform.undos-operation": "operation",
    "platform.undos-since": "since",
    "platform.undos-why": "why",
    "platform.undos-next": "Next: `tenge platform card bear BANK OPERATION --on loss --reason WHY "
    "--officer WHO`",
    "platform.bear-on": "'{on}' is none; choose `loss` or `receivable`",
    "platform.bear-unknown": "No taking back of {operation} waits for a decision. "
    "See: `tenge platform card undos {bank}`",
    "platform.borne": "{amount_tiyn} of {operation} are borne by {account}.",
}
"""Under keys of ours."""
