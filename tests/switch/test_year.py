"""Times in messages have no year: New Year's Eve, and the same second of the same day in another year."""

from datetime import UTC, datetime

import pytest

from card_switch.core.issuer.operations import name_without_id
from card_switch.core.numbering import ON_US as ON_US_NUMBERS
from card_switch.core.numbering import LifeCycles
from card_switch.core.rows import key_of
from pos.core.card_messages import reference_number
from tender.card.iso8583.dialects import MASTERCARD_STYLE, VISA_STYLE, Dialect
from tender.card.iso8583.message import Message
from tests.issuer.world import HeldCard
from tests.switch.stand_ins import reversal
from tests.switch.test_archive import OFF_US, ON_US, Months

EVE_MS = int(datetime(2026, 12, 31, 23, 59, 58, tzinfo=UTC).timestamp()) * 1000


def after_years(count: int) -> int:
    """The same instant of the year."""
    return int(datetime(2026 + count, 12, 31, 23, 59, 58, tzinfo=UTC).timestamp()) * 1000


def eve() -> Months:
    """All hosts on New Year's Eve, two seconds before midnight."""
    months = Months()
    months.now_ms = EVE_MS
    months._connect()
    return months


@pytest.mark.parametrize("number", [ON_US, OFF_US])
def test_a_payment_its_duplicate_and_its_reversal_over_new_year(number: int) -> None:
    months = eve()
    asked = months.chip(months.cards[number], 3_779)
    first = months.ask(asked)
    assert [answer.code for answer in first] == ["00"]
    months.now_ms += 3_000
    assert months.ask(asked) == first, "said again in the new year: the same answer, byte for byte"
    taken_back = reversal(asked.without(126), stan=800_001)
    assert months.code(taken_back) == months.code(taken_back) == "00"
    told = months.close_day()
    assert told["agrees"] is True and not any(bank["issued_tiyn"] for bank in told["banks"])


@pytest.mark.parametrize("number", [ON_US, OFF_US])
def test_the_same_numbers_in_the_same_second_a_year_later_are_another_payment(number: int) -> None:
    months = eve()
    held = months.cards[number]
    asked = months.chip(held)
    assert months.code(asked) == "00"
    months.close_day()
    months.days_later(5)
    months.close_day()
    again = a_year_later(months, asked, held)
    assert months.code(again) == "00"
    assert len(operations(months)) == 2, "under two names"
    assert months.code(reversal(again.without(126), stan=800_001)) == "00"
    first, second = operations(months)
    bank = next(one for one in months.banks.values() if one.done)
    assert set(bank.undone) == {second} and first != second, "this year's is taken back, and no other"


def test_what_nobody_has_counted_for_a_year_is_not_written_over() -> None:
    """Without an end of day its conversation still waits to be counted: the new one is refused."""
    months = eve()
    held = months.cards[OFF_US]
    asked = months.chip(held)
    assert months.code(asked) == "00"
    assert months.code(a_year_later(months, asked, held)) == "94"
    assert len(operations(months)) == 1


def a_year_later(months: Months, asked: Message, held: HeldCard) -> Message:
    """Another purchase of this card in the same second of the year, under the same trace number."""
    months.now_ms = after_years(1)
    months._connect()
    again = months.chip(held).having({7: asked.transmitted, 11: asked.stan})
    assert key_of(again.having({32: "601"})) == key_of(asked.having({32: "601"}))
    return again


def operations(months: Months) -> list[str]:
    """What the banks have done, by the names the issuers gave it."""
    return [name for bank in months.banks.values() for name in bank.done]


@pytest.mark.parametrize(
    ("dialect", "beyond"), [(VISA_STYLE, 0), (VISA_STYLE, ON_US_NUMBERS), (MASTERCARD_STYLE, 0)]
)
def test_numbers_come_again_after_ten_years_and_not_before(dialect: Dialect, beyond: int) -> None:
    given = [LifeCycles(dialect, beyond).next(after_years(year)) for year in range(11)]
    assert len(set(given[:10])) == 10 and given[10] == given[0]
    references = [reference_number(1, after_years(year) // 1000) for year in range(11)]
    assert len(set(references[:10])) == 10


def test_without_an_id_the_year_nearest_to_now_tells_names_apart() -> None:
    key = "1/601/T0000001/000001/1231235958"
    named = name_without_id(key, EVE_MS)
    assert name_without_id(key, EVE_MS + 3_000) == name_without_id(key, EVE_MS + 40 * 86_400_000) == named
    assert name_without_id(key, after_years(1)) != named
    assert name_without_id("1/601/T/000001/0230000000", EVE_MS).startswith("k"), "a day of no calendar, too"
