"""Commands for money with a purpose."""

from typing import Annotated

import typer

from wallet.cli.opening import opened
from wallet.cli.options import OneWallet


def renew(
    purpose: Annotated[str, typer.Argument(help="Which purpose; all of them if left out.")] = "",
    *,
    which: OneWallet,
) -> None:
    """Make money with a purpose fresh: the same sum and purpose, new days, all its hops.

    No account can take such money, so it is handed in and loaded again. If the bank goes away in between,
    type the same once more.

    Example:  tenge wallet renew "school meals"
    """
    with opened(which) as (voice, wallet):
        done = voice.need(wallet.colours.renew(purpose))
        for named, tiyn in done.sums:
            voice.say("renewed", amount_tiyn=tiyn, purpose=named)
        for named, tiyn in done.stays:
            voice.aside("renew-stays", amount_tiyn=tiyn, purpose=named)
        told = {"renewed": done.sums, "stays": done.stays} if done.stays else {"renewed": done.sums}
        voice.tell(**{key: [_sum_json(*one) for one in sums] for key, sums in told.items()})


def _sum_json(purpose: str, amount_tiyn: int) -> dict[str, str | int]:
    """A sum of one purpose for programs."""
    return {"purpose": purpose, "amount_tiyn": amount_tiyn}


def add_to(app: typer.Typer) -> None:
    """Put these commands into the group."""
    app.command()(renew)
