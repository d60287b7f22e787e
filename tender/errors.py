"""Every way a payment can end badly: one registry of codes, four kinds of error.

* An *outcome* (declined, hop limit reached) is an ordinary value: :class:`Refusal`.
* :class:`RemoteProtocolError`: the peer sent something wrong. Code and field path, never the secret.
* :class:`LocalProtocolError`: our own bug.
* :class:`DeviceError`, :class:`StoreError`, :class:`LinkError`: the world failed; adapters raise them.

The sentence a person reads for each code stands in ``faces/words.py``.
"""

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final


@unique
class Code(StrEnum):
    """Stable names of refusals and errors; a code is never reused for another meaning."""

    # --- bytes
    CBOR_MALFORMED = "cbor-malformed"
    CBOR_NOT_CANONICAL = "cbor-not-canonical"
    FIELD_WRONG = "field-wrong"
    MESSAGE_TOO_LONG = "message-too-long"
    MESSAGE_TRUNCATED = "message-truncated"
    MESSAGE_UNKNOWN = "message-unknown"
    TEXT_UNREADABLE = "text-unreadable"
    VERSION_UNKNOWN = "version-unknown"
    # --- signatures and certificates
    SIGNATURE_WRONG = "signature-wrong"
    TYPE_CONFUSED = "type-confused"
    KEY_UNSAFE = "key-unsafe"
    ISSUER_UNKNOWN = "issuer-unknown"
    ISSUER_FORGED = "issuer-forged"
    CERTIFICATE_WRONG = "certificate-wrong"
    CERTIFICATE_EXPIRED = "certificate-expired"
    CERTIFICATE_REVOKED = "certificate-revoked"
    CERTIFICATE_TOO_SHORT = "certificate-too-short"
    CERTIFICATE_MISSING = "certificate-missing"
    DIRECTORY_WRONG = "directory-wrong"
    DIRECTORY_OLD = "directory-old"
    PROFILE_UNKNOWN = "profile-unknown"
    # --- tokens
    TOKEN_EXPIRED = "token-expired"
    TOKEN_DUPLICATED = "token-duplicated"
    HOP_LIMIT = "hop-limit"
    VALUE_CREATED = "value-created"
    COLOUR_BROKEN = "colour-broken"
    COLOUR_UNKNOWN = "colour-unknown"
    ALREADY_SPENT = "already-spent"
    FORK_PROVED = "fork-proved"
    PROOF_EMPTY = "proof-empty"
    # --- the conversation
    REQUEST_REPLAYED = "request-replayed"
    REQUEST_NOT_OURS = "request-not-ours"
    REQUEST_CLOSED = "request-closed"
    REQUEST_TAKEN = "request-taken"
    REQUEST_FREE = "request-free"
    HAND_OVER_NEEDLESS = "hand-over-needless"
    NONCE_MISSING = "nonce-missing"
    AMOUNT_MISMATCH = "amount-mismatch"
    AMOUNT_PARTIAL = "amount-partial"
    TERMS_UNMET = "terms-unmet"
    RETURNS_FULL = "returns-full"
    RECEIPT_WRONG = "receipt-wrong"
    OUT_OF_ORDER = "out-of-order"
    PAYER_DECLINED = "payer-declined"
    PAYEE_IS_PAYER = "payee-is-payer"
    # --- amounts, limits, lists
    AMOUNT_UNREADABLE = "amount-unreadable"
    AMOUNT_OUT_OF_RANGE = "amount-out-of-range"
    CURRENCY_FOREIGN = "currency-foreign"
    NOT_ENOUGH_MONEY = "not-enough-money"
    LIMIT_PER_PAYMENT = "limit-per-payment"
    LIMIT_HOLDING = "limit-holding"
    LIMIT_SINCE_SYNC = "limit-since-sync"
    LIST_STALE = "list-stale"
    LIST_WRONG = "list-wrong"
    LIST_GAP = "list-gap"
    CORRECTION_WRONG = "correction-wrong"
    # --- codes that are scanned
    CODE_WRONG = "code-wrong"
    CODE_CHECKSUM = "code-checksum"
    CODE_NETWORK = "code-network"
    CODE_FOREIGN = "code-foreign"
    CODE_PAID = "code-paid"
    # --- wallet and device
    PIN_WRONG = "pin-wrong"
    PIN_WAIT = "pin-wait"
    PIN_TOO_SHORT = "pin-too-short"
    STORE_EXISTS = "store-exists"
    STORE_MISSING = "store-missing"
    STORE_TAMPERED = "store-tampered"
    STORE_NEWER = "store-newer"
    STORE_BUSY = "store-busy"
    STORE_FULL = "store-full"
    STORE_READ_ONLY = "store-read-only"
    STORE_BEHIND = "store-behind"
    STORE_FAILED = "store-failed"
    ELEMENT_MISSING = "element-missing"
    ELEMENT_REFUSED = "element-refused"
    KEYS_EXHAUSTED = "keys-exhausted"
    NOT_ENROLLED = "not-enrolled"
    CONTACT_UNKNOWN = "contact-unknown"
    NAME_WRONG = "name-wrong"
    PAYMENT_UNKNOWN = "payment-unknown"
    FILE_UNREADABLE = "file-unreadable"
    FILE_UNWRITABLE = "file-unwritable"
    FILE_EXISTS = "file-exists"
    FOLDER_MISSING = "folder-missing"
    BACKUP_WRONG = "backup-wrong"
    # --- codes on screens and in pictures
    QR_FOREIGN = "qr-foreign"
    QR_FRAME_WRONG = "qr-frame-wrong"
    QR_HASH_WRONG = "qr-hash-wrong"
    QR_NOT_FOUND = "qr-not-found"
    QR_UNFINISHED = "qr-unfinished"
    PICTURE_UNREADABLE = "picture-unreadable"
    CAMERA_MISSING = "camera-missing"
    CAMERA_TAKEN = "camera-taken"
    CAMERA_NOT_INSTALLED = "camera-not-installed"
    CLIPBOARD_MISSING = "clipboard-missing"
    # --- cards and their readers
    CARD_MISSING = "card-missing"
    CARD_GONE = "card-gone"
    CARD_OUTCOME_UNKNOWN = "card-outcome-unknown"
    CARD_WRONG = "card-wrong"
    CARD_NOT_PURSE = "card-not-purse"
    CARD_FULL = "card-full"
    CARD_BLANK = "card-blank"
    CARD_NOT_BLANK = "card-not-blank"
    CARD_OTHER_BANK = "card-other-bank"
    CARD_BLOCKED = "card-blocked"
    CARD_PIN_NEEDED = "card-pin-needed"
    CARD_SWAPPED = "card-swapped"
    CARD_SAME = "card-same"
    EARLIER_FINISHED = "earlier-finished"
    CARD_ELSEWHERE = "card-elsewhere"
    CARD_TAMPERED = "card-tampered"
    PUK_WRONG = "puk-wrong"
    PUK_BLOCKED = "puk-blocked"
    SESSION_WRONG = "session-wrong"
    READER_MISSING = "reader-missing"
    READER_GONE = "reader-gone"
    READER_TAKEN = "reader-taken"
    READER_FULL = "reader-full"
    PCSC_NOT_INSTALLED = "pcsc-not-installed"
    PCSC_SILENT = "pcsc-silent"
    TAP_ONE_SIDED = "tap-one-sided"
    # --- payment cards
    CARD_UNKNOWN = "card-unknown"
    CARD_STOPPED = "card-stopped"
    CARD_DECLINED = "card-declined"
    CARD_EXPIRED = "card-expired"
    CARD_LIMIT = "card-limit"
    CARD_KEPT = "card-kept"
    CARD_NOT_GENUINE = "card-not-genuine"
    PRINTED_CODE_WRONG = "printed-code-wrong"
    CARD_MISTYPED = "card-mistyped"
    ISSUER_SILENT = "issuer-silent"
    OPERATION_UNDONE = "operation-undone"
    CONFIRMATION_MISSING = "confirmation-missing"
    NOTHING_TO_CONFIRM = "nothing-to-confirm"
    TERMINAL_NOT_SET = "terminal-not-set"
    ACQUIRER_UNREACHABLE = "acquirer-unreachable"
    ACQUIRER_SILENT = "acquirer-silent"
    SWITCH_UNREACHABLE = "switch-unreachable"
    CARD_SAID_NO = "card-said-no"
    CARD_TRY_OTHER = "card-try-other"
    CARD_HAS_CHIP = "card-has-chip"
    NOTES_MISSING = "notes-missing"
    NOTES_STUCK = "notes-stuck"
    CARD_PIN_SPENT = "card-pin-spent"
    CARD_INACTIVE = "card-inactive"
    CARD_MADE = "card-made"
    CARD_PAYMENT_UNKNOWN = "card-payment-unknown"
    CARDS_NOT_ISSUED = "cards-not-issued"
    DAY_UNKNOWN = "day-unknown"
    MERCHANT_UNKNOWN = "merchant-unknown"
    PIN_NOT_OFFERED = "pin-not-offered"
    PAID_IN_DT = "paid-in-dt"
    TRIES_UNTOLD = "tries-untold"
    REFERENCE_SHARED = "reference-shared"
    # --- receipts
    FONT_MISSING = "font-missing"
    PRINTER_MISSING = "printer-missing"
    PRINTER_UNREACHABLE = "printer-unreachable"
    PRINTER_UNNAMED = "printer-unnamed"
    # --- the till
    CASHIER_MISSING = "cashier-missing"
    CASHIER_WRONG = "cashier-wrong"
    TRANSFER_NO_ACCOUNT = "transfer-no-account"
    SHIFT_CLOSED = "shift-closed"
    SHIFT_OPEN = "shift-open"
    SALE_NONE = "sale-none"
    SALE_EMPTY = "sale-empty"
    SALE_BUSY = "sale-busy"
    SALE_OPEN = "sale-open"
    BATCH_OPEN = "batch-open"
    PAID_BY_CARD = "paid-by-card"
    DRAWER_SHORT = "drawer-short"
    CASH_SHORT = "cash-short"
    TENDER_UNKNOWN = "tender-unknown"
    RECEIPT_UNKNOWN = "receipt-unknown"
    RECEIPT_OLD = "receipt-old"
    REFUND_TOO_MUCH = "refund-too-much"
    # --- the platform and its participants
    PLATFORM_UNREACHABLE = "platform-unreachable"
    PEER_UNREACHABLE = "peer-unreachable"
    PORT_UNUSABLE = "port-unusable"
    SENDER_UNKNOWN = "sender-unknown"
    NOT_PERMITTED = "not-permitted"
    NOT_SUPPORTED = "not-supported"
    PARTICIPANT_BLOCKED = "participant-blocked"
    KYC_MISSING = "kyc-missing"
    IIN_WRONG = "iin-wrong"
    BIN_WRONG = "bin-wrong"
    PHONE_WRONG = "phone-wrong"
    ACTIVATION_WRONG = "activation-wrong"
    ACCOUNT_EXISTS = "account-exists"
    ACCOUNT_UNKNOWN = "account-unknown"
    ACCOUNT_NOT_EMPTY = "account-not-empty"
    CLIENT_UNKNOWN = "client-unknown"
    PAYEE_UNKNOWN = "payee-unknown"
    FUNDS_INSUFFICIENT = "funds-insufficient"
    FUNDS_ENCUMBERED = "funds-encumbered"
    CLIENT_SIGNATURE_MISSING = "client-signature-missing"
    BANK_SIGNATURE_MISSING = "bank-signature-missing"
    SUMS_DIFFER = "sums-differ"
    ORDER_UNKNOWN = "order-unknown"
    NOT_APPROVED = "not-approved"
    DEVICE_UNKNOWN = "device-unknown"
    DEVICE_LOST = "device-lost"
    CLAIM_EXPIRED = "claim-expired"
    CLAIM_WAITS = "claim-waits"
    CLAIM_OWN_FORK = "claim-own-fork"
    CLAIM_IN_REVIEW = "claim-in-review"
    CLAIM_DENIED = "claim-denied"
    CLAIM_ORPHAN = "claim-orphan"
    ORPHANS_FULL = "orphans-full"
    COLOUR_KEPT = "colour-kept"
    CASE_REFERENCE_MISSING = "case-reference-missing"


