"""Claims whose money is all there become credits: one movement of the node and one notarisation for all that
are ready in a bank, however many uploads they came in (DT-P-26).

A claim waits as ``ready`` under its own digest until a movement is named for it, in the transaction that
prepares the movement; from then on whatever interrupts us, the same movement is taken up again. A movement
that a bank refuses for good is parted by account, so that one account nobody knows holds up no other; and
what is refused alone is set aside (``nowhere``): no bank can have us try its claims at each tick for ever.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from platform_stub.desk import derive
from platform_stub.nbk.national_bank import NationalBank
from platform_stub.nbk.settlement_claims import is_open
from platform_stub.nbk.store import NbkRows
from platform_stub.store.token_rows import NOWHERE, OPEN, PAID, READY, ClaimRow
from tender.account.participant_messages import Credit, Movement
from tender.account.transaction import OUTPUTS_MAX, Payee, Purpose
from tender.errors import Code, LinkError, Refusal


class CreditDesk:
    """Credits what is ready."""

    def __init__(self, bank: NationalBank) -> None:
        self._nbk = bank

    def tick(self) -> None:
        """Credit every claim whose money is all there. Safe to repeat."""
        with self._nbk.desk.store.reading() as rows:
            ready = rows.claims_in(READY)
        named: dict[bytes, list[ClaimRow]] = {}
        for claim in ready:
            if claim.operation != claim.digest:
                named.setdefault(claim.operation, []).append(claim)
        for operation, claims in named.items():
            if isinstance(self._credit(operation, claims), Refusal):
                self._part(operation)
        for claims in _groups(claim for claim in ready if claim.operation == claim.digest):
            operation = _operation_of(claims)
            if isinstance(self._credit(operation, claims), Refusal):
                self._part(operation)

    def _credit(self, operation: bytes, claims: Sequence[ClaimRow]) -> Refusal | None:
        """Credit these claims under this name. A refusal: some node will not have it, ever."""
        node, desk = self._nbk.node, self._nbk.desk
        bank, due_tiyn = claims[0].bank, dict[bytes, int]()
        for claim in claims:
            due_tiyn[claim.address] = due_tiyn.get(claim.address, 0) + claim.due_tiyn
        payees = tuple(Payee(bank, address, amount_tiyn) for address, amount_tiyn in due_tiyn.items())

        def name(rows: NbkRows) -> Refusal | None:
            rows.expect_claims(claim.digest for claim in claims)
            if any(rows.claim(claim.digest) != claim for claim in claims):
                # Another tick, perhaps another process, named it in a movement since we read it.
                return Refusal(Code.STORE_BUSY, "credit")
            rows.name_credit((claim.digest for claim in claims), operation)
            return None

        def finish(rows: NbkRows, movement: Movement) -> None:
            desk.post(
                rows, bank, "credit", Credit(movement, "settle", operation), derive(operation, "credit")
            )
            rows.expect_claims(claim.digest for claim in claims)
            for claim in claims:
                rows.credited(claim.digest, OPEN if is_open(rows, claim.digest) else PAID)

        if node.prepare(operation, Purpose.SETTLE, None, payees, lock=name) is not None:
            return None
        try:
            carried = node.carry(operation, finish)
        except LinkError:
            return None
        if isinstance(carried, Refusal):
            return carried
        desk.deliver(derive(operation, "credit"))
        return None

    def _part(self, operation: bytes) -> None:
        """The bank refused a movement: of several accounts each has its own from now on, and one alone is
        not tried again."""
        with self._nbk.desk.store.writing() as rows:
            claims = rows.claims_of(operation)
            by_address: dict[bytes, list[ClaimRow]] = {}
            for claim in claims:
                by_address.setdefault(claim.address, []).append(claim)
            if len(by_address) > 1:
                for alone in by_address.values():
                    rows.name_credit((claim.digest for claim in alone), _operation_of(alone))
                return
            rows.expect_claims(claim.digest for claim in claims)
            for claim in claims:
                rows.turn_claim(claim.digest, NOWHERE, operation, claim.due_tiyn)


def _groups(claims: Iterable[ClaimRow]) -> list[list[ClaimRow]]:
    """By bank, and no more accounts together than a transaction has outputs."""
    groups: list[list[ClaimRow]] = []
    latest: dict[int, tuple[list[ClaimRow], set[bytes]]] = {}
    for claim in sorted(claims, key=lambda one: (one.bank, one.address, one.digest)):
        group, addresses = latest.get(claim.bank, ([], set()))
        if not group or len(addresses | {claim.address}) > OUTPUTS_MAX:
            group, addresses = [], set()
            groups.append(group)
            latest[claim.bank] = (group, addresses)
        group.append(claim)
        addresses.add(claim.address)
    return groups


def _operation_of(claims: Sequence[ClaimRow]) -> bytes:
    """Names a credit by what it credits: each claim, and how much of it was credited before."""
    parts = sorted(claim.digest + claim.credited_tiyn.to_bytes(8, "big") for claim in claims)
    return sha256(b"dt-settle.v1" + b"".join(parts)).digest()
