"""The code a payer shows to a till: EMVCo's consumer-presented QR (docs/protocol/payment-code.md).

BER-TLV objects as base64. It names a card or account and may carry a cryptogram for the issuer, so what it
holds beside labels is never printed. Read here; what is paid with it is asked of the issuer, always online.
"""

import base64
import binascii
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from tender.errors import Code
from tender.qr.data_objects import wrong

PREFIX: Final = "hQVDUFY"
"""What every such code begins with: tag 85, length 5, ``CPV``."""

BYTES_MOST: Final = 512
VERSION_TAG: Final = 0x85
VERSION: Final = b"CPV01"
APPLICATION: Final = 0x61
COMMON: Final = 0x62
APPLICATION_TRANSPARENT: Final = 0x63
COMMON_TRANSPARENT: Final = 0x64
AID: Final = 0x4F
LABEL: Final = 0x50
_MORE_TAG: Final = 0x1F
_LONG: Final = 0x80
_TRANSPARENT: Final = {APPLICATION: APPLICATION_TRANSPARENT, COMMON: COMMON_TRANSPARENT}
_APPLICATIONS_MOST: Final = 2


@dataclass(frozen=True, slots=True)
class Application:
    """One way to pay: ``aid`` (5 to 16 bytes) says which card or wallet, ``label`` is its name for people.

    ``data``: its objects by tag, the common ones included. ``transparent``: bytes that the till passes on to
    the issuer as they are. Neither shows itself: an account number and a cryptogram are among them.
    """

    aid: bytes
    label: str
    data: Mapping[int, bytes] = field(repr=False)
    transparent: bytes = field(default=b"", repr=False)

    def is_of(self, family: bytes) -> bool:
        """Whether a till that takes this family takes it: names match by their beginning."""
        return self.aid.startswith(family)


@dataclass(frozen=True, slots=True)
class ConsumerCode:
    """A payer's code: one application or two to choose from, in the payer's order."""

    applications: tuple[Application, ...]

    def choose(self, families: tuple[bytes, ...]) -> Application | None:
        """The first application that a till with these families takes."""
        return next((one for one in self.applications if any(one.is_of(of) for of in families)), None)


def is_consumer_code(text: str) -> bool:
    """Whether a text claims to be a payer's code."""
    return text.startswith(PREFIX)


def decode(text: str, path: str = "code") -> ConsumerCode:
    """Read a payer's code.

    Raises :class:`RemoteProtocolError`: ``message-too-long``, ``version-unknown``, or ``code-wrong`` with the
    tag at fault (``code.61.4F``): no base64, an object that ends after its template or comes twice, no
    application or too many, a name of the wrong length.
    """
    if len(text) > BYTES_MOST * 2:
        raise wrong(path, Code.MESSAGE_TOO_LONG, characters=len(text), most=BYTES_MOST * 2)
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise wrong(path) from error
    if len(data) > BYTES_MOST:
        raise wrong(path, Code.MESSAGE_TOO_LONG, bytes=len(data), most=BYTES_MOST)
    objects = list(_objects(data, path))
    if not objects or objects[0][0] != VERSION_TAG:
        raise wrong(f"{path}.85")
    if objects[0][1] != VERSION:
        raise wrong(f"{path}.85", Code.VERSION_UNKNOWN)
    count = Counter(tag for tag, _ in objects)
    if not 1 <= count[APPLICATION] <= _APPLICATIONS_MOST:
        raise wrong(f"{path}.61", applications=count[APPLICATION])
    if count[COMMON] > (count[APPLICATION] == _APPLICATIONS_MOST) or count[VERSION_TAG] > 1:
        raise wrong(f"{path}.62")
    common = _template(COMMON, dict(objects).get(COMMON, b""), path)
    return ConsumerCode(
        tuple(_application(value, common, path) for tag, value in objects if tag == APPLICATION)
    )


def encode(code: ConsumerCode) -> str:
    """The text of a code whose applications share nothing; the other way of :func:`decode`."""
    data = _object(VERSION_TAG, VERSION)
    for one in code.applications:
        inside = b"".join(_object(tag, value) for tag, value in one.data.items())
        data += _object(
            APPLICATION,
            inside + (_object(APPLICATION_TRANSPARENT, one.transparent) if one.transparent else b""),
        )
    return base64.b64encode(data).decode()


def _application(value: bytes, common: Mapping[int, bytes], path: str) -> Application:
    own = _template(APPLICATION, value, path)
    path = f"{path}.61"
    if twice := own.keys() & common.keys() - {APPLICATION_TRANSPARENT, COMMON_TRANSPARENT}:
        raise wrong(f"{path}.{min(twice):02X}")
    aid = own.get(AID, b"")
    if not 5 <= len(aid) <= 16:
        raise wrong(f"{path}.4F")
    data = {**own, **common}
    transparent = data.pop(APPLICATION_TRANSPARENT, b"") + data.pop(COMMON_TRANSPARENT, b"")
    try:
        label = data.get(LABEL, b"").decode("ascii")
    except UnicodeDecodeError as error:
        raise wrong(f"{path}.50") from error
    if len(label) > 16 or not label.isprintable():
        raise wrong(f"{path}.50")
    return Application(aid, label, data, transparent)


def _template(tag: int, value: bytes, path: str) -> dict[int, bytes]:
    """What is in a template; its transparent part must be objects too, no one of them twice in all of it."""
    path = f"{path}.{tag:02X}"
    inside = list(_objects(value, path))
    blob = b"".join(value for name, value in inside if name == _TRANSPARENT[tag])
    names = [name for name, _ in inside] + [name for name, _ in _objects(blob, path)]
    for name, times in Counter(names).items():
        if times > 1:
            raise wrong(f"{path}.{name:02X}")
    return dict(inside)


def _object(tag: int, value: bytes) -> bytes:
    """One object with the shortest length."""
    length = len(value)
    long = length.to_bytes((length.bit_length() + 7) // 8, "big")
    head = bytes((length,)) if length < _LONG else bytes((_LONG | len(long),)) + long
    return tag.to_bytes(2 if tag > 0xFF else 1, "big") + head + value


def _objects(data: bytes, path: str) -> Iterator[tuple[int, bytes]]:
    """Tags of one or two bytes and their values, to the last byte."""
    at = 0
    while at < len(data):
        tag, at = data[at], at + 1
        if tag & _MORE_TAG == _MORE_TAG:
            tag, at = tag << 8 | _byte(data, at, path), at + 1
            if tag & _LONG:
                raise wrong(path, position=at)
        length, at = _byte(data, at, path), at + 1
        if length & _LONG:
            size = length & ~_LONG
            if size not in (1, 2):
                raise wrong(path, position=at)
            length = (
                _byte(data, at, path) if size == 1 else _byte(data, at, path) << 8 | _byte(data, at + 1, path)
            )
            at += size
        value = data[at : at + length]
        if len(value) < length:
            raise wrong(f"{path}.{tag:02X}", position=at)
        yield tag, value
        at += length


def _byte(data: bytes, at: int, path: str) -> int:
    if at >= len(data):
        raise wrong(path, position=at)
    return data[at]
