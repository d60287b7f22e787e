"""Writes docs/api.md from the registry of kinds: ``python -m docs.api_pages`` (``--check`` only compares)."""

import sys
from pathlib import Path
from typing import Any

from docs.written_page import write_or_check
from tender.account.description import form, path
from tender.account.eds import ORDER, REPLY
from tender.account.messages import KINDS, Kind
from tender.schema import Record

PAGE = Path(__file__).parent / "api.md"

_OPENING = """# The platform's methods

*Written by `python -m docs.api_pages` from the registry of kinds (`tender/account/messages.py`); a test
keeps it true.*

Every method is a POST of a signed order; the answer is a signed reply. Both are COSE_Sign1 (RFC 9052, tag
18) with the protected header `{1: -19, 16: type}` over deterministic CBOR (RFC 8949, section 4.2.1),
`application/cose`. Records are CBOR arrays of exactly the fields named, in this order; anything else is
refused. The same order gets the same reply, however often it is sent. A client's device speaks to its own
bank only; participants speak to one another; each call passes the one gateway, which authenticates, refuses
and logs it.

HTTP status: 200 done, 403 not allowed (the signed reply says why), 422 refused (likewise), 400 unreadable
and 503 unreachable (JSON with `code`, `field`, `sentence`). `GET /v1/health` tells who is there.
"""


def _fields(record: Record[Any]) -> list[str]:
    lines = ["| field | form |", "| --- | --- |"]
    lines += [f"| `{name}` | {form(field)} |" for name, field in record.fields]
    return lines if record.fields else ["nothing: an empty array"]


def _method(kind: Kind) -> list[str]:
    senders = ", ".join(kind.senders)
    return [
        f"## `{kind.name}`",
        "",
        f"{kind.says} `POST {path(kind)}`, from {senders} to {kind.answers}.",
        "",
        "Order:",
        "",
        *_fields(kind.order),
        "",
        "Reply:",
        "",
        *_fields(kind.reply),
        "",
    ]


def page() -> str:
    """The whole page."""
    lines = [_OPENING, "## Envelope of an order", "", *_fields(ORDER), ""]
    lines += ["## Envelope of a reply", "", "`code` is empty when it was done.", "", *_fields(REPLY), ""]
    for kind in KINDS.values():
        lines += _method(kind)
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    sys.exit(write_or_check(PAGE, page))
