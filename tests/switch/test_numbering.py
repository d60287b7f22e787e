"""Life-cycle ids never come again, whatever the clock does and however often the switch restarts."""

import pytest

from card_switch.core.numbering import DAY_MS, ON_US, LifeCycles
from tender.card.iso8583.dialects import MASTERCARD_STYLE, VISA_STYLE, Dialect
from tests.switch.stand_ins import NOON_MS


@pytest.mark.parametrize(("dialect", "beyond"), [(VISA_STYLE, 0), (VISA_STYLE, ON_US), (MASTERCARD_STYLE, 0)])
def test_no_id_comes_twice(dialect: Dialect, beyond: int) -> None:
    numbers = LifeCycles(dialect, beyond)
    given: list[str] = []
    clock = [NOON_MS] * 30 + [NOON_MS + 1, NOON_MS + DAY_MS, NOON_MS, NOON_MS - 5, NOON_MS + DAY_MS + 3]
    for now_ms in clock:
        given.append(numbers.next(now_ms))
    again = LifeCycles(dialect, beyond)
    again.used(given, NOON_MS + DAY_MS)
    given += [again.next(NOON_MS + DAY_MS) for _ in range(60)]
    assert len(set(given)) == len(given)


def test_what_a_bank_numbers_itself_never_meets_its_schemes_numbers() -> None:
    scheme, own = LifeCycles(VISA_STYLE), LifeCycles(VISA_STYLE, ON_US)
    times = [NOON_MS - NOON_MS % DAY_MS + at for at in (0, 1, DAY_MS - 1)]
    assert not {scheme.next(at) for at in times} & {own.next(at) for at in times}
