"""What travels beside a payment's message: which lists a device knows, and newer ones for the other side.

Lists reach people who are never online from people who are, with the payments between them (docs/protocol/
cash.md, section 9). What stands beside a message is no part of it: it is root-signed or worthless, is read
apart from the message, and can hold up no payment.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from tender import canon
from tender.cash.messages import MESSAGE_MAX_BYTES, unwrap, unwrap_beside, wrap
from tender.cash.revocation import RevocationList, open_list
from tender.cash.revocation_step import Step, apply_step, chain, list_of, open_step
from tender.crypto.directory import Trust
from tender.crypto.envelope import Typ, open_envelope
from tender.errors import Code, Refusal, RemoteProtocolError
from tender.schema import Bytes, Many, Record, Uint

ITEMS_MAX: Final = 64
STEPS_KEPT: Final = 64
"""Steps a device keeps to hand on; whoever is further behind gets the whole list or syncs."""


@dataclass(frozen=True, slots=True)
class Beside:
    """The numbers of the lists its sender knows, how many bytes of news it takes, and news (COSE_Sign1 of the
    root: a directory, a revocation list, or steps of it)."""

    directory_number: int
    list_number: int
    bytes_max: int
    news: tuple[bytes, ...] = ()


_NUMBER: Final = Uint(2**32 - 1)
BESIDE: Final = Record(
    Beside,
    ("directory_number", _NUMBER),
    ("list_number", _NUMBER),
    ("bytes_max", Uint(MESSAGE_MAX_BYTES)),
    ("news", Many(Bytes(least=1, most=MESSAGE_MAX_BYTES), most=ITEMS_MAX)),
)


def put_beside(message: bytes, beside: Beside) -> bytes:
    """A message with this beside it; news goes without when both together are more than a message may be."""
    kind, body = unwrap(message)
    whole = canon.encode([int(kind), body, BESIDE.encode(beside)])
    if len(whole) > MESSAGE_MAX_BYTES:
        return canon.encode([int(kind), body, BESIDE.encode(replace(beside, news=()))])
    return whole


def take_apart(data: bytes) -> tuple[bytes, Beside | None]:
    """The message alone, and what stood beside it: None for nothing, or for something unreadable.

    Raises what :func:`unwrap` raises for a message that is none.
    """
    kind, body, beside = unwrap_beside(data)
    if beside is None:
        return data, None
    try:
        return wrap(kind, body), BESIDE.decode(beside)
    except RemoteProtocolError:
        return wrap(kind, body), None


def for_carrier(message: bytes, most_bytes: int) -> bytes:
    """The same message with at most so many bytes of news beside it: a paste or a picture carries less than a
    file. The message itself is never cut."""
    alone, beside = take_apart(message)
    if beside is None or sum(map(len, beside.news)) <= most_bytes:
        return message
    return put_beside(alone, replace(beside, news=within(beside.news, most_bytes)))


class Lists(NamedTuple):
    """What a device believes, and the steps it keeps to hand on, oldest first; they end at its list."""

    trust: Trust
    steps: tuple[Step, ...] = ()

    @property
    def listed(self) -> RevocationList | None:
        """The revocation list, where there is one."""
        return list_of(self.trust.revocations)

    def take(self, news: Iterable[bytes]) -> tuple["Lists", tuple[Refusal, ...]]:
        """After news: what is older or known changes nothing, what is false or does not fit is left out, and
        its refusal told (``list-wrong``, ``list-gap``, ``directory-wrong``, ``field-wrong`` …)."""
        lists, refused = self, []
        for place, raw in enumerate(news):
            try:
                lists = lists.take_one(raw, f"news[{place}]")
            except RemoteProtocolError as error:
                refused.append(error.refusal)
        return lists, tuple(refused)

    def take_one(self, raw: bytes, field: str) -> "Lists":
        """The same for one; raises what is wrong with it."""
        root_key = self.trust.root_key
        typ = typ_of(raw, field)
        if typ is Typ.DIRECTORY:
            return self._replace(trust=self.trust.with_directory(raw))
        if typ is Typ.REVOCATIONS:
            offered = open_list(raw, root_key, field, ours=True)
            if offered.number <= self.trust.revocations.number:
                return self  # not even decoded: an old list a thousand times over costs little
            offered.check_entries(field)
            # Steps that led to the list before lead nowhere now.
            return Lists(self.trust.with_revocations(offered), ())
        step = open_step(raw, root_key, field)
        known = self.listed
        if known is None:
            raise RemoteProtocolError(Code.LIST_GAP, field, known=0, since=step.since)
        after = apply_step(known, step, root_key, field)
        if after is known:
            return self
        return Lists(self.trust.with_revocations(after), (*self.steps, step)[-STEPS_KEPT:])

    def news_for(self, directory_number: int, list_number: int, most_bytes: int) -> tuple[bytes, ...]:
        """What somebody with lists of these numbers does not know, in at most so many bytes.

        The revocation list first, as steps or whole, whichever is shorter; then the directory.
        """
        news: tuple[bytes, ...] = ()
        known = self.listed
        if known is not None and known.number > list_number:
            news = within(shorter(known, self.steps, list_number), most_bytes)
        directory = self.trust.directory
        left = most_bytes - sum(map(len, news))
        if directory.number > directory_number and len(directory.raw) <= left:
            news = (*news, directory.raw)
        return news


def shorter(known: RevocationList, steps: Iterable[Step], since: int) -> tuple[bytes, ...]:
    """What leads from a list to this one: the steps between them if they are all here and shorter than the
    whole list, else the whole list."""
    path = chain(steps, since)
    reaches = bool(path) and path[-1].number == known.number and len(path) < ITEMS_MAX
    if reaches and sum(len(step.raw) for step in path) < len(known.raw):
        return tuple(step.raw for step in path)
    return (known.raw,)


def within(news: tuple[bytes, ...], most_bytes: int) -> tuple[bytes, ...]:
    """As many of the news, in their order, as fit: some steps are better than none."""
    fitting: list[bytes] = []
    for raw in news:
        most_bytes -= len(raw)
        if most_bytes < 0:
            break
        fitting.append(raw)
    return tuple(fitting)


def typ_of(raw: bytes, field: str) -> Typ:
    """Which news this is; raises ``type-confused`` for anything that is none."""
    for typ in (Typ.REVOCATIONS_STEP, Typ.REVOCATIONS, Typ.DIRECTORY):
        try:
            open_envelope(raw, typ, field)
        except RemoteProtocolError as error:
            if error.code is not Code.TYPE_CONFUSED:
                raise
            continue
        return typ
    raise RemoteProtocolError(Code.TYPE_CONFUSED, field)
