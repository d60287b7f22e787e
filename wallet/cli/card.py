"""``tenge wallet card``: the purse card of a wallet, asked without opening the wallet."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from device.cli.speaking import Voice, speaking
from faces.amounts import amount_text
from faces.commands import Spoken
from faces.language import label
from faces.words import sentence
from tender.errors import Code, DeviceError, Refusal, StoreError
from wallet.cli.opening import configured, the_pin, typed_pin, usage
from wallet.cli.options import AsJson, Name, PinFile

if TYPE_CHECKING:
    from device.compose_card import NewCard
    from device.config import Config
    from hardware.purse_client import PurseClient
    from tender.purse.records import Status

Card = Annotated[
    str,
    typer.Option(
        "--card", help="A blank purse card as its secure element: file:PATH, or a part of a reader's name."
    ),
]
CardBank = Annotated[int, typer.Option("--bank", help="With --card: the number of the bank it belongs to.")]
CardRoot = Annotated[
    str,
    typer.Option(
        "--root", help="With --card: the scheme's root key, 64 hexadecimal digits, or a file with them."
    ),
]
NewPinFile = Annotated[Path | None, typer.Option("--new-pin-file", help="A file with the new PIN.")]
PukFile = Annotated[
    Path | None, typer.Option("--puk-file", help="A file with the PUK. Asked for if left out.")
]

ROOT_FILES = ("root.key", "town/root.key")
"""Where a machine keeps the root key it was born with, beside its wallets: its own, or its town's."""
PUK_DIGITS = 8

app = Spoken(name="card", help="The purse card of a wallet made with `tenge wallet create --card`.")


def new_card(config: "Config", where: str, bank: int, root: str) -> tuple["NewCard", str]:
    """What a blank card is to be born with, and its new PUK in digits, to be shown once."""
    from device.compose_card import NewCard
    from hardware.entropy import SystemEntropy
    from tender.account.participants import BANKS
    from tender.crypto.sealing import Pin
    from wallet.cli.bank import root_key_of

    if bank not in BANKS:
        known = ", ".join(f"{number} {called}" for number, called in BANKS.items())
        if not bank:
            raise usage("usage.card-bank", known=known)
        raise usage("usage.no-bank", bank=bank, known=known)
    home = config.folder.parent.parent
    root = root or next((str(home / file) for file in ROOT_FILES if (home / file).is_file()), "")
    if not root:
        raise usage("town.no-root")
    puk = f"{int.from_bytes(SystemEntropy().draw(16), 'big') % 10**PUK_DIGITS:0{PUK_DIGITS}d}"
    return NewCard(absolute(where), root_key_of(root), bank, Pin(puk)), puk


def absolute(where: str) -> str:
    """The same reader, whatever folder the next command is typed in."""
    from hardware.readers import FILE

    if not where.startswith(FILE):
        return where
    return FILE + str(Path(where.removeprefix(FILE)).expanduser().absolute())


def _standing(name: str) -> "Config":
    config = configured(name)
    if not config.store.is_file():
        raise StoreError(Code.STORE_MISSING, "store", name=config.name)
    return config


@contextmanager
def _card(name: str, as_json: bool) -> Iterator[tuple[Voice, "PurseClient", "Status"]]:
    """The card of this wallet, with its PIN not given yet."""
    with speaking(as_json) as voice:
        from device.compose import card_of
        from device.compose_card import locked_card

        config = _standing(name)
        found = card_of(config)
        if found is None:
            raise DeviceError(Code.CARD_MISSING, "wallet")
        client, said = locked_card(*found)
        try:
            yield voice, client, said
        finally:
            client.close()


@app.command()
def status(name: Name = "", as_json: AsJson = False) -> None:
    """What the card says of itself, without its PIN: money, limits, tries left, room.

    Example:  tenge wallet card status
    """
    with _card(name, as_json) as (voice, _, said):
        synced, without = (
            " / ".join(map(amount_text, pair))
            for pair in (
                (said.spent_since_sync_tiyn, said.since_sync_tiyn),
                (said.spent_without_pin_tiyn, said.without_pin_tiyn),
            )
        )
        rows = {
            "money": amount_text(said.money_tiyn),
            "per-payment": amount_text(said.per_payment_tiyn),
            "since-sync": synced,
            "without-pin": without,
            "pin-tries": said.pin_tries,
            "puk-tries": said.puk_tries,
            "free-tokens": said.free_tokens,
            "free-payments": said.free_spent,
            "number": said.number.hex(),
        }
        for key, value in rows.items():
            voice.line(f"{label('purse.' + key):<34}{value}")
        if not said.puk_tries:
            voice.line(sentence(Refusal(Code.PUK_BLOCKED)))
        elif not said.pin_tries:
            voice.say("card-pin-blocked")
        voice.tell(
            money_tiyn=said.money_tiyn,
            per_payment_tiyn=said.per_payment_tiyn,
            spent_since_sync_tiyn=said.spent_since_sync_tiyn,
            since_sync_tiyn=said.since_sync_tiyn,
            without_pin_tiyn=said.without_pin_tiyn,
            pin_tries=said.pin_tries,
            puk_tries=said.puk_tries,
            counter=said.counter,
            free_tokens=said.free_tokens,
            free_spent=said.free_spent,
            number=said.number.hex(),
        )


@app.command()
def pin(
    name: Name = "", pin_file: PinFile = None, new_pin_file: NewPinFile = None, as_json: AsJson = False
) -> None:
    """Change the card's PIN, which is the wallet's.

    Example:  tenge wallet card pin
    """
    with _card(name, as_json) as (voice, client, _):
        old = the_pin(pin_file)
        client.change_pin(old, typed_pin(new_pin_file, label("prompt.new-pin"), confirm=True))
        voice.say("pin-changed")
        voice.tell(changed=True)


@app.command()
def unblock(
    name: Name = "", puk_file: PukFile = None, new_pin_file: NewPinFile = None, as_json: AsJson = False
) -> None:
    """Give the card a new PIN with its PUK, after three wrong tries. The PUK has ten tries in all.

    Example:  tenge wallet card unblock
    """
    with _card(name, as_json) as (voice, client, said):
        if not said.puk_tries:
            raise DeviceError(Code.PUK_BLOCKED, "puk")
        puk = typed_pin(puk_file, label("prompt.puk"))
        try:
            client.unblock(puk, typed_pin(new_pin_file, label("prompt.new-pin"), confirm=True))
        except DeviceError as error:
            left = dict(error.refusal.facts).get("left", said.puk_tries - 1)
            if error.code is Code.CARD_BLOCKED or not left:
                raise DeviceError(Code.PUK_BLOCKED, "puk") from error
            if error.code is Code.PIN_WRONG:
                raise DeviceError(Code.PUK_WRONG, "puk", left=left) from error
            raise
        voice.say("card-unblocked")
        voice.tell(unblocked=True)


@app.command()
def at(
    where: Annotated[str, typer.Argument(help="file:PATH, or a part of a reader's name.")],
    name: Name = "",
    as_json: AsJson = False,
) -> None:
    """Look for the card in another reader from now on; TENGE_CARD does so for one command.

    Example:  tenge wallet card at 'Reader 0 00 01'
    """
    with speaking(as_json) as voice:
        from device.compose import card_of, move_card
        from device.compose_card import locked_card

        config = _standing(name)
        found = card_of(config)
        if found is None:
            raise DeviceError(Code.CARD_MISSING, "wallet")
        there = absolute(where)
        client, _ = locked_card(there, found[1])  # it must be this very card
        client.close()
        move_card(config, there)
        voice.say("card-at", where=there)
        voice.tell(card=there)
