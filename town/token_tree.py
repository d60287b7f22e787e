"""The tree of offline tokens, rebuilt from the signed bytes that were uploaded (for the balance sheet alone).

What still is on devices: each root, less what was claimed below it. An output pays once: if more is claimed
below its links than it held, only its own amount counts, so that forks do not swell the sum
(docs/protocol/cash.md, "Loss rule").
"""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping

from tender.cash.token import INDEX_CHANGE, INDEX_PAYMENT, Claim, Link, output_id, unpack_root
from tender.crypto.envelope import Typ, open_envelope
from tender.errors import Code, RemoteProtocolError


def left_on_devices(nbk: sqlite3.Connection) -> int:
    """Roots issued less what was claimed below them (tiyn), from the tables of the National Bank."""
    roots: dict[bytes, int] = {}
    for (packed,) in nbk.execute("SELECT packed FROM roots"):
        root, _, _ = unpack_root(packed, "root")
        roots[output_id(root.payload(), INDEX_PAYMENT)] = root.amount_tiyn
    links: dict[bytes, dict[bytes, Link]] = defaultdict(dict)
    claims: dict[bytes, int] = defaultdict(int)
    for (raw,) in nbk.execute("SELECT envelope FROM token_spends"):
        payload, spend = _opened(raw)
        if isinstance(spend, Claim):
            claims[spend.parent] += 1
        else:
            links[spend.parent][payload] = spend
    return sum(amount - _claimed(output, amount, links, claims) for output, amount in roots.items())


def _opened(raw: bytes) -> tuple[bytes, Link | Claim]:
    try:
        payload = open_envelope(raw, Typ.LINK, "spend").payload
        return payload, Link.from_payload(payload, "spend")
    except RemoteProtocolError as error:
        if error.code is not Code.TYPE_CONFUSED:
            raise
    payload = open_envelope(raw, Typ.CLAIM, "spend").payload
    return payload, Claim.from_payload(payload, "spend")


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
