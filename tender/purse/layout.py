"""Fixed layouts, as a card's memory and short commands like them: big-endian numbers and byte strings, one
after the other, with no names and no lengths but where a field says so.

``Layout(Entry, ("amount_tiyn", 5), ("key", RAW, 32), ("note", REST))``: what is read must fill it exactly.
"""

from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from tender.errors import Code, LocalProtocolError, RemoteProtocolError

T = TypeVar("T")

RAW: Final = "raw"
"""A byte string of the length that follows."""
REST: Final = "rest"
"""All bytes up to the end; only as the last field."""


class Layout(Generic[T]):
    """One record: ``(name, 4)`` is a number of four bytes, ``(name, RAW, 32)`` bytes, ``(name, REST)``."""

    def __init__(self, made: Callable[..., T], *fields: tuple[Any, ...]) -> None:
        self._made = made
        self._fields = fields
        self.length: Final = sum(int(one[-1]) for one in fields if one[-1] != REST)
        """Bytes it takes; with a REST, the least."""

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """Each field's name and form, for the protocol page."""
        return tuple(
            (one[0], "rest" if one[1] == REST else f"bytes {one[2]}" if one[1] == RAW else f"u{one[1] * 8}")
            for one in self._fields
        )

    def encode(self, item: T) -> bytes:
        """The record's bytes; :class:`LocalProtocolError` ``field-wrong`` for what does not fit."""
        parts: list[bytes] = []
        for name, form, *length in self._fields:
            value = getattr(item, name)
            if isinstance(form, int):
                if not 0 <= value < 1 << 8 * form:
                    raise LocalProtocolError(Code.FIELD_WRONG, name)
                parts.append(int(value).to_bytes(form, "big"))
            elif form == RAW and len(value) != length[0]:
                raise LocalProtocolError(Code.FIELD_WRONG, name)
            else:
                parts.append(bytes(value))
        return b"".join(parts)

    def decode(self, data: bytes, path: str) -> T:
        """Read one; :class:`RemoteProtocolError` ``field-wrong`` unless the bytes fill it exactly."""
        items: dict[str, Any] = {}
        at = 0
        for name, form, *length in self._fields:
            end = len(data) if form == REST else at + (form if isinstance(form, int) else length[0])
            part = data[at:end]
            items[name] = int.from_bytes(part, "big") if isinstance(form, int) else part
            at = end
        if at != len(data) or at < self.length:
            raise RemoteProtocolError(Code.FIELD_WRONG, path)
        return self._made(**items)

    def decode_all(self, data: bytes, path: str) -> tuple[T, ...]:
        """One after the other, as many as there are."""
        if len(data) % self.length:
            raise RemoteProtocolError(Code.FIELD_WRONG, path)
        return tuple(
            self.decode(data[at : at + self.length], path) for at in range(0, len(data), self.length)
        )
