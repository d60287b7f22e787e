"""The certification centre: it holds the root key and says, signed and dated, who and what may be trusted."""

from platform_stub.certification.store import CertificationRows
from platform_stub.config import PlatformConfig
from platform_stub.desk import Asked, Desk
from platform_stub.vault import ROOT
from tender.account.participants import NBK, name_of
from tender.account.service_messages import (
    GOOD,
    STEPS_MAX,
    UNKNOWN,
    WITHDRAWN,
    Lists,
    ListsTold,
    Revoke,
    Revoked,
    StatusQuestion,
    StatusTold,
)
from tender.cash.revocation import open_list, sign_list
from tender.cash.revocation_step import sign_step
from tender.crypto.certificates import DAY_S, EPOCH_DAY_MAX, Kind, issue_authority_certificate
from tender.crypto.directory import DirectoryBody, sign_directory
from tender.crypto.time_floor import Correction, sign_correction
from tender.errors import Code, Refusal

DIRECTORY = "directory"
REVOCATIONS = "revocations"
STEP = "step"
"""From the revocation list before to the one of the same number."""
CORRECTION = "correction"
LIST_EVERY_S = DAY_S
"""A list says who is revoked *and* that nobody else was until its date: it is signed anew each day."""


class CertificationCentre:
    """Root of all trust; answers status, lists and revocations."""

    def __init__(self, desk: Desk[CertificationRows], config: PlatformConfig) -> None:
        self.desk = desk
        self._config = config
        self.root_key = desk.vault.public(ROOT)
        desk.handlers.update({"status": self._status, "lists": self._lists, "revoke": self._revoke})

    # --- the founding, and what operators do

    def certify(self, kind: Kind, number: int, key: bytes) -> None:
        """Certify a participant's key, once. Part of the founding ceremony, keys handed over in person."""
        certificate = issue_authority_certificate(
            self.desk.vault.key(ROOT),
            kind=kind,
            number=number,
            name=name_of(number),
            expiry=EPOCH_DAY_MAX * DAY_S,
            serial=self.desk.entropy.draw(8),
            key=key,
        )
        with self.desk.store.writing() as rows:
            rows.keep_authority(int(kind), number, name_of(number), certificate.to_bytes())

    def withdraw(self, number: int) -> bytes:
        """Take a participant's certificate out of the scheme; returns the directory that says so."""
        with self.desk.store.writing() as rows:
            rows.withdraw(number, self.desk.clock.now())
        return self.publish_directory()

    def publish_directory(self) -> bytes:
        """Sign the next directory and adopt it."""
        root = self.desk.vault.key(ROOT)
        now = self.desk.clock.now()
        with self.desk.store.writing() as rows:
            number = rows.newest(DIRECTORY)[0] + 1
            body = DirectoryBody(1, number, now, rows.authorities(), self._config.profiles, rows.withdrawn())
            raw = sign_directory(body, root)
            rows.publish(DIRECTORY, number, now, raw)
        self.desk.found(self.root_key, raw)
        return raw

    def publish_revocations(self) -> int:
        """Sign the next revocation list, and the step that leads to it; returns its number."""
        root = self.desk.vault.key(ROOT)
        now = self.desk.clock.now()
        with self.desk.store.writing() as rows:
            before, old = rows.newest(REVOCATIONS)
            number = before + 1
            first_day = now // DAY_S - self._config.claim_window_days
            raw = sign_list(number, now, rows.revoked(first_day), root)
            rows.publish(REVOCATIONS, number, now, raw)
            if before:
                known, new = (open_list(one, self.root_key, ours=True) for one in (old, raw))
                rows.publish(STEP, number, now, sign_step(known, new, first_day, root))
        return number

    def correct_time(self) -> Correction:
        """Take back dates that were signed while the clock here was wrong, and sign everything anew."""
        now = self.desk.clock.now()
        with self.desk.store.writing() as rows:
            correction = Correction(
                number=rows.newest(CORRECTION)[0] + 1,
                floor=now,
                list_number=rows.newest(REVOCATIONS)[0],
                directory_number=rows.newest(DIRECTORY)[0],
            )
            raw = sign_correction(correction, self.desk.vault.key(ROOT))
            rows.publish(CORRECTION, correction.number, now, raw)
        self.publish_directory()
        self.publish_revocations()
        return correction

    def newest(self, what: str) -> bytes:
        """The newest directory or list."""
        with self.desk.store.reading() as rows:
            return rows.newest(what)[1]

    @property
    def directory_number(self) -> int:
        """Of the newest directory."""
        with self.desk.store.reading() as rows:
            return rows.newest(DIRECTORY)[0]

    # --- what participants ask

    def _status(self, _asked: Asked, question: StatusQuestion) -> StatusTold:
        with self.desk.store.reading() as rows:
            state = GOOD if rows.knows(question.participant) else UNKNOWN
            if question.participant in rows.withdrawn():
                state = WITHDRAWN
            return StatusTold(question.participant, state, rows.newest(DIRECTORY)[0])

    def _lists(self, asked: Asked, known: Lists) -> ListsTold:
        with self.desk.store.reading() as rows:
            date = rows.dated(REVOCATIONS)
        if asked.now - date >= LIST_EVERY_S:
            self.publish_revocations()
        with self.desk.store.reading() as rows:
            directory, raw = rows.newest(DIRECTORY)
            revocations, listed = rows.newest(REVOCATIONS)
            correction, corrected = rows.newest(CORRECTION)
            behind = revocations - known.list_number
            near = known.list_number > 0 and 0 < behind <= STEPS_MAX
            steps = rows.signed_after(STEP, known.list_number) if near else ()
        if len(steps) != behind or sum(map(len, steps)) >= len(listed):
            steps = ()
        return ListsTold(
            raw if directory > known.directory_number else None,
            listed if behind > 0 and not steps else None,
            steps,
            corrected if correction > known.correction_number else None,
        )

    def _revoke(self, asked: Asked, order: Revoke) -> Revoked | Refusal:
        for place, one in enumerate(order.serials):
            if asked.sender not in (one.bank, NBK):
                return Refusal(Code.NOT_PERMITTED, f"revoke.serials[{place}].bank")
        with self.desk.store.writing() as rows:
            new = [
                rows.revoke(one.bank, one.epoch_day, one.serial, order.reason, asked.now)
                for one in order.serials
            ]
            number = rows.newest(REVOCATIONS)[0]
        return Revoked(self.publish_revocations() if any(new) else number)
