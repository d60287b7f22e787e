"""What is long over is put away, at all hosts at once: memory holds days, not months.

After a day is closed, an operation leaves the live rows when all of this holds:

* every host that knows it has known it for longer than the grace (``remember_days``), and none waits;
* acquirer, network and issuer have it alike, and the banks have counted it so;
* it is in no open batch of a terminal that closes batches (for :data:`BATCH_MOST_DAYS` days at most).

Its rows of all hosts, and what the end of the day has counted of it, become ONE packed row, found by the
names a message may call it by; a late reversal, a repeated question or a return brings all of it back to
every host (``card_switch/service/recalling.py``), and it lies there no more. Operations that are called alike
lie apart: a name comes again after some years, and a network of somebody else's may give it sooner. What one
row cannot hold stays where it is. A question whose reversal came first (barred) is put away
too, so that it is refused whenever it comes. What moved no money and bars nothing is forgotten.
"""

import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from card_switch.core.acquirer.batches import SAME_YEAR_MS
from card_switch.core.day_views import Name
from card_switch.core.end_of_day import NAME as END_NAME
from card_switch.core.end_of_day import EndOfDay
from card_switch.core.node import Command, Forget, Keep, Row
from card_switch.core.quiet import Quiet
from card_switch.core.relay import Relay
from card_switch.core.returns import RETURN_KIND, credit_word
from card_switch.core.rows import CONVERSATIONS, Conversation, State, text_of
from tender.card.iso8583.message import Message
from tender.errors import Code, RemoteProtocolError
from tender.schema import Bytes, Many, Record, Text, Uint

NAME: Final = "archive"
ARCHIVED: Final = "archived"
"""The owner of what is put away: no host reads it when it starts."""
OPERATIONS: Final = "operations"
NAMES: Final = "names"
DATES: Final = "dates"
DAY_MS: Final = 86_400_000
BATCH_MOST_DAYS: Final = 31
CHUNK: Final = 500
"""Operations put away in one turn; payments go on in between."""
PAUSE_MS: Final = 20
ROWS_MOST: Final = 64
"""Rows of one operation; there are four or five."""
DATA_MOST: Final = 1 << 18
_READ_MOST: Final = 1 << 16
"""What an earlier version put away may have more rows."""
CREDIT: Final = "back/"
"""How the words begin by which a return is found."""


@dataclass(frozen=True, slots=True)
class Filed:
    """One row of one host."""

    host: str
    table: str
    key: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Bundle:
    """One operation as all hosts had it."""

    time_ms: int
    rows: tuple[Filed, ...]


_FILED: Final = Record(
    Filed, ("host", Text(40)), ("table", Text(40)), ("key", Text(120)), ("data", Bytes(most=DATA_MOST))
)
_BUNDLE: Final = Record(Bundle, ("time_ms", Uint()), ("rows", Many(_FILED, most=_READ_MOST)))


def bundle_bytes(bundle: Bundle) -> bytes:
    """Packed: the hosts' rows of one operation have most in common."""
    return zlib.compress(_BUNDLE.encode(bundle), 1)


def bundle_of(octets: bytes) -> Bundle:
    """What :func:`bundle_bytes` has packed. Raises :class:`~tender.errors.RemoteProtocolError` for anything
    else."""
    try:
        packed = zlib.decompress(octets)
    except zlib.error as error:
        raise RemoteProtocolError(Code.FIELD_WRONG, "row") from error
    return _BUNDLE.decode(packed, "row")


@dataclass(frozen=True, slots=True)
class Item:
    """What one host remembers of one operation, as long as ``current`` says so. ``name`` is None where no
    money moved; ``words``: what a message may call it by."""

    filed: Filed
    time_ms: int
    name: Name | None
    bars: bool
    ready: bool
    words: tuple[str, ...]
    current: Callable[[], bool]


class IssuerShelf(Protocol):
    """An issuer's host, as far as it is put away."""

    name: str

    def items(self) -> Iterator[Item]:
        """Everything it remembers of operations."""

    def row_data(self, key: str) -> bytes:
        """The row of one."""

    def forget(self, key: str) -> None:
        """Remember it no more."""

    def forget_reversals(self, before_ms: int) -> list[Command]:
        """Answers to reversals that nobody repeats any more."""


