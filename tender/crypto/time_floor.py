"""The time floor's correction: how the root takes back a date it signed by mistake.

A device's now is never before the greatest date the root signed that it has seen (docs/protocol/cash.md,
section 5). A list dated next year would so end every token at once. A correction, numbered and signed by the
root, says what the floor is instead, and up to which list and directory no date counts for more.
"""

from dataclasses import dataclass
from typing import Final

from tender.crypto import envelope
from tender.crypto.envelope import Typ
from tender.crypto.keys import SigningKey
from tender.errors import Code
from tender.schema import Record, Uint


@dataclass(frozen=True, slots=True)
class Correction:
    """Number 0 corrects nothing. ``floor``: seconds since 1970 (UTC). Lists up to ``list_number`` and
    directories up to ``directory_number`` raise no floor above it, whatever their dates say."""

    version: int = 1
    number: int = 0
    floor: int = 0
    list_number: int = 0
    directory_number: int = 0

    def list_date(self, number: int, date: int) -> int:
        """What the date of this list counts for."""
        return min(date, self.floor) if number <= self.list_number else date

    def directory_date(self, number: int, date: int) -> int:
        """What the date of this directory counts for."""
        return min(date, self.floor) if number <= self.directory_number else date


NO_CORRECTION: Final = Correction()
_NUMBER: Final = Uint(2**32 - 1)
CORRECTION: Final = Record(
    Correction,
    ("version", Uint(1, 1)),
    ("number", Uint(2**32 - 1, least=1)),
    ("floor", _NUMBER),
    ("list_number", _NUMBER),
    ("directory_number", _NUMBER),
)


def sign_correction(correction: Correction, root_signer: SigningKey) -> bytes:
    """A correction as COSE_Sign1."""
    return envelope.sign(Typ.TIME, CORRECTION.encode(correction), root_signer).to_bytes()


def open_correction(raw: bytes, root_key: bytes, field: str = "correction") -> Correction:
    """Read and verify a correction; raises ``correction-wrong``, ``type-confused`` or ``field-wrong``."""
    opened = envelope.open_envelope(raw, Typ.TIME, field)
    opened.check(root_key, field, Code.CORRECTION_WRONG)
    return CORRECTION.decode(opened.payload, field)
