"""Conversations that wait for an answer, by the end of their time (``Conversation.deadline_ms``)."""

import heapq

from card_switch.core.conversations import Conversations
from card_switch.core.rows import Conversation


class Waiting:
    """Of one host. One that was answered, or is forgotten, waits no more; nobody has to say so here."""

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations
        self._times: list[tuple[int, str]] = []

    def note(self, known: Conversation) -> None:
        """It may wait."""
        if known.deadline_ms:
            heapq.heappush(self._times, (known.deadline_ms, known.key))

    def over(self, now_ms: int) -> Conversation | None:
        """One whose time is over, and nothing has come; None: no more of them."""
        next_ms = self.next_deadline()
        if next_ms is None or next_ms > now_ms:
            return None
        return self._conversations[heapq.heappop(self._times)[1]]

    def next_deadline(self) -> int | None:
        """When the first one's time is over."""
        while self._times:
            deadline_ms, key = self._times[0]
            known = self._conversations.get(key)
            if known is not None and known.deadline_ms == deadline_ms:
                return deadline_ms
            heapq.heappop(self._times)
        return None
