"""A card with somebody between it and the reader."""

from collections.abc import Callable

from tender.errors import Code, DeviceError
from tender.ports import Card

GENERATE = 0xAE
"""GENERATE AC; the second one of a payment asks for the card's last word."""
Meddle = Callable[[bytes], bytes]


class PassedOn:
    """Whatever is not meddled with is the card's own."""

    def __init__(self, card: Card) -> None:
        self._card = card

    @property
    def atr(self) -> bytes:
        return self._card.atr

    def power(self, on: bool) -> None:
        self._card.power(on)

    def transmit(self, command: bytes) -> bytes:
        return self._card.transmit(command)


class LastWord(PassedOn):
    """Before its last word ``meddle`` gets the command to change."""

    def __init__(self, card: Card, meddle: Meddle) -> None:
        super().__init__(card)
        self._meddle = meddle
        self._generated = 0

    def transmit(self, command: bytes) -> bytes:
        self._generated += command[1] == GENERATE
        is_last = command[1] == GENERATE and self._generated == 2
        return super().transmit(self._meddle(command) if is_last else command)


class Pulled(PassedOn):
    """Taken away before its n-th command."""

    def __init__(self, card: Card, left: int) -> None:
        super().__init__(card)
        self.left = left

    def transmit(self, command: bytes) -> bytes:
        if not self.left:
            raise DeviceError(Code.CARD_GONE, "card")
        self.left -= 1
        return super().transmit(command)


def declined(command: bytes) -> bytes:
    """The chip is asked for an AAC."""
    return command[:2] + b"\0" + command[3:]


def torn(command: bytes) -> bytes:
    """The customer takes the card."""
    raise DeviceError(Code.CARD_GONE, "reader")
