"""Small worlds of tokens for the settler: paid on, split, forked, recorded, claimed, shown again."""

import random
from dataclasses import dataclass, field

from tender.account.token_messages import ClaimItem, Settle
from tender.cash.chain import Holding, verify_chain
from tests.mint import Device, Mint, pay
from tests.simulation.worlds import claim_of

MINT = Mint()
TRUST = MINT.trust()
PEOPLE = [MINT.device(f"person {place}", bank) for place, bank in enumerate((949, 948, 563, 949, 948))]


@dataclass
class EngineWorld:
    """Roots that were issued, and what people upload about them."""

    roots: list[bytes] = field(default_factory=list)
    held: list[tuple[bytes, Device]] = field(default_factory=list)
    """Every token anybody ever held with its holder; a holder who pays it again signs twice."""
    uploads: list[Settle] = field(default_factory=list)

    def holding(self, place: int) -> Holding:
        """One of them, verified."""
        return verify_chain(self.held[place][0], TRUST)


def draw_world(seed: int, steps: int = 14) -> EngineWorld:
    """The same seed is the same world."""
    chance = random.Random(seed)
    world = EngineWorld()
    for place in range(3):
        holder = chance.choice(PEOPLE)
        root = MINT.load(holder, chance.randrange(100, 900), seed=f"{seed} {place}")
        world.roots.append(root)
        world.held.append((root, holder))
    for step in range(steps):
        place = chance.randrange(len(world.held))
        holding, payer = world.holding(place), world.held[place][1]
        payee = chance.choice([one for one in PEOPLE if one is not payer])
        amount = holding.amount_tiyn
        part = chance.randrange(1, amount) if amount > 1 and chance.random() < 0.4 else None
        if holding.hops_left:
            nonce = step.to_bytes(8, "big")
            paid, change = pay(holding, payer, payee.key.public_key, part, nonce)
            world.held.append((paid, payee))
            if change is not None:
                world.held.append((change, payer))
    for _ in range(steps):
        world.uploads.append(_upload(world, chance))
    return world


def _upload(world: EngineWorld, chance: random.Random) -> Settle:
    records: list[bytes] = []
    claims: list[ClaimItem] = []
    for _ in range(chance.randrange(1, 4)):
        place = chance.randrange(len(world.held))
        token, holder = world.held[place]
        if chance.random() < 0.4:
            records.append(token)
        else:
            claims.append(claim_of(world.holding(place), holder))
    return Settle(tuple(records), tuple(claims), list_number=chance.randrange(3))
