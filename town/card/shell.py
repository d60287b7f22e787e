"""Commands to a card typed in hexadecimal, each with what it and its answer say."""

from collections.abc import Iterable, Iterator
from typing import Final

from faces.language import label
from faces.words import sentence
from tender.card.apdu import SHORT_ANSWER_MOST, Command
from tender.errors import TenderError
from tender.ports import CardReader
from tender.purse import commands
from town.card.decoding import Decoder

SELECT: Final = Command(0x00, commands.Ins.SELECT, 0x04, 0x00, commands.AID, SHORT_ANSWER_MOST).to_bytes()
_LEAST_BYTES: Final = 4
_AGAIN_S: Final = 3.0
_ENDING: Final = ("quit", "exit")


def talk(reader: CardReader, typed: Iterable[str]) -> Iterator[str]:
    """Lines to show for the lines that are typed, until the last or ``quit``. A command that was lost is
    told, and the card is connected to again by ``reset``."""
    decoder = Decoder()
    for line in typed:
        word = "".join(line.split()).casefold()
        if word in _ENDING:
            return
        if word == "reset":
            decoder = Decoder()
            yield from _again(reader)
        elif word:
            yield from _asked(reader, decoder, SELECT.hex() if word == "select" else word)


def _again(reader: CardReader) -> Iterator[str]:
    try:
        yield reader.connect(_AGAIN_S).hex()
    except TenderError as error:
        yield sentence(error)


def _asked(reader: CardReader, decoder: Decoder, word: str) -> Iterator[str]:
    try:
        octets = bytes.fromhex(word)
    except ValueError:
        octets = b""
    if len(octets) < _LEAST_BYTES:
        yield label("cards.not-hexadecimal")
        return
    yield from decoder.command(octets.hex())
    try:
        answer = reader.transmit(octets)
    except TenderError as error:
        yield f"< {sentence(error)}"
        return
    yield from decoder.answer(answer.hex())
