"""The totals a terminal closes its batch with, beside what the acquirer has counted (0500, 0510).

======  ==================================================  =====
field   what                                                type
======  ==================================================  =====
74, 86  refunds: how many, how much (tiyn)                  0500
76, 88  purchases and cash: how many, how much (tiyn)       0500
39      ``00`` the same was counted here, ``95`` it was not 0510
======  ==================================================  =====

What the acquirer has counted goes back in the same fields, so that the terminal can say which line differs.
A batch ends for a terminal with its 0500; what is said again under the same trace number has the same answer.
A terminal is one of its merchant (DE 41 and 42): two merchants of a bank may use the same number.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from card_switch.core.conversations import Conversations
from card_switch.core.node import Command, Forget, Keep, Row, Send
from card_switch.core.rows import MESSAGE, Conversation, State, key_of
from tender.card.iso8583.message import Message
from tender.schema import Record, Text, Uint

BATCHES: Final = "batches"
RECONCILED: Final = "00"
DIFFERS: Final = "95"
REFUND_KIND: Final = "20"
Till = tuple[str, str]
"""Terminal and merchant (DE 41, 42)."""
SAME_YEAR_MS: Final = 180 * 86_400_000
"""Times in messages have no year: beyond this a name may mean something new."""
_INQUIRIES: Final = frozenset({"30", "31"})


@dataclass(frozen=True, slots=True)
class Totals:
    """How many and how much (tiyn): debits are purchases and cash, credits are refunds."""

    debits: int = 0
    debits_tiyn: int = 0
    credits: int = 0
    credits_tiyn: int = 0

    @property
    def net_tiyn(self) -> int:
        """What the merchant is owed."""
        return self.debits_tiyn - self.credits_tiyn

    def to_fields(self) -> dict[int, str | bytes]:
        """As a message carries them."""
        return {
            74: f"{self.credits:010}",
            76: f"{self.debits:010}",
            86: f"{self.credits_tiyn:016}",
            88: f"{self.debits_tiyn:016}",
        }

    @classmethod
    def read(cls, message: Message) -> "Totals":
        """As a message carries them; :class:`RemoteProtocolError` where one is missing."""
        counts = [int(message.digits(number)) for number in (76, 88, 74, 86)]
        return cls(*counts)


@dataclass(frozen=True, slots=True)
class Batch:
    """One closed batch: what the terminal said, what was counted here, what was answered."""

    key: str
    terminal: str
    merchant: str
    time_ms: int
    theirs: Totals
    ours: Totals
    answer: Message

    @property
    def till(self) -> Till:
        """Whose batch it was."""
        return self.terminal, self.merchant


_TOTALS: Final = Record(
    Totals, ("debits", Uint()), ("debits_tiyn", Uint()), ("credits", Uint()), ("credits_tiyn", Uint())
)
BATCH: Final = Record(
    Batch,
    ("key", Text(96)),
    ("terminal", Text(8)),
    ("merchant", Text(15)),
    ("time_ms", Uint()),
    ("theirs", _TOTALS),
    ("ours", _TOTALS),
    ("answer", MESSAGE),
)


def counted(conversations: Iterable[Conversation]) -> Totals:
    """What stands of these: approved, and not taken back."""
    stands = [
        (one.kind, one.stands_tiyn)
        for one in conversations
        if one.state is State.APPROVED and one.stands_tiyn and one.kind not in _INQUIRIES
    ]
    debits = [tiyn for kind, tiyn in stands if kind != REFUND_KIND]
    credits = [tiyn for kind, tiyn in stands if kind == REFUND_KIND]
    return Totals(len(debits), sum(debits), len(credits), sum(credits))


class Batches:
    """The batches of an acquirer's terminals."""

    def __init__(self) -> None:
        self.closed: dict[str, Batch] = {}
        self._last: dict[Till, int] = {}
        self._conversations = Conversations()

    def of(self, conversations: Conversations) -> None:
        """Count these."""
        self._conversations = conversations

    def heard(self, link: str, message: Message, now_ms: int) -> Sequence[Command] | None:
        """A 0500; None for anything else."""
        if message.mti[:3] != "050":
            return None
        till = message.text(41).strip(), message.text(42).strip()
        key = f"{key_of(message)}/{till[1]}"
        known = self.closed.get(key)
        if known is not None and now_ms - known.time_ms < SAME_YEAR_MS:
            return [Send(link, known.answer)]
        theirs, ours = Totals.read(message), self.open_totals(till)
        answer = message.answer(RECONCILED if ours == theirs else DIFFERS, ours.to_fields())
        batch = Batch(key, *till, now_ms, theirs, ours, answer)
        self._remember(batch)
        return [Keep(BATCHES, key, BATCH.encode(batch)), Send(link, answer)]

    def open_totals(self, till: Till) -> Totals:
        """What was counted for a terminal since its last batch."""
        terminal, merchant = till
        since_ms = self._last.get(till, -1)
        mine = self._conversations.of_terminal(terminal)
        return counted(one for one in mine if one.time_ms > since_ms and one.merchant == merchant)

    def open(self, until_ms: int) -> dict[Till, Totals]:
        """What was counted for each terminal since its last batch, where that is anything."""
        groups: dict[Till, list[Conversation]] = {}
        for one in self._conversations.values():
            if one.stands_tiyn and one.time_ms <= until_ms:
                till = one.terminal, one.merchant
                if one.time_ms > self._last.get(till, -1):
                    groups.setdefault(till, []).append(one)
        found = {till: counted(some) for till, some in groups.items()}
        return {till: totals for till, totals in found.items() if totals != Totals()}

    def holds(self, conversation: Conversation) -> bool:
        """Whether this is in an open batch of a terminal that closes batches."""
        since_ms = self._last.get((conversation.terminal, conversation.merchant))
        return since_ms is not None and conversation.time_ms > since_ms

    def forget(self, before_ms: int, host: str) -> list[Command]:
        """Batches that were closed so long ago; the last of each terminal stays."""
        gone = [
            one.key
            for one in self.closed.values()
            if one.time_ms < before_ms and one.time_ms < self._last[one.till]
        ]
        for key in gone:
            del self.closed[key]
        return [Forget(BATCHES, key, host) for key in gone]

    def restore(self, row: Row) -> None:
        """A batch that was closed before a restart."""
        if row.table == BATCHES:
            self._remember(BATCH.decode(row.data, "row"))

    def _remember(self, batch: Batch) -> None:
        self.closed[batch.key] = batch
        self._last[batch.till] = max(self._last.get(batch.till, -1), batch.time_ms)
