"""Bank cards and what was done with them, as people read it: in the wallet's commands and on its screens."""

from collections.abc import Sequence
from typing import Final

from faces.amounts import amount_text, signed_text
from faces.card_lines import card_status
from faces.language import label
from faces.words import sentence
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
_WHYS: Final = frozenset(
    {
        Code.ACCOUNT_UNKNOWN,
        Code.CARD_EXPIRED,
        Code.CARD_INACTIVE,
        Code.CARD_KEPT,
        Code.CARD_LIMIT,
        Code.CARD_NOT_GENUINE,
        Code.CARD_PIN_SPENT,
        Code.CARD_STOPPED,
        Code.CONFIRMATION_MISSING,
        Code.FUNDS_ENCUMBERED,
        Code.FUNDS_INSUFFICIENT,
        Code.ISSUER_SILENT,
        Code.NOT_SUPPORTED,
        Code.OPERATION_UNDONE,
        Code.ORDER_UNKNOWN,
        Code.PARTICIPANT_BLOCKED,
        Code.PAYER_DECLINED,
        Code.PIN_WRONG,
        Code.PRINTED_CODE_WRONG,
        Code.TRIES_UNTOLD,
    }
)
"""Reasons that a card's holder reads in other words than whoever stood at the till."""
_HERE: Final = frozenset({"KAZ", "KZ", "398"})
_BY_OTHERS: Final = frozenset(
    {
        Code.CARD_EXPIRED,
        Code.CARD_KEPT,
        Code.CARD_NOT_GENUINE,
        Code.CARD_PIN_SPENT,
        Code.CARD_STOPPED,
        Code.PIN_WRONG,
        Code.PRINTED_CODE_WRONG,
        Code.TRIES_UNTOLD,
    }
)
"""Refusals after which the holder is told what to do if it was somebody else."""


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
    return ", ".join((stands(one), *went_back(one)))


def stands(one: CardOperation) -> str:
    """Where it stands; of what was refused, why."""
    if one.code:
        return label("bankcards.refused-why", why=why_refused(one.code))
    whole = 0 < one.amount_tiyn == one.undone_tiyn
    return card_status("taken-back" if whole else _STATES.get(one.state, one.state))


def went_back(one: CardOperation) -> list[str]:
    """Of what was done in part, how much was taken back and how much was given back."""
    if one.code or 0 < one.amount_tiyn == one.undone_tiyn:
        return []
    parts = (("bankcards.undone", one.undone_tiyn), ("bankcards.back", one.back_tiyn))
    return [label(key, amount_tiyn=tiyn) for key, tiyn in parts if tiyn]


def why_refused(code: str) -> str:
    """Why a card's operation was refused, as its holder reads it."""
    try:
        known = Code(code)
    except ValueError:  # another version's code
        return code
    return label(f"bankcards.why-{code}") if known in _WHYS else sentence(Refusal(known))


def announcement(one: CardOperation) -> str:
    """What the holder hears at once of an operation: what it was, where, by which card, how it ended."""
    told = label(
        "bankcards.news",
        what=notice_kind(one.kind),
        amount=amount_text(one.amount_tiyn) if one.amount_tiyn else "",
        party=one.party,
        card=short_number(one.masked),
        status=notice_state(one),
    )
    told = told[:1].upper() + told[1:]
    return f"{told} {label('bankcards.not-you')}" if one.code in _BY_OTHERS else told


def question_lines(asked: CardConfirmation, masked: str, left_s: int) -> Sequence[str]:
    """The question of a purchase that waits: who, how much, by which card, where, and for how long still."""
    where = where_text(asked.city, asked.country)
    return (
        label("bankcards.wants", party=asked.party, amount_tiyn=asked.amount_tiyn),
        label("bankcards.by", card=short_number(masked), where=where),
        time_left(left_s),
    )


def where_text(*parts: str) -> str:
    """Those of them that say something new to somebody in Kazakhstan, behind one another."""
    return ", ".join(part.strip() for part in parts if part.strip() and part.strip() not in _HERE)


def time_left(left_s: int) -> str:
    """How long a yes is still taken."""
    return label("bankcards.left", time=_clock(left_s))


def waits_line(asked: CardConfirmation, left_s: int, width: int, *, now: bool) -> str:
    """That it waits, in one line of so many columns. ``now``: whether its key may be pressed."""
    key = "bankcards.waits" if now else "bankcards.waits-not-now"
    left = _clock(left_s)
    whole = label(key, party=asked.party, amount_tiyn=asked.amount_tiyn, time=left)
    room = max(8, len(asked.party) - max(0, len(whole) - width))
    party = asked.party if len(asked.party) <= room else f"{asked.party[: room - 1]}…"
    return label(key, party=party, amount_tiyn=asked.amount_tiyn, time=left)


def _clock(left_s: int) -> str:
    left_s = max(0, left_s)
    return f"{left_s // 60}:{left_s % 60:02}"
