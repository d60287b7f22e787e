"""Reversals that are owed: a row before they are sent, said again until they are acknowledged."""

import heapq
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Final

from card_switch.core.node import Command, Forget, Keep, Send, Tell
from card_switch.core.rows import OWED, OWED_REVERSAL, Conversation, Owed, key_of, original_data, storable
from tender.card.iso8583.message import Message
from tender.card.response_codes import ANSWER_LATE

REPEATED: Final = {"0400": "0401", "0420": "0421"}
KEPT_FROM_REQUEST: Final = (
    2,
    3,
    4,
    7,
    11,
    12,
    13,
    14,
    18,
    19,
    22,
    23,
    25,
    32,
    37,
    41,
    42,
    43,
    49,
    15,
    62,
    63,
)
"""What a reversal repeats of its original (DE 90 names it besides)."""
SLOWEST: Final = 12
"""A reversal is said again after this many times the first wait at most."""
TAKEN: Final = "00"
NEVER_SEEN: Final = "25"
"""What ends it: done; or, of what was never approved here, that there is nothing to undo."""
REFUSED: Final = "12"
"""Ends it, too, where the answer says that more stands than should (DE 95)."""
IN_PART: Final = "10"
"""Done as far as it can be; DE 95 says what stands, and the rest stays owed."""
BUSY: Final = frozenset({"91", "96"})
"""What anybody may say at any time; every other no is a fault that somebody has to look at."""


class Reversals:
    """What one host still owes."""

    def __init__(self, again_ms: int) -> None:
        self._again_ms = again_ms
        self.owed: dict[str, Owed] = {}
        self._times: list[tuple[int, str]] = []

    def own(self, request: Message) -> Message:
        """A reversal advice that this host makes itself, because no answer came."""
        fields = {number: request.fields[number] for number in KEPT_FROM_REQUEST if number in request.fields}
        return Message("0420", {**fields, 39: ANSWER_LATE, 90: original_data(request)})

    def owe(self, message: Message, of: Conversation, now_ms: int, up: Collection[str]) -> list[Command]:
        """From now on this reversal is owed to where the original went."""
        owed = Owed(key_of(message), of.onward, storable(message), of.key, now_ms)
        self._remember(owed)
        if of.onward in up:
            return self._say(owed, now_ms)
        return [Keep(OWED, owed.key, OWED_REVERSAL.encode(owed))]

    def acknowledged(
        self, key: str, link: str, answer: Message, was_approved: Callable[[str], bool]
    ) -> tuple[list[Command], int | None]:
        """The other side has it, and what stands there now (tiyn; None: it did not say). Taken in part it
        stays owed; so it does after a no that does not say what stands (told as ``reversal-refused``).
        ``was_approved``: whether the other side once approved the original."""
        owed = self.owed.get(key)
        if owed is None or owed.link != link or answer.code in BUSY:
            return [Tell("late", (("link", link), ("code", answer.code)))], None
        told = (("link", link), ("key", owed.of), ("code", answer.code))
        left_tiyn, stands_tiyn = owed.message.replacement_tiyn or 0, answer.replacement_tiyn or 0
        more = stands_tiyn > left_tiyn
        if answer.code == IN_PART and more:
            return [Tell("reversed-in-part", told)], stands_tiyn
        if answer.code == REFUSED and more:
            del self.owed[key]
            return [Tell("not-reversed", told), Forget(OWED, key)], stands_tiyn
        if answer.code == TAKEN or (answer.code == NEVER_SEEN and not was_approved(owed.of)):
            del self.owed[key]
            return [Forget(OWED, key)], left_tiyn
        return [Tell("reversal-refused", told)], None

    def over(self, link: str, now_ms: int) -> Sequence[Command]:
        """The link is up again: everything owed over it, at once."""
        mine = [one for one in self.owed.values() if one.link == link]
        return [command for owed in mine for command in self._say(owed, now_ms)]

    def due(self, now_ms: int, up: Collection[str]) -> list[Command]:
        """What is to be said again."""
        commands: list[Command] = []
        while self._times and self._times[0][0] <= now_ms:
            next_ms, key = heapq.heappop(self._times)
            owed = self.owed.get(key)
            if owed is None or owed.next_ms != next_ms:
                continue
            if owed.link in up:
                commands += self._say(owed, now_ms)
            else:
                self._remember(replace(owed, next_ms=now_ms + self._again_ms))
        return commands

    def next_deadline(self) -> int | None:
        """When something is to be said again."""
        while self._times:
            next_ms, key = self._times[0]
            owed = self.owed.get(key)
            if owed is not None and owed.next_ms == next_ms:
                return next_ms
            heapq.heappop(self._times)
        return None

    def restore(self, data: bytes) -> None:
        """One that was owed before a restart."""
        self._remember(OWED_REVERSAL.decode(data, "row"))

    def _say(self, owed: Owed, now_ms: int) -> list[Command]:
        mti = REPEATED.get(owed.message.mti, owed.message.mti) if owed.said else owed.message.mti
        wait_ms = self._again_ms * min(SLOWEST, 1 << min(owed.said, 8))
        later = replace(owed, said=owed.said + 1, next_ms=now_ms + wait_ms)
        self._remember(later)
        kept = Keep(OWED, owed.key, OWED_REVERSAL.encode(later))
        return [kept, Send(owed.link, Message(mti, owed.message.fields))]

    def _remember(self, owed: Owed) -> None:
        self.owed[owed.key] = owed
        heapq.heappush(self._times, (owed.next_ms, owed.key))
