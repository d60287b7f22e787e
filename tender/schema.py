"""Closed schemas: each message is a frozen dataclass and the CBOR array of its fields, in order.

``Record(Load, ("account", Bytes(32)), ("amount_tiyn", Uint(AMOUNT_MAX_TIYN)))`` encodes a ``Load`` as
``[account, amount_tiyn]`` and decodes nothing else: a field too many, too few, too long or of another type
is a :class:`RemoteProtocolError` that names the field's path.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from tender import canon
from tender.canon import Value
from tender.errors import Code, LocalProtocolError, RemoteProtocolError

T = TypeVar("T")


def _wrong(path: str) -> RemoteProtocolError:
    return RemoteProtocolError(Code.FIELD_WRONG, path)


class Field(Protocol):
    """One kind of field: how its value becomes CBOR and comes back."""

    def to_value(self, item: Any) -> Value:
        """The CBOR value of a Python item."""

    def from_value(self, value: Value, path: str) -> Any:
        """The Python item of a CBOR value; raises ``field-wrong`` at ``path``."""


@dataclass(frozen=True, slots=True)
class Uint:
    """An unsigned integer of at most ``most``."""

    most: int = 2**63 - 1
    least: int = 0

    def to_value(self, item: Any) -> Value:
        """As it is."""
        return int(item)

    def from_value(self, value: Value, path: str) -> int:
        """An int within bounds."""
        if isinstance(value, bool) or not isinstance(value, int) or not self.least <= value <= self.most:
            raise _wrong(path)
        return value


@dataclass(frozen=True, slots=True)
class Int:
    """A signed integer of at most 63 bits, such as a change of balance in tiyn."""

    def to_value(self, item: Any) -> Value:
        """As it is."""
        return int(item)

    def from_value(self, value: Value, path: str) -> int:
        """An int."""
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**63:
            raise _wrong(path)
        return value


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def to_value(self, item: Any) -> Value:
        """As it is."""
        return bool(item)

    def from_value(self, value: Value, path: str) -> bool:
        """A bool."""
        if not isinstance(value, bool):
            raise _wrong(path)
        return value


@dataclass(frozen=True, slots=True)
class Bytes:
    """A byte string of ``length`` bytes, or of ``least`` to ``most``."""

    length: int | None = None
    most: int = 1 << 20
    least: int = 0

    def to_value(self, item: Any) -> Value:
        """As it is."""
        return bytes(item)

    def from_value(self, value: Value, path: str) -> bytes:
        """Bytes of the right length."""
        if not isinstance(value, bytes):
            raise _wrong(path)
        if self.length is not None and len(value) != self.length:
            raise _wrong(path)
        if not self.least <= len(value) <= self.most:
            raise _wrong(path)
        return value


@dataclass(frozen=True, slots=True)
class Text:
    """Text of at most ``most`` characters with no control characters in it."""

    most: int = 140
    least: int = 0

    def to_value(self, item: Any) -> Value:
        """As it is."""
        return str(item)

    def from_value(self, value: Value, path: str) -> str:
        """Printable text: control and bidirectional characters could make a screen lie."""
        if not isinstance(value, str) or not self.least <= len(value) <= self.most:
            raise _wrong(path)
        if not value.isprintable():
            raise _wrong(path)
        return value


@dataclass(frozen=True, slots=True)
class Maybe:
    """A field that may be absent: null in CBOR, None in Python."""

    inner: Field

    def to_value(self, item: Any) -> Value:
        """Null, or the inner value."""
        return None if item is None else self.inner.to_value(item)

    def from_value(self, value: Value, path: str) -> Any:
        """None, or the inner item."""
        return None if value is None else self.inner.from_value(value, path)


@dataclass(frozen=True, slots=True)
class Many:
    """An array of at most ``most`` items of one kind; a tuple in Python."""

    inner: Field
    most: int = 1000
    least: int = 0

    def to_value(self, item: Any) -> Value:
        """An array."""
        return [self.inner.to_value(one) for one in item]

    def from_value(self, value: Value, path: str) -> tuple[Any, ...]:
        """A tuple."""
        if not isinstance(value, list) or not self.least <= len(value) <= self.most:
            raise _wrong(path)
        return tuple(self.inner.from_value(one, f"{path}[{place}]") for place, one in enumerate(value))


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a fixed set of texts, such as ``to-dt`` or ``from-dt``."""

    among: tuple[str, ...]

    def to_value(self, item: Any) -> Value:
        """As it is."""
        return str(item)

    def from_value(self, value: Value, path: str) -> str:
        """One of the known texts."""
        if not isinstance(value, str) or value not in self.among:
            raise _wrong(path)
        return value


class Record(Generic[T]):
    """The schema of one dataclass: a CBOR array of its fields in the order given here."""

    def __init__(self, made: Callable[..., T], *fields: tuple[str, Field]) -> None:
        self._made = made
        self._fields = fields

    @property
    def names(self) -> tuple[str, ...]:
        """The field names in wire order (documentation is generated from them)."""
        return tuple(name for name, _ in self._fields)

    @property
    def fields(self) -> tuple[tuple[str, Field], ...]:
        """Names and kinds of fields in wire order (documentation is generated from them)."""
        return self._fields

    def to_value(self, item: T) -> Value:
        """The array of fields."""
        return [field.to_value(getattr(item, name)) for name, field in self._fields]

    def from_value(self, value: Value, path: str) -> T:
        """The dataclass; refuses any other shape at ``path``."""
        if not isinstance(value, list) or len(value) != len(self._fields):
            raise _wrong(path)
        items = {
            name: field.from_value(one, f"{path}.{name}")
            for (name, field), one in zip(self._fields, value, strict=True)
        }
        return self._made(**items)

    def readable_value(self, item: T, path: str) -> Value:
        """The array of fields, for what must be read again: :class:`LocalProtocolError` at the field that
        :meth:`from_value` would refuse."""
        value = self.to_value(item)
        try:
            self.from_value(value, path)
        except RemoteProtocolError as error:
            raise LocalProtocolError(error.code, error.field) from error
        return value

    def encode(self, item: T) -> bytes:
        """Canonical CBOR."""
        return canon.encode(self.to_value(item))

    def decode(self, data: bytes, path: str = "message") -> T:
        """Strict decoding; raises :class:`RemoteProtocolError`."""
        return self.from_value(canon.decode(data, path), path)
