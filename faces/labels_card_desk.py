"""What `tenge switch card` says. Rules as in ``labels.py``."""

from collections.abc import Mapping
from typing import Final

CARD_DESK: Final[Mapping[str, str]] = {
    "carddesk.issued": "{bank} issued card {card}, reference {reference}.",
    "carddesk.virtual": "Number, expiry and printed code are in {file}, for its owner's eyes.",
    "carddesk.no-file": "Its number was written nowhere, so nobody can pay with it: `tenge switch card close "
    "{reference}`, then issue one with `--out FILE`.",
    "carddesk.no-client": "{bank} does not know this client. Check the number; --bank names another bank.",
    "carddesk.which": "No card, or more than one, is named so. `tenge switch card list` shows them.",
    "carddesk.pin-digits": "The PIN of a card has four digits.",
    "carddesk.produced": "The chip of {card} lies in {file}. Next: `tenge switch card activate {reference}`",
    "carddesk.printed": "What is printed on it is in {file}.",
    "carddesk.ordered": "Next: `tenge switch card produce {reference} --name FAMILY/GIVEN --out FILE`",
    "carddesk.row": "{reference}  {card}  {bank}  {kind}, {state}  {expiry}",
    "carddesk.spent": "Today {spent_tiyn}. PIN tries left at the bank: {pin_tries}",
    "carddesk.closed-too": "Closed cards, not shown: {count}. `tenge switch card list --closed` shows them.",
    "carddesk.none": "No cards have been issued.",
    "carddesk.state": "{card} is {state} now.",
    "carddesk.pin": "{card} has all its PIN tries again; its chip hears of it with the next answer.",
    "carddesk.returned": "{amount_tiyn} went back to {card}, reference {reference}.",
    "carddesk.virtual-kind": "virtual",
    "carddesk.real-kind": "real",
    "carddesk.ordered-state": "ordered",
    "carddesk.produced-state": "produced",
    "carddesk.active-state": "active",
    "carddesk.blocked-state": "blocked",
    "carddesk.closed-state": "closed",
    "carddesk.stopped-state": "stopped by its client",
    "carddesk.stops-unknown": "Which of them their clients stopped is not known now: a bank does not answer.",
    "carddesk.is-already": "This card is {state}. Nothing was changed.",
    "carddesk.is-ordered": "This card is {state}; its chip is made first: `tenge switch card produce`. "
    "Nothing was changed.",
    "carddesk.unheard": "The bank does not answer. Here it is done; the bank hears of it when it is there "
    "again. Nothing needs to be said again; `tenge switch card list` shows the card.",
    "carddesk.issue-unheard": "The bank does not answer, so the card is nobody's yet. It is asked again "
    "until it does: do not issue another, `tenge switch card list` shows this one.",
    "carddesk.virtual-unheard": "The bank does not answer, so the card is nobody's yet, and its number was "
    "written nowhere. When the bank is there again: `tenge switch card close` it, and issue another.",
    "carddesk.chip-unheard": "The bank does not answer, and no chip was written. When it is there again: the "
    "same with --again.",
    "carddesk.return-unheard": "No answer came yet; the return may still go through. Look at "
    "`tenge wallet notices` of the customer before it is entered again.",
    "carddesk.by-client": "Its client has stopped this card, and alone lets it be used again: "
    "`tenge wallet cards --allow {ends}`.",
    "carddesk.holder": "The name stands on a card in Latin capitals, as in `--name AKHMETOVA/AIGUL`.",
    "carddesk.ask-pin": "PIN of four digits for the card",
}
"""Under keys of ours."""
