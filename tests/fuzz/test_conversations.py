"""Both sides of a payment under a wire that spoils, repeats, swaps, invents and drops: typed refusals only,
and no tiyn made or lost.

The wire is drawn from a seed. Afterwards the two devices talk undisturbed, and the payment must either have
happened once or not at all.
"""

from random import Random

import pytest

from tender.cash.messages import Kind, wrap
from tender.cash.session_state import decode_state
from tests.cash.attack_world import PRICE, World
from tests.cash.two_devices import Phone, carry
from tests.fuzz.targets import spoiled

CONVERSATIONS = 40
NOISE = 40
START_TIYN = 50_000


def noise(chance: Random, said: list[bytes]) -> bytes:
    """What a hostile wire says: anything said so far, spoiled or whole, or a message nobody wrote."""
    kind = chance.randrange(6)
    if kind == 0 or not said:
        return chance.randbytes(chance.choice((0, 1, 20, 300)))
    if kind == 1:
        return wrap(chance.choice(list(Kind)), chance.randbytes(chance.choice((0, 16, 200))))
    if kind == 2:
        return chance.choice(said)
    return next(spoiled(tuple(said), chance.randrange(2**32), 1))


def disturbed(world: World, chance: Random) -> None:
    """A conversation in which every honest message may be lost and every third heard is noise."""
    pair: list[Phone] = [world.payer, world.payee]
    said: list[bytes] = []
    world.payee.ask_for(PRICE)
    for _ in range(NOISE):
        hearer = chance.choice(pair)
        speaker = pair[1 - pair.index(hearer)]
        if speaker.outbox and chance.random() < 0.5:
            said.append(speaker.outbox[0])
            data = speaker.outbox.pop(0)
            if chance.random() < 0.2:
                continue
        else:
            data = noise(chance, said)
        hearer.hear(data)
        assert not hearer.disk or decode_state(hearer.disk)
        total = world.payer.balance_tiyn + world.payee.balance_tiyn
        assert total <= START_TIYN, "money was made"


@pytest.mark.row("DT-Z-04")
@pytest.mark.row("DT-Z-01")
@pytest.mark.parametrize("two_way", [False, True], ids=["one-way", "two-way"])
def test_no_wire_makes_or_loses_a_tiyn(two_way: bool) -> None:
    paid = 0
    for seed in range(CONVERSATIONS):
        world = World()
        world.payer.two_way = two_way
        disturbed(world, Random(f"{two_way} {seed}"))
        for phone in (world.payer, world.payee):
            phone.resume()
        carry(world.payer, world.payee, most=200)
        balances = (world.payer.balance_tiyn, world.payee.balance_tiyn)
        if balances == (START_TIYN - PRICE, PRICE):
            paid += 1
        elif world.payee.balance_tiyn == 0 and world.payer.element.links:
            # Signed and not arrived: the payer still has the very bytes to send again.
            world.payer.resume()
            assert world.payer.outbox, seed
        else:
            assert balances == (START_TIYN, 0), seed
    assert paid > CONVERSATIONS // 4, "the wire must let something through, or nothing is tested"
