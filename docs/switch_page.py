"""Writes docs/protocol/switch.md: ``python -m docs.switch_page`` (``--check`` only compares)."""

import re
import sys
from pathlib import Path
from typing import Any, Final

from card_switch.config import SwitchConfig
from card_switch.core import archiving, conversion, end_of_day, node, relay, rows, timing
from card_switch.core.acquirer import batches
from card_switch.core.acquirer import host as acquirer_host
from card_switch.core.issuer import taking_back
from card_switch.core.network import host as network_host
from card_switch.core.timing import Timing
from card_switch.service import switchboard, terminal_guard, wiring
from card_switch.tcp import wires
from docs.switch_limits import load, not_taken
from docs.written_page import write_or_check
from tender.account.capabilities import CARD_BANKS, Capability, Profile, offers
from tender.account.participants import name_of
from tender.card import in_dt

PAGE: Final = Path(__file__).parent / "protocol" / "switch.md"

_OPENING = """# The card switch: hosts, links, and what happens when something goes wrong

*Written by `python -m docs.switch_page` from `card_switch/`; a test keeps it true.*

`tenge switch up` starts one process beside the town of `tenge up`: an acquirer for each bank, a Visa-style
and a Mastercard-style network, an issuer's card host for each bank with cards. Messages and framings are
those of [`iso8583.md`](iso8583.md), the link to the banks' nodes is [`card-link.md`](card-link.md); why it is
built so, ADR [0022](../adr/0022-hosts-that-turn-together.md) and [0023](../adr/0023-the-dt-leg-of-a-card.md).

```
 chip ⇄ till ── terminal line ── acquirer ─┬─ network ── issuer ── bank link ── the bank's node
                                           └──────────── issuer    (on-us: no scheme, no clearing record)
```
"""

_DOOR = """## Its door, its rows

`switch/switch.json` in the town's folder (readable by its owner alone) says where terminals of each bank come
to, and where the switch's own door is: a port on loopback, one JSON object on a line each way, with the token
of that file. `tenge switch status`, `trace`, `terminal`, `close-day`, `day` and `card` ask there. `trace`
shows every message between hosts, element by element; card numbers show their ends, tracks, PIN blocks and
printed codes nothing. `tenge switch replay FILE` says messages in hexadecimal to an acquirer as a terminal
would.

Rows lie in one table (host, kind, key, bytes): of a SQLite file in that folder, or with `--database URL` of a
PostgreSQL server (its password belongs into `~/.pgpass`). One switch at a time writes them, and says so to a
second one: the process holds a lock on a file of the folder, and of a database on the server, by the same
connection that writes: when the server has ended that one, nothing is written any more and the switch ends.
Never in a row: track data, PIN blocks, chip data of a request, printed codes. Keys lie sealed in
`switch/keys`.

## A terminal's sign-on, and who may make it

{guard}

What an acquirer hands out (`tenge switch terminal MERCHANT --bank BANK --out FILE`) has beside the PIN key a
`mac_key` of 16 bytes that belongs to this terminal number and this merchant number together. The sign-on:

| DE | what |
| --- | --- |
| 7, 11 | time, trace number |
| 41, 42 | the terminal's number, the merchant's |
| 53 | the challenge of this connection: sixteen digits |
| 70 | `071` |
| 128 | the code: ISO 9797-1 algorithm 3 (retail MAC), padding method 2, under `mac_key` |

The code covers all bytes of the message before it, from its type on, with the bit for 128 set.
A first sign-on without the challenge is answered with 63 and the challenge in 53; the second says it back.
`63` to that one: the code is not that of this terminal and merchant. `58`: another terminal or merchant
than signed on over this connection. Nothing on these lines is enciphered; but who has overheard a sign-on
cannot say it again, for each connection has another challenge; and who has overheard a request that was
answered gets its answer again, byte for byte, and moves nothing. What a cheat on this machine can still
try: to put bytes into a connection that is open, for a request after the sign-on carries no code of its
own.

## A link that ends elsewhere

`--outside HOST:LINK=listen:PORT` lets somebody else's host come to the place of ours, `connect:PORT` goes
there: `visa:issuer/601=listen:9001` is a foreign issuer behind our network, `acquirer-601:visa=connect:9002`
a foreign network behind our acquirer. A foreign terminal comes to any acquirer's port; `--no-sign-on` is for
one that cannot sign on and puts a code into each message instead. The names are those of the table above;
dialect and framing are those of the place.
"""

RULERS: Final = 3
"""Lines of ``==`` in a table of a docstring: above its heads, below them, at its end."""


