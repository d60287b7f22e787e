"""The API gateway: the one way in, for clients to their bank and for participants to one another (DT-P-36).

Every call is authenticated before it is routed and logged with its answer. The gateway belongs to the
National Bank and signs what it refuses itself with the National Bank's messages key (its EDS service).
"""

from collections.abc import Callable, Mapping
from typing import Final

from platform_stub.ports import Receiver
from platform_stub.store.base import Store
from platform_stub.store.desk_rows import IN, DeskRows
from tender.account.eds import SignedOrder, digest, make_reply, open_order
from tender.account.participants import BANKS, CERTIFICATION_CENTRE, DEVICE, NBK, name_of
from tender.account.service_messages import GOOD
from tender.crypto.directory import Trust
from tender.crypto.keys import SigningKey
from tender.errors import Code, Refusal, RemoteProtocolError
from tender.ports import Clock

BLOCKED = "blocked."
_SHUT_OUT: Final = frozenset({Code.CERTIFICATE_REVOKED, Code.PARTICIPANT_BLOCKED})


class ApiGateway:
    """Authenticates, refuses, routes, logs."""

    def __init__(
        self,
        store: Store[DeskRows],
        clock: Clock,
        eds: SigningKey,
        trust: Callable[[], Trust],
        status: Callable[[int], str],
        status_age_s: int,
    ) -> None:
        """``trust``: the National Bank's; ``status``: asks the Certification Centre about a participant."""
        self._store = store
        self._clock = clock
        self._eds = eds
        self._trust = trust
        self._status = status
        self._status_age_s = status_age_s
        self._told: dict[int, tuple[int, str]] = {}
        self._participants: dict[int, Receiver] = {}

    def connect(self, participants: Mapping[int, Receiver]) -> None:
        """Who can be reached through this gateway."""
        self._participants.update(participants)

    # --- the two doors

    def platform(self, kind: str, raw: bytes) -> bytes:
        """An order of one participant to another; raises only for bytes that are no order."""
        signed = self._read(kind, raw)
        checked = self._judge(signed)
        if isinstance(checked, Refusal):
            return self._log(signed, self._refuse(signed, checked), checked)
        receiver = self._participants.get(signed.order.to)
        if receiver is None:
            nobody = Refusal(Code.NOT_SUPPORTED, "order.to", (("participant", signed.order.to),))
            return self._log(signed, self._refuse(signed, nobody), nobody)
        return self._log(signed, receiver.take(signed, checked), None)

    def bank(self, number: int, kind: str, raw: bytes) -> bytes:
        """A client's order to its bank; the bank itself knows its devices and answers."""
        signed = self._read(kind, raw)
        receiver = self._participants.get(number)
        if receiver is None or number not in BANKS:
            raise RemoteProtocolError(Code.NOT_SUPPORTED, "path.bank", participant=number)
        if signed.order.sender != DEVICE or signed.order.to != number:
            refused = Refusal(Code.NOT_PERMITTED, "order.sender")
            return self._log(signed, self._refuse(signed, refused), refused)
        return self._log(signed, receiver.take(signed), None)

    def _read(self, kind: str, raw: bytes) -> SignedOrder:
        signed = open_order(raw)
        if signed.order.kind != kind:
            raise RemoteProtocolError(Code.MESSAGE_UNKNOWN, "path.kind", kind=kind[:40])
        return signed

    def _judge(self, signed: SignedOrder) -> Refusal | bytes:
        """The key the order is signed with; a client, a stranger, a forger, a withdrawn or a blocked
        participant gets no further."""
        sender = signed.order.sender
        if sender == DEVICE:
            return Refusal(Code.NOT_PERMITTED, "order.sender")
        try:
            key = self._trust().messages_key(sender, "order.sender")
            signed.check(key)
        except RemoteProtocolError as error:
            return error.refusal
        if signed.order.to != CERTIFICATION_CENTRE and self._state(sender) != GOOD:
            return Refusal(Code.CERTIFICATE_REVOKED, "order.sender", (("participant", sender),))
        if self.blocked(sender):
            return Refusal(Code.PARTICIPANT_BLOCKED, "order.sender", (("participant", sender),))
        return key

    def _state(self, participant: int) -> str:
        now = self._clock.now()
        told = self._told.get(participant)
        if told is None or not told[0] <= now < told[0] + self._status_age_s:
            told = (now, self._status(participant))
            self._told[participant] = told
        return told[1]

    def _refuse(self, signed: SignedOrder, refusal: Refusal) -> bytes:
        return make_reply(signed, NBK, self._clock.now(), refusal, self._eds)

    def _log(self, signed: SignedOrder, reply: bytes, refused: Refusal | None) -> bytes:
        """Who asked whom for what kind of thing, and digests: that a call went through, and which, can be
        shown by whoever holds its bytes; what it said is for its two ends to keep (docs/privacy.md)."""
        order = signed.order
        code = refused.code.value if refused else ""
        passed = digest(signed.raw), digest(reply)
        # Whoever is shut out says the same every few seconds.
        once = refused is not None and refused.code in _SHUT_OUT
        with self._store.writing() as rows:
            rows.log(
                self._clock.now(), IN, order.sender, order.kind, order.message_id, code, *passed, once=once
            )
        return reply

    # --- operators of the platform

    def block(self, participant: int, blocked: bool = True) -> None:
        """Stop, or let again, a participant's orders."""
        with self._store.writing() as rows:
            if blocked:
                rows.keep_setting(f"{BLOCKED}{participant}", b"\x01")
            else:
                rows.forget_setting(f"{BLOCKED}{participant}")

    def blocked(self, participant: int) -> bool:
        """Whether a participant is stopped."""
        with self._store.reading() as rows:
            return rows.setting(f"{BLOCKED}{participant}") is not None

    def forget_status(self) -> None:
        """The Certification Centre said that something changed."""
        self._told.clear()

    def health(self) -> dict[str, str | int]:
        """Who is there and which directory is in force."""
        trust = self._trust()
        return {
            "root_key": trust.root_key.hex(),
            "directory": trust.directory.number,
            "participants": ", ".join(name_of(number) for number in sorted(self._participants)),
            "now": self._clock.now(),
        }
