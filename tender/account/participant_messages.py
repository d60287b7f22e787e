"""What participants of the platform ask of one another: one record each, need to know and nothing more."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from tender.account.client_messages import (
    AMOUNT,
    BANK,
    HASH,
    KEY,
    NUMBER,
)
from tender.account.merchant_messages import SALE, Sale
from tender.account.token_messages import ITEM_STATE, NOTICE, RULE, TOKEN, ItemState, Notice
from tender.account.transaction import SIGNED_TRANSACTION, SignedTransaction
from tender.crypto.keys import SIGNATURE_BYTES
from tender.schema import Bytes, Choice, Many, Maybe, Record, Text, Uint

PENDING: Final = "pending"
APPROVED: Final = "approved"
REJECTED: Final = "rejected"
LATE_DRAW: Final = "drawn too late"
"""Cause of a credit that brings back what a bank drew after its own accounts had covered the loss."""


@dataclass(frozen=True, slots=True)
class Movement:
    """A transaction that was notarised: with the notarise order and the notary's signed reply to it."""

    signed: SignedTransaction
    notarise_order: bytes
    notarise_reply: bytes


@dataclass(frozen=True, slots=True)
class IssueRequest:
    """A bank asks for Digital Tenge against its correspondent account, at this address on its node."""

    amount_tiyn: int
    address: bytes


@dataclass(frozen=True, slots=True)
class RedeemRequest:
    """A bank hands Digital Tenge back: a notarised movement to the National Bank's address."""

    movement: Movement


@dataclass(frozen=True, slots=True)
class RequestNoted:
    """Number and state of a request that a person at the National Bank approves or rejects (DT-P-05)."""

    request: int
    state: str


@dataclass(frozen=True, slots=True)
class Redeemed:
    """The National Bank decided on a redemption; a rejected one comes back as a credit."""

    request: int
    amount_tiyn: int
    state: str


@dataclass(frozen=True, slots=True)
class Vault:
    """Where Digital Tenge goes that is to be redeemed or loaded: the National Bank's own addresses."""


@dataclass(frozen=True, slots=True)
class VaultTold:
    """32-byte addresses on the National Bank's node."""

    redeem: bytes
    load: bytes
    draw: bytes


@dataclass(frozen=True, slots=True)
class RootFor:
    """A root to be made for a certified key: ``certificate`` packed, ``amount_tiyn`` its worth."""

    key: bytes
    certificate: bytes
    amount_tiyn: int


@dataclass(frozen=True, slots=True)
class LoadRoots:
    """Account money that went to the National Bank's load address becomes tokens of the same sum."""

    movement: Movement
    roots: tuple[RootFor, ...]
    rule: bytes | None


@dataclass(frozen=True, slots=True)
class RootsMade:
    """Packed tokens in the order of the roots wanted."""

    tokens: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class KeptOf:
    """What waits for this account of the asking bank because it keeps its colour?"""

    address: bytes


@dataclass(frozen=True, slots=True)
class KeptRoots:
    """What waits for this account with this rule becomes tokens of the same rule and sum."""

    address: bytes
    roots: tuple[RootFor, ...]
    rule: bytes


@dataclass(frozen=True, slots=True)
class FateQuestion:
    """What became of these outputs (32-byte ids) of offline tokens?"""

    outputs: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Fate:
    """One item for each output the platform knows, and fork notices about them."""

    items: tuple[ItemState, ...]
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class LostKey:
    """A money key of a lost device and its packed certificate."""

    key: bytes
    certificate: bytes


@dataclass(frozen=True, slots=True)
class LostKeys:
    """Its owner says that nothing more was paid with these keys: what nobody claims by the end of the claim
    window is credited to this address."""

    address: bytes
    keys: tuple[LostKey, ...]


@dataclass(frozen=True, slots=True)
class Credit:
    """The National Bank delivers a movement to a bank's node. ``cause`` is issue, settle, refund …;
    ``reference`` (32 bytes) names the request, the credit, or the loss for which was drawn."""

    movement: Movement
    cause: str
    reference: bytes


@dataclass(frozen=True, slots=True)
class Draw:
    """The loss rule: cover ``amount_tiyn`` from the client behind ``key``, proved a cheat by ``proof``.

    ``reference`` (32 bytes) names the loss, so that a repeated order draws once. ``addresses``: the accounts
    that claimed under this fork; the bank says which of them are the same person's.
    """

    key: bytes
    certificate: bytes
    proof: bytes
    amount_tiyn: int
    reference: bytes
    addresses: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """``from_client_tiyn`` came off the client's DT account by ``movement`` (None when it was empty).

    ``own``: those of the order's addresses that belong to the person behind the key. Of an address at another
    bank the ID centre says so: ``asked`` and ``told`` are that order and its reply, as they were signed.
    """

    from_client_tiyn: int
    movement: Movement | None
    own: tuple[bytes, ...] = ()
    asked: bytes | None = None
    told: bytes | None = None


@dataclass(frozen=True, slots=True)
class TransferValidate:
    """Before notarisation: would your node take these outputs? Asked of each bank that gets one."""

    signed: SignedTransaction


@dataclass(frozen=True, slots=True)
class Validated:
    """The node's validation mark: its 64-byte signature over the transaction id."""

    mark: bytes


