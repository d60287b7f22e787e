"""The same worlds in Hypothesis' hands: it looks for a short sequence of acts that
leaves a difference."""

import os
import shutil
from pathlib import Path
from tempfile import mkdtemp

from hypothesis import note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.simulation.oracle import Books
from tests.simulation.play import RULES, do
from tests.simulation.world import Act, World

WHO = st.integers(0, 9)
NUMBER = st.integers(0, 255)
EXAMPLES = int(os.environ.get("TENGE_EXAMPLES", "10"))
"""A first look each time; ``make soak`` goes deeper, with worlds of a thousand acts."""


class WorldMachine(RuleBasedStateMachine):
    """One rule, any act: acts that find nothing to do cost nothing, and Hypothesis drops them."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(mkdtemp(prefix="tenge-machine-"))
        self.world = World(self.home / "world", 0)
        self.books = Books(self.world)
        self.told = 0

    @initialize(who=WHO, number=NUMBER)
    def somebody_loads(self, who: int, number: int) -> None:
        do(self.world, Act("load", who, number, number))

    @rule(name=st.sampled_from([*sorted(RULES), "evening"]), a=WHO, b=WHO, c=NUMBER)
    def something_happens(self, name: str, a: int, b: int, c: int) -> None:
        do(self.world, Act(name, 1 if name == "evening" else a, b, c))

    @invariant()
    def the_books_are_equal_and_nobody_honest_is_blamed(self) -> None:
        for line in self.world.story[self.told :]:
            note(line)
        self.told = len(self.world.story)
        self.books.check()

    def teardown(self) -> None:
        self.books.close()
        self.world.close()
        shutil.rmtree(self.home, ignore_errors=True)


TestWorlds = WorldMachine.TestCase
TestWorlds.settings = settings(max_examples=EXAMPLES, stateful_step_count=25, deadline=None)