class BatchBook(Protocol):
    """An acquirer's batches."""

    def holds(self, conversation: Conversation) -> bool:
        """Whether this is in an open batch of a terminal that closes batches."""

    def forget(self, before_ms: int, host: str) -> list[Command]:
        """Batches that were closed so long ago."""


class Archive(Quiet):
    """Puts away; a host of its own, which hears nobody."""

    name = NAME

    def __init__(
        self,
        relays: Iterable[Relay],
        issuers: Iterable[IssuerShelf],
        batches: Mapping[str, BatchBook],
        end: EndOfDay,
        remember_days: int,
    ) -> None:
        """``batches``: acquirer's name → its batches."""
        self._relays = {relay.name: relay for relay in relays}
        self._issuers = {one.name: one for one in issuers}
        self._batches = batches
        self._end = end
        self._remember_ms = remember_days * DAY_MS
        self._dates: dict[str, int] = {}
        self._swept = -1
        self._work: Iterator[list[Command]] | None = None
        self._next_ms = 0
        self._put_now: list[Keep] = []
        self._batch_from_ms = 0
        """Older than this, an open batch is waited for no longer."""

    # --- what is ready

    def _items(self) -> Iterator[Item]:
        for relay in self._relays.values():
            owed = {one.of for one in relay.reversals.owed.values()}
            for known in tuple(relay.conversations.values()):
                yield self._item(relay, known, owed)
        for issuer in self._issuers.values():
            yield from issuer.items()

    def _item(self, relay: Relay, known: Conversation, owed: set[str]) -> Item:
        name = self._end.name_of(relay, known)
        book = self._batches.get(relay.name)
        waits = known.state is State.ASKED or known.waits_for_its_end or known.key in owed
        if name is not None and book is not None and not waits:
            waits = known.time_ms >= self._batch_from_ms and book.holds(known)
        words: tuple[str, ...] = (known.key,)
        if name is not None and book is not None:
            words = (known.key, reference_word(text_of(known.request, 37)))
        words += credit_words(known.request) if known.kind == RETURN_KIND else ()
        return Item(
            Filed(relay.name, CONVERSATIONS, known.key, b""),
            known.time_ms,
            name,
            known.state is State.BARRED,
            not waits,
            words,
            lambda: relay.conversations.get(known.key) is known,
        )

    def _ready(self, before_ms: int) -> Iterator[tuple[Name | None, list[Item]]]:
        groups = defaultdict[Name, list[Item]](list)
        fresh: set[Name] = set()
        for item in self._items():
            over = item.ready and item.time_ms < before_ms
            if item.name is None:
                if over:
                    yield None, [item]
            elif over:
                groups[item.name].append(item)
            else:
                fresh.add(item.name)
        is_counted = self._end.counted()
        for name, items in groups.items():
            if name not in fresh and is_counted(name):
                yield name, items

    # --- putting away

    def _putting(self, before_ms: int) -> Iterator[list[Command]]:
        commands: list[Command] = []
        ready = list(self._ready(before_ms))
        for count, (name, items) in enumerate(ready, 1):
            if all(item.current() for item in items):
                commands += self._put(name, items)
            if count % CHUNK == 0:
                yield commands
                commands = []
        for issuer in self._issuers.values():
            commands += issuer.forget_reversals(before_ms)
        for host, book in self._batches.items():
            commands += book.forget(before_ms, host)
        commands += self._end.forget_days(before_ms)
        yield commands

    def _put(self, name: Name | None, items: Sequence[Item]) -> list[Command]:
        commands: list[Command] = []
        if name is not None or items[0].bars:
            rows = [self._row(item.filed) for item in items]
            settled = self._end.settled_row_of(name) if name is not None else None
            if settled is not None:
                rows.append(Filed(END_NAME, settled.table, settled.key, settled.data))
            if len(rows) > ROWS_MOST or any(len(one.data) > DATA_MOST for one in rows):
                return []
            place, latest_ms = _place_of(name, items), max(item.time_ms for item in items)
            commands.append(Keep(OPERATIONS, place, bundle_bytes(Bundle(latest_ms, tuple(rows))), ARCHIVED))
            for item in items:
                commands += [
                    Keep(NAMES, f"{item.filed.host} {word} {place}", b"", ARCHIVED) for word in item.words
                ]
                for word in (item.filed.key, *(one for one in item.words if one.startswith(CREDIT))):
                    commands += self._dated(word, latest_ms)
        for item in items:
            filed = item.filed
            self._drop(filed)
            commands.append(Forget(filed.table, filed.key, filed.host))
        if name is not None:
            commands += self._end.forget(name)
        return commands

    def _row(self, filed: Filed) -> Filed:
        host = self._relays.get(filed.host) or self._issuers[filed.host]
        return Filed(filed.host, filed.table, filed.key, host.row_data(filed.key))

    def _drop(self, filed: Filed) -> None:
        if filed.host in self._relays:
            self._relays[filed.host].forget(filed.key)
        else:
            self._issuers[filed.host].forget(filed.key)

    # --- which dates are put away

    def _dated(self, key: str, time_ms: int) -> list[Command]:
        """Questions of this date may have been put away: only they are looked for."""
        date = date_of(key.rpartition("/")[2])
        if self._dates.get(date, -1) >= time_ms:
            return []
        self._dates[date] = time_ms
        return [Keep(DATES, date, str(time_ms).encode())]

    def may_hold(self, transmitted: str, now_ms: int) -> bool:
        """Whether something of this time (MMDDhhmmss) may have been put away this year."""
        at_ms = self._dates.get(date_of(transmitted))
        return at_ms is not None and now_ms - at_ms < SAME_YEAR_MS

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever put away."""
        return not self._dates

    # --- a host like the others

    def due(self, now_ms: int) -> Sequence[Command]:
        """The next part, or the first one after a day was closed."""
        if self._work is None:
            self._swept = self._end.closed_number
            self._batch_from_ms = now_ms - BATCH_MOST_DAYS * DAY_MS
            self._work = self._putting(now_ms - self._remember_ms)
        commands = next(self._work, None)
        put = (one for one in commands or () if isinstance(one, Keep))
        self._put_now = [one for one in put if one.host == ARCHIVED]
        if commands is None:
            self._work = None
            return []
        self._next_ms = now_ms + PAUSE_MS
        return commands

    def rows_put(self, table: str, beginning: str) -> list[Row]:
        """What was put away at last, perhaps in this very turn: no store has it yet."""
        return [
            Row(one.table, one.key, one.data)
            for one in self._put_now
            if one.table == table and one.key.startswith(beginning)
        ]

    def next_deadline(self) -> int | None:
        """While there is something to put away."""
        if self._work is not None:
            return self._next_ms
        return 0 if self._end.closed_number > self._swept else None

    def restore(self, rows: Iterable[Row], now_ms: int) -> Sequence[Command]:
        """The dates only; nothing that was put away is read."""
        self._dates = {row.key: int(row.data) for row in rows if row.table == DATES}
        return []


def _place_of(name: Name | None, items: Sequence[Item]) -> str:
    """Under what it lies: by its name and the time it began, or as its host calls it."""
    if name is None:
        return f"{items[0].filed.host}/{items[0].filed.key}"
    return f"{name[0]}/{name[1]}/{min(item.time_ms for item in items)}"


def reference_word(reference: str) -> str:
    """What a return calls a purchase by (DE 37)."""
    return f"ref/{reference}"


def credit_words(request: Message) -> tuple[str, ...]:
    """What the reversal of a purchase finds its returns by; their date, too, is one of what is put away."""
    try:
        return (credit_word(request),) if 90 in request.fields else ()
    except RemoteProtocolError:
        return ()


def date_of(transmitted: str) -> str:
    """MMDD of a time in a message."""
    return transmitted[:4]
