"""What a tap looks like after each thing that happens: a table, and the clock it is honest by."""

import pytest

from faces.screens.tap_look import (
    WAY,
    Done,
    Found,
    Pulled,
    Refused,
    Stay,
    Step,
    TapEvent,
    TapLook,
    Torn,
    Waiting,
    Working,
)
from faces.screens.tap_sign import COLUMNS, ROWS, SIGNS, sign
from faces.screens.theme import plain_text
from tender.errors import Code, Refusal

NO = Refused(Refusal(Code.CARD_SWAPPED))


def after(*events: TapEvent, at_s: float = 10.0) -> TapLook:
    look = TapLook()
    for event in events:
        look = look.after(event, at_s)
    return look


@pytest.mark.parametrize(
    ("events", "step", "may_leave"),
    [
        ((), Step.HOLD, True),
        ((Waiting("r"),), Step.HOLD, True),
        ((Waiting("r"), Found("card")), Step.STAY, True),
        ((Found("card"), Working(1, 2)), Step.STAY, True),
        ((Working(1, 2),), Step.STAY, True),
        ((Found("card"), Stay()), Step.STAY, False),
        ((Found("card"), Stay(), Working(2, 2)), Step.STAY, False),
        ((Found("card"), Stay(), Torn("maybe")), Step.HOLD, True),
        ((Found("card"), Stay(), Torn("maybe"), Waiting("r")), Step.HOLD, True),
        ((Found("card"), Stay(), Torn("signed"), Found("card"), Stay()), Step.STAY, False),
        ((Found("card"), Stay(), Done()), Step.DONE, True),
        ((Found("card"), Stay(), Pulled("maybe")), Step.PULLED, True),
        ((Found("card"), NO), Step.REFUSED, True),
    ],
)
def test_where_it_stands_and_whether_one_may_leave(
    events: tuple[TapEvent, ...], step: Step, may_leave: bool
) -> None:
    look = after(*events)
    assert (look.step, look.may_leave) == (step, may_leave)


def test_how_far_it_is_never_goes_back_and_ends_whole() -> None:
    look = after(Found("card"), Working(300, 400), Working(100, 400))
    assert look.part == 0.75
    assert after(Working(500, 400)).part == 1.0
    assert look.after(Done(), 11.0).part == 1.0
    assert after(Found("card")).part == 0.0


@pytest.mark.parametrize(
    ("done", "gone_s", "left_s", "late"),
    [
        (0, 0.0, 6, False),
        (600, 3.0, 3, False),
        (300, 3.0, 5, False),  # behind its time: what the rest takes, not what was hoped
        (1200, 1.0, 5, False),  # all is sent, and the chip still signs
        (1200, 6.5, 1, False),
        (900, 7.5, None, True),
    ],
)
def test_the_time_to_go_is_what_the_model_and_the_bytes_say(
    done: int, gone_s: float, left_s: int | None, late: bool
) -> None:
    look = after(Found("card"), Working(done, 1200, 6.0), at_s=50.0)
    assert (look.left_s(50.0 + gone_s), look.late(50.0 + gone_s)) == (left_s, late)


def test_nothing_is_claimed_where_nobody_can_say() -> None:
    assert after(Found("card"), Working(1, 2)).left_s(11.0) is None
    assert not after(Found("card"), Working(1, 2)).late(1000.0)
    assert after(Waiting("r")).left_s(11.0) is None


def test_every_step_has_a_shape_of_its_own_in_any_terminal() -> None:
    """Told apart by what is filled and what is not: without colour, and in ASCII."""
    drawn = {step: sign(step) for step in Step}
    assert set(drawn) == set(SIGNS) and set(WAY) < set(drawn)
    for picture in drawn.values():
        lines = picture.split("\n")
        assert len(lines) == ROWS and {len(line) for line in lines} == {COLUMNS}
    filled = [
        frozenset(place for place, one in enumerate(plain_text(two)) if one == "#") for two in drawn.values()
    ]
    for place, one in enumerate(filled):
        for other in filled[place + 1 :]:
            assert len(one ^ other) >= 20
