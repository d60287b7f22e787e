"""The settler: uploads come in from every side, their signatures are checked in parallel, and one writer
commits what is ready, up to a hundred tokens at a time; each upload gets its answer after its commit.

``settlement`` says what an upload changes and knows nothing of this. How many uploads share a commit changes
no row (a test compares): a commit of a hundred is the same questions in the same
order, asked of a working set that was read at once and is written at once.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from platform_stub.gathering import Gathering
from platform_stub.nbk.settlement import Examined, post
from platform_stub.nbk.settlement_claims import Effect, Terms
from platform_stub.nbk.settler_verifier import Examination, Examiner
from platform_stub.nbk.store import NbkRows
from platform_stub.store.base import Store
from platform_stub.store.token_rows import spend_digest
from tender.account.token_messages import Settle, Settled
from tender.crypto.directory import Trust
from tender.crypto.envelope import Typ
from tender.errors import TenderError

CHAINS_A_COMMIT: Final = 100
LINGER_S: Final = 0.002
"""How long a commit waits for uploads whose signatures are being checked right now."""


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload whose signatures were checked."""

    found: Examination
    now: int
    terms: Terms

    @property
    def chains(self) -> int:
        """How many tokens it brings."""
        return len(self.found[0]) + len(self.found[1])


Follow = Callable[[NbkRows, Sequence[Effect]], None]
"""Turns effects into orders, inside the transaction that caused them."""


class Settler:
    """Takes uploads from any number of threads."""

    def __init__(
        self,
        store: Store[NbkRows],
        trust: Callable[[], Trust],
        follow: Follow,
        examiner: Examiner,
        clock: Callable[[], int] = lambda: 0,
    ) -> None:
        self._store = store
        self._trust = trust
        self._follow = follow
        self._examiner = examiner
        self._clock = clock
        self._examining = 0
        self._counting = threading.Lock()
        self.commits: Gathering[Upload, Settled | TenderError] = Gathering(
            self.commit,
            CHAINS_A_COMMIT,
            lambda upload: upload.chains,
            LINGER_S,
            lambda: self._examining > 0,
        )

    def examine(self, order: Settle) -> Examination:
        """Check every signature of an upload."""
        with self._counting:
            self._examining += 1
        try:
            return self._examiner(order, self._trust())
        finally:
            with self._counting:
                self._examining -= 1

    def settle(self, found: Examination, now: int, terms: Terms) -> Settled:
        """Write an examined upload, perhaps together with others; returns when it is on the disk."""
        told = self.commits.ask(Upload(found, now, terms))
        if isinstance(told, TenderError):
            raise told
        return told

    def commit(self, uploads: list[Upload]) -> list[Settled | TenderError]:
        """Write examined uploads together; what each is told, or why it alone could not be written."""
        try:
            return list(self.write(uploads))
        except TenderError as error:
            if len(uploads) == 1:
                return [error]
        # One of them cannot be written; the others do not suffer for it.
        return [told for upload in uploads for told in self.commit([upload])]

    def write(self, uploads: list[Upload]) -> list[Settled]:
        """Write examined uploads in one commit; all of them, or none when it raises."""
        trust = self._trust()
        with self._store.writing() as rows:
            expect(rows, [one for upload in uploads for part in upload.found for one in part])
            answers: list[Settled] = []
            effects: list[Effect] = []
            # What was sent home while signatures were checked is gone: the writer's time decides who is late.
            written_at = self._clock()
            for upload in uploads:
                now = max(upload.now, written_at)
                told, caused = post(rows, upload.found, trust, now, upload.terms)
                answers.append(told)
                effects += caused
            self._follow(rows, effects)
        return answers


def expect(rows: NbkRows, items: Sequence[Examined]) -> None:
    """Have at hand all that settling these items will ask for."""
    rows.expect(
        [one.holding for one in items if one.holding is not None],
        claim_digests(items),
    )


def claim_digests(items: Sequence[Examined]) -> list[bytes]:
    """What the claims among these items are known by."""
    return [spend_digest(Typ.CLAIM, one.envelope.payload) for one in items if one.envelope is not None]
