"""Digital Tenge on accounts: outputs on banks' nodes, and the transactions that consume and make them.

An output's id commits to the transaction that made it, its place, its amount and its owner, so a transaction
that shows an input shows what it is worth. The notary is told ids only; a random ``salt`` keeps a transaction
from being guessed by whoever knows the parties (DT-P-27).
"""

from dataclasses import dataclass
from enum import StrEnum, unique
from hashlib import sha256
from typing import Final

from tender import canon
from tender.crypto.envelope import Typ, sign, to_be_signed
from tender.crypto.keys import PUBLIC_KEY_BYTES, SIGNATURE_BYTES, SigningKey, verify
from tender.errors import Code, Refusal
from tender.schema import Bytes, Choice, Many, Record, Uint

OUTPUT_LABEL: Final = b"dt-account-output.v1"
TRANSACTION_LABEL: Final = b"dt-transaction.v1"
SALT_BYTES: Final = 16
INPUTS_MAX: Final = 256
OUTPUTS_MAX: Final = 64
AMOUNT_ON_ACCOUNT_MAX_TIYN: Final = 2**53 - 1


@unique
class Purpose(StrEnum):
    """What a transaction is for. Only the National Bank may sign the first two (DT-P-02)."""

    ISSUE = "issue"
    SETTLE = "settle"
    """Claims of offline tokens, credited to accounts."""
    TRANSFER = "transfer"
    LOAD = "load"
    """Account money that becomes tokens on a device."""
    REDEEM = "redeem"
    """Account money that a bank hands back to the National Bank."""


MINTING: Final = (Purpose.ISSUE, Purpose.SETTLE)


@dataclass(frozen=True, slots=True)
class Output:
    """An amount (tiyn) on a bank's node, owned by the 32-byte key that is the account's address.

    ``maker`` is the 32-byte id of the transaction that made it and ``index`` its place there.
    """

    maker: bytes
    index: int
    bank: int
    address: bytes
    amount_tiyn: int

    @property
    def id(self) -> bytes:
        """SHA-256 over the label and all of the above."""
        return sha256(OUTPUT_LABEL + OUTPUT.encode(self)).digest()


@dataclass(frozen=True, slots=True)
class Payee:
    """An output to be made: on which bank's node, for which address, how much (tiyn)."""

    bank: int
    address: bytes
    amount_tiyn: int


@dataclass(frozen=True, slots=True)
class Transaction:
    """Inputs in, payees out; ``salt`` is 16 random bytes."""

    purpose: str
    salt: bytes
    inputs: tuple[Output, ...]
    payees: tuple[Payee, ...]

    @property
    def id(self) -> bytes:
        """SHA-256 over the label and the payload."""
        return sha256(TRANSACTION_LABEL + TRANSACTION.encode(self)).digest()

    def outputs(self) -> tuple[Output, ...]:
        """The outputs it makes, in order."""
        maker = self.id
        return tuple(
            Output(maker, place, payee.bank, payee.address, payee.amount_tiyn)
            for place, payee in enumerate(self.payees)
        )


@dataclass(frozen=True, slots=True)
class OwnerSignature:
    """One owner's consent: the 32-byte address key and its 64-byte signature over the transaction."""

    key: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """A participant's validation mark: it has checked the transaction and answers for it (DT-P-41)."""

    participant: int
    signature: bytes


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """A transaction with its owners' signatures and the marks of the participants that validated it."""

    transaction: Transaction
    owners: tuple[OwnerSignature, ...]
    marks: tuple[Mark, ...]

    def marked_by(self, participant: int) -> bytes | None:
        """The signature of that participant's mark, unchecked."""
        return next((mark.signature for mark in self.marks if mark.participant == participant), None)


_ADDRESS = Bytes(PUBLIC_KEY_BYTES)
_AMOUNT = Uint(AMOUNT_ON_ACCOUNT_MAX_TIYN, least=1)
_SIGNATURE = Bytes(SIGNATURE_BYTES)

