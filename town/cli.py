"""The ``tenge`` command: a table of groups, each loaded only when it is asked for.

This module imports nothing heavy on purpose: ``tenge wallet balance`` must not pay for the platform
database or a web server. So the first word is looked up here, and only what it names is imported.
"""

import importlib
import sys
from collections.abc import Sequence
from typing import Final, NamedTuple


class Entry(NamedTuple):
    """One first word of the command: where it lives and what it is for."""

    module: str
    about: str


GROUPS: Final[dict[str, Entry]] = {
    "wallet": Entry("wallet.cli.start", "your money: create, load, request, pay, receive, deposit, sync …"),
    "pos": Entry("pos.cli", "a merchant's till: sell, be paid in Digital Tenge or cash, receipts, reports"),
    "shop": Entry("town.shop.cli", "a small shop on the web, paid from the wallet beside it"),
    "card": Entry("town.card.cli", "card readers, real and virtual, and what lies in them; pay card to card"),
    "switch": Entry("town.switch", "card payments: terminals, networks, issuers in front of the banks"),
    "platform": Entry("platform_stub.cli", "the National Bank, the banks and the centres"),
}
"""Products: each has a front door of its own (``python -m wallet`` works without this one)."""

OWN: Final[dict[str, Entry]] = {
    "up": Entry("town.commands", "start a town on this laptop: platform, five banks, a cast of clients"),
    "down": Entry("town.commands", "stop the town"),
    "demo": Entry("town.commands", "watch the money travel: every story, or one by name"),
    "audit": Entry("town.commands", "recompute the balance sheet from the stores"),
    "verify-proof": Entry("town.commands", "check a proof of double spending with the root key alone"),
    "bench": Entry("town.commands", "measure this machine"),
}
"""What belongs to no product."""


PLAIN: Final = ("Digital Tenge on one laptop", "First time?", "Help on one:")
"""What else the list of commands says."""


def _help() -> str:
    from faces.language import translated

    bold, plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
    title, first, one = (translated("help", text) for text in PLAIN)
    width = max(map(len, (*GROUPS, *OWN))) + 2
    lines = ["", f"  {bold}tenge{plain}: {title}", ""]
    for entries in (OWN, GROUPS):
        lines += [
            f"  {bold}tenge {name:<{width}}{plain}{translated('help', entry.about)}"
            for name, entry in entries.items()
        ]
        lines.append("")
    lines += [f"  {first}  tenge demo      {one}  tenge wallet --help", ""]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 done, 1 refused, 2 wrong usage, 3 the world failed."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    from faces.plain_text import make_plain

    make_plain()
    if not words or words[0] in ("--help", "-h", "help"):
        sys.stdout.write(_help())
        return 0
    if words[0] == "--version":
        from importlib.metadata import version

        sys.stdout.write(f"tenge {version('digital-tenge')}\n")
        return 0
    first, rest = words[0], words[1:]
    if first in GROUPS:
        return _run(GROUPS[first], rest, f"tenge {first}")
    if first in OWN:
        return _run(OWN[first], words, "tenge")
    from faces.language import label

    sys.stderr.write(f"tenge: {label('town.no-command', name=first)}\n")
    return 2


def _run(entry: Entry, arguments: list[str], program: str) -> int:
    module = importlib.import_module(entry.module)
    try:
        module.app(args=arguments, prog_name=program)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
