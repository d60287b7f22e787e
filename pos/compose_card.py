"""What makes a till a card terminal, out of its settings: the line to its acquirer, the PIN pad."""

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from pos.core.card_settings import CardSettings
    from pos.gateway.acquirer import AcquirerLink
    from tender.card.iso8583.message import Message
    from tender.card.pan import Pan
    from tender.crypto.sealing import Pin


class CardMachine:
    """:class:`pos.ports.CardParts` of this machine."""

    def __init__(self, now: "Callable[[], int]") -> None:
        self._now = now

    def acquirer(self, settings: "CardSettings") -> "AcquirerLink":
        """Over TCP; loaded when a card pays."""
        from pos.gateway.acquirer import AcquirerLink

        seals = sealing(settings) if settings.mac_key else None
        return AcquirerLink(settings.host, settings.port, self._now, seals)

    def pin_pad(self, settings: "CardSettings") -> "TypedPad":
        """What is typed leaves it under the terminal's key."""
        return TypedPad(settings.key)


def sealing(settings: "CardSettings") -> "Callable[[Message], Message]":
    """What puts into a message who this terminal is, and the code by which its acquirer believes it."""
    from hardware.message_mac import message_mac
    from tender.card.iso8583.dialects import VISA_STYLE
    from tender.card.iso8583.sealing import sealed

    def seals(message: "Message") -> "Message":
        named = message.having({41: f"{settings.terminal:<8}", 42: f"{settings.merchant:<15}"})
        return sealed(named, VISA_STYLE, partial(message_mac, settings.mac_key))

    return seals


class TypedPad:
    """:class:`pos.ports.PinPad` over the pad's own cipher."""

    def __init__(self, key: bytes) -> None:
        from hardware.pin_pad import PinPad

        self._pad = PinPad(key)

    def __repr__(self) -> str:
        return "TypedPad(…)"

    def block(self, pin: "Pin", pan: "Pan") -> bytes:
        """As the port says."""
        plain = pin.block()  # format 2 holds the length in its second half byte, then the digits
        return self._pad.block(plain.hex()[2 : 2 + (plain[0] & 0x0F)], pan)
