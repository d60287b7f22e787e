"""Commands of the purse card and their answers, field by field (docs/protocol/purse-card.md).

Every command fits short APDUs. Data beyond 255 bytes goes by command chaining; *streamed* data (a token, a
request, a directory) is read as it comes and may be longer than the card's memory, other data is at most
:data:`DATA_MOST` bytes. Lists come in pages: P1 says how many entries to leave out.
"""

from enum import IntEnum, unique
from typing import Any, Final

from tender.card import apdu
from tender.crypto.envelope import Typ
from tender.errors import Code
from tender.purse.layout import Layout

AID: Final = bytes.fromhex("F04B5A445450555253")
"""``F0`` ‖ "KZDTPURS": proprietary, not registered (ISO/IEC 7816-5, 5.2)."""
LABEL: Final = b"Digital Tenge"
VERSION: Final = 1

CLA_ISO: Final = 0x00
CLA_PURSE: Final = 0x80

DATA_MOST: Final = 1152
"""Most data of a command that is not streamed: the card's one command buffer."""
ANSWER_MOST: Final = 1024
"""Most data of an answer, fetched with GET RESPONSE beyond 256."""
LINKS_MOST: Final = 16
"""Links or claims of one command: a payment with more tokens than that is not made by this card."""
KEYS_MOST: Final = 16
"""Keys of one MAKE KEYS."""
KEY_NAME_BYTES: Final = 8
"""SIGN BATCH names each key by the first bytes of its public half."""

PAYMENT_REFERENCE: Final = 0x80
"""The PIN, typed at whatever terminal: it opens one payment above the sum that goes without it, no more."""
OWNER_REFERENCE: Final = 0x81
"""The PIN *and* the owner's secret, which lies with the owner's own host: all but payments needs it."""
OWNER_SECRET_BYTES: Final = 16
"""Drawn by the card when it is personalised, told once, then only to whoever has the PUK."""
PIN_TRIES: Final = 3
PUK_TRIES: Final = 10


@unique
class Ins(IntEnum):
    """The instruction byte. The first five are ISO/IEC 7816-4's, with CLA 00; all others go with CLA 80."""

    SELECT = 0xA4
    VERIFY = 0x20
    CHANGE_PIN = 0x24
    UNBLOCK = 0x2C
    GET_RESPONSE = 0xC0
    STATUS = 0x10
    PERSONALISE = 0x12
    MAKE_KEYS = 0x14
    LIST_KEYS = 0x16
    ERASE_KEY = 0x18
    PUT_CERTIFICATE = 0x1A
    READ_CERTIFICATE = 0x1C
    SIGN_BATCH = 0x30
    SIGN_POSSESSION = 0x32
    SIGN_ORDER = 0x34
    OPEN_REQUEST = 0x36
    REQUEST_STATE = 0x38
    READ_REQUEST = 0x3A
    LIST_REQUESTS = 0x3C
    SIGN_RECEIPT = 0x3E
    PRESENT_REQUEST = 0x40
    SIGN_LINKS = 0x42
    SIGN_CLAIMS = 0x44
    LIST_KEPT = 0x46
    KEPT_OF = 0x48
    ACKNOWLEDGE = 0x4A
    PUT_TOKEN = 0x4C
    LIST_TOKENS = 0x4E
    READ_TOKEN = 0x50
    DROP = 0x52
    PUT_SIGNED = 0x54
    SYNCED = 0x56
    BOOK_MARK = 0x58
    STORE_KEY = 0x5A
    LOG = 0x5C
    WIPE = 0x5E
    HAS_SIGNED = 0x60


ISO: Final = frozenset((Ins.SELECT, Ins.VERIFY, Ins.CHANGE_PIN, Ins.UNBLOCK, Ins.GET_RESPONSE))


def cla_of(ins: Ins) -> int:
    """The class byte this instruction goes with."""
    return CLA_ISO if ins in ISO else CLA_PURSE


@unique
class Pay(IntEnum):
    """P1 of SIGN LINKS: what the links are for."""

    REQUEST = 0
    """To the request presented before: together exactly its amount."""
    SPLIT = 1
    """To keys of this very card."""
    RETURN = 2
    """The whole token to the key that signed the link which made it."""


@unique
class Stored(IntEnum):
    """P1 of ACKNOWLEDGE: who says that what was signed is where it belongs."""

    HOST = 0
    """The owner's own host has stored everything up to a counter."""
    PAYEE = 1
    """The payee's signed receipt: what was signed for that payment may go, and nothing else."""


@unique
class Proof(IntEnum):
    """P1 of PUT TOKEN and SIGN RECEIPT: who answers for what the card would have to know."""

    CARD = 0
    """The card looks for itself: the whole chain; the tokens that a receipt names."""
    HOST = 1
    """The owner's own host answers (reference 81); the card looks at the last hop and its own key only."""


