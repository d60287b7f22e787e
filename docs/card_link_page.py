"""Writes docs/protocol/card-link.md: ``python -m docs.card_link_page`` (``--check`` only compares)."""

import sys
from pathlib import Path
from typing import Any, Final

from docs.written_page import write_or_check
from tender.account import card_frames
from tender.account.card_frames import HostEnd, NodeEnd
from tender.account.card_messages import RECORDS, Undo, Undone, encode_order, encode_reply
from tender.account.description import form
from tender.schema import Record

PAGE: Final = Path(__file__).parent / "protocol" / "card-link.md"
KEY: Final = bytes(range(32))
HOST_NONCE: Final = bytes(range(16))
NODE_NONCE: Final = bytes(range(16, 32))

_OPENING = """# The link between a card host and a bank's node

*Written by `python -m docs.card_link_page` from `tender/account/card_messages.py` and `card_frames.py`; a
test keeps it true.*

An issuer's card host (`card_switch`) asks the node that keeps the bank's accounts (`platform_stub`) over one
TCP connection on loopback. `tenge up` writes where it listens as `card_link` into `town.json`; the key of a
bank's link (32 bytes) lies in `platform/card_link/601.key`, readable by its owner only. Why it is so:
[ADR 0023](../adr/0023-the-dt-leg-of-a-card.md).

## Frames
"""


def _doc(what: Any, first: int = 0) -> str:
    lines = (what.__doc__ or "").strip().splitlines()[first:]
    return "\n".join(line.removeprefix("    ") for line in lines).strip().replace("``", "`")


def conversation() -> list[tuple[str, bytes]]:
    """A whole short connection under known keys and nonces: who writes what."""
    host = HostEnd(601, KEY, HOST_NONCE)
    node = NodeEnd(lambda bank: KEY if bank == 601 else None, NODE_NONCE)
    said: list[tuple[str, bytes]] = []

    def carried(what: str, data: bytes, to: HostEnd | NodeEnd) -> None:
        said.append((what, data))
        to.receive_data(data)

    carried("host: hello", host.data_to_send(), node)
    carried("node: welcome", node.data_to_send(), host)
    carried("host: are you there", host.data_to_send(), node)
    carried("node: yes", node.data_to_send(), host)
    host.send(encode_order(Undo("undo-1", "visa-1", 0)))
    carried("host: undo", host.data_to_send(), node)
    node.send(encode_reply(Undone("undo-1", "", 0)))
    carried("node: undone", node.data_to_send(), host)
    return said


def _record(number: int, made: type, record: Record[Any]) -> list[str]:
    lines = [f"### {number}: {made.__name__}", "", _doc(made), ""]
    lines += ["| field | form |", "| --- | --- |"]
    return [*lines, *(f"| `{name}` | {form(field)} |" for name, field in record.fields), ""]


def page() -> str:
    """The whole page."""
    frames = (card_frames.__doc__ or "").split("Whoever holds a socket")[0]
    lines = [_OPENING, "\n".join(frames.splitlines()[2:]).strip().replace("``", "`").replace("::", ":"), ""]
    lines += [
        "## A conversation",
        "",
        f"Key `{KEY.hex()}`, nonces `{HOST_NONCE.hex()}` and",
        f"`{NODE_NONCE.hex()}`.",
        "",
    ]
    for what, data in conversation():
        lines += [
            f"{what}:",
            "",
            "```",
            *(data.hex()[at : at + 96] for at in range(0, len(data.hex()), 96)),
            "```",
            "",
        ]
    lines += ["## Messages", "", "A message is the deterministic CBOR array [number, fields].", ""]
    for number, (made, record) in enumerate(RECORDS):
        lines += _record(number, made, record)
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    sys.exit(write_or_check(PAGE, page))
