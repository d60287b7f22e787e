"""Writes docs/lists.md by building the lists it speaks of: ``python -m docs.lists_page``."""

import sys
from pathlib import Path

from docs.written_page import write_or_check
from tender.account.client_messages import SIGNED
from town.bench.lists import BATCHES, DEVICES, SHARES, Built, build

PAGE = Path(__file__).parent / "lists.md"

_OPENING = f"""# How long a revocation list is

*Written by `python -m docs.lists_page`, which builds, signs and reads back each list it speaks of; a test
keeps the rows of 0.01 % and 0.1 % true. What asking a list costs, in signature checks: `tenge bench lists`.*

Twenty million devices at five banks, one live pseudonym each, of which some share is revoked. *Bound* is the
logarithm of the number of such sets, log2 C({DEVICES:,}, revoked) ÷ 8: no code of all of them is shorter.
*Step* is what one day adds when a pseudonym stays on the list for 180 days: what a device that synced
yesterday fetches, and what passes along with a payment.

"""

_CLOSING = f"""
A lost device takes all its live pseudonyms with it. So the list grows with the batch:

{{batches}}

One message to a device carries at most {SIGNED.most:,} bytes of list (one field of a sync). What is larger
does not fit: whoever wants batches of 32 for twenty million devices with one in a thousand lost needs another
carrier, or smaller batches. That is why batches should be small, and why a key serves again with a nonce when
they run out ([privacy](privacy.md)).
"""


def row(built: Built) -> str:
    """One line of the first table."""
    return (
        f"| {100 * built.share:g} % | {built.revoked:,} | {len(built.raw):,} | {built.bound_bytes:,.0f} "
        f"| {built.ratio:.3f} | {8 * len(built.raw) / built.revoked:.2f} | {built.step_bytes:,} |"
    )


def page() -> str:
    """The whole page."""
    found = [build(share) for share in SHARES]
    head = ["| share | revoked | list, bytes | bound, bytes | ratio | bits each | a day's step, bytes |"]
    head.append("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    batches = ["| live pseudonyms a device | " + " | ".join(f"{100 * one.share:g} %" for one in found) + " |"]
    batches.append("| ---: |" + " ---: |" * len(found))
    for count in BATCHES:
        cells = " | ".join(f"{count * len(one.raw) / 1000:,.0f} kB" for one in found)
        batches.append(f"| {count} | {cells} |")
    table = "\n".join([*head, *(row(one) for one in found)])
    return _OPENING + table + "\n" + _CLOSING.format(batches="\n".join(batches))


if __name__ == "__main__":
    sys.exit(write_or_check(PAGE, page))