OUTPUT: Final = Record(
    Output,
    ("maker", Bytes(32)),
    ("index", Uint(OUTPUTS_MAX)),
    ("bank", Uint(999, least=100)),
    ("address", _ADDRESS),
    ("amount_tiyn", _AMOUNT),
)
PAYEE: Final = Record(Payee, ("bank", Uint(999, least=100)), ("address", _ADDRESS), ("amount_tiyn", _AMOUNT))
TRANSACTION: Final = Record(
    Transaction,
    ("purpose", Choice(tuple(Purpose))),
    ("salt", Bytes(SALT_BYTES)),
    ("inputs", Many(OUTPUT, most=INPUTS_MAX)),
    ("payees", Many(PAYEE, most=OUTPUTS_MAX, least=1)),
)
_OWNER = Record(OwnerSignature, ("key", _ADDRESS), ("signature", _SIGNATURE))
_MARK = Record(Mark, ("participant", Uint(999, least=100)), ("signature", _SIGNATURE))
SIGNED_TRANSACTION: Final = Record(
    SignedTransaction,
    ("transaction", TRANSACTION),
    ("owners", Many(_OWNER, most=INPUTS_MAX)),
    ("marks", Many(_MARK, most=8)),
)


def sign_as_owner(transaction: Transaction, key: SigningKey) -> OwnerSignature:
    """An owner's consent to exactly this transaction."""
    payload = TRANSACTION.encode(transaction)
    return OwnerSignature(key.public_key, sign(Typ.TRANSACTION, payload, key).signature)


def mark_payload(transaction: Transaction, participant: int) -> bytes:
    """What a mark signs: ``[participant, transaction id]``, so that it is nobody's consent as an owner."""
    return canon.encode([participant, transaction.id])


def sign_mark(transaction: Transaction, participant: int, key: SigningKey) -> Mark:
    """A participant's validation mark, under its messages key."""
    return Mark(participant, sign(Typ.TRANSACTION, mark_payload(transaction, participant), key).signature)


def check_mark(signed: SignedTransaction, participant: int, key: bytes) -> Refusal | None:
    """None when this participant marked it; ``bank-signature-missing`` otherwise."""
    signature = signed.marked_by(participant)
    payload = mark_payload(signed.transaction, participant)
    if signature is None or not verify(signature, to_be_signed(Typ.TRANSACTION, payload), key):
        return Refusal(Code.BANK_SIGNATURE_MISSING, "transaction.marks", (("participant", participant),))
    return None


def check_transaction(signed: SignedTransaction) -> Refusal | None:
    """All that a transaction shows by itself (DT-P-21, DT-P-22): signatures, no input twice, equal sums.

    Who may mint, whether inputs exist and are unspent, and the marks are asked elsewhere. Returns None, or
    ``client-signature-missing``, ``signature-wrong``, ``token-duplicated``, ``sums-differ``.
    """
    transaction = signed.transaction
    ids = {one.id for one in transaction.inputs}
    if len(ids) != len(transaction.inputs):
        return Refusal(Code.TOKEN_DUPLICATED, "transaction.inputs")
    minting = transaction.purpose in MINTING
    if minting != (not transaction.inputs):
        return Refusal(Code.FIELD_WRONG, "transaction.inputs")
    if not minting:
        coming = sum(one.amount_tiyn for one in transaction.inputs)
        going = sum(one.amount_tiyn for one in transaction.payees)
        if coming != going:
            return Refusal(
                Code.SUMS_DIFFER, "transaction", (("inputs_tiyn", coming), ("outputs_tiyn", going))
            )
    message = to_be_signed(Typ.TRANSACTION, TRANSACTION.encode(transaction))
    for place, owner in enumerate(signed.owners):
        if not verify(owner.signature, message, owner.key):
            return Refusal(Code.SIGNATURE_WRONG, f"transaction.owners[{place}]")
    owners = {owner.key for owner in signed.owners}
    for place, one in enumerate(transaction.inputs):
        if one.address not in owners:
            return Refusal(Code.CLIENT_SIGNATURE_MISSING, f"transaction.inputs[{place}]")
    return None
