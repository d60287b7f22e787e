"""What data element 39 says: the codes of a card answer, in words, and what each is among our outcomes.

A host that has decided by our codes answers with :func:`response_code`; who reads an answer turns it into the
sentence a person understands with :func:`refusal_of`. After public tables of ISO 8583:1987 and of both
networks.
"""

from enum import Enum
from typing import Final, NamedTuple

from tender.card.iso8583.message import Message
from tender.errors import Code, Refusal

FIELD: Final = "iso8583.de039"
APPROVED: Final = "00"
DECLINED: Final = "05"
FORMAT_ERROR: Final = "30"
NOT_IN_SERVICE: Final = "91"
MALFUNCTION: Final = "96"
CUSTOMER_CANCELLED: Final = "17"
ANSWER_LATE: Final = "68"
"""Why something is reversed (DE 39 of a reversal): it is void, or nobody knows whether it stands."""


class Retry(Enum):
    """Whether a merchant may send the same again (networks fine those who try for ever)."""

    NEVER = "never"
    LATER = "later"
    MENDED = "after the data are put right"


class Response(NamedTuple):
    """One code: what it says, the outcome it is (None: approved), whether to try again."""

    code: str
    words: str
    outcome: Code | None
    retry: Retry


def _rows(*rows: tuple[str, str, Code | None, Retry]) -> dict[str, Response]:
    return {row[0]: Response(*row) for row in rows}


_NEVER, _LATER, _MENDED = Retry.NEVER, Retry.LATER, Retry.MENDED
RESPONSES: Final = _rows(
    ("00", "approved", None, _NEVER),
    ("01", "refer to the issuer", Code.CARD_DECLINED, _LATER),
    ("03", "merchant unknown", Code.NOT_SUPPORTED, _MENDED),
    ("04", "keep the card", Code.CARD_KEPT, _NEVER),
    ("05", "do not honour", Code.CARD_DECLINED, _LATER),
    ("06", "error", Code.ISSUER_SILENT, _LATER),
    ("07", "keep the card, special condition", Code.CARD_KEPT, _NEVER),
    ("08", "approved, see a document of identity", None, _NEVER),
    ("10", "approved in part", None, _NEVER),
    ("11", "approved, valued customer", None, _NEVER),
    ("12", "no such transaction", Code.NOT_SUPPORTED, _NEVER),
    ("13", "amount out of range", Code.AMOUNT_OUT_OF_RANGE, _MENDED),
    ("14", "no such card", Code.CARD_UNKNOWN, _NEVER),
    ("15", "no such issuer", Code.CARD_UNKNOWN, _NEVER),
    ("17", "the customer said no", Code.PAYER_DECLINED, _LATER),
    ("19", "send it again", Code.ISSUER_SILENT, _LATER),
    ("21", "nothing was done", Code.OPERATION_UNDONE, _LATER),
    ("25", "original not found", Code.ORDER_UNKNOWN, _NEVER),
    ("30", "format error", Code.FIELD_WRONG, _MENDED),
    ("41", "card lost, keep it", Code.CARD_KEPT, _NEVER),
    ("43", "card stolen, keep it", Code.CARD_KEPT, _NEVER),
    ("46", "account closed", Code.ACCOUNT_UNKNOWN, _NEVER),
    ("51", "not enough money", Code.FUNDS_INSUFFICIENT, _LATER),
    ("52", "no account", Code.ACCOUNT_UNKNOWN, _NEVER),
    ("53", "no savings account", Code.ACCOUNT_UNKNOWN, _NEVER),
    ("54", "card expired", Code.CARD_EXPIRED, _MENDED),
    ("55", "PIN wrong", Code.PIN_WRONG, _MENDED),
    ("57", "not allowed to this card", Code.NOT_SUPPORTED, _NEVER),
    ("58", "not allowed at this terminal", Code.NOT_SUPPORTED, _LATER),
    ("59", "suspected fraud", Code.CARD_DECLINED, _LATER),
    ("61", "more than the card may pay", Code.CARD_LIMIT, _LATER),
    ("62", "card stopped", Code.CARD_STOPPED, _LATER),
    ("63", "security check failed", Code.CARD_NOT_GENUINE, _LATER),
    ("65", "more often than the card may pay", Code.CARD_LIMIT, _LATER),
    ("68", "answer came too late", Code.ISSUER_SILENT, _LATER),
    ("6P", "identity not verified", Code.CARD_DECLINED, _LATER),
    ("70", "PIN data wanted", Code.CARD_PIN_NEEDED, _MENDED),
    ("75", "too many wrong PINs", Code.CARD_PIN_SPENT, _LATER),
    ("76", "original does not fit", Code.ORDER_UNKNOWN, _NEVER),
    ("78", "card not activated", Code.CARD_INACTIVE, _LATER),
    ("81", "PIN could not be deciphered", Code.ISSUER_SILENT, _LATER),
    ("82", "card data do not prove it genuine", Code.CARD_NOT_GENUINE, _MENDED),
    ("85", "no reason to decline", None, _NEVER),
    ("86", "PIN could not be verified", Code.ISSUER_SILENT, _LATER),
    ("87", "approved without cash", None, _NEVER),
    ("88", "cryptogram wrong", Code.CARD_NOT_GENUINE, _LATER),
    ("91", "issuer not in service", Code.ISSUER_SILENT, _LATER),
    ("92", "no way to the issuer", Code.ISSUER_SILENT, _LATER),
    ("93", "against the law", Code.CARD_DECLINED, _NEVER),
    ("94", "sent twice", Code.REQUEST_REPLAYED, _NEVER),
    ("95", "sums differ", Code.SUMS_DIFFER, _MENDED),
    ("96", "malfunction", Code.ISSUER_SILENT, _LATER),
    ("1A", "the customer has to confirm", Code.CONFIRMATION_MISSING, _MENDED),
    ("N7", "printed code wrong", Code.PRINTED_CODE_WRONG, _MENDED),
    ("R0", "stop this standing order", Code.CARD_DECLINED, _NEVER),
    ("R1", "stop all standing orders", Code.CARD_DECLINED, _NEVER),
    ("R3", "stop every payment of this merchant", Code.CARD_DECLINED, _NEVER),
    ("Z3", "could not go online, declined", Code.ISSUER_SILENT, _LATER),
)
"""Every code we know, in order."""

