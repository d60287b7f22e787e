"""How a cardholder proves to be one: an issuer's list of methods and conditions, and what came of it.

Tag 8E: two amounts, then rules of two bytes each, method and condition (EMV 4.3 Book 3, 10.5 and C3). Tag
9F34: the method last tried, its condition, what came of it (Book 4, A4).
"""

from enum import IntEnum, unique
from typing import Final, NamedTuple

from tender.card.values import words_of
from tender.errors import Code, RemoteProtocolError

_AMOUNTS_BYTES: Final = 8
_GO_ON: Final = 0x40
_METHOD: Final = 0x3F


@unique
class Method(IntEnum):
    """Cardholder verification methods (table 39)."""

    FAIL = 0x00
    PLAIN_PIN = 0x01
    ONLINE_PIN = 0x02
    PLAIN_PIN_AND_SIGNATURE = 0x03
    ENCIPHERED_PIN = 0x04
    ENCIPHERED_PIN_AND_SIGNATURE = 0x05
    SIGNATURE = 0x1E
    NO_CVM = 0x1F
    NONE_PERFORMED = 0x3F
    """In results alone."""

    @property
    def words(self) -> str:
        """For people."""
        return words_of(self.name)


METHODS: Final = {int(one): one for one in Method if one is not Method.NONE_PERFORMED}


@unique
class Condition(IntEnum):
    """When a rule counts (table 40)."""

    ALWAYS = 0x00
    UNATTENDED_CASH = 0x01
    NEITHER_CASH_NOR_CASHBACK = 0x02
    IF_SUPPORTED = 0x03
    MANUAL_CASH = 0x04
    CASHBACK = 0x05
    UNDER_X = 0x06
    OVER_X = 0x07
    UNDER_Y = 0x08
    OVER_Y = 0x09

    @property
    def words(self) -> str:
        """For people."""
        return words_of(self.name)


CONDITIONS: Final = {int(one): one for one in Condition}


@unique
class Result(IntEnum):
    """What came of a method: third byte of 9F34."""

    UNKNOWN = 0
    """The issuer, or whoever looks at the signature, will know."""
    FAILED = 1
    SUCCESSFUL = 2


class Rule(NamedTuple):
    """One rule as it stands; codes without a name are kept, and are understood by nobody."""

    code: int
    """First byte."""
    when: int
    """Second byte."""

    @property
    def method(self) -> Method | None:
        """The method; ``None`` for one that is not in the table."""
        return METHODS.get(self.code & _METHOD)

    @property
    def goes_on(self) -> bool:
        """Whether the next rule counts if this one is tried in vain."""
        return bool(self.code & _GO_ON)

    @property
    def condition(self) -> Condition | None:
        """The condition; ``None`` for one that is not in the table."""
        return CONDITIONS.get(self.when)


class CvmList(NamedTuple):
    """Tag 8E. The amounts are in the application's currency, in its smallest unit."""

    x: int
    y: int
    rules: tuple[Rule, ...]

    @classmethod
    def read(cls, octets: bytes, field: str = "8E") -> "CvmList":
        """``RemoteProtocolError field-wrong`` at ``field`` for half a rule, or less than the amounts."""
        rules = octets[_AMOUNTS_BYTES:]
        if len(octets) < _AMOUNTS_BYTES or len(rules) % 2:
            raise RemoteProtocolError(Code.FIELD_WRONG, field)
        pairs = tuple(Rule(rules[at], rules[at + 1]) for at in range(0, len(rules), 2))
        return cls(int.from_bytes(octets[:4], "big"), int.from_bytes(octets[4:8], "big"), pairs)

    def to_bytes(self) -> bytes:
        """As it stands on a card."""
        amounts = self.x.to_bytes(4, "big") + self.y.to_bytes(4, "big")
        return amounts + b"".join(bytes(rule) for rule in self.rules)


def results_words(octets: bytes) -> tuple[str, ...]:
    """Tag 9F34 for people: method, condition, result; ``RemoteProtocolError field-wrong`` at ``9F34`` for
    another length."""
    if len(octets) != 3:
        raise RemoteProtocolError(Code.FIELD_WRONG, "9F34")
    method = Method.NONE_PERFORMED if octets[0] == Method.NONE_PERFORMED else METHODS.get(octets[0] & _METHOD)
    condition = CONDITIONS.get(octets[1])
    result = {int(one): words_of(one.name) for one in Result}.get(octets[2], f"{octets[2]:02X}")
    return (
        method.words if method is not None else f"{octets[0]:02X}",
        condition.words if condition is not None else f"{octets[1]:02X}",
        result,
    )
