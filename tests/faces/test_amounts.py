"""Dates and times as people in Kazakhstan read them: five hours ahead of the bytes, also over midnight."""

import pytest

from faces.amounts import clock_text, day_text, moment_text

NEW_YEAR = 1_798_743_600
"""31 December 2026, 19:00:00 UTC: the new year begins."""


@pytest.mark.parametrize(
    ("seconds", "moment", "day", "clock"),
    [
        (NEW_YEAR, "01.01.2027 00:00", "01.01.2027", "00:00:00"),
        (NEW_YEAR - 1, "31.12.2026 23:59", "31.12.2026", "23:59:59"),
        (0, "01.01.1970 05:00", "01.01.1970", "05:00:00"),
    ],
)
def test_people_read_the_time_of_kazakhstan(seconds: int, moment: str, day: str, clock: str) -> None:
    assert (moment_text(seconds), day_text(seconds), clock_text(seconds)) == (moment, day, clock)
