"""One ISO 8583 message: its type and its data elements, the same for every dialect.

Text elements are ``str`` as people write them (amounts of 12 digits, track 2 with ``=``), binary ones
``bytes``. The readers below give them meaning; each raises ``RemoteProtocolError`` at ``iso8583.deNNN`` for
what is missing or means nothing: ``field-wrong``, or ``currency-foreign`` for an amount that is not in tenge.
A message shows nothing secret: no track, no PIN block, of the card's number only its ends."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple, TypeVar

from tender.card.iso8583.fields import SECRET, path
from tender.card.pan import Pan, Track2, masked_number
from tender.card.tlv import unpack
from tender.errors import Code, LocalProtocolError, RemoteProtocolError

T = TypeVar("T")
TENGE: Final = "398"
ECHOED: Final = (
    2,
    3,
    4,
    5,
    6,
    7,
    9,
    10,
    11,
    12,
    13,
    15,
    16,
    19,
    23,
    24,
    25,
    32,
    33,
    37,
    41,
    42,
    49,
    50,
    51,
    53,
)
"""What an answer repeats of the request below 54; with the next, the conditions ``ME`` of ISO 8583:1987."""
ECHOED_HIGH: Final = (62, 63, 70, 90, 95, 100, 102, 103)
_ECHOED: Final = ECHOED + ECHOED_HIGH
_ANSWERING: Final = {"0": "1", "2": "3"}
_MTIS: Final = frozenset(
    f"0{kind}{function}{origin}" for kind in range(1, 9) for function in range(10) for origin in range(6)
)
"""Version 1987; class, function, origin."""
_CHIP_PATH: Final = path(55)
_MOMENT: Final = re.compile(r"(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])[0-5]\d[0-5]\d", re.ASCII)
_MONTH: Final = re.compile(r"\d\d(0[1-9]|1[0-2])", re.ASCII)
_CODE: Final = re.compile(r"[0-9A-Z]{2}")
_REPLACEMENT: Final = re.compile(r"\d{12}.{30}", re.ASCII)


class Original(NamedTuple):
    """Data element 90: which message a reversal speaks of. The two institutions are "" where zero."""

    mti: str
    stan: str
    transmitted: str
    acquirer: str
    forwarder: str

    def to_text(self) -> str:
        """The 42 digits."""
        return f"{self.mti}{self.stan}{self.transmitted}{self.acquirer:0>11}{self.forwarder:0>11}"


class AdditionalAmount(NamedTuple):
    """One of data element 54: account type and amount type (2 digits each), currency, signed amount."""

    account: str
    kind: str
    currency: str
    amount_tiyn: int

    def to_text(self) -> str:
        """The 20 characters; ``C`` credit, ``D`` debit."""
        sign = "D" if self.amount_tiyn < 0 else "C"
        return f"{self.account}{self.kind}{self.currency}{sign}{abs(self.amount_tiyn):012}"


_AMOUNT_LENGTH: Final = 20
_AMOUNT: Final = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{3})([CD])([0-9]{12})")


def amount_text(amount_tiyn: int) -> str:
    """Twelve digits of tiyn, as data elements 4 and 6 have them."""
    if not 0 <= amount_tiyn < 10**12:
        raise LocalProtocolError(Code.AMOUNT_OUT_OF_RANGE, path(4))
    return f"{amount_tiyn:012}"


def replacement_text(stands_tiyn: int) -> str:
    """Data element 95: what stands, and neither another currency nor fees (42 characters)."""
    return amount_text(stands_tiyn) + "0" * 30


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """A message: ``mti`` of four digits, and what its data elements hold by number (2 to 128)."""

    mti: str
    fields: Mapping[int, str | bytes]

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", MappingProxyType(_copied(self.fields)))

    @classmethod
    def holding(cls, mti: str, fields: dict[int, str | bytes]) -> "Message":
        """One that holds this very dictionary, which nobody else may keep: for the codec, which makes
        millions."""
        message = object.__new__(cls)
        object.__setattr__(message, "mti", mti)
        object.__setattr__(message, "fields", MappingProxyType(fields))
        return message

    # --- what it is

    @property
    def is_request(self) -> bool:
        """Whether it asks or advises, so that it wants an answer; else it is one."""
        return self.mti[2] in _ANSWERING

    @property
    def is_repeat(self) -> bool:
        """Whether it says of itself that it was sent before (0101, 0121, 0401, 0421)."""
        return self.mti[3] == "1"

    @property
    def answer_mti(self) -> str:
        """The type of its answer: 0100 and 0101 → 0110, 0420 and 0421 → 0430."""
        try:
            return f"{self.mti[:2]}{_ANSWERING[self.mti[2]]}0"
        except (KeyError, IndexError):
            raise LocalProtocolError(Code.FIELD_WRONG, "iso8583.mti") from None

    def answer(self, code: str, more: Mapping[int, str | bytes] | None = None) -> "Message":
        """Its answer with this data element 39: what an answer repeats, then ``more`` over it."""
        own = self.fields
        said = {number: own[number] for number in _ECHOED if number in own}
        said[39] = code
        said.update(more or {})
        return Message.holding(self.answer_mti, said)

    def having(self, more: Mapping[int, str | bytes]) -> "Message":
        """The same with these data elements put in or in place of its own."""
        said = _copied(self.fields)
        said.update(more)
        return Message.holding(self.mti, said)

    def without(self, *numbers: int) -> "Message":
        """The same without these."""
        said = _copied(self.fields)
        for number in numbers:
            said.pop(number, None)
        return Message.holding(self.mti, said)

    # --- what its elements mean

    def text(self, number: int) -> str:
        """A text element that has to be there."""
        value = self.fields.get(number)
        if not isinstance(value, str):
            raise RemoteProtocolError(Code.FIELD_WRONG, path(number))
        return value

    def octets(self, number: int) -> bytes:
        """A binary element that has to be there."""
        value = self.fields.get(number)
        if not isinstance(value, bytes):
            raise RemoteProtocolError(Code.FIELD_WRONG, path(number))
        return value

    def digits(self, number: int) -> str:
        """A text element that has to be there and to be all digits."""
        value = self.fields.get(number)
        if not (isinstance(value, str) and value.isascii() and value.isdecimal()):
            raise RemoteProtocolError(Code.FIELD_WRONG, path(number))
        return value

    def _one_of(self, number: int, pattern: re.Pattern[str]) -> str:
        value = self.text(number)
        if not pattern.fullmatch(value):
            raise RemoteProtocolError(Code.FIELD_WRONG, path(number))
        return value

    @property
    def amount_tiyn(self) -> int:
        """4 with 49: the amount; zero is one (verification of an account)."""
        amount = int(self.digits(4))
        if self.text(49) != TENGE:
            raise RemoteProtocolError(Code.CURRENCY_FOREIGN, path(49))
        return amount

    @property
    def processing_code(self) -> str:
        """3, six digits: what is done (2), account from (2), account to (2)."""
        return self.digits(3)

    @property
    def kind(self) -> str:
        """The first two digits of 3, the same as tag 9C of the chip: 00 purchase, 01 cash, 20 refund, 30 and
        31 balance."""
        return self.processing_code[:2]

    @property
    def transmitted(self) -> str:
        """7, ``MMDDhhmmss`` UTC."""
        return self._one_of(7, _MOMENT)

    @property
    def stan(self) -> str:
        """11, the sender's trace number, six digits."""
        return self.digits(11)

    @property
    def expiry(self) -> str:
        """14, else that of track 2: ``YYMM``."""
        if 14 not in self.fields and 35 in self.fields:
            return self.track2.expiry
        return self._one_of(14, _MONTH)

    @property
    def merchant_category(self) -> str:
        """18, four digits."""
        return self.digits(18)

    @property
    def entry_mode(self) -> str:
        """22, how the card was read: 01 and 81 number typed, 05 chip, 07 contactless chip, 80 stripe after
        the chip failed, 90 stripe; the third digit says whether the terminal takes a PIN. Two digits of
        it."""
        return self.digits(22)[:2]

    @property
    def sequence_number(self) -> int:
        """23, 0 where the message has none."""
        return int(self.digits(23)) if 23 in self.fields else 0

    @property
    def condition(self) -> str:
        """25: 00 ordinary, 59 electronic commerce, 51 verification without purchase."""
        return self.digits(25)

    @property
    def acquirer(self) -> str:
        """32, the acquirer's number, at most 11 digits."""
        return self.digits(32)

    @property
    def pan(self) -> Pan:
        """2, else that of track 2."""
        if 2 not in self.fields and 35 in self.fields:
            return self.track2.pan
        return _as_read(lambda: Pan(self.digits(2)), 2)

    @property
    def track2(self) -> Track2:
        """35."""
        return _as_read(lambda: Track2.from_text(self.text(35)), 35)

    @property
    def rrn(self) -> str:
        """37, the acquirer's reference, 12 characters."""
        return self.text(37)

    @property
    def approval_code(self) -> str:
        """38, six characters; "" where there is none."""
        return self.text(38) if 38 in self.fields else ""

    @property
    def code(self) -> str:
        """39, of an answer (:mod:`tender.card.response_codes`)."""
        return self._one_of(39, _CODE)

    @property
    def terminal(self) -> str:
        """41, without the blanks behind it."""
        return self.text(41).rstrip()

    @property
    def merchant(self) -> str:
        """42, without the blanks behind it."""
        return self.text(42).rstrip()

    @property
    def pin_block(self) -> bytes | None:
        """52, eight bytes; None where no PIN came."""
        return self.octets(52) if 52 in self.fields else None

    @property
    def additional_amounts(self) -> tuple[AdditionalAmount, ...]:
        """54, none where it is missing."""
        text = self.text(54) if 54 in self.fields else ""
        found = tuple(
            AdditionalAmount(account, kind, currency, -int(digits) if sign == "D" else int(digits))
            for account, kind, currency, sign, digits in _AMOUNT.findall(text)
        )
        if len(found) * _AMOUNT_LENGTH != len(text):
            raise RemoteProtocolError(Code.FIELD_WRONG, path(54))
        return found

    @property
    def chip_data(self) -> Mapping[int, bytes]:
        """55, tag → value, in its order, as loosely written as EMV Book 3, Annex B allows; empty where it is
        missing. No tag stands there twice."""
        objects = unpack(self.octets(55), _CHIP_PATH, loose=True) if 55 in self.fields else ()
        by_tag = {one.tag: one.value for one in objects}
        if len(by_tag) != len(objects):
            raise RemoteProtocolError(Code.FIELD_WRONG, _CHIP_PATH)
        return by_tag

    @property
    def network_code(self) -> str:
        """70, what a 0800 is about (:attr:`tender.card.iso8583.dialects.Dialect.network_codes`)."""
        return self.digits(70)

    @property
    def original(self) -> Original:
        """90."""
        text = self.digits(90)
        if len(text) != 42:
            raise RemoteProtocolError(Code.FIELD_WRONG, path(90))
        mti, stan, transmitted, acquirer, forwarder = (
            text[:4],
            text[4:10],
            text[10:20],
            text[20:31],
            text[31:],
        )
        return Original(mti, stan, transmitted, acquirer.lstrip("0"), forwarder.lstrip("0"))

    @property
    def replacement_tiyn(self) -> int | None:
        """95, of a partial reversal: what of the amount still stands; None where it is missing."""
        if 95 not in self.fields:
            return None
        return int(self._one_of(95, _REPLACEMENT)[:12])

    # --- how it shows

    def __str__(self) -> str:
        shown = " ".join(f"{number}={shown_value(number, value)}" for number, value in self.fields.items())
        return f"{self.mti} {shown}"

    __repr__ = __str__


def _copied(fields: Mapping[int, str | bytes]) -> dict[int, str | bytes]:
    """A dictionary of one's own. A proxy is asked for it: element by element it would take several times as
    long."""
    return fields.copy() if isinstance(fields, MappingProxyType) else dict(fields)


def _as_read(read: Callable[[], T], number: int) -> T:
    try:
        return read()
    except RemoteProtocolError as error:
        raise RemoteProtocolError(error.code, path(number)) from None


def shown_value(number: int, value: str | bytes) -> str:
    """One data element as it may be written down: secret ones starred out, the card's number but for its
    ends."""
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if number in SECRET:
        return "*" * len(value)
    return masked_number(value) if number == 2 else value


def well_formed_mti(mti: str) -> bool:
    """Whether this is the type of a message of ISO 8583:1987."""
    return mti in _MTIS
