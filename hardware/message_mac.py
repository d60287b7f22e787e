"""The authentication code over a message (DE 64, 128), as a terminal's pad and an acquirer's module compute
it: ISO 9797-1 algorithm 3 ("retail MAC") with padding method 2, over a double-length key."""

from collections.abc import Callable
from functools import partial
from hmac import compare_digest
from typing import Final

from hardware.triple_des import psec
from tender.card.iso8583.dialects import VISA_STYLE
from tender.card.iso8583.message import Message
from tender.card.iso8583.sealing import sealed

_HALF: Final = 8
_PADDED_BY_METHOD_2: Final = 2


def message_mac(key: bytes, data: bytes) -> bytes:
    """Eight bytes. ``key``: 16."""
    return bytes(psec.mac.generate_retail_mac(key[:_HALF], key[_HALF:], data, _PADDED_BY_METHOD_2))


def message_mac_fits(key: bytes, data: bytes, mac: bytes) -> bool:
    """Whether this is the code over the data under this key."""
    return compare_digest(message_mac(key, data), mac)


def terminal_seals(key: bytes, terminal: str, merchant: str) -> Callable[[Message], Message]:
    """What puts into a terminal's message who it is, and the code by which its acquirer believes it."""
    mac = partial(message_mac, key)

    def seals(message: Message) -> Message:
        named = message.having({41: f"{terminal:<8}", 42: f"{merchant:<15}"})
        return sealed(named, VISA_STYLE, mac)

    return seals
