"""The ID centre: a phone, IIN or BIN leads to a bank and an address, and no further (DT-P-30, DT-P-33)."""

from platform_stub.config import PlatformConfig
from platform_stub.desk import Asked, Desk
from platform_stub.id_centre.store import OwnerRows
from tender.account.client_messages import Empty
from tender.account.identifiers import check_bin, check_iin, check_phone
from tender.account.service_messages import (
    PERSON,
    IdRecord,
    Register,
    Resolve,
    Resolved,
    SameOwner,
    SameOwnerTold,
)
from tender.cash.fork_proof import check_proof
from tender.errors import Code, Refusal


class IdCentre:
    """Answers ``register``, ``resolve``, ``record`` and ``same-owner``."""

    def __init__(self, desk: Desk[OwnerRows], config: PlatformConfig) -> None:
        self.desk = desk
        self._config = config
        desk.handlers.update(
            {
                "register": self._register,
                "resolve": self._resolve,
                "record": self._record,
                "same-owner": self._same_owner,
            }
        )

    def _register(self, asked: Asked, owner: Register) -> Empty | Refusal:
        checks = [check_bin(owner.bin)]
        if owner.kind == PERSON:
            checks = [check_iin(owner.iin), check_phone(owner.phone)]
            if not owner.surname or not owner.first_name:
                return Refusal(Code.FIELD_WRONG, "register.name")
        for checked in checks:
            if isinstance(checked, Refusal):
                return checked
        with self.desk.store.writing() as rows:
            rows.register(asked.sender, owner)
        return Empty()

    def _resolve(self, asked: Asked, question: Resolve) -> Resolved | Refusal:
        with self.desk.store.reading() as rows:
            found = rows.find(question.by, question.to)
        if not found:
            return Refusal(Code.PAYEE_UNKNOWN, f"resolve.{question.by}")
        # The asking bank's own account comes first: money stays on one node when it can.
        bank, owner = next((one for one in found if one[0] == asked.sender), found[0])
        shown = owner.name_shown and self._config.names_before_payment
        return Resolved(bank, owner.address, owner.name if shown else None)

    def _record(self, asked: Asked, question: IdRecord) -> Register | Refusal:
        with self.desk.store.reading() as rows:
            found = rows.find(question.by, question.to)
        if not found:
            return Refusal(Code.PAYEE_UNKNOWN, f"record.{question.by}")
        mine = [owner for bank, owner in found if bank == asked.sender]
        return mine[0] if mine else Refusal(Code.NOT_PERMITTED, "record")

    def _same_owner(self, asked: Asked, question: SameOwner) -> SameOwnerTold | Refusal:
        """Only for a client of the asking bank, and only after one of that bank's devices signed twice."""
        verdict = check_proof(question.proof, self.desk.trust.root_key)
        if verdict.certificate.issuer != asked.sender:
            return Refusal(Code.CERTIFICATE_WRONG, "same-owner.proof")
        with self.desk.store.reading() as rows:
            mine = rows.owner(question.mine)
            if mine is None or mine[0] != asked.sender:
                return Refusal(Code.NOT_PERMITTED, "same-owner.mine")
            owners = {one: rows.owner(one) for one in question.others}
        return SameOwnerTold(tuple(one for one, owner in owners.items() if owner and owner[1:] == mine[1:]))
