"""Commands that look: status, receipts, X and Z reports."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from device.cli.opening import the_amount
from pos.cli.card_takings import batch_json
from pos.cli.opening import opened, say
from pos.cli.options import OneTill, ReceiptName

if TYPE_CHECKING:
    from device.cli.speaking import Voice
    from pos.service.till import Till, TillStatus
    from pos.service.values import Receipt, Report, Standing

Columns = Annotated[int, typer.Option("--columns", min=24, max=80, help="How wide the paper is.")]


def status(*, which: OneTill) -> None:
    """Where the till stands: who sells, what is on the counter, how much offline money waits, since when.

    Example:  tenge pos status
    """
    with opened(which) as (voice, till):
        from pos.cli.selling import sale_json

        found = till.status()
        _show_counter(voice, found)
        _show_standing(voice, found.standing)
        for one in found.giving_back:
            say(voice, "pos.giving-back", amount_tiyn=one.amount_tiyn, to=one.to)
        waiting = len(till.terminal.waiting())
        if waiting:
            say(voice, "cardpay.waiting", count=waiting)
            say(voice, "cardpay.say-again")
        voice.tell(
            till=found.settings.name,
            merchant=found.merchant,
            business_number=found.business_number,
            cashier=found.cashier,
            shift=found.shift.number if found.shift is not None else 0,
            sale=sale_json(found.sale) if found.sale is not None else None,
            tenders=[one.name for one in found.tenders if one.open],
            giving_back_tiyn=sum(one.amount_tiyn for one in found.giving_back),
            standing=standing_json(found.standing),
            reversals_waiting=waiting,
        )


def _show_counter(voice: "Voice", found: "TillStatus") -> None:
    from faces.language import label

    say(
        voice,
        "pos.stands",
        merchant=found.merchant or found.settings.name,
        name=found.settings.name,
        cashier=found.cashier or label("pos.nobody"),
        shift=found.shift.number if found.shift is not None else label("pos.no-shift"),
    )
    sale = found.sale
    if sale is None:
        say(voice, "pos.counter-free")
        return
    say(
        voice,
        "pos.on-counter",
        sale=sale.label,
        phase=label(f"pos.phase-{sale.phase.value}"),
        total_tiyn=sale.total_tiyn,
        due_tiyn=sale.due_tiyn,
    )


def _show_standing(voice: "Voice", found: "Standing") -> None:
    from faces.amounts import moment_text

    since = moment_text(found.oldest_at) if found.oldest_at else ""
    say(voice, "pos.held", held_tiyn=found.held_tiyn, most_tiyn=found.most_tiyn, since=since)
    if found.room.value != "plenty":
        say(voice, f"pos.held-{found.room.value}")
    if found.claimed_tiyn:
        say(voice, "pos.claimed", claimed_tiyn=found.claimed_tiyn)
    if found.unmatched_tiyn:
        say(voice, "pos.unmatched", unmatched_tiyn=found.unmatched_tiyn)


def receipts(
    most: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20,
    *,
    which: OneTill,
) -> None:
    """Receipts, newest first.

    Example:  tenge pos receipts --most 5
    """
    with opened(which) as (voice, till):
        from faces.amounts import amount_text, moment_text
        from faces.language import label

        found = till.receipts(most)
        if not found:
            say(voice, "pos.no-receipts")
        for one in found:
            paid = ", ".join(label(f"receipt.tender-{paid.tender}") for paid in one.paid)
            kind = label(f"receipt.{one.kind}")
            row = (one.name, moment_text(one.time), kind, amount_text(one.total_tiyn), paid, one.of)
            voice.line("\t".join(row))
        voice.tell(receipts=[receipt_json(one) for one in found])


def receipt(
    receipt_name: ReceiptName,
    columns: Columns = 42,
    *,
    which: OneTill,
) -> None:
    """A receipt once more, as it stands on paper, marked as a copy.

    Example:  tenge pos receipt 3-0017
    """
    with opened(which) as (voice, till):
        found = voice.need(till.receipt(receipt_name))
        _print_receipt(voice, till, found, columns)
        voice.tell(receipt=receipt_json(found))


def x(columns: Columns = 42, *, which: OneTill) -> None:
    """The totals of the shift so far; it goes on.

    Example:  tenge pos x
    """
    with opened(which) as (voice, till):
        show_report(voice, till, voice.need(till.x_report()), columns)


def z(
    counted: Annotated[str, typer.Option(help="What was counted in the drawer (tenge).")] = "",
    again: Annotated[int, typer.Option("--shift", help="An earlier shift's report again.")] = 0,
    columns: Columns = 42,
    *,
    which: OneTill,
) -> None:
    """Close the shift and tell its totals.

    Examples:  tenge pos z --counted 51200

               tenge pos z --shift 3
    """
    with opened(which) as (voice, till):
        if again:
            show_report(voice, till, voice.need(till.report_of(again)), columns)
            return
        # 0 is what the_amount refuses, and what an empty drawer holds.
        nothing = bool(counted) and not counted.strip("0., ")
        counted_tiyn = 0 if nothing else the_amount(voice, counted) if counted else None
        show_report(voice, till, voice.need(till.z_report(counted_tiyn)), columns)


# --- shared


def _print_receipt(voice: "Voice", till: "Till", found: "Receipt", columns: int) -> None:
    if voice.as_json:
        return
    from faces.receipt_slip import slip_rows
    from faces.receipt_text import as_text
    from pos.tui.papers import slip_of

    cards = till.cards.payments_of(found)
    slip = slip_of(found, till.status(), copy=True, cards=cards)
    voice.line(as_text(slip_rows(slip), columns).rstrip("\n"))


def show_report(voice: "Voice", till: "Till", found: "Report", columns: int) -> None:
    """A report as it stands on paper."""
    cards = till.cards.takings.of_shift(found)
    if not voice.as_json:
        from faces.receipt_slip import report_rows
        from faces.receipt_text import as_text
        from pos.tui.papers import report_slip

        rows = report_rows(report_slip(found, till.status(), cards))
        voice.line(as_text(rows, columns).rstrip("\n"))
    batches = [batch_json(one) for one in cards.batches]
    voice.tell(
        **report_json(found),
        card_batches=batches,
        card_batch_open=cards.open_batch,
        card_open_tiyn=cards.open_tiyn,
        card_credited_tiyn=cards.credited_tiyn,
    )


def receipt_json(found: "Receipt") -> dict[str, Any]:
    """A receipt for programs."""
    return {
        "receipt": found.name,
        "kind": found.kind,
        "time": found.time,
        "cashier": found.cashier,
        "total_tiyn": found.total_tiyn,
        "change_tiyn": found.change_tiyn,
        "of": found.of,
        "items": [
            {"name": one.name, "quantity": one.quantity, "amount_tiyn": one.amount_tiyn, "vat": one.vat}
            for one in found.items
        ],
        "paid": [
            {
                "tender": one.tender,
                "amount_tiyn": one.amount_tiyn,
                "id": one.id.hex(),
                "reference": one.reference,
            }
            for one in found.paid
        ],
    }


def report_json(found: "Report") -> dict[str, Any]:
    """A report for programs."""
    return {
        "kind": found.kind,
        "shift": found.shift,
        "receipts": found.receipts,
        "sales_tiyn": found.sales_tiyn,
        "refunds_tiyn": found.refunds_tiyn,
        "voids_tiyn": found.voids_tiyn,
        "corrections_tiyn": found.corrections_tiyn,
        "net_tiyn": found.net_tiyn,
        "tenders": {one.tender: one.net_tiyn for one in found.tenders},
        "drawer_tiyn": found.drawer_tiyn,
        "counted_tiyn": found.counted_tiyn,
        "card_dt_tiyn": found.card_dt_tiyn,
    }


def standing_json(found: "Standing") -> dict[str, Any]:
    """What waits at the till, for programs."""
    return {
        "held_tiyn": found.held_tiyn,
        "claimed_tiyn": found.claimed_tiyn,
        "promised_tiyn": found.promised_tiyn,
        "most_tiyn": found.most_tiyn,
        "left_tiyn": found.left_tiyn,
        "oldest_at": found.oldest_at,
        "room": found.room.value,
        "settled_tiyn": found.settled_tiyn,
        "unmatched_tiyn": found.unmatched_tiyn,
    }


def add_to(app: typer.Typer) -> None:
    """Put these commands into the group."""
    for command in (status, receipts, receipt, x, z):
        app.command()(command)
