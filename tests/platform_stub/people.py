"""A platform with a cast, and phones that speak to it in signed bytes like any wallet."""

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from hardware.clock import SetClock
from hardware.entropy import SeededEntropy
from platform_stub.bank.store import Client
from platform_stub.compose import Platform, build_platform
from platform_stub.config import PlatformConfig
from tender.account.batch import BATCH, Batch, possession_payload
from tender.account.client_messages import (
    TO_DT,
    AccountOpened,
    Balances,
    Certified,
    Certify,
    Convert,
    Enrol,
    Enrolled,
    OpenAccount,
    Stated,
    Statement,
)
from tender.account.eds import Order, key_id, make_order, open_reply
from tender.account.messages import KINDS
from tender.account.participants import ALTYN, BANKS, EURASIAN, KAZPOST
from tender.account.service_messages import FIRM, PERSON
from tender.account.token_messages import ClaimItem, Load, Loaded, RootWanted
from tender.cash.chain import verify_chain
from tender.cash.token import Claim
from tender.crypto import envelope
from tender.crypto.directory import TIER_SOFTWARE, Trust, open_directory
from tender.crypto.envelope import Typ
from tender.crypto.keys import SigningKey
from tender.errors import Code, Refusal

NOW = 1_800_000_000
TENGE = 100


@dataclass(frozen=True)
class Person:
    name: str
    bank: int
    identifier: str
    phone: str
    category: int = 0


AIGUL = Person("Aigul", ALTYN, "910514450126", "+77012345601")
DANA = Person("Dana", ALTYN, "950820450711", "+77012345602")
BOLAT = Person("Bolat", EURASIAN, "880312350331", "+77012345603")
MERCHANT = Person("Merchant M", KAZPOST, "120440001234", "+77012345604", 5814)
SCHOOL = Person("School S", KAZPOST, "011140004565", "+77012345605", 8211)


def numbered(text: str) -> bytes:
    """A 32-byte reference that reads well in a failing test."""
    return sha256(text.encode()).digest()


@dataclass
class Town:
    """The platform and its clock; amounts in tenge where people speak, in tiyn on the wire."""

    platform: Platform
    clock: SetClock
    entropy: SeededEntropy
    phones: dict[str, "Phone"] = field(default_factory=dict)

    def fund_bank(self, bank: int, tenge: int) -> None:
        """Tenge on the correspondent account, in both books."""
        reference = numbered(f"correspondent {bank}")
        self.platform.nbk.open_correspondent(bank, tenge * TENGE, reference)
        self.platform.banks[bank].money.open_correspondent(tenge * TENGE, reference)

    def stock(self, bank: int, tenge: int) -> None:
        """Digital Tenge in a bank's inventory, approved by a person at the National Bank."""
        reference = self.entropy.draw(32)
        noted = self.platform.banks[bank].money.request_issue(tenge * TENGE, reference)
        assert not isinstance(noted, Refusal)
        decided = self.platform.nbk.approve(noted.request)
        assert not isinstance(decided, Refusal), decided
        assert decided.state == "approved"

    def onboard(self, person: Person, *, identified: bool = True) -> int:
        """KYC at the bank's counter; returns the client's number."""
        firm = person.category != 0
        made = self.platform.banks[person.bank].clients.onboard(
            Client(
                0,
                FIRM if firm else PERSON,
                person.identifier,
                person.phone,
                "" if firm else "Test",
                "" if firm else person.name,
                "",
                person.name,
                person.category,
                identified,
                False,
            )
        )
        assert not isinstance(made, Refusal), made
        return made.number

    def pay_in(self, person: Person, tenge: int) -> None:
        """Cash onto the current account."""
        bank = self.platform.banks[person.bank]
        client = bank.client(person.identifier)
        assert not isinstance(client, Refusal)
        bank.clients.pay_in_cash(client.number, tenge * TENGE, self.entropy.draw(32))

    def phone(self, person: Person, *, shown: bool = False, account: bool = True) -> "Phone":
        """Onboard, enrol a phone and open the account."""
        client = self.onboard(person)
        phone = Phone(self, person, SigningKey(self.entropy.draw(32)))
        code = self.platform.banks[person.bank].clients.activation_code(client)
        phone.enrol(code, shown=shown)
        if account:
            opened = phone.ask("open-account", OpenAccount())
            assert isinstance(opened, AccountOpened), opened
        self.phones[person.name] = phone
        return phone

    def rich_phone(self, person: Person, tenge: int) -> "Phone":
        """With that much Digital Tenge on the account."""
        phone = self.phone(person)
        self.pay_in(person, tenge)
        done = phone.ask("convert", Convert(TO_DT, tenge * TENGE))
        assert isinstance(done, Balances), done
        return phone

    def rich_or_plain(self, person: Person) -> "Phone":
        """With a little Digital Tenge, the bank's inventory stocked for it."""
        self.stock(person.bank, 10_000)
        return self.rich_phone(person, 1_000)

    def equation(self) -> tuple[int, int]:
        """(liability, accounts + devices + in transit), devices as roots not claimed from."""
        nbk = self.platform.nbk
        located = 0
        for bank in self.platform.banks.values():
            with bank.desk.store.reading() as rows:
                located += rows.total()
        with nbk.desk.store.reading() as rows:
            liability = rows.account("dt-liability")
            located += rows.total() + rows.on_devices_tiyn() + rows.claimed_on_the_way_tiyn()
        return liability, located


