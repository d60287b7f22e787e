"""Two devices in memory: a stub element, a store of bytes, and a wire that can be cut at each message.

A :class:`Phone` obeys the session's commands as a wallet must. A power cut leaves only ``disk`` (the
committed session, tokens and outgoing bytes) and the element; :meth:`Phone.die` throws the rest away.
"""

from dataclasses import dataclass, field

from tender.cash import session
from tender.cash.chain import verify_chain
from tender.cash.messages import RECEIPT, REQUEST, Request, Terms, open_message
from tender.cash.session_events import (
    Approved,
    Ask,
    Begin,
    Cancelled,
    Declined,
    Event,
    Freed,
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
    Store,
)
from tender.cash.session_state import Payee, Payer, State, decode_state, encode_state
from tender.cash.token import Link
from tender.crypto import envelope
from tender.crypto.directory import Trust
from tender.crypto.envelope import Typ
from tender.errors import Code, Refusal
from tests.mint import NOW, Device


class PowerCut(Exception):
    """The device died between two of its own acts."""


@dataclass
class Element:
    """Signs one link an output and one receipt a request, in its life; remembers across power cuts."""

    devices: dict[bytes, Device] = field(default_factory=dict)
    links: dict[bytes, Link] = field(default_factory=dict)
    receipts: dict[bytes, bytes] = field(default_factory=dict)
    signed: int = 0

    def request(self, command: SignRequest) -> tuple[bytes, ...]:
        return (self._sign(command.request.key, Typ.REQUEST, REQUEST.encode(command.request)),)

    def sign(self, command: SignLinks) -> tuple[bytes, ...] | None:
        if any(self.links.get(link.parent, link) != link for _, link in command.orders):
            return None
        for _, link in command.orders:
            self.links[link.parent] = link
        return tuple(self._sign(key, Typ.LINK, link.payload()) for key, link in command.orders)

    def receipt(self, command: SignReceipt) -> tuple[bytes, ...] | None:
        payload = RECEIPT.encode(command.receipt)
        if self.receipts.setdefault(command.receipt.payment_id, payload) != payload:
            return None
        return (self._sign(command.key, Typ.RECEIPT, payload),)

    def _sign(self, key: bytes, typ: Typ, payload: bytes) -> bytes:
        self.signed += 1
        return envelope.sign(typ, payload, self.devices[key].key).signature


