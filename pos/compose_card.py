"""What makes a till a card terminal, out of its settings: the line to its acquirer, the PIN pad."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from pos.core.card_settings import CardSettings
    from pos.gateway.acquirer import AcquirerLink
    from tender.card.pan import Pan
    from tender.crypto.sealing import Pin


class CardMachine:
    """:class:`pos.ports.CardParts` of this machine."""

    def __init__(self, now: "Callable[[], int]") -> None:
        self._now = now

    def acquirer(self, settings: "CardSettings") -> "AcquirerLink":
        """Over TCP; loaded when a card pays."""
        from pos.gateway.acquirer import AcquirerLink

        seals = None
        if settings.mac_key:
            from hardware.message_mac import terminal_seals

            seals = terminal_seals(settings.mac_key, settings.terminal, settings.merchant)
        return AcquirerLink(settings.host, settings.port, self._now, seals)

    def pin_pad(self, settings: "CardSettings") -> "TypedPad":
        """What is typed leaves it under the terminal's key."""
        return TypedPad(settings.key)


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
