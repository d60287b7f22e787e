"""Commands for money: take what the customer's wallet sent, ask the bank, cash, refunds, deposit and sync."""

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from device.cli.opening import the_amount, usage
from device.cli.options import Amount, Outlet, Scanning, Tap
from pos.cli.card_hands import AtCard
from pos.cli.carding import give_by_card
from pos.cli.opening import aside, opened, say
from pos.cli.options import OneTill, Phone, ReceiptName
from pos.cli.reporting import receipt_json
from pos.cli.selling import sale_json
from pos.cli.tapping import AtReader, by_tap
from tender.errors import Refusal

if TYPE_CHECKING:
    from device.cli.speaking import Voice
    from pos.service.till import Till
    from pos.service.values import GaveBack, Taken


def take(
    message: Annotated[
        str, typer.Argument(help="What the customer's wallet sent: a file, or '-' for standard input.")
    ] = "",
    *,
    scanning: Scanning,
    out: Outlet,
    which: OneTill,
) -> None:
    """Take a payment: verified with the root key alone, stored, then acknowledged with a receipt.

    Examples:  tenge pos take payment.tenge --out receipt.tenge

               tenge pos take --scan camera --qr
    """
    if bool(message) == bool(scanning.scan):
        raise usage("usage.message-or-scan")
    with opened(which) as (voice, till):
        from device.cli import qr as codes
        from device.cli.travel import take as read

        data = codes.scan(voice, scanning.scan, scanning.scan_s) if scanning.scan else read(message)
        show_taken(voice, till, voice.heard(till.take(data), data), out)


def poll(*, which: OneTill) -> None:
    """Ask the bank whether the sale on the counter was paid online.

    Example:  tenge pos poll
    """
    with opened(which) as (voice, till):
        taken = till.poll_online()
        if taken is None:
            say(voice, "pos.nothing-came")
            voice.tell(amount_tiyn=0)
        else:
            show_taken(voice, till, voice.need(taken), Outlet())


def cash(
    given: Amount,
    part: Annotated[str, typer.Option("--part", help="Only a part of what is due (tenge).")] = "",
    *,
    which: OneTill,
) -> None:
    """Cash was handed over for the sale on the counter; says what to give back.

    Example:  tenge pos cash 2000
    """
    with opened(which) as (voice, till):
        part_tiyn = the_amount(voice, part) if part else None
        show_taken(voice, till, voice.need(till.cash(the_amount(voice, given), part_tiyn)), Outlet())


def void(
    receipt: ReceiptName,
    to: Phone = "",
    tap: Tap = "",
    *,
    out: Outlet,
    which: OneTill,
) -> None:
    """Cancel a receipt of this shift: its money goes back as it came.

    Example:  tenge pos void 3-0017 --out return.tenge
    """
    with opened(which) as (voice, till):
        done = voice.need(till.void(receipt, to))
        if tap:
            done = by_tap(voice, till, AtReader(tap), done)
        show_given_back(voice, done, out)


def refund(
    receipt: ReceiptName,
    way: Annotated[
        str, typer.Option(help="return (the very coins, to the customer's wallet), transfer, or cash.")
    ] = "return",
    amount: Annotated[str, typer.Option(help="Only so much (tenge); all that is left if left out.")] = "",
    to: Phone = "",
    tap: Tap = "",
    *,
    cash_anyway: Annotated[
        bool, typer.Option("--cash-anyway", help="With cash: also what was paid by card.")
    ] = False,
    at_card: AtCard,
    out: Outlet,
    which: OneTill,
) -> None:
    """Give money back for a receipt, of any shift.

    Examples:  tenge pos refund 3-0017 --out return.tenge

               tenge pos refund 3-0017 --way transfer --to '+7 701 234 56 01' --amount 250

               tenge pos refund 3-0017 --tap file:aigul.card

               tenge pos refund 3-0017 --card file:bolat.card --amount 250
    """
    with opened(which) as (voice, till):
        amount_tiyn = the_amount(voice, amount) if amount else None
        if at_card.card:
            give_by_card(voice, till, receipt, amount_tiyn, at_card)
            return
        done = voice.need(till.refund(receipt, way, amount_tiyn, to, cash_anyway=cash_anyway))
        if tap:
            done = by_tap(voice, till, AtReader(tap), done)
        show_given_back(voice, done, out)


