"""What the root signed, on this device: kept, brought up to date, and handed on beside payments."""

from collections.abc import Iterable
from typing import Final

from device.core.model import Signed, TimeFloor
from device.ports import Changes
from device.service.desk import CORRECTION, DIRECTORY, REVOCATIONS, Desk
from tender.cash.beside import Beside, Lists, put_beside, take_apart
from tender.cash.messages import Kind, Request, payment_id_of, unwrap
from tender.cash.revocation_step import open_step
from tender.cash.session_state import Payer, State
from tender.crypto.time_floor import open_correction
from tender.errors import Refusal, RemoteProtocolError

NEWS_MOST_BYTES: Final = 65_536
"""How many bytes of lists this device takes beside a message; by a narrow wire, fewer."""
PEERS_MOST: Final = 100
"""Of how many payments a running wallet remembers which lists the other side had."""
_STEP: Final = "step."


class ListKeeper:
    """The directory, the revocation list with its newest steps, and the time floor."""

    def __init__(self, desk: Desk, most_bytes: int = NEWS_MOST_BYTES) -> None:
        self._desk = desk
        self._most_bytes = most_bytes
        self._peers: dict[bytes, Beside] = {}

    def lists(self) -> Lists:
        """As they stand."""
        trust = self._desk.trust
        found = sorted(
            (row for row in self._desk.store.all(Signed) if row.what.startswith(_STEP)),
            key=lambda row: row.what,
        )
        return Lists(trust, tuple(open_step(row.raw, trust.root_key, ours=True) for row in found))

    # --- from the bank

    def bring(self, news: Iterable[bytes], correction: bytes | None, changes: Changes) -> tuple[Refusal, ...]:
        """Take in what a sync brought, inside its transaction; returns what was false and left out."""
        before = self.lists()
        after, refused = before.take(news)
        try:
            offered = None if correction is None else open_correction(correction, before.trust.root_key)
        except RemoteProtocolError as error:
            offered, refused = None, (*refused, error.refusal)
        if offered is not None and offered.number > before.trust.correction.number:
            after = after._replace(trust=after.trust.with_correction(offered))
            changes.put(Signed(CORRECTION, correction or b""))
        self._write(before, after, changes)
        return refused

    def _write(self, before: Lists, after: Lists, changes: Changes) -> None:
        trust = after.trust
        if trust.directory is not before.trust.directory:
            changes.put(Signed(DIRECTORY, trust.directory.raw))
        if after.listed is not None and after.listed is not before.listed:
            changes.put(Signed(REVOCATIONS, after.listed.raw))
        known, kept = ({step.number for step in lists.steps} for lists in (before, after))
        for step in before.steps:
            if step.number not in kept:
                changes.drop(_row(step.number, step.raw))
        for step in after.steps:
            if step.number not in known:
                changes.put(_row(step.number, step.raw))
        if trust.time_floor != before.trust.floor:
            changes.put(TimeFloor(trust.time_floor))

    # --- from and to other devices

    def take_from(self, data: bytes) -> tuple[bytes, tuple[Refusal, ...]]:
        """The message alone; news that stood beside it is believed first, if the root signed it.

        What the payee of a payment learns so it learns before it judges the payment. False news changes
        nothing and holds up nothing; why it was left out is returned.
        """
        message, beside = take_apart(data)
        if beside is None:
            return message, ()
        self._peers[payment_id_of(message)] = beside
        if len(self._peers) > PEERS_MOST:
            del self._peers[next(iter(self._peers))]
        if not beside.news:
            return message, ()
        before = self.lists()
        after, refused = before.take(beside.news)
        if after != before:
            with self._desk.commit() as changes:
                self._write(before, after, changes)
        return message, refused

    def put_to(self, state: State, message: bytes) -> bytes:
        """A message of this payment with the news its reader lacks, as far as he takes it and has room."""
        kind, _ = unwrap(message)
        if isinstance(state, Payer) and kind in (Kind.OFFER, Kind.TRANSFER):
            asked = state.asked
            room = 0 if state.two_way and kind is Kind.TRANSFER else asked.terms.bytes_max - len(message)
            return self._beside(message, asked.directory_number, asked.list_number, room)
        peer = self._peers.get(state.payment_id)
        if kind in (Kind.RECEIPT, Kind.REFUSED) and peer is not None:
            return self._beside(message, peer.directory_number, peer.list_number, peer.bytes_max)
        return message

    def put_to_asker(self, request: Request, message: bytes) -> bytes:
        """A refusal of a request, with the news its maker lacks: perhaps that is why."""
        return self._beside(
            message, request.directory_number, request.list_number, request.terms.bytes_max - len(message)
        )

    def _beside(self, message: bytes, directory_number: int, list_number: int, room: int) -> bytes:
        trust = self._desk.trust
        lacks = trust.directory.number > directory_number or trust.revocations.number > list_number
        news = self.lists().news_for(directory_number, list_number, room) if lacks and room > 0 else ()
        ours = Beside(trust.directory.number, trust.revocations.number, self._most_bytes, news)
        return put_beside(message, ours)


def _row(number: int, raw: bytes) -> Signed:
    return Signed(f"{_STEP}{number:010d}", raw)
