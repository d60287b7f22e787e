"""A random town on the real platform: accounts, loads, payments with no network, clones, claims, transfers.

One seed gives one town. Phones remember what they hold; a clone pays again with what its phone already spent.
Nothing here knows how settlement works: it signs, uploads, and remembers who signed what twice.
"""

from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from hardware.clock import SetClock
from hardware.entropy import SeededEntropy
from platform_stub.bank.office import ACTIVE
from platform_stub.compose import build_platform
from platform_stub.config import PlatformConfig
from platform_stub.nbk.national_bank import correspondent, guarantee
from tender.account.client_messages import BY_PHONE, Transfer
from tender.account.participants import ALTYN, BANKS, EURASIAN, KAZPOST
from tender.account.token_messages import ClaimItem, Settle, Settled
from tender.crypto.keys import SigningKey
from tender.errors import Refusal
from tests import mint
from tests.platform_stub.people import AIGUL, BOLAT, DANA, MERCHANT, NOW, Person, Phone, Town
from tests.settlement.offline import Cut, holding_of, signer

PEOPLE = (AIGUL, DANA, BOLAT, MERCHANT)
ON_ACCOUNT_TENGE = 600
GUARANTEE_TENGE = 300


@dataclass
class RandomTown:
    """The town, what each phone holds, what it spent, and who signed twice."""

    folder: Path
    random: Random
    wires: Cut = field(default_factory=Cut)
    town: Town = field(init=False)
    hands: list[tuple[Phone, bytes]] = field(default_factory=list)
    spent: list[tuple[Phone, bytes]] = field(default_factory=list)
    uploads: list[tuple[Phone, Settle]] = field(default_factory=list)
    """Everything somebody could upload: records of both sides, and claims."""
    signed: dict[tuple[bytes, bytes], set[bytes]] = field(default_factory=dict)
    story: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        clock, entropy = SetClock(NOW), SeededEntropy("random town")
        config = PlatformConfig(durable=False)
        platform = build_platform(self.folder, config, clock, entropy, exchange=self.wires)
        self.wires.inner = platform.gateway
        self.town = Town(platform, clock, entropy)
        for bank in BANKS:
            self.town.fund_bank(bank, 5_000_000)
        for bank in (ALTYN, EURASIAN, KAZPOST):
            self.town.stock(bank, 20_000)
            platform.nbk.place_guarantee(bank, GUARANTEE_TENGE * 100, bank.to_bytes(32, "big"))
        for person in PEOPLE:
            self.town.rich_phone(person, ON_ACCOUNT_TENGE)

    @property
    def phones(self) -> list[Phone]:
        """Everybody's, in a fixed order."""
        return [self.town.phones[person.name] for person in PEOPLE]

    def trusted(self) -> list[Phone]:
        """Phones whose bank has not stopped them: only these get new keys."""
        free = []
        for phone in self.phones:
            with self.town.platform.banks[phone.person.bank].desk.store.reading() as rows:
                device = rows.device_by("identity", phone.identity.public_key)
            if device is not None and device.state == ACTIVE:
                free.append(phone)
        return free

    def renew(self) -> None:
        """Whoever's phone was stopped buys another; what the old one holds may still be claimed from it."""
        free = {phone.person.name for phone in self.trusted()}
        for phone in self.phones:
            if phone.person.name not in free:
                assert phone.enrolled is not None
                fresh = Phone(self.town, phone.person, SigningKey(self.town.entropy.draw(32)))
                clients = self.town.platform.banks[phone.person.bank].clients
                fresh.enrol(clients.activation_code(phone.enrolled.client))
                self.town.phones[phone.person.name] = fresh
                self.story.append(f"{phone.person.name} buys a new phone")

    # --- what people do

    def load(self) -> None:
        """Account money onto a phone, as far as it goes."""
        free = self.trusted()
        if not free:
            return
        phone, tenge = self.random.choice(free), self.random.choice((1, 200, 500))
        bank, address = self.town.platform.banks[phone.person.bank], phone.address
        with bank.desk.store.reading() as rows:
            # A transfer whose wire was cut still locks what it will take.
            unlocked = sum(one.amount_tiyn for one in rows.spendable(address))
        if unlocked >= tenge * 100:
            self.hands.extend((phone, token) for token in phone.load(tenge))
            self.story.append(f"{phone.person.name} loads {tenge}")

    def pay(self, *, cheat: bool = False) -> None:
        """A token passes on, whole or split; a clone passes on what is spent."""
        source, free = self.spent if cheat else self.hands, self.trusted()
        if not source or not free:
            return
        payer, token = self.random.choice(source)
        holding = holding_of(payer, token)
        if not holding.hops_left:
            return
        payee = self.random.choice(free)
        amount = self.random.choice((holding.amount_tiyn, self.random.randint(1, holding.amount_tiyn)))
        paid, kept = mint.pay(holding, signer(payer, holding.holder), payee.certify(1)[0], amount)
        last = holding_of(payee, paid).last
        assert last is not None
        self._signed(holding.holder, holding.output, last.payload)
        if not cheat:
            self.hands.remove((payer, token))
            self.spent.append((payer, token))
        self.hands.append((payee, paid))
        self.uploads.append((payer, Settle((paid,), ())))
        self.uploads.append((payee, Settle((paid,), ())))
        if kept is not None:
            self.hands.append((payer, kept))
        self.story.append(f"{payer.person.name} {'CHEATS' if cheat else 'pays'} {payee.person.name} {amount}")

    def claim(self, *, cheat: bool = False) -> None:
        """The holder's last word on a token; a clone claims what its phone has spent."""
        source = self.spent if cheat else self.hands
        if not source:
            return
        phone, token = self.random.choice(source)
        item = phone.claim(token)
        holding = holding_of(phone, token)
        self._signed(holding.holder, holding.output, item.claim)
        if not cheat:
            self.hands.remove((phone, token))
            self.spent.append((phone, token))
        self.uploads.append((phone, Settle((), (item,))))
        self.story.append(f"{phone.person.name} {'CHEATS and claims' if cheat else 'claims'}")

    def transfer(self) -> None:
        """Account money to somebody's phone number."""
        payer, payee = self.random.sample(self.phones, 2)
        tenge = self.random.choice((1, 100))
        payer.ask("transfer", Transfer(BY_PHONE, payee.person.phone, tenge * 100, ""))
        self.story.append(f"{payer.person.name} transfers {tenge} to {payee.person.name}")

    def claim_the_rest(self) -> None:
        """At the end of the day everybody claims what they hold."""
        for phone, token in tuple(self.hands):
            item: ClaimItem = phone.claim(token)
            self._signed(holding_of(phone, token).holder, holding_of(phone, token).output, item.claim)
            self.uploads.append((phone, Settle((), (item,))))
        self.hands.clear()

    def upload(self, place: int) -> Settled | Refusal:
        """One of the uploads, as a new order."""
        phone, body = self.uploads[place]
        told: Settled | Refusal = phone.ask("settle", body)
        return told

    def _signed(self, key: bytes, output: bytes, payload: bytes) -> None:
        self.signed.setdefault((key, output), set()).add(payload)

    # --- what can be seen

    @property
    def cheats(self) -> set[bytes]:
        """Keys that signed two different things over one output."""
        return {key for (key, _), payloads in self.signed.items() if len(payloads) > 1}

    def blamed(self) -> set[bytes]:
        """Keys that the platform proved to have signed twice."""
        return {fork.key for fork in self.town.platform.settlement.forks()}

    def fortune(self, person: Person) -> int:
        """Digital Tenge on an account (tiyn)."""
        return self.town.phones[person.name].balances().dt_tiyn

    def owed(self, person: Person) -> int:
        """What somebody owes the bank for proved losses (tiyn)."""
        bank = self.town.platform.banks[person.bank]
        client = bank.client(person.identifier)
        assert not isinstance(client, Refusal)
        with bank.desk.store.reading() as rows:
            return rows.owed(client.number)

    def bank_worth(self, bank: int) -> int:
        """A bank's own money: inventory, correspondent account and guarantee (tiyn)."""
        inventory = self.town.platform.banks[bank].inventory_tiyn()
        with self.town.platform.nbk.desk.store.reading() as rows:
            return inventory + rows.account(correspondent(bank)) + rows.account(guarantee(bank))

    def end(self) -> dict[str, int]:
        """Who has and owes what, once everything is delivered."""
        told = {f"{person.name} has": self.fortune(person) for person in PEOPLE}
        told |= {f"{person.name} owes": self.owed(person) for person in PEOPLE}
        return told | {f"bank {bank}": self.bank_worth(bank) for bank in (ALTYN, EURASIAN, KAZPOST)}


def live(town: RandomTown, steps: int) -> None:
    """A stretch of life: mostly offline payments, some of them by clones."""
    for _ in range(2):
        town.load()
    for _ in range(steps):
        live_once(town)


def live_once(town: RandomTown) -> None:
    """One thing somebody does."""
    act = town.random.random()
    if act < 0.15:
        town.load()
    elif act < 0.6:
        town.pay()
    elif act < 0.75:
        town.pay(cheat=True)
    elif act < 0.93:
        town.claim()
    else:
        town.claim(cheat=True)
