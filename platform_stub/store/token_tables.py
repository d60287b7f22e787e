"""The tables of settlement, and what their rows are called in memory.

What is stored of a history is what was signed: the uploaded bytes, as they came. Its outputs, its spends and
what flowed through them follow from those bytes and from the claims, and stand nowhere (``token_tree``).
A *coin* is everything below one root; it has a number, given when it is first shown.
"""

from typing import Final, NamedTuple

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, text

from tender.crypto.envelope import Envelope, Typ

OPEN = "open"
"""A claim that waits for a cheat's cover; a loss that is not covered yet."""
READY = "ready"
"""A claim whose money is all there, and whose credit is on its way."""
PAID = "paid"
VOID = "void"
"""Not covered: the culprit's own claim."""
LATE = "late"
"""A loss not covered: the claim came after the end of the claim window."""
WARNED = "warned"
"""A loss not covered: the claimant took the money from a key that a list he had fetched before named."""
REVIEW = "review"
"""A loss beyond the sum that is covered unseen: an operator decides."""
DENIED = "denied"
"""A loss not covered: an operator decided so."""

NOWHERE = "nowhere"
"""A claim whose money is all there and whose own bank refused the credit for good: no such account. It waits,
in transit, where an operator sees it."""

UNPAID: Final = "state <> 'paid'"
"""Claims that somebody still has to look at. Queries repeat these words, so that the index on them serves."""


def coin_tables(tables: MetaData) -> None:
    """Histories, and where to find them."""
    Table(
        "token_histories",
        tables,
        Column("seq", Integer, primary_key=True, autoincrement=True),
        Column("coin", BigInteger, nullable=False, index=True),
        Column("packed", LargeBinary, nullable=False),
        Column("certificate", LargeBinary, nullable=False),
        Column("claim", LargeBinary, nullable=False),
        Column("shown_list", Integer, nullable=False),
        Column("time", Integer, nullable=False),
    )
    Table(
        # The first 8 bytes of an output's id lead to its coin; whoever asks compares the rest.
        "token_places",
        tables,
        Column("tag", BigInteger, primary_key=True, autoincrement=False),
        Column("coin", BigInteger, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    Table(
        # Whose keys held what nobody had spent when it was shown: where to look for a lost device's money.
        "token_holders",
        tables,
        Column("key", LargeBinary(32), primary_key=True),
        Column("coin", BigInteger, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )


def claim_tables(tables: MetaData) -> None:
    """Claims, and what is lost and proved under them."""
    claims = Table(
        "token_claims",
        tables,
        Column("digest", LargeBinary(32), primary_key=True),
        Column("coin", BigInteger, nullable=False, index=True),
        Column("output", LargeBinary(32), nullable=False),
        Column("bank", Integer, nullable=False),
        Column("address", LargeBinary(32), nullable=False),
        Column("amount_tiyn", BigInteger, nullable=False),
        Column("from_root_tiyn", BigInteger, nullable=False),
        Column("credited_tiyn", BigInteger, nullable=False),
        Column("due_tiyn", BigInteger, nullable=False),
        Column("state", String(8), nullable=False),
        Column("operation", LargeBinary(32), nullable=False),
        Column("time", Integer, nullable=False),
        # With a row id, unlike the two above: a claim is named and credited soon after it came, and claims
        # that came together then lie together. Under their digests each change would write another page.
    )
    for column in ("state", "operation"):
        name = f"token_claims_unpaid_{column}"
        Index(name, claims.c[column], sqlite_where=text(UNPAID), postgresql_where=text(UNPAID))
    Table(
        "token_lost_keys",
        tables,
        Column("key", LargeBinary(32), primary_key=True),
        Column("certificate", LargeBinary, nullable=False),
        Column("bank", Integer, nullable=False),
        Column("address", LargeBinary(32), nullable=False),
    )
    Table(
        "token_forks",
        tables,
        Column("parent", LargeBinary(32), primary_key=True),
        Column("key", LargeBinary(32), nullable=False, index=True),
        Column("certificate", LargeBinary, nullable=False),
        Column("proof", LargeBinary, nullable=False),
        Column("time", Integer, nullable=False),
        Column("list_number", Integer, nullable=True),
    )
    Table(
        "token_losses",
        tables,
        Column("reference", LargeBinary(32), primary_key=True),
        Column("claim", LargeBinary(32), nullable=False, index=True),
        Column("fork", LargeBinary(32), nullable=False, index=True),
        Column("key", LargeBinary(32), nullable=False, index=True),
        Column("amount_tiyn", BigInteger, nullable=False),
        Column("covered_tiyn", BigInteger, nullable=False),
        Column("state", String(8), nullable=False, index=True),
    )


class LostKeyRow(NamedTuple):
    """A money key whose owner lost it, its packed certificate, and where its money goes in the end."""

    key: bytes
    certificate: bytes
    bank: int
    address: bytes


class SpendRow(NamedTuple):
    """A signed link or claim on the output ``parent``; ``digest`` names what was signed."""

    parent: bytes
    digest: bytes
    typ: Typ
    payload: bytes
    signature: bytes
    signer: bytes
    certificate: bytes

    def sealed(self) -> Envelope:
        """The COSE_Sign1 that it is."""
        return Envelope(self.typ, self.payload, self.signature)

    @property
    def envelope(self) -> bytes:
        """The same as bytes."""
        return self.sealed().to_bytes()


class ClaimRow(NamedTuple):
    """A claim: what it asks for whom, how much of it the root pays, and how far it is.

    ``operation`` names the movement that credits ``due_tiyn`` of it, alone or with others of its bank; the
    claim's own digest stands there until it has one. ``credited_tiyn`` was credited before that.
    """

    digest: bytes
    output: bytes
    bank: int
    address: bytes
    amount_tiyn: int
    from_root_tiyn: int
    state: str
    operation: bytes
    credited_tiyn: int = 0
    due_tiyn: int = 0


class ForkRow(NamedTuple):
    """A proved fork: the output signed away twice, the key, its packed certificate, the proof's bytes."""

    parent: bytes
    key: bytes
    certificate: bytes
    proof: bytes


class LossRow(NamedTuple):
    """A part of a claim (its digest) that the key at the output ``fork`` owes, and how much of it came."""

    reference: bytes
    claim: bytes
    fork: bytes
    key: bytes
    amount_tiyn: int
    covered_tiyn: int
    state: str
