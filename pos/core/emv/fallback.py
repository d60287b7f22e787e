"""When the chip cannot be used: may the card be read in another way (EMV 4.3 Book 4, 11.2; schemes' rules).

Only trouble before the application was begun with counts as a broken chip. From then on the card has spoken,
and another interface would be a way around its no.
"""

from typing import Final

from pos.core.emv.outcome import Outcome, Reason, Verdict
from pos.core.emv.steps import Stage
from pos.core.emv.terminal import Terminal

BROKEN_CHIP: Final = frozenset(
    (Reason.CARD_SILENT, Reason.NO_APPLICATION, Reason.CARD_DATA_WRONG, Reason.CARD_ANSWER_WRONG)
)
"""What another interface may help with; a blocked card or application, a card taken away, a cardholder who
wants none of it, never."""
BEFORE_BEGINNING: Final = frozenset((Stage.SELECTION, Stage.INITIATION))


def verdict(terminal: Terminal, reason: Reason, stage: Stage) -> Verdict:
    """``OTHER_INTERFACE`` or ``ENDED``."""
    allowed = terminal.reads_stripes and reason in BROKEN_CHIP and stage in BEFORE_BEGINNING
    return Verdict.OTHER_INTERFACE if allowed else Verdict.ENDED


def silent(terminal: Terminal) -> Outcome:
    """For a card that gave no answer to reset, or one no payment card gives: the kernel was never begun."""
    return Outcome(
        verdict(terminal, Reason.CARD_SILENT, Stage.SELECTION), Reason.CARD_SILENT, stage=Stage.SELECTION
    )
