"""Commands with the bank: enrol, account, convert, load, deposit, sync, transfer, statement."""

from pathlib import Path
from typing import Annotated

import typer

from faces.language import label
from wallet.cli.opening import opened, the_amount, usage
from wallet.cli.options import Amount, OneWallet, Purpose

Bank = Annotated[int, typer.Option(help="The bank's number: 949 Altyn, 948 Eurasian, 563 Kazpost, 601, 856.")]
Root = Annotated[str, typer.Option(help="The scheme's root key: 64 hexadecimal digits, or a file with them.")]


def enrol(
    bank: Bank,
    code: Annotated[
        str, typer.Option(help="The activation code the bank gave you; asked for if left out.")
    ] = "",
    shown: Annotated[
        bool, typer.Option("--shown/--hidden", help="Whether people you pay see your name.")
    ] = False,
    root: Root = "",
    *,
    which: OneWallet,
) -> None:
    """Tie this device to you at your bank, and have its keys certified.

    Example:  tenge wallet enrol --bank 949 --code 4711471147
    """
    from tender.account.participants import BANKS, name_of

    if bank not in BANKS:
        known = ", ".join(f"{number} {called}" for number, called in BANKS.items())
        raise usage("usage.no-bank", bank=bank, known=known)
    with opened(which) as (voice, wallet):
        from device.core.model import KEY_FRESH

        given = code or typer.prompt(label("prompt.code"), hide_input=True, err=True)
        done = voice.need(
            wallet.membership.enrol(bank, given, shown=shown, root_key=root_key_of(root) if root else None)
        )
        keys = len(wallet.desk.own_keys(KEY_FRESH))
        voice.say("enrolled", owner=done.owner, bank=name_of(bank), keys=keys)
        voice.tell(bank=bank, client=done.client, device=done.device, owner=done.owner, keys=keys)


def open_account(*, which: OneWallet) -> None:
    """Open your Digital Tenge account: one at each bank.

    Example:  tenge wallet open-account
    """
    with opened(which) as (voice, wallet):
        address = voice.need(wallet.membership.open_account())
        voice.say("account-opened")
        voice.tell(account=address.hex())


def convert(
    amount: Amount,
    back: Annotated[bool, typer.Option("--back", help="From Digital Tenge to ordinary tenge.")] = False,
    *,
    which: OneWallet,
) -> None:
    """Ordinary tenge on your account into Digital Tenge, one to one, or back.

    Example:  tenge wallet convert 5000
    """
    with opened(which) as (voice, wallet):
        from tender.account.client_messages import FROM_DT, TO_DT

        told = voice.need(wallet.bank.convert(FROM_DT if back else TO_DT, the_amount(voice, amount)))
        voice.say("converted", dt_tiyn=told.dt_tiyn, noncash_tiyn=told.noncash_tiyn)
        voice.tell(dt_tiyn=told.dt_tiyn, held_tiyn=told.held_tiyn, noncash_tiyn=told.noncash_tiyn)


def load(
    amount: Amount,
    single: Annotated[bool, typer.Option("--single", help="One piece instead of round ones.")] = False,
    rule: Annotated[str, typer.Option(help="A purpose: the rule's canonical bytes in hexadecimal.")] = "",
    *,
    which: OneWallet,
) -> None:
    """From the account onto this device, so that it can be spent without a network.

    Example:  tenge wallet load 2000
    """
    try:
        rule_bytes = bytes.fromhex(rule) if rule else None
    except ValueError as error:
        raise usage("usage.rule") from error
    with opened(which) as (voice, wallet):
        done = voice.need(wallet.bank.load(the_amount(voice, amount), single=single, rule=rule_bytes))
        voice.say(
            "loaded",
            amount_tiyn=done.amount_tiyn,
            pieces=len(done.roots_tiyn),
            account_tiyn=done.account_tiyn,
        )
        voice.tell(
            amount_tiyn=done.amount_tiyn, roots_tiyn=list(done.roots_tiyn), account_tiyn=done.account_tiyn
        )


def deposit(
    amount: Annotated[str, typer.Argument(help="Tenge; everything that is held if left out.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Everything that is held.")] = False,
    *,
    which: OneWallet,
) -> None:
    """From this device to the account. Without a network the claims are signed now and sent at the next sync.

    Example:  tenge wallet deposit --all
    """
    if amount and everything:
        raise usage("usage.amount-or-all")
    with opened(which) as (voice, wallet):
        from device.cli.depositing import show_deposit

        wanted = the_amount(voice, amount) if amount else None
        show_deposit(voice, lambda: wallet.settling.deposit(wanted))


def sync(*, which: OneWallet) -> None:
    """Show the bank what was paid and what is held, then fetch the newest lists and what became of payments.

    Example:  tenge wallet sync
    """
    with opened(which) as (voice, wallet):
        from device.service.hand_over import LATE_MONEY
        from wallet.cli.open_things import late_json, show_late, show_undelivered

        done = voice.need(wallet.settling.sync())
        voice.say(
            "synced",
            recorded=done.recorded,
            list_number=done.list_number,
            account_tiyn=done.deposited.account_tiyn,
        )
        for late in done.late:
            show_late(voice, late)
        show_undelivered(voice, wallet, which.name)
        for notice in (one for one in done.notices if one.kind != LATE_MONEY):
            voice.say(
                "notice-fork" if notice.kind == "fork" else "notice",
                kind=notice.kind,
                code=notice.code,
                amount_tiyn=notice.amount_tiyn,
            )
        voice.tell(
            recorded=done.recorded,
            directory_number=done.directory_number,
            list_number=done.list_number,
            settled_tiyn=done.deposited.settled_tiyn,
            waiting_tiyn=done.deposited.waiting_tiyn,
            account_tiyn=done.deposited.account_tiyn,
            notices=[
                {
                    "kind": one.kind,
                    "output": one.output.hex(),
                    "code": one.code,
                    "amount_tiyn": one.amount_tiyn,
                }
                for one in done.notices
            ],
            keys_ready=done.keys_ready,
            late=[late_json(one) for one in done.late],
        )


