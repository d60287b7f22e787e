"""Closing a day, and the report that says whether till, switch and bank agree, or which line differs."""

from collections.abc import Mapping
from dataclasses import asdict
from time import gmtime, strftime
from typing import Any, Final

from card_switch.core.acquirer.batches import Batch, Batches, Totals
from card_switch.core.day_records import Day
from card_switch.core.end_of_day import NAME, EndOfDay
from card_switch.core.issuer.cards import DAY_BEGINS_S
from card_switch.service.desk import Answer, Later, Question, Told
from card_switch.service.returning import DESK_TERMINAL
from card_switch.service.switchboard import Switchboard
from card_switch.service.terminals import terminal_number
from tender.account.card_messages import CloseDay, DayClosed
from tender.errors import Code, Refusal

_NO_TOTALS: Final = Totals()


def _totals_row(totals: Totals) -> dict[str, int]:
    return {
        "debits": totals.debits,
        "debits_tiyn": totals.debits_tiyn,
        "credits": totals.credits,
        "credits_tiyn": totals.credits_tiyn,
    }


def batch_row(bank: int, batch: Batch) -> dict[str, Any]:
    """One closed batch of a terminal: what it said, and what its acquirer has counted."""
    return {
        "bank": bank,
        "terminal": batch.terminal,
        "merchant": batch.merchant,
        "till": _totals_row(batch.theirs),
        "switch": _totals_row(batch.ours),
        "agrees": batch.theirs == batch.ours,
    }


def bank_row(orders: list[CloseDay], replies: list[DayClosed]) -> dict[str, Any]:
    """One bank's day: as it was told, and as the bank has it."""
    last = orders[-1]
    issued_tiyn = sum(line.change_tiyn for order in orders for line in order.lines)
    code = next((one.code for one in replies if one.code), "")
    return {
        "bank": int(last.operation.split("-")[2]),
        "code": code,
        "lines": sum(len(order.lines) for order in orders),
        "issued_tiyn": issued_tiyn,
        "bank_issued_tiyn": sum(one.issued_tiyn for one in replies),
        "merchants": {one.merchant: one.change_tiyn for order in orders for one in order.merchants},
        "positions": {str(one.bank): one.change_tiyn for one in last.positions},
        "differences": [
            {"what": one.what, "bank_tiyn": one.ours_tiyn, "switch_tiyn": one.theirs_tiyn}
            for reply in replies
            for one in reply.differences
        ],
        "decided": [
            {
                "operation": one.operation,
                "amount_tiyn": one.amount_tiyn,
                "account": one.account,
                "reason": one.reason,
                "officer": one.officer,
            }
            for reply in replies
            for one in reply.decided
        ],
    }


def report(day: Day, since_ms: int, batches: Mapping[int, Batches]) -> dict[str, Any]:
    """The whole day for programs; ``agrees`` is whether every total is the same at till, switch and bank.

    A closed batch is compared over its own span, whatever days it lies in; one that a till has not closed yet
    (``open_batches``) is no difference."""
    told = {one.operation: one for one in day.replies}
    by_bank: dict[str, list[CloseDay]] = {}
    for order in day.closings:
        by_bank.setdefault(order.operation.split("-")[2], []).append(order)
    banks = [
        bank_row(orders, [told[order.operation] for order in orders if order.operation in told])
        for orders in by_bank.values()
    ]
    closed = [
        batch_row(bank, batch)
        for bank, all_of_it in batches.items()
        for batch in all_of_it.closed.values()
        if since_ms < batch.time_ms <= day.time_ms
    ]
    mismatches = [
        {
            "bank": one.issuer,
            "operation": one.name,
            "acquirer_tiyn": one.acquirer_tiyn,
            "network_tiyn": one.network_tiyn,
            "issuer_tiyn": one.issuer_tiyn,
        }
        for one in day.mismatches
    ]
    agrees = (
        not mismatches
        and all(one["agrees"] for one in closed)
        and all(
            not one["code"] and not one["differences"] and one["issued_tiyn"] == one["bank_issued_tiyn"]
            for one in banks
        )
    )
    return {
        "day": day.number,
        "date": strftime("%Y-%m-%d %H:%M", gmtime(day.time_ms // 1000 + DAY_BEGINS_S)),
        "time_ms": day.time_ms,
        "agrees": agrees,
        "banks": banks,
        "batches": closed,
        "open_batches": [
            {"bank": bank, "terminal": terminal, "merchant": merchant, **_totals_row(totals)}
            for bank, all_of_it in batches.items()
            for (terminal, merchant), totals in sorted(all_of_it.open(day.time_ms).items())
            if terminal != terminal_number(bank, DESK_TERMINAL)
        ],
        "mismatches": mismatches,
    }


def closing_questions(
    board: Switchboard, end: EndOfDay, batches: Mapping[int, Batches]
) -> dict[str, Question]:
    """``close-day`` closes one and reports once every bank has answered; ``day`` reports it again;
    ``day-so-far``: ``merchant`` → what stands of its operations in the day that is open."""

    def told(number: int) -> Answer:
        day = end.days[number]
        earlier = [one.time_ms for one in end.days.values() if one.number < number]
        return report(day, max(earlier, default=-1), batches)

    def close(given: Told, now_ms: int) -> Refusal | Later:
        closed = end.close(now_ms)
        if isinstance(closed, Refusal):
            return closed
        number, commands = closed
        board.follow(NAME, commands, now_ms)
        return lambda: told(number) if end.days[number].complete else None

    def day(given: Told, now_ms: int) -> Answer:
        number = given.get("day") or max(end.days, default=0)
        last = (("last", max(end.days)),) if end.days else ()
        return told(number) if number in end.days else Refusal(Code.DAY_UNKNOWN, "day", last)

    def so_far(given: Told, now_ms: int) -> Answer:
        return asdict(end.standing(str(given["merchant"])))

    return {"close-day": close, "day": day, "day-so-far": so_far}