@dataclass(frozen=True, slots=True)
class TransferFinal:
    """After notarisation: these outputs are yours. ``payer`` is the name its user chose to show, or None;
    ``sale`` what a purchase was for, None for any other transfer."""

    movement: Movement
    payer: str | None
    purpose: str
    sale: Sale | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Encumber part of an account (DT-P-25), until released; ``reference`` is chosen by the asker."""

    account: bytes
    amount_tiyn: int
    reference: bytes


@dataclass(frozen=True, slots=True)
class Release:
    """Lift the encumbrance of that reference."""

    reference: bytes


@dataclass(frozen=True, slots=True)
class NoncashPayment:
    """Non-cash tenge from the asking bank to a merchant of another, over their correspondent accounts."""

    to_bank: int
    merchant: str
    amount_tiyn: int
    reference: bytes
    purpose: str
    sale: Sale | None = None


@dataclass(frozen=True, slots=True)
class NoncashCredit:
    """The National Bank tells the merchant's bank to credit the merchant."""

    from_bank: int
    merchant: str
    amount_tiyn: int
    reference: bytes
    purpose: str
    sale: Sale | None = None


@dataclass(frozen=True, slots=True)
class NoncashReturned:
    """The merchant's bank refused with ``code``: what the asking bank paid under this reference is back."""

    reference: bytes
    amount_tiyn: int
    code: str


def passed_reference(bank: int, reference: bytes) -> bytes:
    """The 32-byte reference under which the National Bank passes a bank's payment on: a bank chooses its
    references for itself, and another's may be the same."""
    return sha256(bank.to_bytes(2, "big") + reference).digest()


_SIGNATURE = Bytes(SIGNATURE_BYTES)
_SUM: Final = Uint(2**53 - 1, least=1)
_CERTIFICATE = Bytes(least=76, most=81)
_NUMBER_TEXT: Final = Text(20, least=1)

MOVEMENT: Final = Record(
    Movement,
    ("signed", SIGNED_TRANSACTION),
    ("notarise_order", Bytes(least=1, most=1 << 16)),
    ("notarise_reply", Bytes(least=1, most=2048)),
)
ISSUE_REQUEST: Final = Record(IssueRequest, ("amount_tiyn", _SUM), ("address", KEY))
REDEEM_REQUEST: Final = Record(RedeemRequest, ("movement", MOVEMENT))
REQUEST_NOTED: Final = Record(
    RequestNoted, ("request", NUMBER), ("state", Choice((PENDING, APPROVED, REJECTED)))
)
REDEEMED: Final = Record(
    Redeemed,
    ("request", NUMBER),
    ("amount_tiyn", Uint(2**53 - 1, least=1)),
    ("state", Choice((PENDING, APPROVED, REJECTED))),
)
VAULT: Final = Record(Vault)
VAULT_TOLD: Final = Record(VaultTold, ("redeem", KEY), ("load", KEY), ("draw", KEY))
ROOT_FOR: Final = Record(RootFor, ("key", KEY), ("certificate", _CERTIFICATE), ("amount_tiyn", AMOUNT))
LOAD_ROOTS: Final = Record(
    LoadRoots,
    ("movement", MOVEMENT),
    ("roots", Many(ROOT_FOR, most=64, least=1)),
    ("rule", Maybe(RULE)),
)
KEPT_OF: Final = Record(KeptOf, ("address", KEY))
KEPT_ROOTS: Final = Record(
    KeptRoots, ("address", KEY), ("roots", Many(ROOT_FOR, most=64, least=1)), ("rule", RULE)
)
ROOTS_MADE: Final = Record(RootsMade, ("tokens", Many(TOKEN, most=64)))
FATE_QUESTION: Final = Record(FateQuestion, ("outputs", Many(HASH, most=1000)))
FATE: Final = Record(Fate, ("items", Many(ITEM_STATE, most=1000)), ("notices", Many(NOTICE, most=100)))
LOST_KEYS: Final = Record(
    LostKeys,
    ("address", KEY),
    ("keys", Many(Record(LostKey, ("key", KEY), ("certificate", _CERTIFICATE)), most=5000)),
)
CREDIT: Final = Record(Credit, ("movement", MOVEMENT), ("cause", Text(20)), ("reference", HASH))
DRAW: Final = Record(
    Draw,
    ("key", KEY),
    ("certificate", _CERTIFICATE),
    ("proof", Bytes(least=1, most=8192)),
    ("amount_tiyn", _SUM),
    ("reference", HASH),
    ("addresses", Many(KEY, most=400)),
)
DRAWN: Final = Record(
    Drawn,
    ("from_client_tiyn", Uint(2**53 - 1)),
    ("movement", Maybe(MOVEMENT)),
    ("own", Many(KEY, most=400)),
    ("asked", Maybe(Bytes(most=1 << 17))),
    ("told", Maybe(Bytes(most=1 << 17))),
)
TRANSFER_VALIDATE: Final = Record(TransferValidate, ("signed", SIGNED_TRANSACTION))
VALIDATED: Final = Record(Validated, ("mark", _SIGNATURE))
TRANSFER_FINAL: Final = Record(
    TransferFinal,
    ("movement", MOVEMENT),
    ("payer", Maybe(Text(120))),
    ("purpose", Text(140)),
    ("sale", Maybe(SALE)),
)
HOLD: Final = Record(Hold, ("account", KEY), ("amount_tiyn", _SUM), ("reference", HASH))
RELEASE: Final = Record(Release, ("reference", HASH))
NONCASH_PAYMENT: Final = Record(
    NoncashPayment,
    ("to_bank", BANK),
    ("merchant", _NUMBER_TEXT),
    ("amount_tiyn", _SUM),
    ("reference", HASH),
    ("purpose", Text(140)),
    ("sale", Maybe(SALE)),
)
NONCASH_CREDIT: Final = Record(
    NoncashCredit,
    ("from_bank", BANK),
    ("merchant", _NUMBER_TEXT),
    ("amount_tiyn", _SUM),
    ("reference", HASH),
    ("purpose", Text(140)),
    ("sale", Maybe(SALE)),
)
NONCASH_RETURNED: Final = Record(
    NoncashReturned, ("reference", HASH), ("amount_tiyn", _SUM), ("code", Text(40, least=1))
)
