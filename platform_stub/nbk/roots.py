"""Account money becomes tokens: the load. Roots are signed by the issuer's key, which lives here alone."""

from collections.abc import Sequence

from platform_stub.desk import Asked
from platform_stub.nbk.national_bank import NationalBank
from platform_stub.nbk.store import NbkRows, RootRow
from platform_stub.store.node_rows import MELTED, UNSPENT
from platform_stub.vault import ISSUER
from tender.account.participant_messages import LoadRoots, RootFor, RootsMade
from tender.account.participants import NBK
from tender.cash.token import ID_BYTES, INDEX_PAYMENT, Root, Rule, issue_root, output_id
from tender.crypto.certificates import DAY_S, DeviceCertificate
from tender.crypto.keys import check_public_key
from tender.errors import Code, Refusal, RemoteProtocolError


class RootMaker:
    """Answers ``load-roots``."""

    def __init__(self, bank: NationalBank) -> None:
        self._nbk = bank
        bank.desk.handlers["load-roots"] = self._load

    def expiry(self, now: int) -> int:
        """When a token made now ends: at the end of a day, so that expiries do not tell tokens apart."""
        return (now // DAY_S + 1 + self._nbk.config.token_days) * DAY_S

    def _load(self, asked: Asked, order: LoadRoots) -> RootsMade | Refusal:
        refused = self._nbk.node.check(order.movement)
        if refused is not None:
            return refused
        transaction = order.movement.signed.transaction
        if transaction.inputs[0].bank != asked.sender:
            return Refusal(Code.NOT_PERMITTED, "movement.inputs")
        with self._nbk.desk.store.reading() as rows:
            known = rows.roots_of(transaction.id)
        if known:
            return RootsMade(tuple(row.packed for row in known))
        # Only what came to us is brought: a payee elsewhere may carry the same address.
        mine = [one for one in transaction.payees if one.bank == NBK]
        if any(one.address != self._nbk.load_address for one in mine):
            return Refusal(Code.FIELD_WRONG, "movement.payees")
        brought = sum(one.amount_tiyn for one in mine)
        wanted = sum(one.amount_tiyn for one in order.roots)
        if brought != wanted:
            facts = (("inputs_tiyn", brought), ("outputs_tiyn", wanted))
            return Refusal(Code.SUMS_DIFFER, "roots", facts)
        rule = None if order.rule is None else Rule.from_bytes(order.rule, "rule")
        expiry = self.lives_until(asked, order.roots)
        with self._nbk.desk.store.writing() as rows:
            known = rows.roots_of(transaction.id)
            if known:
                return RootsMade(tuple(row.packed for row in known))
            new = self._nbk.node.take(rows, order.movement)
            rows.turn([one.id for one in new], UNSPENT, MELTED, transaction.id)
            made = self.make(rows, asked, transaction.id, order.roots, expiry, rule)
        return RootsMade(made)

    def lives_until(self, asked: Asked, roots: Sequence[RootFor]) -> int:
        """When these roots end (seconds): as late as any made now, no later than their keys' certificates.

        The money is here, so a load that was long on its way makes tokens that live the shorter for it.
        """
        held = [self._holds_until(one, asked.sender, f"roots[{at}]") for at, one in enumerate(roots)]
        return min(self.expiry(asked.now), *held)

    def make(
        self,
        rows: NbkRows,
        asked: Asked,
        txid: bytes,
        roots: Sequence[RootFor],
        expiry: int,
        rule: Rule | None,
    ) -> tuple[bytes, ...]:
        """Sign and register them, inside the transaction that takes their money."""
        return tuple(
            self._make(rows, asked, txid, place, one, expiry, rule) for place, one in enumerate(roots)
        )

    def _holds_until(self, root: RootFor, bank: int, field: str) -> int:
        """When the certificate of a root's key ends (seconds); its own bank must have certified it."""
        trust = self._nbk.desk.trust
        certificate = DeviceCertificate.unpack(root.certificate, check_public_key(root.key, field), field)
        if certificate.issuer != bank:
            raise RemoteProtocolError(Code.CERTIFICATE_WRONG, field)
        certificate.check(trust.bank(bank, field).key, field)
        return certificate.expiry

    def _make(
        self,
        rows: NbkRows,
        asked: Asked,
        txid: bytes,
        place: int,
        wanted: RootFor,
        expiry: int,
        rule: Rule | None,
    ) -> bytes:
        identifier = self._nbk.desk.entropy.draw(ID_BYTES)
        root = Root(NBK, identifier, wanted.amount_tiyn, wanted.key, self._nbk.config.hops_max, expiry, rule)
        packed = issue_root(root, self._nbk.desk.vault.key(ISSUER))
        rows.add_root(
            RootRow(
                identifier,
                output_id(root.payload(), INDEX_PAYMENT),
                txid,
                place,
                wanted.amount_tiyn,
                wanted.key,
                asked.sender,
                expiry,
                packed,
            ),
            asked.now,
        )
        return packed
