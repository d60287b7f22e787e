"""Tables and figures: plain lines, Rich only where a person looks at a table on a terminal."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from device.cli.speaking import Voice
from faces.amounts import amount_text, day_text, moment_text, signed_text
from faces.card_lines import CARD_CHANNEL, changes_nothing, status_in
from faces.language import label

if TYPE_CHECKING:
    from device.core.model import BankReply, Coin, Incident, Payment
    from device.service.view import Balance


def show_balance(voice: Voice, found: "Balance") -> None:
    """What is in hand first, the rest only when there is any."""
    voice.say("balance", spendable_tiyn=found.spendable_tiyn)
    for purpose, amount_tiyn in sorted(found.by_purpose.items()):
        if purpose:
            voice.say("balance-purpose", purpose=purpose, amount_tiyn=amount_tiyn)
    if found.last_hop_tiyn:
        voice.say("balance-last-hop", amount_tiyn=found.last_hop_tiyn)
    if found.waiting_tiyn:
        voice.say("balance-waiting", waiting_tiyn=found.waiting_tiyn)
    if found.pending_tiyn:
        voice.say("balance-pending", pending_tiyn=found.pending_tiyn)
    if found.refused_tiyn:
        voice.say("balance-refused", refused_tiyn=found.refused_tiyn)
    if found.told_at:
        voice.say(
            "balance-account",
            told_at=moment_text(found.told_at),
            account_tiyn=found.account_tiyn,
            noncash_tiyn=found.noncash_tiyn,
        )
    if found.behind:
        voice.say("behind")
    if found.lost:
        voice.say("lost-here")
    voice.tell(
        spendable_tiyn=found.spendable_tiyn,
        waiting_tiyn=found.waiting_tiyn,
        pending_tiyn=found.pending_tiyn,
        refused_tiyn=found.refused_tiyn,
        by_purpose=dict(found.by_purpose),
        last_hop_tiyn=found.last_hop_tiyn,
        account_tiyn=found.account_tiyn,
        noncash_tiyn=found.noncash_tiyn,
        told_at=found.told_at,
        coins=found.coins,
        behind=found.behind,
        lost=found.lost,
    )


def show_history(voice: Voice, payments: Sequence["Payment"]) -> None:
    """One line a payment; with JSON, the whole way of each."""
    if not payments:
        voice.say("no-history")
    rows = [
        (
            one.id.hex()[:8],
            moment_text(one.time),
            _history_amount(one),
            one.party or ("" if one.channel in ("load", "convert", "deposit") else "–"),
            _what(one),
            " → ".join(status_in(one.channel, step.status) for step in one.path)
            or status_in(one.channel, one.status),
        )
        for one in payments
    ]
    table(voice, ("payment", "when", "amount", "with", "for", "status"), rows, money=2)
    voice.tell(payments=[payment_json(one) for one in payments])


def _history_amount(one: "Payment") -> str:
    """What it did to what is had; without a sign where it did nothing."""
    if changes_nothing(one.channel, one.status, one.amount_tiyn):
        return amount_text(one.amount_tiyn)
    return signed_text(one.amount_tiyn if one.direction == "in" else -one.amount_tiyn)


def _what(one: "Payment") -> str:
    """What it was for, or what kind of movement it is."""
    if one.channel.startswith(CARD_CHANNEL):
        return label(f"channel.{one.channel}")
    return one.purpose or ("" if one.channel in ("offline", "online") else one.channel)


def payment_json(one: "Payment") -> dict[str, Any]:
    """A line of the history for programs."""
    return {
        "payment": one.id.hex(),
        "direction": one.direction,
        "channel": one.channel,
        "amount_tiyn": one.amount_tiyn,
        "time": one.time,
        "party": one.party,
        "purpose": one.purpose,
        "status": one.status,
        "code": one.code,
        "path": [{"status": step.status, "time": step.time} for step in one.path],
        "receipt": bool(one.receipt),
    }


def show_coins(voice: Voice, coins: Sequence["Coin"]) -> None:
    """Each piece of money."""
    rows = [
        (
            one.output.hex()[:8],
            amount_text(one.amount_tiyn),
            str(one.hops_left),
            day_text(one.expiry),
            one.purpose,
            one.state,
        )
        for one in coins
    ]
    table(voice, ("piece", "amount", "hops-left", "good-until", "only-for", "state"), rows, money=1)
    voice.tell(
        coins=[
            {
                "output": one.output.hex(),
                "amount_tiyn": one.amount_tiyn,
                "hops_left": one.hops_left,
                "expiry": one.expiry,
                "purpose": one.purpose,
                "state": one.state,
                "code": one.code,
                "bytes": len(one.packed),
            }
            for one in coins
        ]
    )


def show_incidents(voice: Voice, found: Sequence["Incident"]) -> None:
    """What was refused, with the facts a bank will ask for."""
    if not found:
        voice.say("no-incidents")
    rows = [
        (str(one.number), moment_text(one.time), one.payment.hex()[:8], one.code, one.field, one.facts)
        for one in found
    ]
    table(voice, ("number", "when", "payment", "code", "where", "facts"), rows, money=0)
    voice.tell(
        incidents=[
            {
                "number": one.number,
                "time": one.time,
                "payment": one.payment.hex(),
                "code": one.code,
                "field": one.field,
                "facts": one.facts,
            }
            for one in found
        ]
    )


def show_receipt(voice: Voice, payment: "Payment", given: dict[str, str]) -> None:
    """What the payee signed."""
    from tender.cash.messages import RECEIPT, Kind, unwrap
    from tender.crypto.envelope import Typ, open_envelope

    kind, body = unwrap(payment.receipt)
    assert kind is Kind.RECEIPT
    told = RECEIPT.decode(open_envelope(body, Typ.RECEIPT, "receipt").payload, "receipt")
    speak = voice.aside if "message" in given else voice.say
    speak(
        "receipt",
        amount_tiyn=told.amount_tiyn,
        payment=payment.id.hex()[:8],
        time=moment_text(told.time),
        list_date=day_text(told.list_date),
    )
    voice.tell(
        payment=payment.id.hex(),
        amount_tiyn=told.amount_tiyn,
        time=told.time,
        list_number=told.list_number,
        list_date=told.list_date,
        time_floor=told.time_floor,
        outputs=[one.hex() for one in told.outputs],
        **given,
    )


def show_bank_replies(voice: Voice, payment: "Payment", replies: Sequence["BankReply"], out: str) -> None:
    """What the bank signed about a payment's money: saved, or in hexadecimal digits."""
    from pathlib import Path

    from device.cli.travel import write_file
    from device.service.evidence import packed

    given = {"file": out} if out else {}
    if out:
        write_file(Path(out), packed(replies))
    else:
        for one in replies:
            voice.line(one.raw.hex())
    voice.aside("bank-replies", count=len(replies), payment=payment.id.hex()[:8])
    told = [
        {"time": one.time, "reply": one.raw.hex(), "claims": [it.hex() for it in one.claims]}
        for one in replies
    ]
    voice.tell(payment=payment.id.hex(), replies=told, **given)


def table(
    voice: Voice, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, money: int, typed: int = 0
) -> None:
    """A table for whoever looks: Rich on a terminal, tab-separated lines in a pipe. ``typed``: the column of
    what the next command is given, which is never cut."""
    if voice.as_json or not rows:
        return
    if not sys.stdout.isatty():
        for row in rows:
            voice.line("\t".join(row))
        return
    from rich.table import Table

    from faces.theme import console

    shown = Table(box=None, header_style="quiet", pad_edge=False)
    for place, head in enumerate(heads):
        shown.add_column(
            label(f"head.{head}"),
            justify="right" if place == money else "left",
            no_wrap=place <= money or place == typed,
        )
    for row in rows:
        shown.add_row(*row)
    console().print(shown)
