"""The signatures of an upload, checked in a process of their own (``python -m`` this module).

Verification needs no store, so any number of these work beside the one that commits. What travels is small:
the uploaded bytes and, when it is new, the directory in one direction; what was found in them in the other.
Both ends are this program, so the form is Python's own (``marshal``) and never leaves the machine.
"""

import marshal
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from hardware.workers import serve
from platform_stub.nbk.settlement import Examined, examine
from tender.account.token_messages import ClaimItem, Settle
from tender.cash.chain import Holding, Spend
from tender.cash.token import Claim, Root, Rule
from tender.crypto.directory import Trust, open_directory
from tender.crypto.envelope import Envelope, Typ
from tender.errors import Code, Refusal

Examination = tuple[Sequence[Examined], Sequence[Examined]]
Examiner = Callable[[Settle, Trust], Examination]
"""Checks every signature of an upload: here, in other processes, or anywhere."""

MODULE: Final = "platform_stub.nbk.settler_verifier"


class FarExaminer:
    """An examiner that has ``ask`` do it: bytes there, bytes back (``hardware.workers``)."""

    def __init__(self, ask: Callable[[bytes], bytes]) -> None:
        self._ask = ask

    def __call__(self, order: Settle, trust: Trust) -> Examination:
        """Records and claims, as :func:`platform_stub.nbk.settlement.examine` finds them."""
        claims = [(item.token, item.certificate, item.claim) for item in order.claims]
        raw = marshal.dumps((trust.root_key, trust.directory.raw, list(order.records), claims))
        records, claimed = marshal.loads(self._ask(raw))  # noqa: S302 - our own process's
        return (
            [_unpacked(token, one) for token, one in zip(order.records, records, strict=True)],
            [_unpacked(item.token, one) for item, one in zip(order.claims, claimed, strict=True)],
        )


class _Bench:
    """A worker's memory: the directory it read last."""

    def __init__(self) -> None:
        self._known: tuple[bytes, bytes] = (b"", b"")
        self._trust: Trust | None = None

    def answer(self, raw: bytes) -> bytes:
        """Examine one upload."""
        root_key, directory, records, claims = marshal.loads(raw)  # noqa: S302 - our own process's
        if self._trust is None or self._known != (root_key, directory):
            self._trust = Trust(root_key, open_directory(directory, root_key))
            self._known = (root_key, directory)
        order = Settle(tuple(records), tuple(ClaimItem(*item) for item in claims))
        found = examine(order, self._trust)
        return marshal.dumps(tuple([_packed(one) for one in part] for part in found))


def _packed(one: Examined) -> tuple[Any, ...]:
    if one.holding is None:
        refusal = one.refusal
        assert refusal is not None
        return one.output, refusal.code.value, refusal.field, refusal.facts
    holding, root = one.holding, one.holding.root
    return (
        one.output,
        (root.issuer, root.identifier, root.amount_tiyn, root.holder, root.hops_max, root.expiry),
        b"" if root.rule is None else root.rule.to_bytes(),
        holding.root_signature,
        holding.holder,
        holding.amount_tiyn,
        [tuple(spend) for spend in holding.spends],
        None if one.claim is None else (one.claim.parent, one.claim.bank, one.claim.address),
        None if one.envelope is None else (one.envelope.payload, one.envelope.signature),
        one.certificate,
        one.rule,
    )


def _unpacked(token: bytes, found: tuple[Any, ...]) -> Examined:
    if len(found) == 4:
        output, code, field, facts = found
        return Examined(output, None, refusal=Refusal(Code(code), field, facts))
    output, root, rule, root_signature, holder, amount, spends, claim, envelope, certificate, kept = found
    holding = Holding(
        token,
        Root(*root) if not rule else replace(Root(*root), rule=Rule.from_bytes(rule, "rule")),
        root_signature,
        output,
        holder,
        amount,
        tuple(map(Spend._make, spends)),
    )
    return Examined(
        output,
        holding,
        None if claim is None else Claim(*claim),
        None if envelope is None else Envelope(Typ.CLAIM, *envelope),
        certificate,
        rule=kept,
    )


if __name__ == "__main__":
    serve(_Bench().answer)
