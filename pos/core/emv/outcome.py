"""How a transaction ended: the one thing the kernel returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Final

from pos.core.emv.steps import Stage
from tender.card.pan import Pan
from tender.card.tags import Tag
from tender.card.values import Tsi, Tvr

NOTHING_FOUND: Final = Tvr(0)
NOTHING_DONE: Final = Tsi(0)


@unique
class Verdict(StrEnum):
    """What became of it."""

    APPROVED_OFFLINE = "approved-offline"
    APPROVED_ONLINE = "approved-online"
    DECLINED_OFFLINE = "declined-offline"
    DECLINED_ONLINE = "declined-online"
    OTHER_INTERFACE = "other-interface"
    """The chip cannot be used; another way of reading the card may (fallback)."""
    ENDED = "ended"
    """Not decided: the card or its data did not allow it."""

    @property
    def approved(self) -> bool:
        """Whether the shop is paid."""
        return self in (Verdict.APPROVED_OFFLINE, Verdict.APPROVED_ONLINE)


@unique
class Reason(StrEnum):
    """Why. ``faces`` has a sentence for each."""

    APPROVED = "approved"
    CALLED_OFF = "called-off"
    """The cardholder wanted none of it."""
    CARD_GONE = "card-gone"
    CARD_BLOCKED = "card-blocked"
    APPLICATION_BLOCKED = "application-blocked"
    NO_APPLICATION = "no-application"
    CARD_SILENT = "card-silent"
    CARD_DATA_WRONG = "card-data-wrong"
    CARD_ANSWER_WRONG = "card-answer-wrong"
    """A status no step allows, or a cryptogram that was not asked for."""
    SIGNATURE_FORGED = "signature-forged"
    """The signed answer (CDA) does not hold."""
    TERMINAL_REFUSED = "terminal-refused"
    CARD_REFUSED = "card-refused"
    SERVICE_NOT_ALLOWED = "service-not-allowed"
    PIN_TRIES_EXCEEDED = "pin-tries-exceeded"
    ISSUER_REFUSED = "issuer-refused"
    ISSUER_UNREACHABLE = "issuer-unreachable"
    CARD_REFUSED_AFTER_ISSUER = "card-refused-after-issuer"
    """The issuer had said yes: that is to be reversed."""


@unique
class Certain(StrEnum):
    """What is certain of the money when it is over, however it ended."""

    NOTHING_MOVED = "nothing-moved"
    """No issuer was asked, or it said no."""
    TO_BE_UNDONE = "to-be-undone"
    """An issuer said yes, or may have: until the reversal is answered, the amount may be held there."""
    PAID = "paid"


@dataclass(frozen=True, slots=True)
class CardRead:
    """Whose card it was, as far as it was read."""

    pan: Pan
    expiry: str
    """``YYMM``."""
    sequence: int | None
    track2: bytes = field(repr=False)
    holder: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a transaction."""

    verdict: Verdict
    reason: Reason
    tvr: Tvr = NOTHING_FOUND
    tsi: Tsi = NOTHING_DONE
    data: Mapping[int, bytes] = field(default_factory=dict, repr=False)
    """Tag → value: data element 55 of an advice, of the clearing record, of a reversal."""
    card: CardRead | None = None
    aid: bytes = b""
    label: str = ""
    response_code: str = ""
    """The issuer's, or the terminal's own: Y1, Z1 offline, Y3, Z3 unable to go online (Book 4, A6)."""
    wants_signature: bool = False
    reverse: bool = False
    """Something may be held or booked at the issuer that must not stay: send a reversal until answered."""
    stage: Stage | None = None
    """Where it stopped, if it did not run to its end."""
    where: str = ""
    """What of the card's data was wrong, as a path: for the technical view."""
    script_results: bytes = b""
    """Tag 9F5B, five bytes for each script: for the next message to the issuer."""

    @property
    def approved(self) -> bool:
        """Whether the shop is paid."""
        return self.verdict.approved

    @property
    def certain(self) -> Certain:
        """What of the money is certain. One paid offline after an issuer was silent is paid, and its first
        request still to be reversed (:attr:`reverse`)."""
        if self.approved:
            return Certain.PAID
        return Certain.TO_BE_UNDONE if self.reverse else Certain.NOTHING_MOVED

    @property
    def torn(self) -> bool:
        """Whether it ended because the card was taken away."""
        return self.reason is Reason.CARD_GONE

    @property
    def technical(self) -> tuple[tuple[str, str], ...]:
        """Lines of the receipt's technical view: name, value. No number of a card stands in them."""
        rows = [
            ("AID", self.aid.hex().upper()),
            ("TVR", self.tvr.packed().hex().upper()),
            *(("", word) for word in self.tvr.words),
            ("TSI", self.tsi.packed().hex().upper()),
            *(("", word) for word in self.tsi.words),
        ]
        for name, tag in _SHOWN:
            if tag in self.data:
                rows.append((name, self.data[tag].hex().upper()))
        if self.response_code:
            rows.append(("ARC", self.response_code))
        return tuple(row for row in rows if row[1])


_SHOWN: Final = (
    ("AC", Tag.CRYPTOGRAM),
    ("CID", Tag.CRYPTOGRAM_INFORMATION),
    ("ATC", Tag.ATC),
    ("CVM", Tag.CVM_RESULTS),
    ("UN", Tag.UNPREDICTABLE),
)
