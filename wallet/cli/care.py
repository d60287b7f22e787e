"""Commands that look after the wallet: create, PIN, name shown or hidden, contacts, backup, proofs."""

from pathlib import Path
from typing import Annotated

import typer

from device.cli.speaking import speaking
from faces.language import label
from wallet.cli.card import Card, CardBank, CardRoot, new_card
from wallet.cli.opening import configured, devices, opened, the_pin, typed_pin
from wallet.cli.options import AsJson, Name, OneWallet, PinFile


def create(
    name: Name = "",
    pin_file: PinFile = None,
    card: Card = "",
    bank: CardBank = 0,
    root: CardRoot = "",
    as_json: AsJson = False,
) -> None:
    """Make a wallet on this device, with its secure element. Asks for a new PIN.

    Example:  tenge wallet create --wallet aigul
    """
    with speaking(as_json) as voice:
        from device.compose import create_wallet

        config = configured(name)
        new, puk = new_card(config, card, bank, root) if card else (None, "")
        pin = the_pin(pin_file, prompt=label("prompt.new-pin-first"), confirm=True)
        create_wallet(config, pin, *devices(config), new).close()
        voice.say("created", name=config.name)
        if puk:
            voice.say("card-puk", puk=puk)
        told = {"card": new.where, "puk": puk} if new else {"element": str(config.element)}
        voice.tell(wallet=config.name, store=str(config.store), **told)


def info(*, which: OneWallet) -> None:
    """Whose wallet this is: bank, device number, keys left, lists known, last sync.

    Example:  tenge wallet info
    """
    with opened(which) as (voice, wallet):
        from device.core.model import KEY_FRESH

        settings, desk = wallet.desk.settings, wallet.desk
        told = {
            "wallet": settings.name,
            "owner": settings.owner,
            "bank": settings.bank,
            "device": settings.device,
            "account": settings.account.hex() if settings.account else "",
            "name_shown": settings.name_shown,
            "keys_fresh": len(desk.own_keys(KEY_FRESH)),
            "directory_number": desk.trust.directory.number if settings.enrolled else 0,
            "list_number": desk.trust.revocations.number if settings.enrolled else 0,
            "list_date": desk.trust.list_date if settings.enrolled else 0,
            "time_floor": desk.trust.time_floor if settings.enrolled else 0,
            "root_key": settings.root_key.hex() if settings.root_key else "",
            "synced_at": settings.synced_at,
            "paid_since_sync_tiyn": settings.paid_since_sync_tiyn,
            "counter": desk.element.counter,
            "behind": desk.behind,
        }
        for key, value in told.items():
            voice.line(f"{label('info.' + key.replace('_', '-')):<22}{value}")
        voice.tell(**told)


def change_pin(
    new_pin_file: Annotated[Path | None, typer.Option(help="A file with the new PIN.")] = None,
    *,
    which: OneWallet,
) -> None:
    """Change the PIN.

    Example:  tenge wallet change-pin
    """
    with opened(which) as (voice, wallet):
        wallet.life.change_pin(typed_pin(new_pin_file, label("prompt.new-pin"), confirm=True))
        voice.say("pin-changed")
        voice.tell(changed=True)


def privacy(
    shown: Annotated[bool, typer.Option("--shown/--hidden", help="Whether people you pay see your name.")],
    *,
    which: OneWallet,
) -> None:
    """Show or hide your name and phone; you alone decide.

    Example:  tenge wallet privacy --hidden
    """
    with opened(which) as (voice, wallet):
        told = voice.need(wallet.life.show_name(shown))
        voice.say("name-shown" if shown else "name-hidden")
        if not told:
            voice.aside("name-told-later")
        voice.tell(name_shown=shown, bank_told=told)


def contacts(
    add: Annotated[
        tuple[str, str] | None, typer.Option(help="A name and a phone, IIN or BIN.", metavar="NAME NUMBER")
    ] = None,
    forget: Annotated[str, typer.Option(help="A name to remove.")] = "",
    *,
    which: OneWallet,
) -> None:
    """People you gave a name to; `tenge wallet transfer` takes the name.

    Example:  tenge wallet contacts --add Dana +77012345602
    """
    with opened(which) as (voice, wallet):
        if add is not None:
            voice.need(wallet.life.add_contact(*add))
            voice.say("contact-kept", name=add[0])
        if forget:
            voice.need(wallet.life.forget_contact(forget) or True)
            voice.say("contact-forgotten", name=forget)
        found = wallet.life.contacts()
        if not (add or forget):
            for one in found:
                voice.line(f"{one.name}\t{one.to}")
            if not found:
                voice.say("no-contacts")
        voice.tell(contacts=[{"name": one.name, "by": one.by, "to": one.to} for one in found])


def backup(
    file: Annotated[Path, typer.Argument(help="Where to save it.")],
    *,
    which: OneWallet,
) -> None:
    """Save history and contacts, sealed under your PIN. A backup holds no money and no keys.

    Example:  tenge wallet backup aigul.backup
    """
    with opened(which) as (voice, wallet):
        from device.cli.travel import write_file

        saved = wallet.life.backup(the_pin(which.pin_file))
        write_file(file, saved.data)
        voice.say("backed-up", file=file.name)
        if saved.left_out:
            voice.aside("backed-up-newest", payments=saved.payments, left_out=saved.left_out)
        voice.tell(file=str(file), payments=saved.payments, left_out=saved.left_out)


def restore(
    file: Annotated[Path, typer.Argument(help="The backup.")],
    backup_pin_file: Annotated[Path | None, typer.Option(help="The backup's PIN, if it was another.")] = None,
    *,
    which: OneWallet,
) -> None:
    """Bring history and contacts back into this wallet. No balance changes.

    Example:  tenge wallet restore aigul.backup
    """
    with opened(which) as (voice, wallet):
        from device.cli.travel import read_file
        from device.service.life import BACKUP_MOST_BYTES

        pin = the_pin(backup_pin_file or which.pin_file)
        count = voice.need(wallet.life.restore(read_file(file, BACKUP_MOST_BYTES + 1), pin))
        voice.say("restored", count=count)
        voice.tell(payments=count)


def proof(
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to save it.")],
    output: Annotated[str, typer.Option(help="Which: first digits of the output spent twice.")] = "",
    *,
    which: OneWallet,
) -> None:
    """Save a proof that somebody paid you, or through you, with money signed away twice.

    Example:  tenge wallet proof --out proof.tenge   then   tenge verify-proof proof.tenge
    """
    with opened(which) as (voice, wallet):
        from device.cli.travel import write_file

        data = voice.need(wallet.life.proof(output))
        write_file(out, data)
        voice.say("proof-saved", file=out.name)
        voice.tell(file=str(out), proofs=len(wallet.life.proofs()))


def add_to(app: typer.Typer) -> None:
    """Put these commands into the group."""
    for command in (create, info, change_pin, privacy, contacts, backup, restore, proof):
        app.command()(command)
