"""A till that takes Digital Tenge says so in the authorisation, and hears whether it was paid so.

It stands in data element 47, *additional data, national* (ISO 8583:1987): the request names whose account
the Digital Tenge would go to, the answer says that they went there. Whoever does not know it passes it over,
and the purchase is an ordinary one, by conversion (DT-C-06, DT-C-27, DT-S-09); nobody chooses anything.

=======  =====================================================================================
message  DE 47
=======  =====================================================================================
request  ``DT01`` + bank (3 digits) + business number (12 digits) + reference (up to 25 signs)
answer   ``DT01`` when nothing was converted; absent otherwise
=======  =====================================================================================

An answer that says so to a request without an offer says nothing: its mark goes no further, and the purchase
is settled in tenge like any other. The switch hands no offer to a host outside of its own process: nobody
here would know whether that one gave Digital Tenge at all. What it approves is settled in tenge.
"""

import re
from dataclasses import dataclass
from typing import Final

from tender.errors import Code, RemoteProtocolError

DATA_ELEMENT: Final = 47
MARK: Final = "DT01"
_OFFER: Final = re.compile(rf"{MARK}([0-9]{{3}})([0-9]{{12}})([!-~]{{0,25}})")


@dataclass(frozen=True, slots=True)
class DtOffer:
    """Where the merchant takes Digital Tenge: the account of this business number at this bank."""

    bank: int
    business_number: str
    reference: str = ""

    def to_text(self) -> str:
        """As the request carries it."""
        return f"{MARK}{self.bank:03}{self.business_number}{self.reference}"


def read_offer(text: str) -> DtOffer | None:
    """The offer of a request; None for another text; ``RemoteProtocolError`` ``field-wrong`` at
    ``iso8583.de047`` for one that begins as an offer and is none."""
    if not text.startswith(MARK):
        return None
    found = _OFFER.fullmatch(text)
    if found is None:
        raise RemoteProtocolError(Code.FIELD_WRONG, "iso8583.de047")
    bank, business_number, reference = found.groups()
    return DtOffer(int(bank), business_number, reference)


def says_in_dt(text: str) -> bool:
    """Whether an answer says that Digital Tenge went over as they are."""
    return text.startswith(MARK)


def paid_in_dt(request: str, answer: str) -> bool:
    """The same, of an answer to this request: nobody can have paid where no account was offered."""
    try:
        return says_in_dt(answer) and read_offer(request) is not None
    except RemoteProtocolError:
        return False
