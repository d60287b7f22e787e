"""Commands between two devices: request, pay, receive, receipt, refund, resend, cancel, balance, history."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tender.errors import Refusal
from wallet.cli.hand_to_hand import agreed, finish, show_proposal, taken, told_json, why_not
from wallet.cli.opening import opened, the_amount, usage
from wallet.cli.options import (
    Amount,
    Field,
    OneWallet,
    Outlet,
    Purpose,
    Scanning,
    Socket,
    Yes,
)

if TYPE_CHECKING:
    pass

Which = Annotated[str, typer.Argument(help="The payment, by the first characters of its number.")]


def balance(*, which: OneWallet) -> None:
    """What is in hand, on its way, and on the account as the bank last said.

    Example:  tenge wallet balance
    """
    with opened(which) as (voice, wallet):
        from wallet.cli.showing import show_balance

        show_balance(voice, wallet.view.balance())


def history(
    most: Annotated[int, typer.Option(help="How many, newest first.")] = 20,
    *,
    which: OneWallet,
) -> None:
    """Payments, newest first, each with its way from status to status.

    Example:  tenge wallet history --most 5
    """
    with opened(which) as (voice, wallet):
        from wallet.cli.showing import show_history

        show_history(voice, wallet.view.history(most))


def incidents(*, which: OneWallet) -> None:
    """What others sent that was refused: false money, replays, broken messages.

    Example:  tenge wallet incidents
    """
    with opened(which) as (voice, wallet):
        from wallet.cli.showing import show_incidents

        show_incidents(voice, wallet.view.incidents())


def coins(*, which: OneWallet) -> None:
    """Each piece of money on this device: amount, hops left, expiry, purpose.

    Example:  tenge wallet coins
    """
    with opened(which) as (voice, wallet):
        from wallet.cli.showing import show_coins

        show_coins(voice, wallet.view.coins())


def request(
    amount: Amount,
    purpose: Purpose = "",
    *,
    out: Outlet,
    field: Field,
    timeout_s: Annotated[int, typer.Option(help="How long to wait for the other side.")] = 120,
    which: OneWallet,
) -> None:
    """Ask for money: makes a signed request to give to the payer, or takes the payment by tap.

    Examples:  tenge wallet request 500 --purpose lunch --out request.tenge

               tenge wallet request 500 --qr

               tenge wallet request 500 --tap unix:tap.sock --as-card
    """
    if (field.as_card and not field.tap) or (field.tap and out != Outlet()):
        raise usage("usage.tap")
    with opened(which) as (voice, wallet):
        from device.cli.travel import give

        asked = voice.need(wallet.money.request(the_amount(voice, amount), purpose))
        if field.tap:
            from wallet.cli.tap import request_by_tap

            request_by_tap(voice, wallet, field.tap, asked, as_card=field.as_card, timeout_s=timeout_s)
            return
        voice.aside(
            "requested", amount_tiyn=asked.amount_tiyn, purpose=purpose, payment=asked.payment.hex()[:8]
        )
        given = give(voice, asked.message, out)
        voice.tell(payment=asked.payment.hex(), amount_tiyn=asked.amount_tiyn, **given)


def pay(
    message: Annotated[str, typer.Argument(help="The request: a file, or '-' for standard input.")] = "",
    yes: Yes = False,
    *,
    scanning: Scanning,
    out: Outlet,
    field: Field,
    socket: Socket = None,
    amount: Annotated[
        str, typer.Option(help="With --tap: pay so many tenge onto the purse card at that reader.")
    ] = "",
    timeout_s: Annotated[int, typer.Option(help="How long to wait for the other side.")] = 20,
    which: OneWallet,
) -> None:
    """Pay a request: says whom and how much, asks, then signs. Paying it again sends the same bytes again.

    Examples:  tenge wallet pay request.tenge --out payment.tenge

               tenge wallet pay --scan camera --qr

               tenge wallet pay --socket tap.sock

               tenge wallet pay --tap unix:tap.sock

               tenge wallet pay --tap file:dana.card --amount 500
    """
    if [bool(message), bool(scanning.scan), socket is not None, bool(field.tap)].count(True) != 1:
        raise usage("usage.request")
    if (field.as_card and not field.tap) or (field.tap and out != Outlet()):
        raise usage("usage.tap")
    if amount and (field.as_card or not field.tap):
        raise usage("usage.tap-amount")
    with opened(which) as (voice, wallet):
        if amount:
            from wallet.cli.tap import pay_onto_card

            amount_tiyn = the_amount(voice, amount)
            pay_onto_card(voice, wallet, field.tap, amount_tiyn, yes=yes, timeout_s=timeout_s)
            return
        if field.tap:
            from wallet.cli.tap import pay_by_tap

            pay_by_tap(voice, wallet, field.tap, as_card=field.as_card, yes=yes, timeout_s=timeout_s)
            return
        if socket is not None:
            from wallet.cli.tap import pay_over

            pay_over(voice, wallet, socket, yes=yes, timeout_s=timeout_s)
            return
        from device.service.money import Proposal

        request = taken(voice, message, scanning)
        found = wallet.money.propose(request)
        if isinstance(found, Refusal):
            # Whoever asked may be shown why, by the outlet that would have taken the payment.
            voice.refuse(found, given=why_not(voice, wallet.money.say_no(request, found), out))
        if isinstance(found, Proposal):
            show_proposal(voice, found)
            if not (yes or agreed(from_stdin=message == "-")):
                told = wallet.money.decline(found)
                voice.aside("declined") if out != Outlet() else voice.say("declined")
                voice.tell(**told_json(told), **why_not(voice, told.messages[-1], out))
                raise typer.Exit(1)
            found = voice.need(wallet.money.confirm(found))
        finish(voice, found, out)


def receive(
    what: Annotated[
        str,
        typer.Argument(help="The message that came (a file or '-'); with --socket, the amount to ask for."),
    ] = "",
    purpose: Purpose = "",
    *,
    scanning: Scanning,
    out: Outlet,
    socket: Socket = None,
    payment: Annotated[str, typer.Option(help="With --socket: go on waiting for this earlier request.")] = "",
    timeout_s: Annotated[int, typer.Option(help="How long to wait for the other side.")] = 120,
    which: OneWallet,
) -> None:
    """Take what came: a payment (gives a receipt), a receipt, or money that came back.

    Examples:  tenge wallet receive payment.tenge --out receipt.tenge

               tenge wallet receive --scan camera --qr

               tenge wallet receive 500 --socket tap.sock
    """
    over = socket is not None
    if not (what or payment or scanning.scan) or (payment and not over) or (scanning.scan and (over or what)):
        raise usage("usage.message")
    with opened(which) as (voice, wallet):
        if socket is not None:
            from wallet.cli.tap import receive_over

            if payment:
                found = voice.need(wallet.view.payment(payment))
                asked = voice.need(wallet.money.requested(found.id))
            else:
                asked = voice.need(wallet.money.request(the_amount(voice, what), purpose))
            receive_over(voice, wallet, socket, asked, timeout_s=timeout_s)
            return
        came = taken(voice, what, scanning)
        finish(voice, voice.heard(wallet.money.receive(came), came), out)


def receipt(
    message: Annotated[
        str, typer.Argument(help="A receipt that came (a file or '-'), or a payment's number.")
    ] = "",
    *,
    scanning: Scanning,
    out: Outlet,
    bank: Annotated[
        bool, typer.Option("--bank", help="What your bank signed when it said that this money is settled.")
    ] = False,
    which: OneWallet,
) -> None:
    """Take a receipt that came, or show (and with --out, save) the one of a payment.

    Examples:  tenge wallet receipt receipt.tenge

               tenge wallet receipt --scan camera

               tenge wallet receipt 3fa2 --out receipt.tenge

               tenge wallet receipt 3fa2 --bank --out bank.cbor
    """
    if bool(message) == bool(scanning.scan):
        raise usage("usage.receipt")
    with opened(which) as (voice, wallet):
        from device.cli.travel import give
        from wallet.cli.showing import show_receipt

        if bank:
            from device.service.evidence import replies_about
            from wallet.cli.showing import show_bank_replies

            of = voice.need(wallet.view.payment(message))
            show_bank_replies(voice, of, voice.need(replies_about(wallet.desk, of)), out.file)
            return
        if scanning.scan or message == "-" or Path(message).exists():
            came = taken(voice, message, scanning)
            finish(voice, voice.heard(wallet.money.receive(came), came), out)
            return
        found = voice.need(wallet.view.payment(message))
        held = voice.need(wallet.money.receipt(found.id))
        given = give(voice, held.receipt, out) if out != Outlet() else {}
        show_receipt(voice, held, given)


def refund(
    payment: Which,
    *,
    out: Outlet,
    which: OneWallet,
) -> None:
    """Give the very same money back to whoever paid it.

    Example:  tenge wallet refund 3fa2 --out refund.tenge
    """
    with opened(which) as (voice, wallet):
        found = voice.need(wallet.view.payment(payment))
        finish(voice, voice.need(wallet.money.refund(found.id)), out)


def resend(
    payment: Which,
    *,
    out: Outlet,
    which: OneWallet,
) -> None:
    """The last message of a payment once more, in the same bytes.

    Example:  tenge wallet resend 3fa2 --out again.tenge
    """
    with opened(which) as (voice, wallet):
        from device.cli.travel import give

        found = voice.need(wallet.view.payment(payment))
        told = voice.need(wallet.money.resume(found.id))
        voice.aside("resent", payment=found.id.hex()[:8])
        given = give(voice, told.messages[-1], out) if told.messages else {}
        voice.tell(**told_json(told), **given)


def cancel(payment: Which, *, which: OneWallet) -> None:
    """Give up a payment; frees only what was never signed.

    Example:  tenge wallet cancel 3fa2
    """
    with opened(which) as (voice, wallet):
        found = voice.need(wallet.view.payment(payment))
        told = voice.need(wallet.money.cancel(found.id))
        voice.say("cancelled", payment=found.id.hex()[:8])
        voice.tell(**told_json(told))


def add_to(app: typer.Typer) -> None:
    """Put these commands into the group."""
    for command in (
        balance,
        history,
        coins,
        incidents,
        request,
        pay,
        receive,
        receipt,
        refund,
        resend,
        cancel,
    ):
        app.command()(command)