@dataclass
class Phone:
    """One side of the table. ``disk`` is what a commit made durable."""

    name: str
    trust: Trust
    devices: list[Device]
    tokens: list[bytes] = field(default_factory=list)
    two_way: bool = False
    clock: int = NOW
    element: Element = field(default_factory=Element)
    disk: bytes = b""
    commits: int = 0
    shown: list[Show] = field(default_factory=list)
    asked: list[Ask] = field(default_factory=list)
    proofs: list[bytes] = field(default_factory=list)
    at_sync: list[bytes] = field(default_factory=list)
    outbox: list[bytes] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    requests: dict[bytes, bytes] = field(default_factory=dict)
    seen: dict[bytes, object] = field(default_factory=dict)
    attestation: bytes = b""
    pieces: tuple[tuple[bytes, bytes, int], ...] | None = None
    says_yes: bool = True
    die_after: int | None = None
    acts: int = 0

    def __post_init__(self) -> None:
        self.element.devices = {device.key.public_key: device for device in self.devices}

    @property
    def state(self) -> State | None:
        """The session as the disk knows it."""
        return decode_state(self.disk) if self.disk else None

    @property
    def balance_tiyn(self) -> int:
        """What this device may spend."""
        return sum(verify_chain(packed, self.trust).amount_tiyn for packed in self.tokens)

    @property
    def codes(self) -> list[Code]:
        """The refusals the person was shown."""
        return [show.outcome.code for show in self.shown if isinstance(show.outcome, Refusal)]

    def known(self) -> Known:
        return Known(
            trust=self.trust,
            holding_tiyn=self.balance_tiyn,
            own_keys=frozenset(self.element.devices),
            requests=self.requests,
            seen=self.seen,  # type: ignore[arg-type]
        )

    # ------------------------------------------------------------------------------------------- inputs

    def request(self, amount_tiyn: int, **changed: object) -> Request:
        device = self.devices[0]
        fields: dict[str, object] = {
            "amount_tiyn": amount_tiyn,
            "key": device.key.public_key,
            "certificate": device.certificate.packed(),
            "nonce": b"",
            "purpose": "coffee",
            "directory_number": self.trust.directory.number,
            "list_number": self.trust.revocations.number,
            "time": self.clock,
            "terms": Terms(),
        }
        return Request(**(fields | changed))  # type: ignore[arg-type]

    def ask_for(self, amount_tiyn: int, **changed: object) -> None:
        self.give(Begin(self.request(amount_tiyn, **changed), self.known()), Payee())

    def hear(self, data: bytes) -> None:
        self.give(Received(data, self.known()), Payer())

    def resume(self, *, one_way: bool = False) -> None:
        if self.disk:
            self.give(Resumed(one_way), Payer())

    def free(self) -> None:
        self.give(Freed(), Payee())

    def hear_recorded(self, data: bytes) -> None:
        """The platform brings it."""
        self.give(Received(data, self.known(), recorded=True), Payer())

    def cancel(self) -> None:
        self.give(Cancelled(self.known()), Payer())

    def die(self) -> None:
        """Lose everything that is not durable."""
        self.outbox, self.acts, self.die_after = [], 0, None

    # -------------------------------------------------------------------------------------------- steps

    def give(self, event: Event, new: State) -> None:
        """Step the session and obey; each act may be the last before the power goes."""
        state, commands = session.step(self.state or new, event, self.clock)
        stores = [command for command in commands if isinstance(command, Store)]
        assert (encode_state(state) == self.disk or state == new) or stores
        assert not stores or commands[0] is stores[0], "nothing may come before the store"
        if stores:
            self._act()
            self._commit(state, commands)
        else:
            assert not any(isinstance(one, Keep | Spent | Prove | ReturnAtSync) for one in commands)
        for command in commands:
            if not isinstance(command, Store | Keep | Spent | Prove | ReturnAtSync):
                self._act()
                self._obey(command)

    def _act(self) -> None:
        self.acts += 1
        if self.die_after is not None and self.acts > self.die_after:
            raise PowerCut

    def _commit(self, state: State, commands: tuple[object, ...]) -> None:
        """All in one transaction, as the command's contract says."""
        self.disk = encode_state(state)
        self.commits += 1
        for command in commands:
            if isinstance(command, Keep):
                self.tokens += command.tokens
            elif isinstance(command, Spent):
                gone = set(command.outputs)
                kept = [one for one in self.tokens if verify_chain(one, self.trust).output not in gone]
                self.tokens = [*kept, *command.change]
            elif isinstance(command, Prove):
                self.proofs.append(command.proof)
            elif isinstance(command, ReturnAtSync):
                self.at_sync += command.tokens

    def _obey(self, command: object) -> None:
        if isinstance(command, Show):
            self.shown.append(command)
        elif isinstance(command, Send):
            self.outbox.append(command.data)
            self.sent.append(command.data)
        elif isinstance(command, SignRequest):
            self._signed(self.element.request(command))
        elif isinstance(command, SignLinks):
            self._signed(self.element.sign(command))
        elif isinstance(command, SignReceipt):
            self._signed(self.element.receipt(command))
        elif isinstance(command, Ask):
            self.asked.append(command)
            self.requests[command.request.key + command.request.nonce] = command.payment_id
            self.give(self._answer(command), Payer())

    def _signed(self, signatures: tuple[bytes, ...] | None) -> None:
        self._act()
        if signatures is None:
            self.give(NotSigned(Refusal(Code.ELEMENT_REFUSED, "output")), Payer())
        else:
            self.give(Signed(signatures), Payer())

    def _answer(self, ask: Ask) -> Event:
        if not self.says_yes:
            return Declined()
        pieces = self.pieces if self.pieces is not None else self.choose(ask.request.amount_tiyn)
        return Approved(pieces, self.known(), self.two_way, self.attestation)

    def choose(self, amount_tiyn: int) -> tuple[tuple[bytes, bytes, int], ...]:
        """Tokens in the order they came, the last one split."""
        pieces = []
        for packed in self.tokens:
            holding = verify_chain(packed, self.trust)
            part = min(amount_tiyn, holding.amount_tiyn)
            if part:
                certificate = self.element.devices[holding.holder].certificate
                pieces.append((packed, certificate.packed(), part))
                amount_tiyn -= part
        return tuple(pieces)


def carry(one: Phone, other: Phone, most: int = 50) -> int:
    """Carry messages both ways until nobody has anything to say; returns how many were carried."""
    count = 0
    while (one.outbox or other.outbox) and count < most:
        for sender, hearer in ((one, other), (other, one)):
            if sender.outbox:
                hearer.hear(sender.outbox.pop(0))
                count += 1
    assert count < most, "the devices never stop talking"
    return count


def kind_of(data: bytes) -> str:
    """The name of a message, for tests that read as conversations."""
    return type(open_message(data)).__name__.removesuffix("Message").lower()
