"""The cast: numbers that a bank's checks accept, and nobody twice."""

import pytest

from tender.account.identifiers import check_bin, check_iin, check_phone
from town.cast import CAST, Person, neighbour, person


@pytest.mark.parametrize(
    "someone", [*CAST, *(neighbour(place) for place in range(40))], ids=lambda one: one.name
)
def test_everybody_has_a_number_with_a_right_check_digit(someone: Person) -> None:
    check = check_bin if someone.business else check_iin
    assert check(someone.number) == someone.number
    assert check_phone(someone.phone) == someone.phone
    assert person(someone.name) == someone


def test_nobody_is_there_twice() -> None:
    everybody = [*CAST, *(neighbour(place) for place in range(200))]
    assert len({one.number for one in everybody}) == len(everybody)
    assert len({one.phone for one in everybody}) == len(everybody)
