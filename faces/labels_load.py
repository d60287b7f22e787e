"""What `tenge switch load` says. Rules as in ``labels.py``."""

from collections.abc import Mapping
from typing import Final

LOAD: Final[Mapping[str, str]] = {
    "load.making": "clients, cards, terminals",
    "load.requests": "requests with cryptograms",
    "load.answers": "answers",
    "load.done-running": "The running switch: answers {answers} in {seconds} s, {answers_a_second} a second.",
    "load.done-own": "A town and a switch of its own: answers {answers} in {seconds} s, "
    "{answers_a_second} a second.",
    "load.within": "50 % within {half} ms, 95 % within {most} ms, 99 % within {nearly_all} ms; "
    "the slowest {slowest} ms",
    "load.approved": "✓ all approved: {amount_tiyn}",
    "load.declined": "Declined: {codes}",
    "load.day-agrees": "✓ the day that is open has the same: operations {count}, {acquired} at the acquirer, "
    "{issued} at the issuers",
    "load.day-differs": "✗ the day that is open has something else: operations {count}, {acquired} at the "
    "acquirer, {issued} at the issuers; approved were {approved}, {sum}",
    "load.batch-differs": "✗ the batch of terminal {terminal} differs ({code}): {till} at the terminal, "
    "{switch} at its acquirer",
    "load.called-off": "Called off: {asked} of {most} purchases were asked. What was under way was answered, "
    "batches and cards are closed.",
    "load.called-off-early": "Called off before there was anything to tell. What was made for it "
    "was put away.",
    "load.batches-open": "Batches that stay open, for nobody knows what was answered there: {terminals}",
    "load.books-hold": "✓ the books hold",
    "load.books-do-not": "✗ the books do not hold",
    "load.left-behind": "Left behind in the town: test clients without Digital Tenge, a test shop with what "
    "it was paid, their purchases in the day that is open, closed cards, closed batches.",
    "load.no-bank": "no bank of this town turns tenge into Digital Tenge for a person, so no test client "
    "could pay. `tenge switch load --own` takes a town of its own.",
    "load.broke-off": "The load broke off: {why}",
}
"""Under keys of ours."""