@dataclass
class Phone:
    """A device: an identity key, one-time keys, and a line to its bank's door at the gateway."""

    town: Town
    person: Person
    identity: SigningKey
    keys: dict[bytes, SigningKey] = field(default_factory=dict)
    certificates: dict[bytes, bytes] = field(default_factory=dict)
    enrolled: Enrolled | None = None
    last: tuple[bytes, bytes] = (b"", b"")

    @property
    def trust(self) -> Trust:
        assert self.enrolled is not None
        root = self.town.platform.root_key
        return Trust(root, open_directory(self.enrolled.directory, root))

    @property
    def address(self) -> bytes:
        told = self.ask("statement", Statement(1))
        assert isinstance(told, Stated)
        assert told.account is not None
        return told.account

    def order(self, kind: str, body: Any, message_id: bytes | None = None) -> bytes:
        """A signed order, as bytes."""
        made = Order(
            kind,
            0,
            self.person.bank,
            key_id(self.identity.public_key),
            message_id or self.town.entropy.draw(16),
            self.town.clock.now(),
            KINDS[kind].order.encode(body),
        )
        return make_order(made, self.identity)

    def send(self, kind: str, raw: bytes) -> Any:
        """Through the gateway and back: the reply's record or the refusal, its signature checked."""
        answer = self.town.platform.gateway.bank(self.person.bank, kind, raw)
        self.last = (raw, answer)
        key = self.town.platform.nbk.desk.trust.messages_key(self.person.bank, "bank")
        reply = open_reply(answer, raw, self.person.bank, key)
        return reply.refusal() or KINDS[kind].reply.decode(reply.body, kind)

    def ask(self, kind: str, body: Any, message_id: bytes | None = None) -> Any:
        return self.send(kind, self.order(kind, body, message_id))

    def enrol(self, code: str, *, shown: bool = False) -> Any:
        told = self.ask("enrol", Enrol(code, self.identity.public_key, TIER_SOFTWARE, shown))
        self.enrolled = told if isinstance(told, Enrolled) else None
        return told

    def certify(self, count: int = 1, *, attest: bool = False) -> tuple[bytes, ...]:
        """Make keys and have them certified."""
        made = [SigningKey(self.town.entropy.draw(32)) for _ in range(count)]
        batch = Batch(self.person.bank, self.town.clock.now(), tuple(key.public_key for key in made))
        signed = envelope.sign(Typ.BATCH, BATCH.encode(batch), self.identity).to_bytes()
        proofs = tuple(
            envelope.sign(Typ.BATCH, possession_payload(key.public_key, self.person.bank), key).signature
            for key in made
        )
        told = self.ask("certify", Certify(signed, proofs, attest))
        assert isinstance(told, Certified), told
        for key, certificate in zip(made, told.certificates, strict=True):
            self.keys[key.public_key] = key
            self.certificates[key.public_key] = certificate
        return batch.keys

    def load(self, *tenge: int) -> tuple[bytes, ...]:
        """Tokens of these sizes."""
        keys = self.certify(len(tenge))
        wanted = tuple(RootWanted(key, amount * TENGE) for key, amount in zip(keys, tenge, strict=True))
        told = self.ask("load", Load(wanted, None))
        assert isinstance(told, Loaded), told
        return told.tokens

    def claim(self, token: bytes) -> ClaimItem:
        """The holder's last word on a token."""
        holding = verify_chain(token, self.trust)
        claim = Claim(holding.output, self.person.bank, self.address)
        signed = envelope.sign(Typ.CLAIM, claim.payload(), self.keys[holding.holder])
        return ClaimItem(token, self.certificates[holding.holder], signed.to_bytes())

    def balances(self) -> Balances:
        told = self.ask("statement", Statement(1))
        assert isinstance(told, Stated), told
        return told.balances


def open_town(folder: Path, **settings: Any) -> Town:
    """Five banks, funded, nobody else."""
    clock, entropy = SetClock(NOW), SeededEntropy("town")
    config = PlatformConfig(durable=False, **settings)
    town = Town(build_platform(folder, config, clock, entropy), clock, entropy)
    for bank in BANKS:
        town.fund_bank(bank, 5_000_000)
    return town


def refused(answer: Any, code: Code) -> bool:
    """Whether this is a refusal with that code."""
    assert isinstance(answer, Refusal), answer
    assert answer.code is code, answer
    return True
