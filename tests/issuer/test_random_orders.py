"""A card host in random worlds: things come twice, late, reordered, over a restart; in the end the bank
has taken exactly what stands, the host says the same, and nobody heard of an approval that is none."""

import os
from random import Random

import pytest

from card_switch.core.conversion import State
from card_switch.core.issuer.checks import SPENDS, Kind
from tender.card.iso8583.message import Message
from tests.issuer.world import HeldCard, World

WORLDS = int(os.environ.get("TENGE_ISSUER_WORLDS", "40"))
ACTS = 40
START_TIYN = 100_000_00


class Player:
    """Plays acts drawn from a seed."""

    def __init__(self, seed: int) -> None:
        self.draw = Random(seed)
        self.world = World()
        self.world.bank.silent = True
        self.cards = [self.world.card(number, free_tiyn=START_TIYN) for number in (1, 2)]
        self.said: list[tuple[HeldCard, Message]] = []
        self.given_up: set[str] = set()

    def buy(self) -> None:
        held = self.draw.choice(self.cards)
        amount_tiyn = self.draw.choice((1, 100_00, 40_000_00))
        message = held.stripe(amount_tiyn)
        self.said.append((held, message))
        if self.draw.random() < 0.15:  # its reversal is faster
            self.world.hear(held.reversal(message))
        self.world.hear(message)

    def repeat(self) -> None:
        if self.said:
            self.world.hear(self.draw.choice(self.said)[1])

    def take_back(self) -> None:
        if self.said:
            held, message = self.draw.choice(self.said)
            stands_tiyn = self.draw.choice((0, 0, 0, 1, 50_00))
            self.world.hear(held.reversal(message, stands_tiyn))

    def bank_answers(self) -> None:
        """One of what waits, in no order; sometimes said twice, sometimes its answer is lost and it is asked
        again, as the line does."""
        world = self.world
        if not world.unanswered:
            return
        one = world.unanswered.pop(self.draw.randrange(len(world.unanswered)))
        reply = world.bank.asked(one.order)
        if self.draw.random() < 0.2:
            world.unanswered.append(one)
            return
        for _ in range(self.draw.choice((1, 1, 2))):
            world.do(world.host.bank_said(one.operation, reply, world.now_ms))

    def wait(self) -> None:
        self.world.later(self.draw.choice((0.1, 2, 6)))

    def restart(self) -> None:
        self.world.restart()

    def blocked(self) -> None:
        self.world.bank_blocked(True)
        self.world.bank_blocked(False)

    def play(self) -> None:
        acts = (
            [self.buy] * 5
            + [self.bank_answers] * 6
            + [self.repeat, self.take_back, self.take_back, self.wait]
        )
        for _ in range(ACTS):
            self.draw.choice(acts + ([self.restart, self.blocked] if self.draw.random() < 0.3 else []))()
        self.world.later(10)
        self.world.bank.silent = False
        self.world.restart()
        self.world.bank_answers()


@pytest.mark.parametrize("seed", range(WORLDS))
def test_the_bank_has_taken_what_stands_and_nothing_else(seed: int) -> None:
    player = Player(seed)
    player.play()
    world = player.world
    operations = world.host.operations.values()
    assert {one.state for one in operations} <= {State.CONVERTED, State.REFUSED, State.UNDONE, State.BARRED}
    for held in player.cards:
        stands_tiyn = sum(
            one.stands_tiyn
            for one in operations
            if one.card == held.record.link and one.state is State.CONVERTED and Kind(one.kind) in SPENDS
        )
        assert world.free(held) == START_TIYN - stands_tiyn
        assert world.host.holders.usage(held.record.link).spent_tiyn == stands_tiyn
    answers: dict[str, set[str]] = {}
    for _, message in world.sent:
        if message.mti == "0110":
            answers.setdefault(f"{message.stan}", set()).add(message.code)
    # One question, one answer, however often; only what could not be known yet is said again otherwise.
    assert all(len(codes) == 1 for codes in answers.values()), answers
    for one in operations:
        if one.state is State.CONVERTED:
            assert one.answer is not None and one.answer.code == "00"
