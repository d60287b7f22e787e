"""A random world: the real platform, seven people and their devices, and what is true about them.

Whatever happens is one *act*: a name and three small numbers (:class:`Act`). The same seed gives the same
acts and the same world, and a list of acts with some taken out is again a world; so a failure can be played
again and made short. The rules of the game are in ``hand_acts.py`` and ``bank_acts.py``, what must hold
afterwards in ``oracle.py``.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from faces.amounts import amount_text
from platform_stub.desk import NOT_FINAL
from tender.account.client_messages import Stated, Statement
from tender.account.token_messages import ClaimItem, ItemState, Settle, Settled
from tender.cash.chain import Holding
from tender.cash.token import Claim
from tender.crypto.certificates import DAY_S
from tender.crypto.directory import Revocations, Trust, open_directory
from tender.crypto.envelope import Typ, open_envelope
from tender.errors import LinkError, Refusal
from tests.platform_stub.people import NOW, Person, Phone, Town
from tests.settlement.offline import Cut
from tests.simulation.base import ON_ACCOUNT_TENGE, PEOPLE, base, copied, phone_of
from tests.simulation.device import Device, Element, Store, Truth

TIYN = 100
BAG = 200
CROOKS = 3


class Act(NamedTuple):
    """One thing that happens. The numbers choose who, how much and what goes wrong."""

    name: str
    a: int
    b: int
    c: int


@dataclass
class Claimed:
    """A claim somebody uploaded, and what the platform last said of it."""

    device: Device
    item: ClaimItem
    holding: Holding
    account: bytes
    time: int
    told: ItemState


@dataclass
class World:
    """Everybody, everything they said, and the story so far."""

    folder: Path
    seed: int
    town: Town = field(init=False)
    wires: Cut = field(init=False)
    truth: Truth = field(default_factory=Truth)
    devices: list[Device] = field(default_factory=list)
    backups: list[tuple[Device, Store]] = field(default_factory=list)
    meetings: list[tuple[Device, Device, bytes]] = field(default_factory=list)
    """(payer, payee, payment id) of everything that was begun."""
    bag: list[tuple[Device, bytes]] = field(default_factory=list)
    """Messages that were on the wire: they may come again."""
    delivered: list[tuple[Device, Settle]] = field(default_factory=list)
    shown: dict[tuple[bytes, bytes], set[bytes]] = field(default_factory=dict)
    """(key, parent) → the spends of it that reached the platform for certain."""
    claims: dict[bytes, Claimed] = field(default_factory=dict)
    """Claim envelope → the claim."""
    account: Counter[str] = field(default_factory=Counter)
    """Person → Digital Tenge that must be on the account before claims are counted (tiyn)."""
    suspects: set[str] = field(default_factory=set)
    """People with a cheating device: what they owe may be taken from what they have."""
    count: Counter[str] = field(default_factory=Counter)
    fetched: dict[bytes, dict[int, Revocations]] = field(default_factory=dict)
    """Identity key → the lists its bank handed out to it, by number. A bank remembers that; a store that is
    put back or copied does not."""
    forgetful: set[bytes] = field(default_factory=set)
    """Identity keys of phones that were copied, or whose store was put back: they may know less than they
    fetched."""
    story: list[str] = field(default_factory=list)
    addresses: dict[str, bytes] = field(default_factory=dict)
    crooks: set[str] = field(default_factory=set)
    """Only these people ever cheat; to everybody else no harm may come."""

    def __post_init__(self) -> None:
        self.town, self.wires = copied(self.folder, NOW, f"world {self.seed}")
        self.crooks = {person.name for person in Random(self.seed).sample(PEOPLE, CROOKS)}
        for enrolment in base().enrolments:
            phone = phone_of(self.town, enrolment)
            self.devices.append(self.new_device(phone.person.name, phone))
            self.addresses[phone.person.name] = enrolment.account
            self.account[phone.person.name] = ON_ACCOUNT_TENGE * TIYN

    def close(self) -> None:
        """Give the disks back."""
        self.town.platform.close()

    # --- who and when

    @property
    def now(self) -> int:
        """The platform's time."""
        return self.town.clock.now()

    @property
    def day(self) -> int:
        """For the story."""
        return (self.now - NOW) // DAY_S + 1

    def tell(self, line: str) -> None:
        """One line of the story."""
        self.story.append(f"Day {self.day}, {line}")

    def new_device(self, name: str, phone: Phone) -> Device:
        """A device with an empty store, fresh from its bank."""
        assert phone.enrolled is not None
        root = self.town.platform.root_key
        store = Store(trust=Trust(root, open_directory(phone.enrolled.directory, root)))
        return Device(name, phone, self.town.clock, self.town.entropy, store, Element(phone, self.truth))

    def device(self, number: int) -> Device:
        """One of them."""
        return self.devices[number % len(self.devices)]

    def crook(self, device: Device) -> bool:
        """Whether its owner is one who cheats."""
        return device.phone.person.name in self.crooks

    def suspect(self, device: Device) -> None:
        """From now on this person's account may be drawn on."""
        self.suspects.add(device.phone.person.name)

    def address(self, device: Device) -> bytes:
        """The account its claims go to."""
        return self.addresses[device.phone.person.name]

    def note_fetched(self, device: Device) -> None:
        """The list a device has now, it has from its bank."""
        known = device.trust.revocations
        self.fetched.setdefault(device.phone.identity.public_key, {})[known.number] = known

    # --- speaking with a bank

    def order(self, phone: Phone, kind: str, body: Any, cut: int = 0) -> Any:
        """One order, sent in the same bytes until its answer is final; ``cut`` breaks wires on the way."""
        raw = phone.order(kind, body)
        if cut:
            hit = self.wires.after if cut % 2 else self.wires.before
            hit.add(self.wires.count + cut % 5)
            self.count["wires cut"] += 1
        told: Any = None
        for _ in range(6):
            try:
                told = phone.send(kind, raw)
            except LinkError:
                continue
            finally:
                self.wires.before.clear()
                self.wires.after.clear()
            if not (isinstance(told, Refusal) and told.code in NOT_FINAL):
                return told
            self.town.platform.tick()
        raise AssertionError(f"{kind} of {phone.person.name} is never answered: {told}")

    def upload(
        self,
        device: Device,
        records: Sequence[bytes] = (),
        claims: Sequence[tuple[ClaimItem, Holding]] = (),
        cut: int = 0,
    ) -> Settled | Refusal:
        """Hand records and claims to the bank; the answers are remembered."""
        body = Settle(tuple(records), tuple(item for item, _ in claims))
        told = self.order(device.phone, "settle", body, cut)
        if isinstance(told, Refusal):
            return told
        assert isinstance(told, Settled)
        self.count["items uploaded"] += len(records) + len(claims)
        self.delivered.append((device, body))
        for (item, holding), state in zip(claims, told.claims, strict=True):
            account = Claim.from_payload(open_envelope(item.claim, Typ.CLAIM, "claim").payload, "claim")
            self.claims[item.claim] = Claimed(device, item, holding, account.address, self.now, state)
        return told

    def dt_of(self, person: Person) -> int:
        """Digital Tenge on somebody's account, as the bank tells it (tiyn)."""
        told = self.town.phones[person.name].ask("statement", Statement(1))
        assert isinstance(told, Stated), told
        return told.balances.dt_tiyn


def money(tiyn: int) -> str:
    """``300,00``: amounts in the story."""
    return amount_text(tiyn, sign="")
