"""Commands of buying and selling over the account: pay a merchant, see which sales were paid."""

from typing import Annotated

import typer

from wallet.cli.opening import opened, the_amount, usage
from wallet.cli.options import Amount, OneWallet, Purpose

Reference = Annotated[str, typer.Option(help="The merchant's own number of the sale, at most 25 characters.")]


def pay_merchant(
    merchant: Annotated[str, typer.Argument(help="The merchant's business number (BIN).")],
    amount: Amount,
    reference: Reference = "",
    channel: Annotated[str, typer.Option(help="Where you buy: app, shop, qr or nfc.")] = "app",
    bank: Annotated[int, typer.Option(help="The merchant's bank, for one without a DT account.")] = 0,
    purpose: Purpose = "",
    *,
    which: OneWallet,
) -> None:
    """Pay a merchant online from your Digital Tenge account, whichever money the merchant takes.

    Example:  tenge wallet pay-merchant 120440001234 3779 --reference R-17
    """
    from tender.account.merchant_messages import CHANNELS

    if channel not in CHANNELS:
        raise usage("usage.channel", channels=", ".join(CHANNELS))
    with opened(which) as (voice, wallet):
        amount_tiyn = the_amount(voice, amount)
        paid = voice.need(
            wallet.merchants.pay(
                merchant, amount_tiyn, reference, channel=channel, purpose=purpose, bank=bank
            )
        )
        party, account_tiyn = paid.payee or merchant, paid.balances.dt_tiyn
        said = "noncash-paid" if paid.converted else "transferred"
        voice.say(said, amount_tiyn=amount_tiyn, party=party, account_tiyn=account_tiyn)
        voice.tell(
            transaction=paid.transaction.hex(),
            payee=paid.payee,
            converted=paid.converted,
            account_tiyn=account_tiyn,
        )


def takings(
    reference: Reference = "",
    since: Annotated[int, typer.Option(help="From this second on (since 1970, UTC).")] = 0,
    *,
    which: OneWallet,
) -> None:
    """Which of your sales your bank has credited: to look a payment up without trusting the buyer's screen.

    Example:  tenge wallet takings --reference R-17
    """
    with opened(which) as (voice, wallet):
        from faces.amounts import amount_text, moment_text
        from wallet.cli.showing import table

        found = voice.need(wallet.merchants.takings(since, reference))
        rows = [
            (
                moment_text(one.time),
                amount_text(one.amount_tiyn),
                one.reference,
                one.channel,
                "tenge" if one.converted else "DT",
            )
            for one in found
        ]
        table(voice, ("when", "amount", "reference", "channel", "form"), rows, money=1)
        voice.tell(
            takings=[
                {
                    "reference": one.reference,
                    "amount_tiyn": one.amount_tiyn,
                    "time": one.time,
                    "channel": one.channel,
                    "converted": one.converted,
                    "transaction": one.transaction.hex(),
                }
                for one in found
            ]
        )


def add_to(app: typer.Typer) -> None:
    """Put these commands into the group."""
    app.command()(pay_merchant)
    app.command()(takings)
