"""A payment as one line of a list, the same on the home screen and in the history."""

from typing import Final

from device.service.view import Payment
from faces.amounts import amount_text, moment_text, signed_text
from faces.card_lines import BAD, CARD_CHANNEL, QUIET, changes_nothing, status_in
from faces.language import label
from faces.screens.rows import Cell

OPEN: Final = frozenset(
    {"asked", "offered", "signing", "sent", "created", "requested", "partial", "handed-over", "claimed"}
)

_WHEN, _AMOUNT, _STATUS = 16, 17, 18


def with_whom(one: Payment) -> str:
    """The name the other side chose to show, else what kind of movement it is."""
    return one.party or label(f"channel.{one.channel}")


def what_for(one: Payment) -> str:
    """What it was for; of a card, what was done with it."""
    if one.channel.startswith(CARD_CHANNEL) and one.party:
        return label(f"channel.{one.channel}")
    return one.purpose


def change_tiyn(one: Payment) -> int:
    """What it does, or would do, to what is had (tiyn)."""
    return one.amount_tiyn if one.direction == "in" else -one.amount_tiyn


def mark(one: Payment) -> tuple[str, str]:
    """(sign, meaning) of where it stands."""
    if one.status in OPEN:
        return "…", "wait"
    if one.status in BAD:
        return "✗", "bad"
    return ("·", "quiet") if one.status in QUIET else ("✓", "good")


def payment_cells(one: Payment, width: int) -> list[Cell]:
    """When, how much, with whom and for what, and where it stands; as wide as there is room."""
    sign, meaning = mark(one)
    nothing = changes_nothing(one.channel, one.status, one.amount_tiyn)
    amount = amount_text(one.amount_tiyn) if nothing else signed_text(change_tiyn(one))
    room = max(8, width - _WHEN - _AMOUNT - _STATUS - 4)
    party = with_whom(one)
    what = _briefly(one)
    purpose = f"  {what}" if what else ""
    told = fitted(party, room)
    rest = fitted(purpose, room - len(told))
    return [
        (f"{moment_text(one.time)} ", "quiet"),
        (f"{amount:>{_AMOUNT}} ", "money" if one.direction == "in" else ""),
        (f" {told}", ""),
        (f"{rest:<{room - len(told)}}", "quiet"),
        (f" {sign} {_short(status_in(one.channel, one.status), _STATUS - 3)}", meaning),
    ]


def _briefly(one: Payment) -> str:
    """What it was for; of a card, in a word."""
    if one.channel.startswith(CARD_CHANNEL) and one.party:
        return label(f"bankcards.short-{one.channel.removeprefix(CARD_CHANNEL)}")
    return one.purpose


def fitted(text: str, room: int) -> str:
    """The text, its end left out where there is no room for it."""
    return text if len(text) <= room else text[: max(0, room - 1)] + "…"


def _short(words: str, room: int) -> str:
    """Where there is no room for the whole, what stands before its comma says it, too."""
    return words if len(words) <= room else fitted(words.partition(",")[0], room)


def found_by(one: Payment) -> str:
    """What a search looks in: whom, what for, how much, when, where it stands, its number."""
    return " ".join(
        (
            with_whom(one),
            what_for(one),
            amount_text(one.amount_tiyn, sign=""),
            f"{one.amount_tiyn // 100}",
            moment_text(one.time),
            status_in(one.channel, one.status),
            one.id.hex(),
        )
    ).casefold()
