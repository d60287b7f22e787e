"""What of a command is nobody's to see: PINs and keys are starred out before it is written down anywhere.

A masked command is hexadecimal with ``**`` for each secret byte: its length shows, nothing else of it.
ISO/IEC 7816-4 names the instructions that carry a PIN; what else of a card's own is secret, its caller
says.
"""

from collections.abc import Container
from typing import Final

from tender.card.apdu import Command
from tender.card.exchange import GET_RESPONSE
from tender.errors import RemoteProtocolError

STARS: Final = "**"
_OWN_CLASS: Final = 0x80
PIN_INSTRUCTIONS: Final = frozenset((0x20, 0x21, 0x24, 0x25, 0x2C, 0x2D))
"""VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER."""
_HEADER_BYTES: Final = 4
_STATUS_BYTES: Final = 2


def masked(octets: bytes, secret: Container[int] = ()) -> str:
    """A command to write down. ``secret``: instructions of the card's own class whose data is secret.

    One that is no command at all is starred out whole but for its header: nobody knows what it holds.
    """
    try:
        command = Command.from_bytes(octets)
    except RemoteProtocolError:
        return octets[:_HEADER_BYTES].hex() + STARS * len(octets[_HEADER_BYTES:])
    if not _is_secret(command, secret):
        return octets.hex()
    count = len(command.data)
    # One byte says how long short data is, three extended data: what follows the data is Le.
    at = _HEADER_BYTES + (1 if octets[_HEADER_BYTES : _HEADER_BYTES + 1] != b"\x00" else 3)
    return octets[:at].hex() + STARS * count + octets[at + count :].hex()


def _is_secret(command: Command, secret: Container[int]) -> bool:
    return command.ins in (secret if command.cla & _OWN_CLASS else PIN_INSTRUCTIONS)


class Masking:
    """Follows one conversation to write it down: what a secret instruction answers is secret too, also when
    it is fetched later."""

    def __init__(self, secret: Container[int] = ()) -> None:
        self._secret = secret
        self._answers_secret = False

    def command(self, octets: bytes) -> str:
        """As :func:`masked`."""
        if len(octets) >= _HEADER_BYTES and octets[1] != GET_RESPONSE:
            header = Command(*octets[:_HEADER_BYTES])
            self._answers_secret = _is_secret(header, self._secret)
        return masked(octets, self._secret)

    def answer(self, octets: bytes) -> str:
        """The answer to it: only the status of one that is secret."""
        if not self._answers_secret:
            return octets.hex()
        return STARS * len(octets[:-_STATUS_BYTES]) + octets[-_STATUS_BYTES:].hex()


def fits(written: str, octets: bytes) -> bool:
    """Whether this command is the one written down, as far as it may be known."""
    pairs = [written[at : at + 2] for at in range(0, len(written), 2)]
    return len(pairs) == len(octets) and all(
        pair == STARS or pair == f"{octet:02x}" for pair, octet in zip(pairs, octets, strict=True)
    )


def unmasked(written: str) -> bytes:
    """The bytes, with zeros where they are masked: for showing the rest. ``ValueError`` if it is no such
    text."""
    return bytes.fromhex(written.replace(STARS, "00"))
