"""Links that end outside of this process, and what is believed of what a host there calls an operation.

Operations are told apart by their life-cycle ids. Where a foreign network gives them it may give one twice,
or one that is another operation's here: then neither would be settled as what it is. So over such a link
comes no name that another operation has; the later one is called by its key (``name_without_id``).
"""

from collections.abc import Collection

Place = tuple[str, str]
"""A host, and its name of the link."""


class Outside:
    """The links of one process; shared by its acquirers, which ask each other's networks."""

    def __init__(self, links: Collection[Place] = ()) -> None:
        self._links = frozenset(links)
        self.names: dict[str, str] | None = {} if links else None
        """Life-cycle id → the key of whose it is, of everything that is remembered; None: all is ours."""

    def __contains__(self, place: object) -> bool:
        return place in self._links

    def name(self, place: Place, told: str, key: str) -> str:
        """What this operation is called by a host: empty where that is outside and it is another's name."""
        if self.names is None or place not in self._links or self.names.get(told, key) == key:
            return told
        return ""
