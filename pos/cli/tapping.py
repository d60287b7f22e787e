"""Commands for the reader on the counter: a card or a phone held to it pays, or gets its money back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from device.cli.opening import the_amount, the_pin
from device.cli.options import Outlet
from pos.cli.opening import aside, opened, say
from pos.cli.options import OneTill
from tender.errors import Code, DeviceError, Refusal

if TYPE_CHECKING:
    from device.cli.speaking import Voice
    from pos.service.till import Till
    from pos.service.values import GaveBack
    from tender.crypto.sealing import Pin
    from tender.ports import CardReader

Where = Annotated[
    str,
    typer.Option(
        "--reader",
        "-r",
        help="`file:CARD`, `unix:SOCKET`, or a part of a reader's name.",
        envvar="TENGE_READER",
    ),
]

_NOBODY_WAS_ASKED: Final = frozenset({Code.CARD_BLANK, Code.CARD_NOT_PURSE, Code.READER_MISSING})
"""What lies there, if anything, never saw the question."""
WaitFor = Annotated[int, typer.Option("--wait-s", help="How many seconds to wait for a card or a phone.")]
CardPin = Annotated[
    Path | None, typer.Option("--card-pin-file", help="A file with the card's PIN, if the card wants it.")
]


@dataclass(frozen=True, slots=True)
class AtReader:
    """Which reader, for how long, and where the card's PIN comes from."""

    where: Where = ""
    wait_s: WaitFor = 30
    card_pin_file: CardPin = None

    def ask_pin(self) -> "Pin":
        """The PIN of whoever holds the card; typed on a terminal if no file holds it."""
        if self.card_pin_file is not None:
            return the_pin(self.card_pin_file)
        from device.cli.card_pin import holders_pin

        return holders_pin()


def tap(
    amount: Annotated[
        str, typer.Argument(help="Tenge; left out: what is due for the sale on the counter.")
    ] = "",
    *,
    at: AtReader,
    which: OneTill,
) -> None:
    """A card or a phone held to the reader pays, without a network.

    Alone it sells one thing for that amount; with a sale on the counter it asks for that part of it.

    Examples:  tenge pos tap 500 --reader file:aigul.card

               tenge pos tap --reader ACS
    """
    with opened(which) as (voice, till):
        amount_tiyn = the_amount(voice, amount) if amount else None
        if till.sale() is not None or amount_tiyn is None:
            take_tap(voice, till, at, amount_tiyn)
            return
        voice.need(till.add_item("–", amount_tiyn))
        try:
            take_tap(voice, till, at)
        except DeviceError as error:
            if error.code in _NOBODY_WAS_ASKED:
                till.drop()  # the counter is as it was before this command
            raise


def take_tap(voice: "Voice", till: "Till", at: AtReader, amount_tiyn: int | None = None) -> None:
    """Ask for the money and wait at the reader; the question stays open when nobody came."""
    from pos.cli.paying import show_taken
    from pos.service.values import DT_OFFLINE

    asked = voice.need(till.begin_payment(DT_OFFLINE, amount_tiyn))
    aside(voice, "tap.hold")
    with _reader(at) as reader:
        taken = till.taps.at(
            reader,
            timeout_s=at.wait_s,
            ask_pin=at.ask_pin,
            pulled=lambda: aside(voice, "tap.hold-again"),
        )
    if isinstance(taken, Refusal):
        voice.refuse(taken)
    say(voice, "pos.tapped", amount_tiyn=asked.amount_tiyn)
    show_taken(voice, till, replace(taken, messages=()), Outlet())  # whoever tapped has the receipt


def by_tap(voice: "Voice", till: "Till", at: AtReader, done: "GaveBack") -> "GaveBack":
    """What goes back, without the messages: they went onto the card that was held to the reader. When none
    came they are asked for again by the same command, and are the same."""
    from device.compose_guest import guest_at

    if done.messages:
        aside(voice, "tap.hold")
        with _reader(at) as reader:
            guest = guest_at(reader, till.device.desk, at.wait_s)
            given_tiyn = sum(map(guest.take_back, done.messages))
        say(voice, "pos.tapped-back", amount_tiyn=given_tiyn)
    return replace(done, messages=())


@contextmanager
def _reader(at: AtReader) -> "Iterator[CardReader]":
    from hardware.readers import open_reader

    reader = open_reader(at.where)
    try:
        yield reader
    finally:
        reader.disconnect()


def add_to(app: typer.Typer) -> None:
    """Put these commands into the group."""
    app.command()(tap)
