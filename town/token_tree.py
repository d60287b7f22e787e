"""The tree of offline tokens, rebuilt from the signed bytes that were uploaded (for the balance sheet alone).

What still is on devices: each root, less what was claimed below it. An output pays once: if more is claimed
below its links than it held, only its own amount counts, so that forks do not swell the sum
(docs/protocol/cash.md, "Loss rule").
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from tender.cash.chain import read_chain
from tender.cash.token import INDEX_CHANGE, INDEX_PAYMENT, Claim, Link, Rule, output_id, unpack_root
from tender.crypto.envelope import Typ, open_envelope


@dataclass(frozen=True, slots=True)
class RootState:
    """A root that was issued, and how much of it was claimed by now (tiyn)."""

    amount_tiyn: int
    claimed_tiyn: int
    purpose: str
    """Its colour; empty for plain money."""

    @property
    def left_tiyn(self) -> int:
        """What still is on devices."""
        return self.amount_tiyn - self.claimed_tiyn


def roots_now(nbk: sqlite3.Connection) -> list[RootState]:
    """Every root with what was claimed below it, from the tables of the National Bank."""
    links: dict[bytes, dict[bytes, Link]] = defaultdict(dict)
    claims: dict[bytes, int] = defaultdict(int)
    signed: dict[bytes, bytes] = {}  # each claim that was shown, by its digest: the output it claims
    for packed, raw in nbk.execute("SELECT packed, claim FROM token_histories"):
        for spend in read_chain(bytes(packed)).spends:
            links[spend.parent][spend.payload] = Link.from_payload(spend.payload, "link")
        payload = open_envelope(bytes(raw), Typ.CLAIM, "claim").payload if raw else b""
        if payload:
            digest = sha256(Typ.CLAIM.value.encode() + payload).digest()
            signed[digest] = Claim.from_payload(payload, "claim").parent
    # What went home from lost devices was claimed by nobody's signature.
    taken = {bytes(row[0]): bytes(row[1]) for row in nbk.execute("SELECT digest, output FROM token_claims")}
    times = Counter(signed.values())
    for digest, output in {**signed, **taken}.items():
        # After the window a claim that something else contradicts is refused, and counts for nothing.
        if digest in taken or (times[output] == 1 and not links[output]):
            claims[output] += 1
    states = []
    for (packed,) in nbk.execute("SELECT packed FROM roots"):
        root, _, _ = unpack_root(packed, "root")
        output = output_id(root.payload(), INDEX_PAYMENT)
        claimed = _claimed(output, root.amount_tiyn, links, claims)
        states.append(RootState(root.amount_tiyn, claimed, root.rule.purpose if root.rule else ""))
    return states


def purpose_report(nbk: sqlite3.Connection) -> dict[str, dict[str, int]]:
    """What a sponsor is told (DT-T-03): totals by purpose, and nothing that leads to a person."""
    report: dict[str, dict[str, int]] = {}
    for state in roots_now(nbk):
        if state.purpose:
            totals = report.setdefault(state.purpose, {"given_tiyn": 0, "spent_tiyn": 0, "left_tiyn": 0})
            totals["given_tiyn"] += state.amount_tiyn
            totals["spent_tiyn"] += state.claimed_tiyn
            totals["left_tiyn"] += state.left_tiyn
    for raw, worth, loaded in nbk.execute(
        "SELECT rule, from_root_tiyn + (SELECT coalesce(sum(covered_tiyn), 0) FROM token_losses"
        " WHERE token_losses.claim = digest), credited_tiyn"
        " FROM token_coloured JOIN token_claims ON digest = token_coloured.claim"
    ):
        # Handed in by somebody the purpose does not name: not spent, and given once though loaded twice.
        totals = report[Rule.from_bytes(bytes(raw), "rule").purpose]
        totals["given_tiyn"] -= loaded
        totals["spent_tiyn"] -= worth
        totals["left_tiyn"] += worth - loaded
    return report


def _claimed(
    output: bytes, amount: int, links: Mapping[bytes, Mapping[bytes, Link]], claims: Mapping[bytes, int]
) -> int:
    """What was claimed at or below an output, at most its own amount."""
    below = claims.get(output, 0) * amount
    for payload, link in links.get(output, {}).items():
        below += _claimed(output_id(payload, INDEX_PAYMENT), link.amount_tiyn, links, claims)
        if link.change_tiyn:
            below += _claimed(output_id(payload, INDEX_CHANGE), link.change_tiyn, links, claims)
    return min(amount, below)
