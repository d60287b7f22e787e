"""Messages as text for a chat window: what is pasted is whole, or is said to be cut (cash.md, section 11).

``TENGE1:`` and base64url of ``message | CRC-32 u32``, in lines of 76 characters, ended by a full stop. White
space and quote marks that a chat adds are ignored. The checksum is for accidents; signatures are for people.
"""

import base64
import binascii
import re
from typing import Final
from zlib import crc32

from tender.cash.messages import MESSAGE_MAX_BYTES
from tender.errors import Code, RemoteProtocolError

PREFIX: Final = "TENGE1:"
END: Final = "."
LINE: Final = 76
TEXT_MAX: Final = MESSAGE_MAX_BYTES * 2
"""Longer text than any message makes is refused before it is read: a 10 MB paste costs nothing."""

_CONTAINERS: Final = {0x82: 1, 0x83: 2}
_BYTE_STRING: Final = 2
_LENGTH_BYTES: Final = {24: 1, 25: 2, 26: 4}
_NOISE: Final = re.compile(r"[\s>|\u200b\ufeff]+")


def to_text(message: bytes) -> str:
    """The pasteable form."""
    body = base64.urlsafe_b64encode(message + crc32(message).to_bytes(4, "big")).decode().rstrip("=")
    whole = PREFIX + body + END
    return "\n".join(whole[at : at + LINE] for at in range(0, len(whole), LINE)) + "\n"


def is_text(data: bytes) -> bool:
    """Whether bytes from a file or a pipe are the pasteable form rather than the message itself."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n>")[: len(PREFIX)] == PREFIX.encode()


def is_beginning(data: bytes) -> bool:
    """Whether bytes are the beginning of a message and not all of it: what a file holds whose writer died.

    A message is an array of a kind and one or two strings (cash.md, section 9), each of which begins with its
    length.
    """
    if PREFIX.encode().startswith(data):
        return True
    strings = _CONTAINERS.get(data[0])
    if strings is None:
        return False
    at = 2
    for _ in range(strings):
        if at >= len(data):
            return True
        head = data[at]
        more = _LENGTH_BYTES.get(head & 31, 0)
        if head >> 5 != _BYTE_STRING:
            return False
        length = int.from_bytes(data[at + 1 : at + 1 + more], "big") if more else head & 31
        at += 1 + more + length
    return at > len(data)


def from_text(text: str, field: str = "text") -> bytes:
    """Read a paste.

    Raises :class:`RemoteProtocolError`: ``message-too-long``, ``text-unreadable`` (not ours, or altered) or
    ``message-truncated`` (the end is missing: paste all of it).
    """
    if len(text) > TEXT_MAX:
        raise RemoteProtocolError(Code.MESSAGE_TOO_LONG, field, characters=len(text), most=TEXT_MAX)
    bare = _NOISE.sub("", text)
    if not bare.startswith(PREFIX):
        raise RemoteProtocolError(Code.TEXT_UNREADABLE, field)
    if not bare.endswith(END):
        raise RemoteProtocolError(Code.MESSAGE_TRUNCATED, field)
    body = bare[len(PREFIX) : -len(END)]
    if not re.fullmatch(r"[A-Za-z0-9_-]+", body):
        raise RemoteProtocolError(Code.TEXT_UNREADABLE, field)
    try:
        data = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    except (binascii.Error, ValueError) as error:
        raise RemoteProtocolError(Code.TEXT_UNREADABLE, field) from error
    message, check = data[:-4], data[-4:]
    if len(data) < 5 or crc32(message).to_bytes(4, "big") != check:
        raise RemoteProtocolError(Code.TEXT_UNREADABLE, field)
    if to_text(message).replace("\n", "") != bare:
        raise RemoteProtocolError(Code.TEXT_UNREADABLE, field)
    return message


def from_any(data: bytes, field: str = "message") -> bytes:
    """A message from a file, a pipe or a paste: text if it begins like one, else the bytes themselves.

    Raises as :func:`from_text`; ``message-truncated`` also for bytes that end before their message does.
    """
    if len(data) > TEXT_MAX:
        raise RemoteProtocolError(Code.MESSAGE_TOO_LONG, field, bytes=len(data), most=TEXT_MAX)
    if not is_text(data):
        if is_beginning(data):
            raise RemoteProtocolError(Code.MESSAGE_TRUNCATED, field, bytes=len(data))
        return data
    return from_text(data.decode("utf-8", errors="replace"), field)
