"""A card host of the tests: the sans-IO end over a plain blocking socket; a town with a client and a card."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from platform_stub.card_link.keys import link_keys
from platform_stub.card_link.server import CardLinkServer
from tender.account.card_frames import NONCE_BYTES, HostEnd, Unanswered
from tender.account.card_messages import (
    ACTIVE,
    PURCHASE,
    REFUND,
    VIRTUAL,
    Authorise,
    Authorised,
    Balance,
    BalanceTold,
    BankReply,
    BankState,
    CardIssued,
    CardLinked,
    Credit,
    Credited,
    Order,
    Place,
    Undo,
    Undone,
    decode_reply,
    encode_order,
)
from tender.account.participants import ALTYN, KAZPOST
from tests.patience import PATIENCE_S
from tests.platform_stub.people import AIGUL, NOW, TENGE, Person, Phone, Town, numbered

KIOSK = Place("Kiosk on Abay", "ALMATY", "KAZ", 5814, "120440001234", "T0000001", KAZPOST)


@dataclass
class Host:
    """One bank's card host; every method is one order, asked and answered over the link."""

    bank: int
    key: bytes
    port: int
    sock: socket.socket | None = None
    end: HostEnd | None = None
    unanswered: Unanswered = field(default_factory=Unanswered)
    said: list[BankState] = field(default_factory=list)
    replies: dict[str, BankReply] = field(default_factory=dict)
    connections: int = 0
    wire: bytearray = field(default_factory=bytearray)
    """Every byte of the connection, both ways."""

    def connect(self) -> None:
        """Handshake, then everything that is unanswered, again."""
        self.connections += 1
        nonce = numbered(f"{self.bank} {self.connections}")[:NONCE_BYTES]
        self.sock = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)
        self.end = HostEnd(self.bank, self.key, nonce)
        self._flush()
        while not self.end.open:
            self._hear()
        for order in self.unanswered.again():
            self.end.send(order)
        self._flush()

    def hang_up(self) -> None:
        """The cable is pulled."""
        if self.sock is not None:
            self.sock.close()
        self.sock = self.end = None

    def send(self, *orders: Order) -> None:
        """All of them before any answer."""
        if self.end is None:
            self.connect()
        assert self.end is not None
        for order in orders:
            raw = encode_order(order)
            if self.unanswered.asked(order.operation, raw):
                self.replies.pop(order.operation, None)
            self.end.send(raw)
        self._flush()

    def reply(self, operation: str) -> BankReply:
        """Wait for the answer to an operation."""
        while operation not in self.replies:
            self._hear()
        return self.replies.pop(operation)

    def ask(self, order: Order) -> BankReply:
        """Ask and wait."""
        self.send(order)
        return self.reply(order.operation)

    def code(self, operation: str) -> str:
        """Wait for the answer to an authorisation; its code."""
        reply = self.reply(operation)
        assert isinstance(reply, Authorised)
        return reply.code

    def silent(self, seconds: float = 0.3) -> bool:
        """Whether no order is answered for a while."""
        assert self.sock is not None
        self.sock.settimeout(seconds)
        try:
            while not self.replies:
                self._hear()
        except TimeoutError:
            return True
        finally:
            self.sock.settimeout(PATIENCE_S)
        return False

    def _flush(self) -> None:
        assert self.sock is not None and self.end is not None
        data = self.end.data_to_send()
        self.wire += data
        self.sock.sendall(data)

    def _hear(self) -> None:
        assert self.sock is not None and self.end is not None
        data = self.sock.recv(1 << 16)
        self.wire += data
        if not data:
            raise ConnectionError("the node hung up")
        for raw in self.end.receive_data(data):
            reply = decode_reply(raw)
            if isinstance(reply, BankState):
                self.said.append(reply)
            else:
                self.unanswered.answered(reply.operation)
                self.replies[reply.operation] = reply

    # --- one order each

    def authorise(
        self, operation: str, tenge: int, *, card: bytes, kind: str = PURCHASE, confirm_s: int = 0
    ) -> Authorised:
        """A spending, in whole tenge."""
        reply = self.ask(spending(operation, tenge, card=card, kind=kind, confirm_s=confirm_s))
        assert isinstance(reply, Authorised)
        return reply

    def undo(self, original: str, tenge: int = 0, operation: str = "") -> Undone:
        """Undo so much in total."""
        reply = self.ask(Undo(operation or f"undo {original}", original, tenge * TENGE))
        assert isinstance(reply, Undone)
        return reply

    def credit(self, operation: str, original: str, tenge: int, *, card: bytes, kind: str) -> Credited:
        """Give back."""
        reply = self.ask(Credit(operation, original, card, tenge * TENGE, kind, KIOSK, NOW))
        assert isinstance(reply, Credited)
        return reply

    def balance(self, operation: str, card: bytes) -> BalanceTold:
        """What may be spent."""
        reply = self.ask(Balance(operation, card, KIOSK, NOW))
        assert isinstance(reply, BalanceTold)
        return reply


