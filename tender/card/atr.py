"""The answer to reset: what a card says of itself when it is powered (ISO/IEC 7816-3, 8.2).

The first bytes say how to speak; up to fifteen *historical bytes* name the card. A card held to a contactless
reader has the same form, made by the reader from what the card said over the air (PC/SC part 3, 3.1.3.2.3).
"""

from functools import reduce
from operator import xor
from typing import Final, NamedTuple

from tender.errors import Code, LocalProtocolError, RemoteProtocolError

BYTES_MOST: Final = 33
HISTORICAL_MOST: Final = 15
_DIRECT: Final = 0x3B
_INVERSE: Final = 0x3F


class Atr(NamedTuple):
    """An answer to reset, taken apart."""

    historical: bytes
    """What the card is called, up to 15 bytes."""
    protocols: tuple[int, ...]
    """The protocols it offers: 0 (bytes), 1 (blocks)."""


def made(historical: bytes) -> bytes:
    """The answer to reset of a card that speaks T=1; ``LocalProtocolError field-wrong`` for more than 15."""
    if len(historical) > HISTORICAL_MOST:
        raise LocalProtocolError(Code.FIELD_WRONG, "atr.historical")
    rest = bytes((0x80 | len(historical), 0x01)) + historical
    return bytes((_DIRECT,)) + rest + bytes((reduce(xor, rest),))


def read(octets: bytes) -> Atr:
    """Take one apart; ``RemoteProtocolError`` at ``atr``: ``message-truncated``, ``message-too-long``, or
    ``field-wrong`` for a first byte or a check byte that is not right."""
    if len(octets) < 2:
        raise RemoteProtocolError(Code.MESSAGE_TRUNCATED, "atr")
    if len(octets) > BYTES_MOST:
        raise RemoteProtocolError(Code.MESSAGE_TOO_LONG, "atr")
    if octets[0] not in (_DIRECT, _INVERSE):
        raise RemoteProtocolError(Code.FIELD_WRONG, "atr.ts")
    count, follows = octets[1] & 0x0F, octets[1] >> 4
    at, protocols = 2, []
    while follows:
        at += follows.bit_count()
        if at > len(octets):
            raise RemoteProtocolError(Code.MESSAGE_TRUNCATED, "atr")
        if not follows & 0x08:
            break
        protocols.append(octets[at - 1] & 0x0F)
        follows = octets[at - 1] >> 4
    offered = tuple(dict.fromkeys(protocols)) or (0,)
    # The check byte is there exactly when another protocol than T=0 is offered.
    end = at + count + (offered != (0,))
    if len(octets) < end:
        raise RemoteProtocolError(Code.MESSAGE_TRUNCATED, "atr")
    if len(octets) > end:
        raise RemoteProtocolError(Code.MESSAGE_TOO_LONG, "atr")
    if offered != (0,) and reduce(xor, octets[1:]):
        raise RemoteProtocolError(Code.FIELD_WRONG, "atr.tck")
    return Atr(octets[at : at + count], offered)