NO_ANSWER: Final = frozenset(
    {
        Code.ELEMENT_MISSING,
        Code.CARD_MISSING,
        Code.CARD_GONE,
        Code.CARD_OUTCOME_UNKNOWN,
        Code.CARD_WRONG,
        Code.CARD_NOT_PURSE,
        Code.CARD_SWAPPED,
        Code.CARD_ELSEWHERE,
        Code.READER_MISSING,
        Code.READER_GONE,
        Code.READER_TAKEN,
        Code.PCSC_NOT_INSTALLED,
        Code.PCSC_SILENT,
    }
)
"""What says nothing of whether a secure element has done what it was asked: ask again. Any other code of the
element is its no."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal as a value: what was refused, at which field, with the facts a sentence may need.

    ``facts`` are printable, never secret: amounts in tiyn, counts, dates as seconds since 1970 (UTC).
    """

    code: Code
    field: str = ""
    facts: tuple[tuple[str, str | int], ...] = ()

    def __str__(self) -> str:
        where = f" at {self.field}" if self.field else ""
        return f"{self.code.value}{where}"


class TenderError(Exception):
    """Base of the error kinds below; carries a :class:`Refusal` for the sentence people read."""

    def __init__(self, code: Code, field: str = "", **facts: str | int) -> None:
        self.refusal = Refusal(code, field, tuple(sorted(facts.items())))
        super().__init__(str(self.refusal))

    @property
    def code(self) -> Code:
        """The stable code of this error."""
        return self.refusal.code

    @property
    def field(self) -> str:
        """The path of the field at fault, such as ``transfer.tokens[2].links[0].signature``."""
        return self.refusal.field


class RemoteProtocolError(TenderError):
    """The peer sent bytes that break the protocol. Nothing was accepted and nothing was changed."""


class LocalProtocolError(TenderError):
    """We were about to break the protocol ourselves: a bug on this side."""


class DeviceError(TenderError):
    """A device (secure element, reader, camera) failed or refused."""


class StoreError(TenderError):
    """A store could not be read or written."""


class LinkError(TenderError):
    """A wire failed: nobody there, cut, or timed out."""


class NotSentError(LinkError):
    """Nobody was there to send to: not one byte left, so nothing can come of it later."""