def spending(
    operation: str, tenge: int, *, card: bytes, kind: str = PURCHASE, confirm_s: int = 0
) -> Authorise:
    """An authorisation order, in whole tenge, at the kiosk."""
    return Authorise(operation, card, tenge * TENGE, kind, KIOSK, confirm_s, NOW)


def card_of(person: Person) -> bytes:
    """The link id of a person's card in the tests."""
    return numbered(f"card of {person.name}")[:16]


def issue(host: Host, person: Person = AIGUL) -> bytes:
    """Link a card to a person's account; its link id."""
    card = card_of(person)
    order = CardIssued(
        f"issue {person.name}", card, person.identifier, "411111******1111", VIRTUAL, ACTIVE, "3012"
    )
    reply = host.ask(order)
    assert isinstance(reply, CardLinked) and not reply.code, reply
    return card


@contextmanager
def link(town: Town, folder: Path) -> Iterator[dict[int, Host]]:
    """The link's server over a town's banks, and a host for each."""
    banks = town.platform.banks
    keys = link_keys(folder / "card_link", banks, town.entropy)
    server = CardLinkServer(
        {number: bank.cards for number, bank in banks.items()},
        {number: bank.card_days.close for number, bank in banks.items()},
        keys,
        town.entropy,
    )
    listening = socket.create_server(("127.0.0.1", 0))
    server.start(listening)
    hosts = {number: Host(number, key, listening.getsockname()[1]) for number, key in keys.items()}
    try:
        yield hosts
    finally:
        for host in hosts.values():
            host.hang_up()
        server.stop()


def aigul_with_card(town: Town, hosts: dict[int, Host], tenge: int = 10_000) -> tuple[Phone, bytes]:
    """Aigul at Altyn with Digital Tenge on the account and a card."""
    town.stock(ALTYN, max(tenge, 1) * 2)
    phone = town.rich_phone(AIGUL, tenge)
    return phone, issue(hosts[ALTYN])


def refunded(
    town: Town, hosts: dict[int, Host], spent: int, back: int, name: str = "refund-1"
) -> tuple[Phone, bytes, Host]:
    """Of 1 000 tenge so many were spent with ``visa-1``, and so many of them given back under this name; all
    of it has moved."""
    phone, card = aigul_with_card(town, hosts, 1_000)
    bank = hosts[ALTYN]
    assert bank.authorise("visa-1", spent, card=card).code == ""
    assert bank.credit(name, "visa-1", back, card=card, kind=REFUND).code == ""
    for _ in range(2):
        moved(town)
    return phone, card, bank


def moved(town: Town) -> None:
    """Time passes, and what cards have spent goes to the inventory, what was given back to the client."""
    town.clock.advance(60)
    town.platform.banks[ALTYN].card_moves.tick()
