"""A device of a random world: the session of ``tender.cash`` over a store that can be copied and put back.

It obeys the session's commands as a wallet must. What is durable lies in :class:`Store`; what no host can
roll back lies in :class:`Element`. A power cut between two acts loses everything else. The wallet of
``device/`` does the same over sealed files.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field

from hardware.clock import SetClock
from tender.cash import session
from tender.cash.chain import Holding, Spend, verify_chain
from tender.cash.messages import (
    NONCE_BYTES,
    RECEIPT,
    REQUEST,
    Request,
    RequestMessage,
    Terms,
    open_message,
)
from tender.cash.session_events import (
    Approved,
    Ask,
    Begin,
    Cancelled,
    Declined,
    Event,
    Keep,
    Known,
    NotSigned,
    Prove,
    Received,
    Resumed,
    ReturnAtSync,
    Send,
    Show,
    Signed,
    SignLinks,
    SignReceipt,
    SignRequest,
    Spent,
)
from tender.cash.session_events import Store as Commit
from tender.cash.session_state import Payee, Payer, Phase, State, decode_state, encode_state
from tender.cash.token import Claim, Link
from tender.crypto import envelope
from tender.crypto.certificates import DAY_S, DeviceCertificate
from tender.crypto.directory import Trust
from tender.crypto.envelope import Typ
from tender.errors import Code, Refusal, RemoteProtocolError
from tender.ports import Entropy
from tests.platform_stub.people import Phone

OUTLIVES_S = 32 * DAY_S
"""A key is used for requests only while its certificate outlives every token there is."""


class PowerCut(Exception):
    """The device died between two of its own acts."""


@dataclass
class Truth:
    """What really was signed, by everybody: (key, output) → the different payloads."""

    signed: dict[tuple[bytes, bytes], set[bytes]] = field(default_factory=dict)

    def note(self, key: bytes, output: bytes, payload: bytes) -> None:
        """One signature on an output."""
        self.signed.setdefault((key, output), set()).add(payload)

    @property
    def cheats(self) -> set[bytes]:
        """Keys that signed two different things over one output."""
        return {key for (key, _), payloads in self.signed.items() if len(payloads) > 1}


@dataclass
class Element:
    """Signs one spend an output and one receipt a request, in its life; nothing rolls it back but a clone."""

    phone: Phone
    truth: Truth
    spends: dict[bytes, bytes] = field(default_factory=dict)
    receipts: dict[bytes, bytes] = field(default_factory=dict)
    asked: set[bytes] = field(default_factory=set)
    counter: int = 0
    """How often its host has stored something."""

    def request(self, command: SignRequest) -> tuple[bytes, ...]:
        self.asked.add(command.request.key)
        return (self._sign(command.request.key, Typ.REQUEST, REQUEST.encode(command.request)),)

    def links(self, command: SignLinks) -> tuple[bytes, ...] | None:
        payloads = [(key, link, link.payload()) for key, link in command.orders]
        if any(self.spends.get(link.parent, payload) != payload for _, link, payload in payloads):
            return None
        return tuple(self.spend(key, link, Typ.LINK) for key, link, _ in payloads)

    def receipt(self, command: SignReceipt) -> tuple[bytes, ...] | None:
        payload = RECEIPT.encode(command.receipt)
        if self.receipts.setdefault(command.receipt.payment_id, payload) != payload:
            return None
        return (self._sign(command.key, Typ.RECEIPT, payload),)

    def spend(self, key: bytes, what: Link | Claim, typ: Typ) -> bytes:
        """The signature of a link or claim; a modified wallet comes here without asking first."""
        payload = what.payload()
        self.truth.note(key, what.parent, payload)
        self.spends[what.parent] = payload
        return self._sign(key, typ, payload)

    def _sign(self, key: bytes, typ: Typ, payload: bytes) -> bytes:
        return envelope.sign(typ, payload, self.phone.keys[key]).signature


@dataclass
class Store:
    """Everything a commit made durable. Replaced piece by piece and never changed inside, so that a shallow
    copy is a backup."""

    coins: dict[bytes, Holding] = field(default_factory=dict)
    """Output → what may be spent from here."""
    sessions: dict[bytes, bytes] = field(default_factory=dict)
    requests: dict[bytes, bytes] = field(default_factory=dict)
    seen: dict[bytes, Spend] = field(default_factory=dict)
    records: tuple[bytes, ...] = ()
    """Packed tokens to upload: what was paid away, returned, or could not be returned."""
    proofs: tuple[bytes, ...] = ()
    trust: Trust | None = None
    counter: int = 0

    def backup(self) -> "Store":
        """As it is now."""
        made = copy(self)
        made.coins, made.sessions = dict(self.coins), dict(self.sessions)
        made.requests, made.seen = dict(self.requests), dict(self.seen)
        return made


@dataclass
class Device:
    """One side of the table."""

    name: str
    phone: Phone
    clock: SetClock
    entropy: Entropy
    store: Store
    element: Element
    skew_s: int = 0
    """How wrong its clock is."""
    cloned: bool = False
    lost: bool = False
    mute: bool = False
    """A payee that denies: it takes the money and never answers."""
    memory: list[Holding] = field(default_factory=list)
    """What it spent: a modified wallet may try it again."""
    said: list[tuple[bytes, bytes]] = field(default_factory=list)
    """(payment id, message) still to be carried."""
    refusals: list[Code] = field(default_factory=list)
    plan: tuple[tuple[Holding, int], ...] = ()
    two_way: bool = False
    die_after: int | None = None

    # ------------------------------------------------------------------------------------------ knowledge

    @property
    def trust(self) -> Trust:
        assert self.store.trust is not None
        return self.store.trust

    @property
    def now(self) -> int:
        return max(0, self.clock.now() + self.skew_s)

    @property
    def behind(self) -> bool:
        """An older copy of the store lies under a newer element: read-only until a sync."""
        return self.store.counter < self.element.counter

    @property
    def balance_tiyn(self) -> int:
        return sum(one.amount_tiyn for one in self.store.coins.values())

    def known(self) -> Known:
        return Known(
            self.trust,
            self.balance_tiyn,
            frozenset(self.phone.keys),
            self.store.requests,
            self.store.seen,
        )

    def certificate(self, key: bytes) -> bytes:
        return self.phone.certificates[key]

    def keys_for_requests(self) -> list[bytes]:
        """Certified keys that live long enough, the unused first."""
        least = self.trust.now(self.now) + OUTLIVES_S
        living = [
            key
            for key, packed in self.phone.certificates.items()
            if int.from_bytes(packed[2:4], "big") * DAY_S >= least
        ]
        return sorted(living, key=lambda key: key in self.element.asked)

    def fresh_keys(self) -> int:
        """How many certified keys were never used."""
        return sum(key not in self.element.asked for key in self.keys_for_requests())

    def state(self, payment: bytes) -> State | None:
        stored = self.store.sessions.get(payment)
        return None if stored is None else decode_state(stored)

    def unfinished(self) -> list[bytes]:
        """Payments that still wait for somebody."""
        waits = (Phase.OPENING, Phase.OFFERED, Phase.CLOSING, Phase.OFFERING, Phase.SIGNING, Phase.SENT)
        return [pid for pid, raw in self.store.sessions.items() if decode_state(raw).phase in waits]

    # ------------------------------------------------------------------------------------------ talking

    def ask_for(self, amount_tiyn: int, terms: Terms | None = None) -> bytes | None:
        """Make a request; its payment id, or None when this device would not."""
        keys = self.keys_for_requests()
        if not keys or self.behind:
            return None
        key = keys[0]
        nonce = self.entropy.draw(NONCE_BYTES) if key in self.element.asked else b""
        request = Request(
            amount_tiyn,
            key,
            self.certificate(key),
            nonce,
            "",
            self.trust.directory.number,
            self.trust.revocations.number,
            self.trust.now(self.now),
            terms or Terms(),
        )
        before = set(self.store.sessions)
        self._give(Payee(), Begin(request, self.known()))
        made = set(self.store.sessions) - before
        return made.pop() if made else None

    def hear(self, data: bytes) -> None:
        """Bytes from the other side; an old copy of a store hears nothing until a sync."""
        if self.behind:
            return
        try:
            message = open_message(data)
        except RemoteProtocolError:
            return
        state = self.state(message.payment_id)
        if state is None:
            if not isinstance(message, RequestMessage):
                return
            state = Payer()
        self._give(state, Received(data, self.known()))

    def resume(self, payment: bytes) -> None:
        state = self.state(payment)
        if state is not None and not self.behind:
            self._give(state, Resumed())

    def cancel(self, payment: bytes) -> None:
        state = self.state(payment)
        if state is not None and not self.behind:
            self._give(state, Cancelled(self.known()))

    def die(self) -> None:
        """Lose everything that is not durable."""
        self.said, self.die_after, self.plan = [], None, ()

    def _act(self) -> None:
        if self.die_after is not None:
            self.die_after -= 1
            if self.die_after < 0:
                raise PowerCut

    def _give(self, state: State, event: Event) -> None:
        after, commands = session.step(state, event, self.now)
        if any(isinstance(one, Commit) for one in commands):
            self._act()
            self._commit(after, commands)
        for command in commands:
            if not isinstance(command, Commit | Keep | Spent | Prove | ReturnAtSync):
                self._act()
                self._obey(after, command)

    def _commit(self, state: State, commands: Sequence[object]) -> None:
        store, behind = self.store, self.behind
        before = store.sessions.get(state.payment_id)
        store.sessions[state.payment_id] = encode_state(state)
        if isinstance(state, Payer):
            request = state.asked
            store.requests[request.key + request.nonce] = state.payment_id
        for command in commands:
            if isinstance(command, Keep):
                for packed in command.tokens:
                    self.take(packed)
            elif isinstance(command, Spent):
                assert isinstance(state, Payer)
                self.memory += [store.coins.pop(one) for one in command.outputs if one in store.coins]
                for packed in command.change:
                    self.take(packed)
                store.records += state.paid
            elif isinstance(command, Prove):
                store.proofs += (command.proof,)
            elif isinstance(command, ReturnAtSync):
                store.records += command.tokens
        if isinstance(state, Payee) and state.returned:
            known = decode_state(before) if before else None
            old = len(known.returned) if isinstance(known, Payee) else 0
            store.records += tuple(one.packed for one in state.returned[old:])
        self.element.counter += 1
        if not behind:
            store.counter = self.element.counter

    def take(self, packed: bytes) -> None:
        """Count a token as this device's own."""
        holding = verify_chain(packed, self.trust)
        if holding.output not in self.element.spends:
            self.store.coins[holding.output] = holding
        for spend in holding.spends:
            self.store.seen.setdefault(spend.parent, spend)

    def _obey(self, state: State, command: object) -> None:
        if isinstance(command, Show):
            if isinstance(command.outcome, Refusal):
                self.refusals.append(command.outcome.code)
        elif isinstance(command, Send):
            self.said.append((state.payment_id, command.data))
        elif isinstance(command, Ask):
            self._give(state, self._answer(command))
        elif isinstance(command, SignRequest):
            self._signed(state, self.element.request(command))
        elif isinstance(command, SignLinks):
            self._signed(state, self.element.links(command))
        elif isinstance(command, SignReceipt):
            self._signed(state, self.element.receipt(command))

    def _signed(self, state: State, signatures: tuple[bytes, ...] | None) -> None:
        self._act()
        event: Event = (
            NotSigned(Refusal(Code.ELEMENT_REFUSED, "output")) if signatures is None else Signed(signatures)
        )
        self._give(state, event)

    def _answer(self, ask: Ask) -> Event:
        """The person says yes to what was planned, and no to anything else."""
        if sum(amount for _, amount in self.plan) != ask.request.amount_tiyn:
            return Declined()
        pieces = tuple(
            (one.packed, self.certificate(one.holder), amount)
            for one, amount in self.plan
            if one.output in self.store.coins
        )
        return Approved(pieces, self.known(), self.two_way)

    # ------------------------------------------------------------------------------------------ the bank

    def claim(self, holding: Holding, account: bytes) -> bytes:
        """The COSE_Sign1 that hands this output to the bank, for good."""
        made = Claim(holding.output, self.phone.person.bank, account)
        signature = self.element.spend(holding.holder, made, Typ.CLAIM)
        return envelope.Envelope(Typ.CLAIM, made.payload(), signature).to_bytes()

    def drop_spent(self) -> None:
        """What the element signed away is no coin any more, whatever an old copy of the store says."""
        for output in set(self.store.coins) & set(self.element.spends):
            self.memory.append(self.store.coins.pop(output))

    def caught_up(self) -> None:
        """At a sync: drop what the element signed away, and be writable again."""
        self.drop_spent()
        self.store.counter = self.element.counter

    def profile_number(self) -> int:
        """Of its certificates, for limits."""
        key, packed = next(iter(self.phone.certificates.items()))
        return DeviceCertificate.unpack(packed, key, "certificate").profile
