"""Commands between two devices: request, pay, receive, receipt, refund, resend, cancel, balance, history."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tender.errors import Refusal
from wallet.cli.opening import opened, the_amount, usage
from wallet.cli.options import (
    Amount,
    AsJson,
    Name,
    Out,
    Outlet,
    PinFile,
    Png,
    Purpose,
    Qr,
    Scan,
    ScanFor,
    Socket,
    Yes,
)

if TYPE_CHECKING:
    from device.cli.speaking import Voice
    from device.service.money import Proposal, Told

Which = Annotated[str, typer.Argument(help="The payment, by the first characters of its number.")]


def balance(name: Name = "", pin_file: PinFile = None, as_json: AsJson = False) -> None:
    """What is in hand, on its way, and on the account as the bank last said.

    Example:  tenge wallet balance
    """
    with opened(name, pin_file, as_json) as (voice, wallet):
        from wallet.cli.showing import show_balance

        show_balance(voice, wallet.view.balance())


def history(
    most: Annotated[int, typer.Option(help="How many, newest first.")] = 20,
    name: Name = "",
    pin_file: PinFile = None,
    as_json: AsJson = False,
) -> None:
    """Payments, newest first, each with its way from status to status.

    Example:  tenge wallet history --most 5
    """
    with opened(name, pin_file, as_json) as (voice, wallet):
        from wallet.cli.showing import show_history

        show_history(voice, wallet.view.history(most))


def incidents(name: Name = "", pin_file: PinFile = None, as_json: AsJson = False) -> None:
    """What others sent that was refused: false money, replays, broken messages.

    Example:  tenge wallet incidents
    """
    with opened(name, pin_file, as_json) as (voice, wallet):
        from wallet.cli.showing import show_incidents

        show_incidents(voice, wallet.view.incidents())


def coins(name: Name = "", pin_file: PinFile = None, as_json: AsJson = False) -> None:
    """Each piece of money on this device: amount, hops left, expiry, purpose.

    Example:  tenge wallet coins
    """
    with opened(name, pin_file, as_json) as (voice, wallet):
        from wallet.cli.showing import show_coins

        show_coins(voice, wallet.view.coins())


def request(
    amount: Amount,
    purpose: Purpose = "",
    out: Out = "",
    qr: Qr = False,
    png: Png = "",
    name: Name = "",
    pin_file: PinFile = None,
    as_json: AsJson = False,
) -> None:
    """Ask for money: makes a signed request to give to the payer.

    Examples:  tenge wallet request 500 --purpose lunch --out request.tenge

               tenge wallet request 500 --qr
    """
    with opened(name, pin_file, as_json) as (voice, wallet):
        from device.cli.travel import give

        asked = voice.need(wallet.money.request(the_amount(voice, amount), purpose))
        voice.aside(
            "requested", amount_tiyn=asked.amount_tiyn, purpose=purpose, payment=asked.payment.hex()[:8]
        )
        given = give(voice, asked.message, Outlet(out, qr, png))
        voice.tell(payment=asked.payment.hex(), amount_tiyn=asked.amount_tiyn, **given)


def pay(
    message: Annotated[str, typer.Argument(help="The request: a file, or '-' for standard input.")] = "",
    yes: Yes = False,
    scan: Scan = "",
    scan_s: ScanFor = 120,
    out: Out = "",
    qr: Qr = False,
    png: Png = "",
    socket: Socket = None,
    timeout_s: Annotated[int, typer.Option(help="How long to wait for the other side.")] = 20,
    name: Name = "",
    pin_file: PinFile = None,
    as_json: AsJson = False,
) -> None:
    """Pay a request: says whom and how much, asks, then signs. Paying it again sends the same bytes again.

    Examples:  tenge wallet pay request.tenge --out payment.tenge

               tenge wallet pay --scan camera --qr

               tenge wallet pay --socket tap.sock
    """
    if [bool(message), bool(scan), socket is not None].count(True) != 1:
        raise usage("Give either the request, --scan or --socket.")
    with opened(name, pin_file, as_json) as (voice, wallet):
        if socket is not None:
            from wallet.cli.tap import pay_over

            pay_over(voice, wallet, socket, yes=yes, timeout_s=timeout_s)
            return
        from device.service.money import Proposal

        found = wallet.money.propose(taken(voice, message, scan, scan_s))
        if isinstance(found, Refusal):
            voice.refuse(found)
        if isinstance(found, Proposal):
            show_proposal(voice, found)
            if not (yes or agreed(from_stdin=message == "-")):
                told = wallet.money.decline(found)
                voice.say("declined")
                voice.tell(**told_json(told))
                raise typer.Exit(1)
            found = voice.need(wallet.money.confirm(found))
        finish(voice, found, Outlet(out, qr, png))


def receive(
    what: Annotated[
        str,
        typer.Argument(help="The message that came (a file or '-'); with --socket, the amount to ask for."),
    ] = "",
    purpose: Purpose = "",
    scan: Scan = "",
    scan_s: ScanFor = 120,
    out: Out = "",
    qr: Qr = False,
    png: Png = "",
    socket: Socket = None,
    payment: Annotated[str, typer.Option(help="With --socket: go on waiting for this earlier request.")] = "",
    timeout_s: Annotated[int, typer.Option(help="How long to wait for the other side.")] = 120,
    name: Name = "",
    pin_file: PinFile = None,
    as_json: AsJson = False,
) -> None:
    """Take what came: a payment (gives a receipt), a receipt, or money that came back.

    Examples:  tenge wallet receive payment.tenge --out receipt.tenge

               tenge wallet receive --scan camera --qr

               tenge wallet receive 500 --socket tap.sock
    """
    over = socket is not None
    if not (what or payment or scan) or (payment and not over) or (scan and (over or what)):
        raise usage("Give the message that came, or an amount with --socket.")
    with opened(name, pin_file, as_json) as (voice, wallet):
        if socket is not None:
            from wallet.cli.tap import receive_over

            if payment:
                found = voice.need(wallet.view.payment(payment))
                asked = voice.need(wallet.money.requested(found.id))
            else:
                asked = voice.need(wallet.money.request(the_amount(voice, what), purpose))
            receive_over(voice, wallet, socket, asked, timeout_s=timeout_s)
            return
        came = taken(voice, what, scan, scan_s)
        finish(voice, voice.need(wallet.money.receive(came)), Outlet(out, qr, png))


def receipt(
    message: Annotated[
        str, typer.Argument(help="A receipt that came (a file or '-'), or a payment's number.")
    ] = "",
    scan: Scan = "",
    scan_s: ScanFor = 120,
    out: Out = "",
    qr: Qr = False,
    png: Png = "",
    bank: Annotated[
        bool, typer.Option("--bank", help="What your bank signed when it said that this money is settled.")
    ] = False,
    name: Name = "",
    pin_file: PinFile = None,
    as_json: AsJson = False,
) -> None:
    """Take a receipt that came, or show (and with --out, save) the one of a payment.

    Examples:  tenge wallet receipt receipt.tenge

               tenge wallet receipt --scan camera

               tenge wallet receipt 3fa2 --out receipt.tenge

               tenge wallet receipt 3fa2 --bank --out bank.cbor
    """
    if bool(message) == bool(scan):
        raise usage("Give either the receipt, a payment's number or --scan.")
    with opened(name, pin_file, as_json) as (voice, wallet):
        from device.cli.travel import give
        from wallet.cli.showing import show_receipt

        if bank:
            from device.service.evidence import replies_about
            from wallet.cli.showing import show_bank_replies

            of = voice.need(wallet.view.payment(message))
            show_bank_replies(voice, of, voice.need(replies_about(wallet.desk, of)), out)
            return
        to = Outlet(out, qr, png)
        if scan or message == "-" or Path(message).exists():
            came = taken(voice, message, scan, scan_s)
            finish(voice, voice.need(wallet.money.receive(came)), to)
            return
        found = voice.need(wallet.view.payment(message))
        held = voice.need(wallet.money.receipt(found.id))
        given = give(voice, held.receipt, to) if to != Outlet() else {}
        show_receipt(voice, held, given)


def refund(
    payment: Which,
    out: Out = "",
    qr: Qr = False,
    png: Png = "",
    name: Name = "",
    pin_file: PinFile = None,
    as_json: AsJson = False,
) -> None:
    """Give the very same money back to whoever paid it.

    Example:  tenge wallet refund 3fa2 --out refund.tenge
    """
    with opened(name, pin_file, as_json) as (voice, wallet):
        found = voice.need(wallet.view.payment(payment))
        finish(voice, voice.need(wallet.money.refund(found.id)), Outlet(out, qr, png))


def resend(
    payment: Which,
    out: Out = "",
    qr: Qr = False,
    png: Png = "",
    name: Name = "",
    pin_file: PinFile = None,
    as_json: AsJson = False,
) -> None:
    """The last message of a payment once more, in the same bytes.

    Example:  tenge wallet resend 3fa2 --out again.tenge
    """
    with opened(name, pin_file, as_json) as (voice, wallet):
        from device.cli.travel import give

        found = voice.need(wallet.view.payment(payment))
        told = voice.need(wallet.money.resume(found.id))
        voice.aside("resent", payment=found.id.hex()[:8])
        given = give(voice, told.messages[-1], Outlet(out, qr, png)) if told.messages else {}
        voice.tell(**told_json(told), **given)


def cancel(payment: Which, name: Name = "", pin_file: PinFile = None, as_json: AsJson = False) -> None:
    """Give up a payment; frees only what was never signed.

    Example:  tenge wallet cancel 3fa2
    """
    with opened(name, pin_file, as_json) as (voice, wallet):
        found = voice.need(wallet.view.payment(payment))
        told = voice.need(wallet.money.cancel(found.id))
        voice.say("cancelled", payment=found.id.hex()[:8])
        voice.tell(**told_json(told))


# --- shared by commands


def taken(voice: "Voice", message: str, scan: str, scan_s: int) -> bytes:
    """The message that came: from codes when ``scan`` names a source, else from a file or a paste."""
    if scan:
        from device.cli import qr

        return qr.scan(voice, scan, scan_s)
    from device.cli.travel import take

    return take(message)


def agreed(*, from_stdin: bool) -> bool:
    """Ask the person, on the terminal even when standard input carries the message."""
    if not from_stdin:
        return typer.confirm("", default=False, err=True, prompt_suffix="yes or no? ")
    try:
        with Path("/dev/tty").open(encoding="utf-8") as terminal:
            typer.echo("yes or no? ", nl=False, err=True)
            return terminal.readline().strip().lower() in ("y", "yes")
    except OSError as error:
        raise usage("Standard input carries the message: say --yes, or give a file.") from error


def show_proposal(voice: "Voice", found: "Proposal") -> None:
    """Whom, how much, what for: before anything is signed."""
    change = sum(piece.change_tiyn for piece in found.pieces)
    voice.aside("proposal", amount_tiyn=found.amount_tiyn, party=party_of(found), purpose=found.purpose)
    if change:
        voice.aside("proposal-change", change_tiyn=change)


def party_of(found: "Proposal") -> str:
    """How the other side is called: the attested name, a business number, or a device of its bank."""
    from faces.phrases import party

    return party(found.name, found.phone, found.business_number or "", found.bank)


def told_json(told: "Told") -> dict[str, Any]:
    """A step's outcome for programs."""
    return {
        "payment": told.payment.hex(),
        "status": told.status,
        "amount_tiyn": told.amount_tiyn,
        "party": told.party,
        "closed": told.closed,
    }


_SAID = {
    "sent": "paid",
    "paid": "acknowledged",
    "received": "received",
    "returned": "returned",
    "refunded": "refunded",
    "settled": "acknowledged",
    "recorded": "acknowledged",
}


def finish(voice: "Voice", told: "Told", out: "Outlet") -> None:
    """Say where the payment stands, and hand its message on; a refusal is handed on too, and ends it."""
    from device.cli.travel import give

    said = _SAID.get(told.status)
    if told.refusal is not None:
        given = {}
        for message in told.messages[-1:]:
            # Money that goes back must reach its payer; a plain no may be lost.
            nowhere = out == Outlet() and not goes_back(message)
            given = give(voice, message, Outlet(os.devnull) if nowhere else out)
        voice.refuse(told.refusal, given=given)
    if said is not None:
        speak = voice.aside if told.messages else voice.say
        speak(said, amount_tiyn=told.amount_tiyn, party=told.party, payment=told.payment.hex()[:8])
    given = give(voice, told.messages[-1], out) if told.messages else {}
    voice.tell(**told_json(told), **given)


def goes_back(message: bytes) -> bool:
    """Whether a message gives money back."""
    from tender.cash.messages import Kind, unwrap

    return unwrap(message)[0] is Kind.RETURN


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
