"""What the page on the switch says of load, and of what the switch does not take; a test says all of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from town.load_crew import FIRST_TERMINAL
from town.switch import CONNECTIONS_MOST, EACH_MOST, SECONDS_MOST


@dataclass(frozen=True, slots=True)
class NotTaken:
    """What comes, by message types and elements that a purchase has otherwise, and its answer (39)."""

    what: str
    types: tuple[str, ...]
    code: str
    why: str
    fields: Mapping[int, str]


def _row(what: str, types: str, code: str, why: str, **fields: str) -> NotTaken:
    return NotTaken(what, tuple(types.split()), code, why, {int(n[2:]): value for n, value in fields.items()})


NOT_TAKEN: Final = (
    _row(
        "advices of what somebody has decided alone: stand-in, an approval by a chip, a completion",
        "0120 0121 0220 0221",
        "12",
        "a till of ours approves nothing alone, and no network decides for an issuer",
    ),
    _row("stop lists and other files, administrative notices", "0302 0600 0620", "12", "none are kept"),
    _row("an advice of totals", "0520", "12", "totals come as 0500"),
    _row("a change of keys", "0800", "12", "keys are handed out with a terminal's papers", de70="161"),
    _row("a cut-over", "0800", "12", "a day ends when an operator closes it", de70="201"),
    _row("cash with a purchase", "0100", "12", "a purchase pays for goods alone", de3="090000"),
    _row("payments to a card", "0100", "12", "money comes back by refund", de3="280000"),
    _row("pre-authorisations", "0100", "12", "what is approved is converted at once", de3="380000"),
    _row("another currency than 398", "0100", "30", "cards pay in tenge", de49="840"),
)

_PARTS: Final = """\
Of a network a yes to a part is taken (10, 87), and 95 takes a part back; no terminal of ours asks for a
part. Clearing files, disputes, stand-in, tokens and foreign currencies are not built."""

_LOAD: Final = """\
`tenge switch load` asks the running switch over its terminals' port as fast as it answers: real chips, each
in a terminal of its own, their requests with cryptograms made beforehand, so that what is timed is the way
from the terminal's request through acquirer, network, issuer and bank and back. Who pays are test clients
of the town, one a bank, who get cash and turn it into Digital Tenge, with a card for each connection; who
is paid is a test shop. At the end every terminal closes its batch (0500), the cards are closed, and what
was not spent becomes tenge again. It ends with 1 unless all was approved, acquirers and issuers have in the
open day just what was approved (`day-so-far` at the door), and the books hold. It stays on this machine,
within {connections} connections, {each} purchases a card and {seconds} s; `--json` has every figure.
A batch that differs is named with its terminal and both sums (`batches_differ` for programs). Ctrl-C ends it
in the same way: what is under way is answered, batches and cards are closed, and what was done is said; the
exit code is 130 then. Its terminals count from {first}: no till and no shop of the town has one of these.
`--own`, or no switch that runs: a town and a switch of its own, thrown away at the end."""


def not_taken() -> list[str]:
    """The table."""
    told = ["| what comes | as | answer | why |", "| --- | --- | --- | --- |"]
    for one in NOT_TAKEN:
        elements = "".join(f", {number} `{value}`" for number, value in one.fields.items())
        told.append(f"| {one.what} | {', '.join(one.types)}{elements} | {one.code} | {one.why} |")
    return [*told, "", _PARTS]


def load() -> str:
    """The section."""
    return _LOAD.format(
        first=FIRST_TERMINAL, connections=CONNECTIONS_MOST, each=EACH_MOST, seconds=SECONDS_MOST
    )
