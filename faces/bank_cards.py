"""Bank cards and what was done with them, as people read it: in the wallet's commands and on its screens."""

from collections.abc import Sequence
from typing import Final

from faces.amounts import amount_text, signed_text
from faces.language import label
from faces.words import sentence, status
from tender.account.card_client_messages import (
    CONFIRMING,
    DONE,
    REFUSED,
    VOID,
    CardConfirmation,
    CardOperation,
)
from tender.account.card_messages import CREDITS
from tender.account.participants import name_of
from tender.errors import Code, Refusal

ENDS_SHOWN: Final = 4
_STATES: Final = {DONE: "settled", REFUSED: "refused", VOID: "taken-back", CONFIRMING: "waiting"}


def short_number(masked: str) -> str:
    """``…1234``: all that anybody needs to tell one's own cards apart."""
    return f"…{masked[-ENDS_SHOWN:]}"


def card_line(bank: int, masked: str, kind: str, state: str, expiry: str, *, stopped: bool) -> str:
    """A card as one line."""
    shown = "stopped" if stopped and state == "active" else state
    return label(
        "bankcards.card",
        card=masked,
        kind=label(f"bankcards.kind-{kind}"),
        state=label(f"bankcards.state-{shown}"),
        expiry=f"{expiry[2:]}/{expiry[:2]}",
        bank=name_of(bank),
    )


def notice_kind(kind: str) -> str:
    """What was done, in words."""
    return label(f"channel.card-{kind}")


def notice_amount(one: CardOperation) -> str:
    """What it did to the account; without a sign where it did nothing."""
    if one.code or one.state in (REFUSED, VOID):
        return amount_text(one.amount_tiyn)
    return signed_text(one.amount_tiyn if one.kind in CREDITS else -one.amount_tiyn)


def notice_state(one: CardOperation) -> str:
    """Where it stands; of what was refused, why; of what was taken or given back, how much."""
    if one.code:
        try:
            return sentence(Refusal(Code(one.code)))
        except ValueError:  # another version's code
            return one.code
    if 0 < one.amount_tiyn == one.undone_tiyn:
        return status("taken-back")
    parts = [status(_STATES.get(one.state, one.state))]
    for key, tiyn in (("bankcards.undone", one.undone_tiyn), ("bankcards.back", one.back_tiyn)):
        if tiyn:
            parts.append(label(key, amount_tiyn=tiyn))
    return ", ".join(parts)


def question_lines(asked: CardConfirmation, masked: str, left_s: int) -> Sequence[str]:
    """The question of a purchase that waits: who, how much, by which card, where, and for how long still."""
    where = ", ".join(part.strip() for part in (asked.city, asked.country) if part.strip())
    return (
        label("bankcards.wants", party=asked.party, amount_tiyn=asked.amount_tiyn),
        label("bankcards.by", card=short_number(masked), where=where),
        time_left(left_s),
    )


def time_left(left_s: int) -> str:
    """How long a yes is still taken."""
    return label("bankcards.left", time=f"{left_s // 60}:{left_s % 60:02}")


def what_is_asked(asked: CardConfirmation) -> str:
    """The sum alone, as a title."""
    return amount_text(asked.amount_tiyn)
