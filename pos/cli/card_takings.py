"""``tenge pos card takings``: what the bank has credited for cards, and in which batch it was taken."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pos.cli.opening import opened, say
from pos.cli.options import OneTill

if TYPE_CHECKING:
    from pos.service.values import BatchClosing, TakenDay


def takings(
    most: Annotated[int, typer.Option(min=1, max=100, help="How many days, newest first.")] = 14,
    *,
    which: OneTill,
) -> None:
    """What cards brought this merchant, day by day, from its bank's books: paid, given back, when credited,
    and which batches of this till were in it.

    Example:  tenge pos card takings
    """
    with opened(which) as (voice, till):
        from faces.amounts import amount_text, moment_text
        from faces.language import label

        days = voice.need(till.cards.takings.ask(most))
        for one in days:
            row = one.day
            when = moment_text(row.credited) if row.credited else label("cardtakings.waits")
            facts = {"paid": row.paid_tiyn, "back": row.back_tiyn, "net": row.change_tiyn}
            amounts = {f"{name}_tiyn": amount_text(tiyn) for name, tiyn in facts.items()}
            say(voice, "cardtakings.day", closed=moment_text(row.closed), merchant=row.merchant, **amounts)
            batches = ", ".join(map(str, one.batches)) or "–"
            say(voice, "cardtakings.credited", when=when, batches=batches)
        if not days:
            say(voice, "cardtakings.none")
        voice.tell(days=[day_json(one) for one in days])


def day_json(one: "TakenDay") -> dict[str, Any]:
    """A day for programs."""
    row = one.day
    return {
        "day": row.day,
        "merchant": row.merchant,
        "paid_tiyn": row.paid_tiyn,
        "back_tiyn": row.back_tiyn,
        "net_tiyn": row.change_tiyn,
        "closed": row.closed,
        "credited": row.credited,
        "batches": list(one.batches),
    }


def batch_json(one: "BatchClosing") -> dict[str, Any]:
    """A closed batch for programs."""
    return {
        "batch": one.batch,
        "time": one.time,
        "paid_tiyn": one.debits_tiyn,
        "back_tiyn": one.credits_tiyn,
        "agrees": one.agrees,
    }
