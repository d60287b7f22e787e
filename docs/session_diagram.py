"""Draw the session's table: ``python -m docs.session_diagram`` writes docs/protocol/session.md."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from tender.cash.session import PAYEE_TABLE, PAYER_TABLE, Arrow
from tender.cash.session_state import Phase, Role

PAGE: Final = Path(__file__).parent / "protocol" / "session.md"
Table = dict[tuple[Role, Phase, type[Any]], Arrow]

HEAD: Final = """# The session: every arrow, and what is true if the device dies there

Written by `python -m docs.session_diagram` from the table in `tender/cash/session.py`; a test compares.
Do not edit.

Names in small letters are messages from the other side; *Begin*, *Approved*, *Declined*, *Freed* and
*Cancelled* come from the person, *Signed* and *NotSigned* from the secure element, *Resumed* from a device
that came back (or a person who says "send again"). An event that has no arrow is refused with `out-of-order`
and changes nothing.

Every step that changes anything is: commit the new state with the bytes to send, then sign or send. So "the
device dies there" has two cases, before the commit (the step never happened) and after it (the step
happened, its bytes may not have left); the tables below say what holds in both. Each line of the last column
is played: for every arrow a process that takes it is killed there with SIGKILL, on real stores, and what the
line claims is looked for on the disks (`tests/tears/test_arrows.py`). The tests beside it kill the wallets at
every commit over files, pipes and sockets, kill the platform between any two of its commits, and cut every
message at every byte; `TENGE_CUTS=all` plays all of it, without it a sample that has each arrow, each commit
site and each boundary byte.
"""


def event_name(event: type[Any]) -> str:
    """Messages in small letters, local events as they are called."""
    if event.__module__.endswith("messages"):
        return event.__name__.removesuffix("Message").lower()
    return event.__name__


def diagram(table: Table) -> Iterable[str]:
    """One Mermaid state diagram; arrows between the same phases share a label."""
    labels: dict[tuple[Phase, Phase], list[str]] = {}
    for (_, phase, event), arrow in table.items():
        for to in arrow.to:
            labels.setdefault((phase, to), []).append(event_name(event))
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield "    [*] --> new"
    for (start, end), names in labels.items():
        yield f"    {start.value} --> {end.value}: {', '.join(names)}"
    yield "```"


def rows(table: Table) -> Iterable[str]:
    """The table in words."""
    yield "| in | on | does | leads to | if we die here |"
    yield "|---|---|---|---|---|"
    for (_, phase, event), arrow in table.items():
        does = " ".join((arrow.run.__doc__ or "").split())
        to = ", ".join(one.value for one in arrow.to)
        yield f"| {phase.value} | {event_name(event)} | {does} | {to} | {arrow.if_we_die} |"


def page() -> str:
    """The whole page."""
    lines = [HEAD]
    for title, table in (("The payee", PAYEE_TABLE), ("The payer", PAYER_TABLE)):
        lines += [f"## {title}", "", *diagram(table), "", *rows(table), ""]
    return "\n".join(lines)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.name}")


if __name__ == "__main__":
    main()