def _doc(what: Any, first: int = 0) -> str:
    """A docstring as the page has it: its tables stay tables of text."""
    told: list[str] = []
    rulers = 0
    for line in (what.__doc__ or "").strip().splitlines()[first:]:
        bare = re.sub(r":[a-z]+:`([^`]+)`", r"`\1`", line.removeprefix("    "))
        ruler = bare.startswith("==")
        rulers += ruler
        if ruler and rulers == 1:
            told.append("```")
        told.append(bare if rulers else bare.replace("``", "`"))
        if ruler and rulers == RULERS:
            told.append("```")
            rulers = 0
    return "\n".join(told).strip()


def _times() -> list[str]:
    patience = Timing()
    return [
        "| who | waits | then |",
        "| --- | --- | --- |",
        "| terminal | 25 s | says 0400, and 0401 until it is answered |",
        f"| acquirer | {patience.acquirer_s:g} s | answers 91; owes 0420 |",
        f"| network | {patience.network_s:g} s | answers 91; owes 0420 |",
        f"| issuer | {patience.issuer_s:g} s | answers 91; has the bank undo |",
        f"| customer, on line | {patience.confirm_s} s more for everybody | not charged |",
        f"| reversal | {patience.again_s:g} s, doubling | said again as 0401, 0421 |",
    ]


def _links() -> list[str]:
    told = ["| signs on | to | dialect | framing |", "| --- | --- | --- | --- |"]
    config = SwitchConfig()
    seen: dict[str, str] = {}
    for joint in wiring.joints(config):
        dialect, framing = wiring.SPOKEN[joint.speech]
        one = f"{joint.asking[0]}:{joint.asking[1]}"
        other = f"{joint.answering[0]}:{joint.answering[1]}"
        key = "".join(sign for sign in one + other if not sign.isdecimal())
        seen.setdefault(key, f"| `{one}` | `{other}` | {dialect.name} | {framing.name} |")
    return [*told, *seen.values(), "| a terminal | `acquirer-601:terminal/…` | visa-style | tpdu-2 |"]


def _conversion() -> list[str]:
    told = ["| state | event | becomes | and then |", "| --- | --- | --- | --- |"]
    for (state, event), step in conversion.TABLE.items():
        acts = "; ".join(act.value for act in step.acts) or "nothing"
        told.append(f"| {state.value if state else '(none)'} | {event.value} | {step.state.value} | {acts} |")
    return told


def _paid_in_dt() -> str:
    banks = {
        profile: [name_of(bank) for bank in CARD_BANKS if offers(profile, bank, Capability.CARD_PURCHASE_DT)]
        for profile in Profile
    }
    told = "\n".join(f"* `{profile}`: {', '.join(found)}" for profile, found in banks.items())
    return f"""Cards of these banks pay so, by profile:

{told}

Another issuer passes the offer over, with the checks of an ordinary purchase. Acquirer and network pass the
element on unread, both ways. Nothing is owed between the banks for it, and it stands in no clearing
record; what the bank does, and why an undo that comes later than half a minute is refused, is in ADR
[0023](../adr/0023-the-dt-leg-of-a-card.md)."""


def _heading(title: str, *lines: str) -> list[str]:
    return [f"## {title}", "", *lines, ""]


def page() -> str:
    """The whole page."""
    stored = ", ".join(str(number) for number in sorted(rows.NEVER_STORED))
    lines = [_OPENING]
    lines += _heading("A turn", _doc(switchboard, 2))
    lines += _heading("What a host is", _doc(node, 2))
    lines += _heading(
        "Links", _doc(wiring, 2), "", "One of each kind, as `--outside` names them:", "", *_links()
    )
    lines += _heading("Acquirer", _doc(acquirer_host, 2))
    lines += _heading("Network", _doc(network_host, 2))
    lines += _heading("One question, one answer", _doc(relay, 2), "", f"Left out of rows: fields {stored}.")
    lines += _heading("Patience", _doc(timing, 2), "", *_times())
    lines += _heading("The conversion at the issuer", _doc(conversion, 2), "", *_conversion())
    lines += _heading("Taken back, and given back besides", _doc(taking_back, 2))
    lines += _heading("Paid in Digital Tenge", _doc(in_dt, 2), "", _paid_in_dt())
    lines += _heading("A terminal's batch", _doc(batches, 2))
    lines += _heading("The end of a day", _doc(end_of_day, 2))
    lines += _heading("What is put away", _doc(archiving, 2))
    lines += _heading("A crowd at a port", _doc(wires, 2))
    lines += _heading("What is not taken", *not_taken())
    lines += _heading("Load", load())
    lines.append(_DOOR.replace("{guard}", _doc(terminal_guard, 2)))
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    sys.exit(write_or_check(PAGE, page))
