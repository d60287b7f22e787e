"""Commands that keep a till: create, enrol, account, cashiers, shifts, the drawer."""

from typing import Annotated

import typer

from device.cli.opening import devices, the_amount, the_pin, usage
from device.cli.options import Amount, AsJson, PinFile
from device.cli.speaking import speaking
from faces.language import label
from pos.cli.opening import configured, opened, say
from pos.cli.options import Code, Name, OneTill
from tender.crypto.sealing import Pin

Cashier = Annotated[str, typer.Argument(help="The cashier's name.")]


def create(name: Name = "", pin_file: PinFile = None, as_json: AsJson = False) -> None:
    """Make a till on this device, with its secure element. Asks for a new PIN.

    Example:  tenge pos create --till kiosk
    """
    with speaking(as_json) as voice:
        from pos.compose import create_till

        config = configured(name)
        pin = the_pin(pin_file, prompt=label("prompt.new-pin-first"), confirm=True)
        create_till(config, pin, *devices(config.device)).close()
        say(voice, "pos.created", name=config.name)
        voice.tell(till=config.name, store=str(config.device.store), sales=str(config.sales))


def enrol(
    bank: Annotated[int, typer.Option(help="The number of the merchant's bank, such as 563.")],
    code: Annotated[str, typer.Option(help="The activation code the bank gave; asked for if left out.")] = "",
    *,
    which: OneTill,
) -> None:
    """Tie this till to the merchant at its bank, and have its keys certified.

    Example:  tenge pos enrol --bank 563 --code 4711471147
    """
    from tender.account.participants import BANKS, name_of

    if bank not in BANKS:
        known = ", ".join(f"{number} {called}" for number, called in BANKS.items())
        raise usage("usage.no-bank", bank=bank, known=known)
    with opened(which) as (voice, till):
        given = code or typer.prompt(label("prompt.code"), hide_input=True, err=True)
        done = voice.need(till.device.membership.enrol(bank, given, shown=True, root_key=None))
        say(voice, "pos.enrolled", owner=done.owner, bank=name_of(bank))
        voice.tell(bank=bank, owner=done.owner, business_number=till.status().business_number)


def open_account(*, which: OneTill) -> None:
    """Open the merchant's Digital Tenge account. Without one, online payments arrive as ordinary tenge.

    Example:  tenge pos open-account
    """
    with opened(which) as (voice, till):
        address = voice.need(till.device.membership.open_account())
        say(voice, "pos.account-opened")
        voice.tell(account=address.hex())


def configure(
    merchant: Annotated[str | None, typer.Option(help="The name on receipts and codes.")] = None,
    city: Annotated[str | None, typer.Option(help="The city on receipts and codes.")] = None,
    address: Annotated[str | None, typer.Option(help="The address on receipts.")] = None,
    offline_most: Annotated[
        str, typer.Option(help="Offline money the till may hold before it must deposit (tenge).")
    ] = "",
    warn_percent: Annotated[
        int | None, typer.Option(min=1, max=100, help="Warn from this much of it on.")
    ] = None,
    *,
    which: OneTill,
) -> None:
    """Say what stands on receipts, and how much offline money may wait here.

    Example:  tenge pos configure --city Almaty --offline-most 50000
    """
    with opened(which) as (voice, till):
        most_tiyn = the_amount(voice, offline_most) if offline_most else None
        configured = till.configure(
            merchant=merchant,
            city=city,
            address=address,
            offline_most_tiyn=most_tiyn,
            warn_percent=warn_percent,
        )
        voice.need(configured)
        status = till.status()
        say(voice, "pos.configured", merchant=status.merchant)
        voice.tell(merchant=status.merchant, most_tiyn=status.standing.most_tiyn)


def add_cashier(cashier: Cashier, code: Code = "", *, which: OneTill) -> None:
    """Let somebody sell at this till, with a code of their own.

    Example:  tenge pos add-cashier Aliya
    """
    with opened(which) as (voice, till):
        refused = till.add_cashier(cashier, _code(code, confirm=True))
        if refused is not None:
            voice.refuse(refused)
        say(voice, "pos.cashier-added", name=cashier)
        voice.tell(cashier=cashier)


def sign_on(cashier: Cashier, code: Code = "", *, which: OneTill) -> None:
    """Sign a cashier on.

    Example:  tenge pos sign-on Aliya
    """
    with opened(which) as (voice, till):
        signed = voice.need(till.sign_on(cashier, _code(code)))
        say(voice, "pos.signed-on", name=signed)
        voice.tell(cashier=signed)


def sign_off(*, which: OneTill) -> None:
    """Sign the cashier off; shift and sale stay as they are.

    Example:  tenge pos sign-off
    """
    with opened(which) as (voice, till):
        till.sign_off()
        say(voice, "pos.signed-off")
        voice.tell(cashier="")


def open_shift(
    drawer: Annotated[str, typer.Option(help="Cash in the drawer at the start (tenge).")] = "",
    *,
    which: OneTill,
) -> None:
    """Begin a shift.

    Example:  tenge pos open-shift --drawer 5000
    """
    with opened(which) as (voice, till):
        drawer_tiyn = the_amount(voice, drawer) if drawer else 0
        shift = voice.need(till.open_shift(drawer_tiyn))
        say(voice, "pos.shift-opened", number=shift.number, drawer_tiyn=shift.drawer_tiyn)
        voice.tell(shift=shift.number, drawer_tiyn=shift.drawer_tiyn)


def drawer(
    amount: Amount,
    out: Annotated[bool, typer.Option("--take-out", help="Take it out instead of putting it in.")] = False,
    *,
    which: OneTill,
) -> None:
    """Put cash into the drawer, or take it out, apart from any sale.

    Example:  tenge pos drawer 20000 --take-out
    """
    with opened(which) as (voice, till):
        amount_tiyn = the_amount(voice, amount)
        voice.need(till.move_cash(-amount_tiyn if out else amount_tiyn))
        told = voice.need(till.x_report())
        say(voice, "pos.drawer", drawer_tiyn=told.drawer_tiyn)
        voice.tell(drawer_tiyn=told.drawer_tiyn)


def _code(given: str, *, confirm: bool = False) -> Pin:
    again = label("prompt.again") if confirm else False
    return Pin(
        given or typer.prompt(label("till.code"), hide_input=True, confirmation_prompt=again, err=True)
    )


def add_to(app: typer.Typer) -> None:
    """Put these commands into the group."""
    for command in (
        create,
        enrol,
        open_account,
        configure,
        add_cashier,
        sign_on,
        sign_off,
        open_shift,
        drawer,
    ):
        app.command()(command)
