"""A step from one revocation list to the next: only what is new, signed by the root.

Steps (docs/protocol/cash.md, section 5) pass along with payments, from people who have been online to people
who have not. A step carries the root's signature of the list it leads to: who applies it ends with exactly
the list that was signed, and can hand that on too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tender.cash.revocation import (
    DATE,
    ENTRIES,
    NUMBER,
    Entry,
    Group,
    RevocationList,
    by_group,
    entries_of,
    list_payload,
    serials_of,
)
from tender.crypto import envelope
from tender.crypto.directory import Revocations
from tender.crypto.envelope import Envelope, Typ
from tender.crypto.keys import SIGNATURE_BYTES, SigningKey
from tender.errors import Code, LocalProtocolError, RemoteProtocolError
from tender.schema import Bytes, Record, Uint


@dataclass(frozen=True, slots=True)
class StepBody:
    """From list ``since`` to list ``number``: epochs that ended before ``first_day`` leave, ``entries`` come.

    ``signature`` is the root's of the list it leads to, whose date is ``date``.
    """

    version: int
    since: int
    number: int
    date: int
    first_day: int
    entries: tuple[Entry, ...]
    signature: bytes


STEP: Final = Record(
    StepBody,
    ("version", Uint(1, 1)),
    ("since", NUMBER),
    ("number", NUMBER),
    ("date", DATE),
    ("first_day", Uint(0xFFFF)),
    ("entries", ENTRIES),
    ("signature", Bytes(SIGNATURE_BYTES)),
)


@dataclass(frozen=True, slots=True)
class Step:
    """A verified step."""

    body: StepBody
    raw: bytes

    @property
    def since(self) -> int:
        """The list it starts from."""
        return self.body.since

    @property
    def number(self) -> int:
        """The list it leads to."""
        return self.body.number


def sign_step(old: RevocationList, new: RevocationList, first_day: int, root_signer: SigningKey) -> bytes:
    """The step between two lists, as COSE_Sign1.

    Raises :class:`LocalProtocolError` when no step leads there: a serial only leaves with its whole epoch,
    before ``first_day``.
    """
    added: dict[Group, frozenset[int]] = {}
    for group in set(old.entries) | set(new.entries):
        gone = group[1] < first_day
        if old.entries.get(group) == new.entries.get(group) and not gone:
            continue
        before, after = old.group(group), new.group(group)
        if (after and gone) or (before - after and not gone):
            raise LocalProtocolError(Code.LIST_WRONG, "step.entries", bank=group[0], epoch_day=group[1])
        added[group] = after - before
    signature = envelope.open_envelope(new.raw, Typ.REVOCATIONS, "list").signature
    body = StepBody(1, old.number, new.number, new.date, first_day, entries_of(added), signature)
    return envelope.sign(Typ.REVOCATIONS_STEP, STEP.encode(body), root_signer).to_bytes()


def open_step(raw: bytes, root_key: bytes, field: str = "step", *, ours: bool = False) -> Step:
    """Read and verify a step; raises ``list-wrong``, ``type-confused`` or ``field-wrong``.

    ``ours``: this device has applied it before and kept it sealed, so its signature is not checked again.
    """
    opened = envelope.open_envelope(raw, Typ.REVOCATIONS_STEP, field)
    if not ours:
        opened.check(root_key, field, Code.LIST_WRONG)
    body = STEP.decode(opened.payload, field)
    if body.since >= body.number:
        raise RemoteProtocolError(Code.LIST_WRONG, f"{field}.since")
    by_group(body.entries, field)
    return Step(body, raw)


def apply_step(known: RevocationList, step: Step, root_key: bytes, field: str = "step") -> RevocationList:
    """The list a step leads to from the one this device knows; the same list when it is no newer.

    Raises ``list-gap`` when it starts from another list, ``list-wrong`` when what comes out is not what the
    root signed.
    """
    body = step.body
    if body.number <= known.number:
        return known
    if body.since != known.number:
        raise RemoteProtocolError(Code.LIST_GAP, field, known=known.number, since=body.since)
    kept = {group: entry for group, entry in known.entries.items() if group[1] >= body.first_day}
    merged = dict(kept)
    for entry in body.entries:
        joined = known.group(entry.group) | serials_of(entry, f"{field}.entries")
        (merged[entry.group],) = entries_of({entry.group: joined})
    entries = tuple(merged[group] for group in sorted(merged))
    made = Envelope(Typ.REVOCATIONS, list_payload(body.number, body.date, entries), body.signature)
    made.check(root_key, field, Code.LIST_WRONG)
    return RevocationList(body.number, body.date, dict(sorted(merged.items())), made.to_bytes())


def chain(steps: Iterable[Step], since: int) -> tuple[Step, ...]:
    """Those of the steps that lead on from a list, one after the other, as far as they go."""
    found: list[Step] = []
    by_since = {step.since: step for step in steps}
    while (following := by_since.get(found[-1].number if found else since)) is not None:
        found.append(following)
    return tuple(found)


def list_of(known: Revocations) -> RevocationList | None:
    """The list itself, where a device has one."""
    return known if isinstance(known, RevocationList) else None
