"""The authentication code over a whole message: where it stands, and over which bytes it is computed.

It stands last: in data element 64, or in 128 where the message has elements beyond 64. It covers everything
before it as the dialect writes it, type and bitmaps with their bit for it (ISO 8583:1987, 4.4.9). Which key
and which algorithm is between the two who share it.
"""

from collections.abc import Callable
from typing import Final

from tender.card.iso8583.dialect import Dialect
from tender.card.iso8583.message import Message

MAC_BYTES: Final = 8
_FIRST, _SECOND = 64, 128


def seal_element(message: Message) -> int:
    """64 or 128."""
    return _SECOND if any(_FIRST < number < _SECOND for number in message.fields) else _FIRST


def covered(message: Message, dialect: Dialect) -> bytes:
    """The bytes that its code covers."""
    blank = message.having({seal_element(message): bytes(MAC_BYTES)})
    return dialect.encode(blank)[:-MAC_BYTES]


def sealed(message: Message, dialect: Dialect, mac: Callable[[bytes], bytes]) -> Message:
    """The message with its code."""
    return message.having({seal_element(message): mac(covered(message, dialect))})


def seal_of(message: Message) -> bytes:
    """The code that came with it; empty where none did."""
    found = message.fields.get(seal_element(message), b"")
    return found if isinstance(found, bytes) and len(found) == MAC_BYTES else b""
