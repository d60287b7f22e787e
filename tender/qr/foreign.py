"""What a scanned code is: one of ours, a merchant's, a payer's, or something that other applications read.

A scanner meets every code there is. Each is named, none is opened or followed, and of those that may hold a
secret (a Wi-Fi password, a key) only the kind is said.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tender.qr import consumer_code, frames, payment_code
from tender.qr.consumer_code import ConsumerCode
from tender.qr.payment_code import PROFILES, PaymentCode, Profile

KASPI: Final = "kaspi"
"""A code of Kaspi's application: an address, no EMVCo code."""

_KASPI_HOSTS: Final = ("kaspi.kz",)
_BANK_HOSTS: Final = ("qr.nspk.ru", "qr.alipay.com", "qrcode.alipay.com", "wx.tenpay.com")
_BEGINNINGS: Final = (
    ("kaspi:", KASPI),
    ("wifi:", "wifi"),
    ("begin:vcard", "contact"),
    ("mecard:", "contact"),
    ("begin:vevent", "event"),
    ("begin:vcalendar", "event"),
    ("otpauth:", "secret"),
    ("otpauth-migration:", "secret"),
    ("tel:", "phone"),
    ("sms:", "phone"),
    ("smsto:", "phone"),
    ("mailto:", "mail"),
    ("matmsg:", "mail"),
    ("geo:", "place"),
    ("st0001", "bank"),
    ("bcd\n", "bank"),
    ("bcd\r\n", "bank"),
    ("spc\n", "bank"),
    ("spd*", "bank"),
    ("upi:", "bank"),
    ("alipays:", "bank"),
    ("weixin:", "bank"),
    ("wxp:", "bank"),
    ("bitcoin:", "crypto"),
    ("ethereum:", "crypto"),
    ("lightning:", "crypto"),
    ("tron:", "crypto"),
    ("ton:", "crypto"),
    ("ur:", "crypto"),
)
"""How the texts of other applications begin, and what each is."""

KINDS: Final = tuple(dict.fromkeys([*(kind for _, kind in _BEGINNINGS), "address", "text", "bytes"]))
"""Every kind of foreign code; ``faces`` has a word for each (``scanned.KIND``)."""

_HOST: Final = re.compile(r"(?=.{3,60}$)[a-z0-9-]+(\.[a-z0-9-]+)+")


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of a message of ours, or all of it as text, for :class:`tender.qr.frames.Collector`."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Foreign:
    """Something of another application: its kind, and the host of an address. Never its whole content."""

    kind: str
    host: str = ""


Scanned = Frame | PaymentCode | ConsumerCode | Foreign


def what_is(data: bytes, profiles: Sequence[Profile] = PROFILES) -> Scanned:
    """What the bytes of a scanned code are.

    Raises :class:`RemoteProtocolError` for what claims to be a payment code and breaks its rules
    (:func:`payment_code.decode`, :func:`consumer_code.decode`). Frames are not opened here.
    """
    if frames.is_frame(data):
        return Frame(data)
    try:
        text = data.decode().lstrip("\ufeff").strip()
    except UnicodeDecodeError:
        return Foreign("bytes")
    if payment_code.is_payment_code(text):
        return payment_code.decode(text, profiles)
    if consumer_code.is_consumer_code(text):
        return consumer_code.decode(text)
    return _foreign(text)


def _foreign(text: str) -> Foreign:
    low = text[:80].lower()
    if not low.startswith(("http://", "https://")):
        return Foreign(next((kind for begins, kind in _BEGINNINGS if low.startswith(begins)), "text"))
    host = _host(text)
    if _within(host, _KASPI_HOSTS):
        return Foreign(KASPI, host)
    return Foreign("bank" if _within(host, _BANK_HOSTS) else "address", host)


def _within(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith("." + domain) for domain in domains)


def _host(text: str) -> str:
    """The host of a web address if it is plain letters: what stands before an @ is none."""
    rest = re.split(r"[/?#\\\s]", text.partition("://")[2], maxsplit=1)[0]
    host = rest.rpartition("@")[2].partition(":")[0].lower()
    return host if _HOST.fullmatch(host) else ""
