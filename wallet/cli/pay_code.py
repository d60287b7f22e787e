"""``tenge wallet pay-code``: a merchant's code, pasted or scanned, shown, agreed to and paid (DT-C-07)."""

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from tender.errors import Code, NotSentError, Refusal, RemoteProtocolError
from wallet.cli.opening import opened, the_amount, usage
from wallet.cli.options import OneWallet, Purpose, Scanning, Yes

if TYPE_CHECKING:
    from device.service.payment_codes import Offer
    from tender.qr.payment_code import PaymentCode

STDIN = "-"
TEXT_MOST = 4_096


def pay_code(
    text: Annotated[
        str, typer.Argument(help="The code's text, or '-' for standard input; or use --scan.")
    ] = "",
    amount: Annotated[str, typer.Option(help="How much, where the code leaves it to you.")] = "",
    reference: Annotated[
        str, typer.Option(help="What for, where the merchant asks: a contract, a room.")
    ] = "",
    purpose: Purpose = "",
    again: Annotated[bool, typer.Option("--again", help="Pay a code that was paid before.")] = False,
    yes: Yes = False,
    *,
    scanning: Scanning,
    which: OneWallet,
) -> None:
    """Pay the QR code of a merchant online, also one that knows nothing of Digital Tenge.

    Example:  tenge wallet pay-code --scan photo.png
    """
    if bool(text) == bool(scanning.scan):
        raise usage("usage.code-or-scan")
    with opened(which) as (voice, wallet):
        from device.service.payment_codes import asks_amount, asks_reference
        from faces.language import current, label
        from faces.merchant_codes import payee_text
        from tender.qr.foreign import what_is
        from tender.qr.payment_code import PaymentCode
        from wallet.cli.hand_to_hand import agreed

        data = scanned(scanning.scan, scanning.scan_s) if scanning.scan else _typed(text)
        code = what_is(data)
        if not isinstance(code, PaymentCode):
            from faces.merchant_codes import kind_text

            raise RemoteProtocolError(Code.CODE_FOREIGN, "code", what=kind_text(code))
        code = wallet.codes.known(code)
        asking = not (yes or voice.as_json)
        if asking and asks_amount(code) and not amount:
            show(code, None)
            amount = typer.prompt(label("paycode.ask-amount"), err=True)
        if asking and asks_reference(code) and not reference:
            reference = typer.prompt(label("paycode.ask-reference"), default="", show_default=False, err=True)
        amount_tiyn = the_amount(voice, amount) if amount else None
        offer = voice.need(wallet.codes.offer(code, amount_tiyn, reference, purpose))
        if not voice.as_json:
            show(code, offer)
        if not yes and (again or offer.before is None):
            typer.echo(
                label("paycode.confirm", amount_tiyn=offer.total_tiyn, party=payee_text(code)),
                err=True,
            )
            if not agreed(from_stdin=text == STDIN):
                voice.refuse(Refusal(Code.PAYER_DECLINED))
        try:
            paid = voice.need(wallet.codes.pay(offer, again=again))
        except NotSentError:
            # An earlier order that was lost may be this very payment: then no other way is named.
            if code.offline and not voice.as_json and not wallet.bank.line.pending():
                typer.echo(label("paycode.offline-too"), err=True)
            raise
        account_tiyn = paid.balances.dt_tiyn
        said = "paycode.converted" if paid.converted else "paycode.paid"
        party = paid.payee or code.name_in(current())
        voice.line(label(said, amount_tiyn=offer.total_tiyn, party=party, account_tiyn=account_tiyn))
        voice.tell(
            merchant=code.merchant,
            merchant_name=code.merchant_name,
            payee=paid.payee,
            amount_tiyn=offer.total_tiyn,
            fee_tiyn=offer.fee_tiyn,
            reference=offer.reference,
            vat=code.vat,
            converted=paid.converted,
            transaction=paid.transaction.hex(),
            account_tiyn=account_tiyn,
        )


def show(code: "PaymentCode", offer: "Offer | None") -> None:
    """Merchant, amount, VAT flag and the rest, before anything is agreed to."""
    from faces.merchant_codes import code_lines

    if offer is None:
        rows = code_lines(code, None)
    else:
        rows = code_lines(code, offer.amount_tiyn, offer.fee_tiyn, offer.reference, offer.purpose)
    for name, text in rows:
        typer.echo(f"{name}: {text}", err=True)


def _typed(text: str) -> bytes:
    """The code's text from the command line or standard input."""
    if text != STDIN:
        return text.encode(errors="surrogateescape")
    return sys.stdin.buffer.read(TEXT_MOST)


def scanned(word: str, timeout_s: int) -> bytes:
    """The first code of a source; raises what the source raises, and ``qr-not-found`` when there is none."""
    from hardware.qr_camera import open_source

    ends = time.monotonic() + timeout_s
    for code in open_source(word).codes(lambda: time.monotonic() > ends):
        return code
    raise RemoteProtocolError(Code.QR_NOT_FOUND, "qr", source=word)


def add_to(app: typer.Typer) -> None:
    """Put this command into the group."""
    app.command()(pay_code)
