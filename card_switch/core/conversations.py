"""Conversations in memory: by key, and by terminal, so that what one terminal closes touches no other's."""

from collections.abc import Iterator

from card_switch.core.rows import Conversation


class Conversations(dict[str, Conversation]):
    """As a dictionary of them by key (``card_switch/core/rows.py``)."""

    def __init__(self, names: dict[str, str] | None = None) -> None:
        """``names``: life-cycle id → key, kept for whoever has to tell names apart (``outside.py``)."""
        super().__init__()
        self._names = names
        self._of: dict[str, dict[str, None]] = {}

    def __setitem__(self, key: str, conversation: Conversation) -> None:
        if key not in self:
            self._of.setdefault(_terminal_in(key), {})[key] = None
        if self._names is not None and conversation.life_cycle:
            self._names.setdefault(conversation.life_cycle, key)
        super().__setitem__(key, conversation)

    def __delitem__(self, key: str) -> None:
        if self._names is not None and self._names.get(self[key].life_cycle) == key:
            del self._names[self[key].life_cycle]
        super().__delitem__(key)
        terminal = _terminal_in(key)
        mine = self._of[terminal]
        del mine[key]
        if not mine:
            del self._of[terminal]

    def has_place_for(self, conversation: Conversation) -> bool:
        """Whether neither it is here nor another one that a host outside has called so since."""
        name, key = conversation.life_cycle, conversation.key
        return key not in self and (not name or (self._names or {}).get(name, key) == key)

    def of_terminal(self, terminal: str) -> Iterator[Conversation]:
        """Those of this terminal (DE 41 without the blanks that fill it), oldest first."""
        return (self[key] for key in self._of.get(terminal, ()))


def _terminal_in(key: str) -> str:
    """A key is class, acquirer, terminal, trace number, time; a terminal's own name may have strokes."""
    return key.split("/", 2)[2].rsplit("/", 2)[0].strip()
