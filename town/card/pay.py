"""``tenge card pay``: one card pays another through this laptop, with no network and no wallet of theirs."""

from pathlib import Path
from typing import Annotated, Final

import typer

from device.cli.opening import the_amount, the_pin
from device.cli.options import AsJson, PinFile
from faces.amounts import moment_text
from tender.errors import Code, DeviceError, StoreError

From = Annotated[
    str,
    typer.Option("--from", help="Where the card lies that pays: file:CARD, or a part of a reader's name."),
]
To = Annotated[str, typer.Option("--to", help="Where the card lies that is paid.")]
Terminal = Annotated[
    str, typer.Option("--wallet", "-w", help="The wallet whose lists this laptop goes by (TENGE_WALLET).")
]
CardPin = Annotated[
    Path | None, typer.Option("--card-pin-file", help="A file with the paying card's PIN, if it wants it.")
]

Yes = Annotated[
    bool, typer.Option("--yes", "-y", help="Pay it also when a torn payment of another amount is finished.")
]

_HOLD_S: Final = 10
"""How long the other card is waited for."""
_SHOWN: Final = 8
"""Digits of a number that people compare."""


def pay(
    amount: Annotated[str, typer.Argument(help="Tenge, such as 500 or 1250,50.")],
    payer: From,
    payee: To,
    purpose: Annotated[str, typer.Option(help="What it is for.")] = "",
    card_pin_file: CardPin = None,
    yes: Yes = False,
    wallet: Terminal = "",
    pin_file: PinFile = None,
    as_json: AsJson = False,
) -> None:
    """Pay from card to card. Torn? The same command finishes it; nothing is paid twice.

    Any enrolled wallet of this laptop lends its lists: -w names it, else TENGE_WALLET does. Is its own card
    one of the two, that wallet pays, or is paid, itself.

    Example:  tenge card pay 500 --from file:aigul.card --to file:dana.card -w desk
    """
    from device.compose_guest import guest_at
    from device.service.guest_pair import pay_between
    from hardware.readers import open_reader, same_reader
    from tender.crypto.sealing import Pin
    from wallet.cli.earlier import ToldEarlier
    from wallet.cli.opening import opened
    from wallet.cli.options import OneWallet
    from wallet.cli.tap import pay_onto_card, take_from_card

    def ask_pin() -> Pin:
        if card_pin_file is None:
            raise DeviceError(Code.CARD_PIN_NEEDED, "card")
        return the_pin(card_pin_file)

    own = _own_card(wallet)
    with opened(OneWallet(wallet, pin_file, as_json)) as (voice, terminal):
        amount_tiyn = the_amount(voice, amount)
        if same_reader(payer, payee):
            raise DeviceError(Code.CARD_SAME, "card")
        if own and same_reader(own, payer):
            pay_onto_card(voice, terminal, payee, amount_tiyn, yes=yes, timeout_s=_HOLD_S, purpose=purpose)
            return
        if own and same_reader(own, payee):
            asked = voice.need(terminal.money.request(amount_tiyn, purpose))
            take_from_card(voice, terminal, payer, asked, ask_pin=ask_pin, timeout_s=_HOLD_S)
            return
        readers = open_reader(payer), open_reader(payee)
        try:
            one, other = (guest_at(reader, terminal.desk) for reader in readers)
            earlier = ToldEarlier(voice, amount_tiyn, yes=yes)
            passed = earlier.need(pay_between(one, other, amount_tiyn, purpose, ask_pin, earlier))
            cards = {"payer": one.number.hex(), "payee": other.number.hex()}
        finally:
            for reader in readers:
                reader.disconnect()
        told = {"payment": passed.payment.hex(), **cards}
        voice.say(
            "card-passed-again" if passed.again else "card-passed",
            amount_tiyn=passed.amount_tiyn,
            begun_at=moment_text(passed.begun_at),
            **{name: number[:_SHOWN] for name, number in told.items()},
        )
        voice.tell(**told, amount_tiyn=passed.amount_tiyn, again=passed.again, earlier=earlier.rows)


def _own_card(wallet: str) -> str:
    """Where that wallet looks for its own card; nothing if it has none, or if its opening will say why."""
    from device.compose import card_of
    from wallet.cli.opening import configured

    try:
        found = card_of(configured(wallet))
    except StoreError:
        return ""
    return found[0] if found else ""