@unique
class Signed(IntEnum):
    """P1 of PUT SIGNED: what of the root's is handed over. Each may raise the time floor, once verified."""

    DIRECTORY = 0
    REVOCATIONS = 1
    CORRECTION = 2


TYP_OF_SIGNED: Final = {
    Signed.DIRECTORY: Typ.DIRECTORY,
    Signed.REVOCATIONS: Typ.REVOCATIONS,
    Signed.CORRECTION: Typ.TIME,
}

# ------------------------------------------------------------------------------------------ status words

PIN_TRY_WRONG: Final = 0x63C0
"""The low four bits say how many tries are left."""

STATUS_OF: Final[dict[Code, int]] = {
    Code.MESSAGE_TRUNCATED: apdu.WRONG_LENGTH,
    Code.CARD_PIN_NEEDED: apdu.SECURITY_UNMET,
    Code.CARD_BLOCKED: apdu.PIN_BLOCKED,
    Code.ELEMENT_REFUSED: apdu.CONDITIONS_UNMET,
    Code.FIELD_WRONG: apdu.DATA_WRONG,
    Code.PAYMENT_UNKNOWN: apdu.NOT_FOUND,
    Code.CARD_FULL: apdu.FULL,
    Code.CARD_NOT_PURSE: 0x6999,
    # 95xx: the codes of docs/protocol/cash.md, section 8, and of the limits (ISO/IEC 7816-4 leaves 9XXX free)
    Code.SIGNATURE_WRONG: 0x9501,
    Code.VERSION_UNKNOWN: 0x9502,
    Code.CBOR_MALFORMED: 0x9503,
    Code.CBOR_NOT_CANONICAL: 0x9504,
    Code.MESSAGE_TOO_LONG: 0x9505,
    Code.KEY_UNSAFE: 0x9506,
    Code.TYPE_CONFUSED: 0x9507,
    Code.ISSUER_UNKNOWN: 0x9510,
    Code.ISSUER_FORGED: 0x9511,
    Code.CERTIFICATE_WRONG: 0x9512,
    Code.CERTIFICATE_MISSING: 0x9513,
    Code.CERTIFICATE_EXPIRED: 0x9514,
    Code.CERTIFICATE_TOO_SHORT: 0x9515,
    Code.PARTICIPANT_BLOCKED: 0x9516,
    Code.DIRECTORY_WRONG: 0x9517,
    Code.DIRECTORY_OLD: 0x9518,
    Code.PROFILE_UNKNOWN: 0x9519,
    Code.LIST_WRONG: 0x951A,
    Code.CORRECTION_WRONG: 0x951B,
    Code.SENDER_UNKNOWN: 0x951C,
    Code.RECEIPT_WRONG: 0x951D,
    Code.TOKEN_EXPIRED: 0x9520,
    Code.HOP_LIMIT: 0x9521,
    Code.VALUE_CREATED: 0x9522,
    Code.COLOUR_BROKEN: 0x9523,
    Code.COLOUR_UNKNOWN: 0x9524,
    Code.ALREADY_SPENT: 0x9525,
    Code.AMOUNT_OUT_OF_RANGE: 0x9526,
    Code.AMOUNT_MISMATCH: 0x9527,
    Code.REQUEST_CLOSED: 0x9528,
    Code.PAYEE_IS_PAYER: 0x9529,
    Code.CURRENCY_FOREIGN: 0x952A,
    Code.REQUEST_NOT_OURS: 0x952B,
    Code.LIMIT_PER_PAYMENT: 0x9530,
    Code.LIMIT_SINCE_SYNC: 0x9531,
    Code.LIMIT_HOLDING: 0x9532,
    Code.PIN_TOO_SHORT: 0x9540,
}
"""One status for each refusal. It says no more than the code does: no data ever comes with it."""

CODE_OF: Final[dict[int, Code]] = {
    **{sw: code for code, sw in STATUS_OF.items()},
    apdu.P1_P2_WRONG: Code.CARD_WRONG,
    apdu.INS_UNKNOWN: Code.CARD_NOT_PURSE,
    apdu.CLA_UNKNOWN: Code.CARD_NOT_PURSE,
}


def page_of(layout: Layout[Any]) -> int:
    """How many entries one page of a list holds."""
    return ANSWER_MOST // layout.length


def stream(payload: bytes, *begins: bytes) -> bytes:
    """What a streamed command carries: what the card's hashing begins with (a signature, a key), then the
    payload's length (4 bytes) and the payload."""
    return b"".join((*begins, len(payload).to_bytes(4, "big"), payload))