_SAID: Final = {
    Code.FUNDS_ENCUMBERED: "51",
    Code.NOT_ENOUGH_MONEY: "51",
    Code.CLIENT_UNKNOWN: "14",
    Code.ACCOUNT_UNKNOWN: "52",
    Code.NOT_SUPPORTED: "57",
    Code.NOT_PERMITTED: "57",
    Code.PAID_IN_DT: "57",
    Code.PARTICIPANT_BLOCKED: "91",
    Code.PLATFORM_UNREACHABLE: "91",
    Code.PEER_UNREACHABLE: "91",
    Code.ISSUER_SILENT: "91",
    Code.STORE_FAILED: "96",
    Code.REFUND_TOO_MUCH: "13",
    Code.CURRENCY_FOREIGN: "12",
    Code.PIN_WAIT: "75",
    Code.CARD_BLOCKED: "75",
    Code.CARD_DECLINED: "05",
    Code.CARD_KEPT: "43",
    Code.CARD_NOT_GENUINE: "88",
    Code.CARD_LIMIT: "61",
    Code.CARD_STOPPED: "62",
    Code.CARD_UNKNOWN: "14",
    Code.ORDER_UNKNOWN: "25",
}
"""Where several codes mean one outcome, or an outcome has a code of another: the one we say."""

_CODES: Final = {row.outcome: row.code for row in RESPONSES.values() if row.outcome} | _SAID


def is_approval(code: str) -> bool:
    """Whether this code approves. What nobody knows does not."""
    known = RESPONSES.get(code)
    return known is not None and known.outcome is None


def is_void(reversal: Message) -> bool:
    """Whether people have decided that what stands shall not: every other reversal says that it may stand and
    nobody knows."""
    return reversal.fields.get(39) == CUSTOMER_CANCELLED


def response_code(outcome: Code | None) -> str:
    """What data element 39 says for one of our outcomes; None is approval, one without a code of its own
    ``05``."""
    return APPROVED if outcome is None else _CODES.get(outcome, DECLINED)


def refusal_of(code: str) -> Refusal:
    """The outcome a person reads for a code that declines; one that nobody knows is a decline as ``05`` is.

    Its facts hold the code itself, for the technical view.
    """
    known = RESPONSES.get(code)
    outcome = known.outcome if known and known.outcome else Code.CARD_DECLINED
    return Refusal(outcome, FIELD, (("response", code),))


def in_words(code: str) -> str:
    """``51 not enough money``."""
    known = RESPONSES.get(code)
    return f"{code} {known.words if known else 'unknown'}"
