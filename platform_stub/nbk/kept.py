"""Coloured money on its way back to a device: claimed by a holder whom its rule does not name, it can only be
loaded again, with the same rule, by whoever claimed it (docs/adr/0014).

It left a root and is on no account, so until then it stands as *in transit*.
"""

from platform_stub.desk import Asked
from platform_stub.nbk.national_bank import NationalBank
from platform_stub.nbk.roots import RootMaker
from platform_stub.nbk.settlement_claims import load_part
from tender.account.participant_messages import KeptOf, KeptRoots, RootsMade
from tender.account.token_messages import Kept, KeptSum
from tender.cash.token import Rule
from tender.errors import Code, Refusal


class KeptDesk:
    """Answers ``kept-of`` and ``kept-roots``."""

    def __init__(self, bank: NationalBank, roots: RootMaker) -> None:
        self._nbk = bank
        self._roots = roots
        bank.desk.handlers.update({"kept-of": self._kept, "kept-roots": self._load})

    def _kept(self, asked: Asked, question: KeptOf) -> Kept:
        sums: dict[bytes, int] = {}
        with self._nbk.desk.store.reading() as rows:
            for _, rule, tiyn in rows.aside.coloured_of(asked.sender, question.address):
                sums[rule] = sums.get(rule, 0) + tiyn
        return Kept(tuple(KeptSum(rule, tiyn) for rule, tiyn in sorted(sums.items())))

    def _load(self, asked: Asked, order: KeptRoots) -> RootsMade | Refusal:
        rule = Rule.from_bytes(order.rule, "kept-roots.rule")
        expiry = self._roots.lives_until(asked, order.roots)
        wanted = sum(one.amount_tiyn for one in order.roots)
        with self._nbk.desk.store.writing() as rows:
            known = rows.roots_of(asked.operation)
            if known:
                return RootsMade(tuple(row.packed for row in known))
            waiting = rows.aside.coloured_of(asked.sender, order.address, order.rule)
            have = sum(tiyn for _, _, tiyn in waiting)
            if have < wanted:
                facts = (("have_tiyn", have), ("need_tiyn", wanted))
                return Refusal(Code.FUNDS_INSUFFICIENT, "kept-roots.roots", facts)
            left = wanted
            for claim, _, tiyn in waiting:
                part = min(left, tiyn)
                if part:
                    load_part(rows, claim, part)
                    left -= part
            return RootsMade(self._roots.make(rows, asked, asked.operation, order.roots, expiry, rule))
