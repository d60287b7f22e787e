"""A small random world of offline payments, cheats included, and everything it could upload afterwards.

One seed gives one world. Devices pay, split, keep change and claim; a cheat spends from a holding it already
spent. Nothing here knows how settlement works: it only signs, and remembers who signed what twice.
"""

from dataclasses import dataclass, field
from random import Random

from tender.account.token_messages import ClaimItem
from tender.cash.chain import Holding, verify_chain
from tender.cash.token import Claim
from tender.crypto import envelope
from tender.crypto.directory import Trust
from tender.crypto.envelope import Typ
from tests.mint import ALTYN, EURASIAN, KAZPOST, Device, Mint, key_of, pay

BANKS = (ALTYN, EURASIAN, KAZPOST)


@dataclass
class World:
    """Who holds what, what was signed, and who cheated."""

    random: Random
    mint: Mint = field(default_factory=Mint)
    devices: list[Device] = field(default_factory=list)
    roots: list[bytes] = field(default_factory=list)
    hands: list[tuple[Device, bytes]] = field(default_factory=list)
    """What devices believe they may spend: (holder, packed token)."""
    spent: list[tuple[Device, bytes]] = field(default_factory=list)
    """What they spent and, had they kept a copy, could spend again."""
    histories: list[bytes] = field(default_factory=list)
    claims: list[ClaimItem] = field(default_factory=list)
    signed: dict[tuple[bytes, bytes], set[bytes]] = field(default_factory=dict)
    """(key, output) → the different payloads that key signed over it."""
    story: list[str] = field(default_factory=list)
    trust: Trust = field(init=False)

    def __post_init__(self) -> None:
        self.trust = self.mint.trust()
        self.devices = [self.mint.device(f"D{place}", BANKS[place % 3]) for place in range(6)]

    def load(self) -> None:
        """The issuer makes a token for somebody."""
        holder = self.random.choice(self.devices)
        amount_tiyn = self.random.choice((1, 500, 70_000, 1_000_000))
        packed = self.mint.load(holder, amount_tiyn, seed=f"{len(self.roots)}")
        self.roots.append(packed)
        self.hands.append((holder, packed))
        self.story.append(f"{holder.name} is loaded with {amount_tiyn}")

    def pay(self, *, cheat: bool = False) -> None:
        """Somebody passes a token on, whole or in part; a cheat does it with one it has already spent."""
        source = self.spent if cheat else self.hands
        if not source:
            return
        payer, packed = self.random.choice(source)
        holding = verify_chain(packed, self.trust)
        if holding.hops_left == 0:
            return
        payee = self.random.choice(self.devices)
        amount_tiyn = self.random.choice((holding.amount_tiyn, self.random.randint(1, holding.amount_tiyn)))
        # The nonce makes two payments of one output to one payee two different links.
        paid, kept = pay(holding, payer, payee.key.public_key, amount_tiyn, self.random.randbytes(8))
        last = verify_chain(paid, self.trust).last
        assert last is not None
        self._sign(payer, holding, last.payload)
        if not cheat:
            self.hands.remove((payer, packed))
            self.spent.append((payer, packed))
        self.hands.append((payee, paid))
        self.histories.append(paid)
        if kept is not None:
            self.hands.append((payer, kept))
            self.histories.append(kept)
        self.story.append(f"{payer.name} {'CHEATS' if cheat else 'pays'} {payee.name} {amount_tiyn}")

    def claim(self, *, cheat: bool = False) -> None:
        """A holder claims to its account; a cheat claims what it has already passed on."""
        source = self.spent if cheat else self.hands
        if not source:
            return
        holder, packed = self.random.choice(source)
        holding = verify_chain(packed, self.trust)
        item = claim_of(holding, holder)
        self.claims.append(item)
        self._sign(holder, holding, item.claim)
        if not cheat:
            self.hands.remove((holder, packed))
            self.spent.append((holder, packed))
        self.story.append(f"{holder.name} {'CHEATS and claims' if cheat else 'claims'} {holding.amount_tiyn}")

    def _sign(self, signer: Device, holding: Holding, payload: bytes) -> None:
        self.signed.setdefault((signer.key.public_key, holding.output), set()).add(payload)

    @property
    def cheats(self) -> set[bytes]:
        """Whoever signed two different things over one output; claiming twice to one account is no lie."""
        return {key for (key, _), payloads in self.signed.items() if len(payloads) > 1}

    @property
    def loaded_tiyn(self) -> int:
        """All money ever put on devices."""
        return sum(verify_chain(packed, self.trust).amount_tiyn for packed in self.roots)


def address_of(device: Device) -> bytes:
    """The account address of a device's owner."""
    return key_of(f"account of {device.name}").public_key


def claim_of(holding: Holding, holder: Device) -> ClaimItem:
    """A holder's claim on what it holds."""
    claim = Claim(holding.output, holder.certificate.issuer, address_of(holder))
    signed = envelope.sign(Typ.CLAIM, claim.payload(), holder.key)
    return ClaimItem(holding.packed, holder.certificate.packed(), signed.to_bytes())


def world_of(seed: int, steps: int = 14) -> World:
    """A world and its history, from one number."""
    world = World(Random(seed))
    world.load()
    for _ in range(steps):
        act = world.random.random()
        if act < 0.12:
            world.load()
        elif act < 0.62:
            world.pay()
        elif act < 0.74:
            world.pay(cheat=True)
        elif act < 0.94:
            world.claim()
        else:
            world.claim(cheat=True)
    return world