def transfer(
    amount: Amount,
    to: Annotated[str, typer.Argument(help="A contact, a phone, an IIN or a BIN.")],
    purpose: Purpose = "",
    *,
    which: OneWallet,
) -> None:
    """Digital Tenge from your account to somebody's, online, by phone, IIN, BIN or contact.

    Example:  tenge wallet transfer 500 +77012345602 --purpose rent
    """
    with opened(which) as (voice, wallet):
        contact = voice.need(wallet.life.whom(to))
        told = voice.need(wallet.bank.transfer(contact.by, contact.to, the_amount(voice, amount), purpose))
        party = told.payee or contact.name
        paid = the_amount(voice, amount)
        voice.say("transferred", amount_tiyn=paid, party=party, account_tiyn=told.balances.dt_tiyn)
        voice.tell(transaction=told.transaction.hex(), payee=told.payee, account_tiyn=told.balances.dt_tiyn)


def pay_noncash(
    amount: Amount,
    merchant: Annotated[str, typer.Argument(help="The merchant's business number (BIN).")],
    purpose: Purpose = "",
    *,
    which: OneWallet,
) -> None:
    """Digital Tenge from your account to a merchant that takes ordinary tenge, in one step.

    Example:  tenge wallet pay-noncash 3779 120440001234
    """
    with opened(which) as (voice, wallet):
        paid = the_amount(voice, amount)
        told = voice.need(wallet.bank.pay_noncash(merchant, paid, purpose))
        voice.say("noncash-paid", amount_tiyn=paid, party=merchant, account_tiyn=told.balances.dt_tiyn)
        voice.tell(reference=told.reference.hex(), account_tiyn=told.balances.dt_tiyn)


def statement(
    most: Annotated[int, typer.Option(help="How many entries, newest first.")] = 20,
    *,
    which: OneWallet,
) -> None:
    """Your accounts as the bank tells them.

    Example:  tenge wallet statement
    """
    with opened(which) as (voice, wallet):
        from faces.amounts import moment_text, signed_text
        from faces.words import status as status_word
        from wallet.cli.showing import table

        told = voice.need(wallet.bank.statement(most))
        voice.say("accounts", dt_tiyn=told.balances.dt_tiyn, noncash_tiyn=told.balances.noncash_tiyn)
        rows = [
            (
                moment_text(one.time),
                signed_text(one.change_tiyn),
                one.form,
                one.kind,
                one.party,
                one.purpose,
                status_word(one.status),
            )
            for one in told.entries
        ]
        table(voice, ("when", "change", "form", "what", "with", "for", "status"), rows, money=1)
        voice.tell(
            name=told.name,
            dt_tiyn=told.balances.dt_tiyn,
            held_tiyn=told.balances.held_tiyn,
            noncash_tiyn=told.balances.noncash_tiyn,
            entries=[
                {
                    "time": one.time,
                    "kind": one.kind,
                    "form": one.form,
                    "change_tiyn": one.change_tiyn,
                    "party": one.party,
                    "purpose": one.purpose,
                    "status": one.status,
                    "reference": one.reference.hex(),
                }
                for one in told.entries
            ],
        )


def report_lost(
    device: Annotated[int, typer.Argument(help="The device's number, as `tenge wallet info` showed it.")],
    code: Annotated[str, typer.Option(help="A fresh activation code, if this wallet is not enrolled.")] = "",
    bank: Annotated[int, typer.Option(help="The bank, if this wallet is not enrolled.")] = 0,
    root: Root = "",
    *,
    which: OneWallet,
) -> None:
    """Have a lost device's keys blocked, from another device of yours.

    Example:  tenge wallet report-lost 3
    """
    with opened(which) as (voice, wallet):
        root_key = root_key_of(root) if root else None
        told = voice.need(wallet.membership.report_lost(device, code, bank=bank, root_key=root_key))
        voice.say("lost-reported", revoked=told.revoked, list_number=told.list_number)
        voice.tell(revoked=told.revoked, list_number=told.list_number)


def root_key_of(given: str) -> bytes:
    """The root key as it was typed: its digits, or a file with them; wrong usage otherwise."""
    try:
        text = Path(given).read_text(encoding="utf-8").strip() if Path(given).is_file() else given
        key = bytes.fromhex(text)
    except (ValueError, OSError):  # no digits, no text, no name a file could have
        key = b""
    if len(key) != 32:
        raise usage("usage.root")
    return key


def add_to(app: typer.Typer) -> None:
    """Put these commands into the group."""
    for command in (
        enrol,
        open_account,
        convert,
        load,
        deposit,
        sync,
        transfer,
        pay_noncash,
        statement,
        report_lost,
    ):
        app.command()(command)
