"""A turn looks at the links whose time has come, and at no others."""

from dataclasses import dataclass, field
from random import Random

import pytest

from card_switch.service.due_links import DueLinks


@dataclass(eq=False)
class Line:
    """A link that says what it is told to say."""

    due_ms: int | None = None
    asked: int = 0

    def next_deadline(self) -> int | None:
        """In milliseconds."""
        self.asked += 1
        return self.due_ms


@dataclass(eq=False)
class End:
    """One end of it."""

    link: Line = field(default_factory=Line)


@pytest.mark.parametrize("seed", range(5))
def test_the_first_deadline_is_the_least_whatever_moved_and_each_that_is_over_comes_once(seed: int) -> None:
    draw, due, ends, now_ms = Random(seed), DueLinks[End](), [End() for _ in range(12)], 0
    for _ in range(400):
        end = draw.choice(ends)
        end.link.due_ms = draw.choice((None, now_ms + draw.randrange(1, 60)))
        due.note(end)
        assert due.next_ms() == min((one.link.due_ms for one in ends if one.link.due_ms), default=None)
        now_ms += draw.randrange(8)
        wanted = {one for one in ends if one.link.due_ms and one.link.due_ms <= now_ms}
        over = list(due.over(now_ms))
        assert len(over) == len(wanted) and set(over) == wanted
        for one in over:
            one.link.due_ms = now_ms + draw.randrange(1, 60)
            due.note(one)


def test_a_thousand_links_that_only_hear_are_not_asked_with_each_turn() -> None:
    due, ends = DueLinks[End](), [End(Line(60_000)) for _ in range(1_000)]
    for end in ends:
        due.note(end)
    asked = sum(end.link.asked for end in ends)
    for now_ms in range(1_000):
        ends[now_ms].link.due_ms = 60_000 + now_ms
        due.note(ends[now_ms])
        assert list(due.over(now_ms)) == []
    assert sum(end.link.asked for end in ends) - asked < 5_000
