"""A wallet whose secure element is a purse card: where it lies, how it is born and opened.

The wallet's file remembers in which reader its card is, and which card it is. Another one opens nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hardware.card_element import CardElement
from hardware.purse_client import PurseClient
from tender.crypto.sealing import Pin
from tender.errors import Code, DeviceError
from tender.ports import CardReader
from tender.purse.records import State, Status

ReaderMaker = Callable[[str], CardReader]

WAIT_S: Final = 3.0
"""How long a card is waited for when a wallet opens: whoever has it at hand has put it there already."""
WHERE: Final = "card"
"""The plain value of a wallet's file that says in which reader its element lies."""
OWNER: Final = "card-owner"
"""The plain value with the owner's secret: with it, and the PIN, this wallet is the card's own host."""
BANK: Final = "card-bank"
"""The plain value that says for which bank the card was made, three digits."""


@dataclass(frozen=True, slots=True)
class NewCard:
    """A blank card about to become a wallet's element.

    ``where`` names the reader (``hardware.readers``); ``root_key`` (32 bytes) and the number of the bank are
    what a card is born with, ``puk`` (4 to 12 digits) is what unblocks its PIN.
    """

    where: str
    root_key: bytes
    bank: int
    puk: Pin


def reader_at(where: str) -> CardReader:
    """The reader of this word; imported when there is a card to talk to and not before."""
    from hardware.readers import open_reader

    return open_reader(where)


def make_card(card: NewCard, pin: Pin, reader_of: ReaderMaker = reader_at) -> CardElement:
    """Make a blank card somebody's; ``card-not-blank`` when it is somebody's already, ``card-missing``."""
    client, status = _client(card.where, reader_of)
    try:
        if status.state != State.BLANK:
            _blank_again(client, pin)
        client.personalise(card.root_key, pin, card.puk, card.bank)
        return _unlocked(client, pin, card.bank)
    except BaseException:
        client.close()
        raise


def _blank_again(client: PurseClient, pin: Pin) -> None:
    """A card whose wallet was cut off while it was being made has no keys yet; any other is somebody's."""
    if client.keys():
        raise DeviceError(Code.CARD_NOT_BLANK, "card")
    client.verify(pin)
    client.wipe()


def unmake_card(element: CardElement) -> None:
    """Make a card blank again that was born a moment ago and has signed nothing yet."""
    element.wipe()
    element.close()


def open_card(
    where: str, number: bytes, bank: int, pin: Pin, owner: bytes, reader_of: ReaderMaker = reader_at
) -> CardElement:
    """The wallet's own card, with its PIN: ``card-missing``, ``card-swapped``, ``pin-wrong``,
    ``card-blocked``."""
    client, status = _client(where, reader_of)
    client.owner = owner
    try:
        _check_same(status, number)
        return _unlocked(client, pin, bank)
    except BaseException:
        client.close()
        raise


def locked_card(where: str, number: bytes, reader_of: ReaderMaker = reader_at) -> tuple[PurseClient, Status]:
    """The wallet's own card without its PIN, for whoever asks how it is or unblocks it; close it after."""
    client, status = _client(where, reader_of)
    try:
        _check_same(status, number)
    except BaseException:
        client.close()
        raise
    return client, status


def _client(where: str, reader_of: ReaderMaker) -> tuple[PurseClient, Status]:
    client = PurseClient(reader_of(where))
    try:
        return client, client.reopen(WAIT_S)
    except BaseException:
        client.close()
        raise


def _check_same(status: Status, number: bytes) -> None:
    """Before any PIN is given: it is not another card's business."""
    if status.number != number:
        raise DeviceError(Code.CARD_SWAPPED, "card")


def _unlocked(client: PurseClient, pin: Pin, bank: int) -> CardElement:
    element = CardElement(client, bank=bank)
    element.check_pin(pin, 0)
    return element
