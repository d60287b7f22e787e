"""A record within a record."""

from typing import Any

from tender.schema import Record


class Nested:
    """As a field: the inner record's array."""

    def __init__(self, record: Record[Any]) -> None:
        self._record = record

    def to_value(self, item: Any) -> Any:
        """The inner record's array."""
        return self._record.to_value(item)

    def from_value(self, value: Any, path: str) -> Any:
        """The inner value; refused as the inner record refuses."""
        return self._record.from_value(value, path)