def deposit(*, which: OneTill) -> None:
    """Hand all offline takings to the bank. Without a network the claims are signed now and sent at the next
    sync.

    Example:  tenge pos deposit
    """
    with opened(which) as (voice, till):
        from device.cli.depositing import show_deposit

        show_deposit(voice, till.deposit)


def sync(*, which: OneTill) -> None:
    """Settle, fetch the lists of blocked devices, hear of online payments, carry out refunds that wait.

    Example:  tenge pos sync
    """
    with opened(which) as (voice, till):
        home = voice.need(till.sync())
        voice.say(
            "synced",
            recorded=home.recorded,
            list_number=home.list_number,
            account_tiyn=home.deposited.account_tiyn,
        )
        voice.tell(
            recorded=home.recorded,
            settled_tiyn=home.deposited.settled_tiyn,
            account_tiyn=home.deposited.account_tiyn,
            list_number=home.list_number,
        )


# --- shared


def show_taken(voice: "Voice", till: "Till", taken: "Taken", out: Outlet, **more: Any) -> None:
    """Say what came, hand on what the customer must get, and free the counter once all is paid; ``more`` goes
    to programs beside it."""
    from device.cli.travel import give
    from tender.cash.messages import Kind, unwrap

    if taken.refusal is not None:
        given = {}
        for message in taken.messages[-1:]:
            # Money that goes back must reach its payer; a plain no may be lost.
            quiet = out == Outlet() and unwrap(message)[0] is not Kind.RETURN
            given = give(voice, message, Outlet(os.devnull) if quiet else out)
        voice.refuse(taken.refusal, given=given)
    speak = aside if taken.messages else say
    if taken.again:
        speak(voice, "pos.taken-again")
    elif taken.messages:
        speak(voice, "pos.taken", amount_tiyn=taken.amount_tiyn, party=taken.party)
    if taken.change_tiyn:
        say(voice, "pos.change", change_tiyn=taken.change_tiyn)
    given = give(voice, taken.messages[-1], out) if taken.messages else {}
    told: dict[str, Any] = {}
    if taken.receipt is not None:
        speak(voice, "pos.receipt", receipt=taken.receipt.name, total_tiyn=taken.receipt.total_tiyn)
        told["receipt"] = receipt_json(taken.receipt)
        if not taken.again:
            voice.need(till.finish())
    elif taken.sale is not None:
        speak(voice, "pos.owing", due_tiyn=taken.sale.due_tiyn)
        told["sale"] = sale_json(taken.sale)
    voice.tell(
        amount_tiyn=taken.amount_tiyn,
        party=taken.party,
        change_tiyn=taken.change_tiyn,
        again=taken.again,
        **more,
        **told,
        **given,
    )


def show_given_back(voice: "Voice", done: "GaveBack | Refusal", out: Outlet) -> None:
    """Say what goes back, and hand on what the customer's wallet must be shown."""
    from device.cli.travel import give

    back = voice.need(done)
    speak = aside if back.messages else say
    for one in back.receipts:
        speak(voice, "pos.gave-back", amount_tiyn=one.total_tiyn, receipt=one.name)
    if back.unheard:
        aside(voice, "cardpay.reversal-waits")
    if back.waiting_tiyn:
        speak(voice, "pos.back-waits", amount_tiyn=back.waiting_tiyn)
    given = {}
    for message in back.messages:
        aside(voice, "pos.show-return")
        given = give(voice, message, out)
    receipts = [receipt_json(one) for one in back.receipts]
    voice.tell(receipts=receipts, waiting_tiyn=back.waiting_tiyn, **given)


def finish(*, which: OneTill) -> None:
    """The receipt of the paid sale is handed out; the counter is free. `take` and `cash` do it by themselves.

    Example:  tenge pos finish
    """
    with opened(which) as (voice, till):
        receipt = voice.need(till.finish())
        say(voice, "pos.receipt", receipt=receipt.name, total_tiyn=receipt.total_tiyn)
        voice.tell(receipt=receipt_json(receipt))


def add_to(app: typer.Typer) -> None:
    """Put these commands into the group."""
    for command in (take, poll, cash, finish, void, refund, deposit, sync):
        app.command()(command)
