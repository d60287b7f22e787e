"""News beside a message, without wallets: what is offered, in which order, how much, and what is believed."""

from functools import cache

import pytest

from tender import canon
from tender.cash.beside import (
    STEPS_KEPT,
    Beside,
    Lists,
    for_carrier,
    put_beside,
    shorter,
    take_apart,
    typ_of,
    within,
)
from tender.cash.messages import MESSAGE_MAX_BYTES, Kind, Ready, open_message, pack, unwrap, unwrap_beside
from tender.cash.revocation import RevocationList, open_list, sign_list
from tender.cash.revocation_step import Step, StepBody, open_step, sign_step
from tender.crypto.directory import DirectoryBody, Trust, sign_directory
from tender.crypto.envelope import Typ
from tender.errors import Code, RemoteProtocolError
from tests.mint import ALTYN, NOW, PROFILE_PERSON, Mint, key_of

ROOT = key_of("root")
DAY = 21_500
READY = pack(Ready(bytes(range(16)), bytes(range(32))))


@cache
def published(number: int, length: int = 600) -> RevocationList:
    """A list of some length that grows by one serial with each number."""
    serials = [*range(0, 7 * length, 7), *(100_000 + one for one in range(number))]
    return open_list(sign_list(number, NOW + number, {(ALTYN, DAY): serials}, ROOT), ROOT.public_key)


@cache
def step_to(number: int, length: int = 600) -> Step:
    """From the list before."""
    raw = sign_step(published(number - 1, length), published(number, length), 0, ROOT)
    return open_step(raw, ROOT.public_key)


def trusting(number: int, length: int = 600) -> Trust:
    """Trust with the list of this number, or with none for 0."""
    trust = Mint().trust()
    return trust.with_revocations(published(number, length)) if number else trust


def directory(number: int) -> bytes:
    """A directory with nobody in it."""
    return sign_directory(DirectoryBody(1, number, NOW + 50, (), (PROFILE_PERSON,), ()), ROOT)


def numbers(lists: Lists) -> tuple[int, int]:
    """The directory and the list a device believes."""
    return lists.trust.directory.number, lists.trust.revocations.number


# --- the container


def test_what_stands_beside_is_no_part_of_the_message() -> None:
    beside = Beside(4, 5, 6, (b"news", b"more"))
    whole = put_beside(READY, beside)
    assert take_apart(whole) == (READY, beside)
    assert unwrap(whole) == unwrap(READY)
    assert open_message(whole) == open_message(READY)
    assert take_apart(READY) == (READY, None)
    assert put_beside(whole, Beside(1, 1, 1)) == put_beside(READY, Beside(1, 1, 1)), "one thing beside it"


@pytest.mark.parametrize(
    ("container", "field"),
    [
        ([3, b"", b"", b""], "message"),
        ([3], "message"),
        ([3, b"", None], "message.beside"),
        ([3, b"", "text"], "message.beside"),
        ([3, "text"], "message.body"),
        ([3, "text", b""], "message.body"),
        ([99, b""], "message.kind"),
        ([True, b"", b""], "message.kind"),
        (b"", "message"),
    ],
)
def test_other_containers_are_refused(container: canon.Value, field: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        unwrap_beside(canon.encode(container))
    assert caught.value.field == field
    assert caught.value.code is (Code.MESSAGE_UNKNOWN if field.endswith("kind") else Code.FIELD_WRONG)


def test_the_pieces_of_a_container() -> None:
    assert unwrap_beside(canon.encode([3, b"body", b"beside"])) == (Kind.READY, b"body", b"beside")
    assert unwrap_beside(canon.encode([3, b"body"])) == (Kind.READY, b"body", None)


def test_news_that_makes_a_message_too_long_stays_behind_and_no_byte_more() -> None:
    """At the edge: the longest whole message goes with its news, one byte more goes without."""
    spare = MESSAGE_MAX_BYTES - len(put_beside(READY, Beside(1, 2, 3, (bytes(200_000),)))) + 200_000
    for length, kept in ((spare, True), (spare + 1, False)):
        news = (bytes(length),)
        whole = put_beside(READY, Beside(1, 2, 3, news))
        assert take_apart(whole)[1] == Beside(1, 2, 3, news if kept else ())
        assert (len(whole) == MESSAGE_MAX_BYTES) is kept


def test_a_narrow_carrier_takes_the_news_that_fits_and_the_whole_message() -> None:
    beside = Beside(4, 5, 6, (b"news", b"more"))
    whole = put_beside(READY, beside)
    for most, news in ((8, beside.news), (7, beside.news[:1]), (4, beside.news[:1]), (3, ())):
        assert take_apart(for_carrier(whole, most)) == (READY, Beside(4, 5, 6, news))
    assert for_carrier(whole, 8) == whole
    assert for_carrier(READY, 0) == READY


# --- what is offered


def test_steps_are_offered_when_they_lead_all_the_way_and_are_shorter() -> None:
    steps = tuple(step_to(number) for number in (3, 4, 5))
    lists = Lists(trusting(5), steps)
    assert lists.news_for(1, 2, 65_536) == tuple(step.raw for step in steps)
    assert lists.news_for(1, 4, 65_536) == (steps[2].raw,)
    whole = (published(5).raw,)
    assert lists.news_for(1, 1, 65_536) == whole, "no step from list 1"
    assert lists.news_for(1, 0, 65_536) == whole
    assert Lists(trusting(5), steps[:2]).news_for(1, 2, 65_536) == whole, "the steps end too early"
    assert lists.news_for(1, 5, 65_536) == lists.news_for(1, 9, 65_536) == ()


def test_a_short_list_goes_whole() -> None:
    small = published(2, 3)
    step = step_to(2, 3)
    assert len(small.raw) <= len(step.raw)
    assert shorter(small, (step,), 1) == (small.raw,)
    as_long = Step(StepBody(1, 1, 2, NOW, 0, (), bytes(64)), small.raw)
    one_less = Step(as_long.body, small.raw[1:])
    assert shorter(small, (as_long,), 1) == (small.raw,), "no gain in a step as long as the list"
    assert shorter(small, (one_less,), 1) == (small.raw[1:],)


def test_a_way_of_too_many_steps_is_not_offered() -> None:
    """Sixty-three fit beside a directory, sixty-four do not."""
    newest = published(66)
    steps = tuple(Step(StepBody(1, n - 1, n, NOW, 0, (), bytes(64)), b"short") for n in range(2, 67))
    assert shorter(newest, steps, 2) == (newest.raw,)
    assert shorter(newest, steps, 3) == (b"short",) * 63


def test_the_list_goes_first_and_the_directory_if_there_is_room() -> None:
    trust = trusting(5).with_directory(directory(8))
    raw, step = trust.directory.raw, step_to(5)
    lists = Lists(trust, (step,))
    both = len(raw) + len(step.raw)
    assert lists.news_for(7, 4, both) == (step.raw, raw)
    assert lists.news_for(7, 4, both - 1) == (step.raw,)
    assert lists.news_for(7, 5, len(raw)) == (raw,)
    assert lists.news_for(7, 5, len(raw) - 1) == ()
    assert lists.news_for(8, 5, both) == ()
    assert lists.news_for(8, 4, len(step.raw)) == (step.raw,)
    assert lists.news_for(8, 4, len(step.raw) - 1) == ()
    assert Lists(Mint().trust()).news_for(0, 0, 65_536) == (Mint().trust().directory.raw,)


def test_as_many_as_fit_in_their_order() -> None:
    news = (b"ab", b"cd", b"e")
    assert [len(within(news, most)) for most in range(7)] == [0, 0, 1, 1, 2, 3, 3]
    assert within((b"abc", b"d"), 2) == (), "a later one leads nowhere without the one before"


# --- what is believed


def test_news_is_taken_in_order_and_old_news_changes_nothing() -> None:
    lists = Lists(trusting(2))
    after, refused = lists.take((step_to(3).raw, step_to(4).raw, directory(5)))
    assert (numbers(after), refused) == ((5, 4), ())
    assert [step.number for step in after.steps] == [3, 4]
    old = (step_to(3).raw, published(1).raw, published(4).raw, directory(4), directory(5))
    again, refused = after.take(old)
    assert (again, refused) == (after, ())


def test_a_whole_list_ends_the_way_of_steps() -> None:
    after, _ = Lists(trusting(2)).take((step_to(3).raw, published(7).raw))
    assert numbers(after) == (1, 7) and after.steps == ()


def test_what_does_not_fit_is_told_with_its_place() -> None:
    other = sign_list(9, NOW, {}, key_of("nobody"))
    after, refused = Lists(trusting(2)).take((step_to(4).raw, b"\x00", other, step_to(3).raw))
    assert numbers(after) == (1, 3)
    forged = sign_step(published(2), published(3), 0, key_of("nobody"))
    _, (no,) = Lists(trusting(2)).take((forged,))
    assert (no.code, no.field) == (Code.LIST_WRONG, "news[0]")
    assert [(one.code, one.field.partition(".")[0]) for one in refused] == [
        (Code.LIST_GAP, "news[0]"),
        (Code.FIELD_WRONG, "news[1]"),
        (Code.LIST_WRONG, "news[2]"),
    ]
    assert dict(refused[0].facts) == {"known": 2, "since": 3}


def test_a_step_is_nothing_to_who_has_no_list() -> None:
    after, (refused,) = Lists(Mint().trust()).take((step_to(3).raw,))
    assert (refused.code, dict(refused.facts)) == (Code.LIST_GAP, {"known": 0, "since": 2})
    assert after.listed is None
    after, refused_ = Lists(Mint().trust()).take((published(3).raw,))
    assert refused_ == () and after.listed == published(3)


def test_only_the_newest_steps_are_kept() -> None:
    lists = Lists(trusting(1))
    after, refused = lists.take(step_to(number).raw for number in range(2, STEPS_KEPT + 4))
    assert refused == ()
    assert [step.number for step in after.steps] == list(range(4, STEPS_KEPT + 4))


def test_the_date_of_news_raises_the_floor() -> None:
    after, _ = Lists(trusting(2)).take((step_to(3).raw,))
    assert after.trust.time_floor == NOW + 3
    later, _ = after.take((directory(5),))
    assert later.trust.time_floor == NOW + 50


@pytest.mark.parametrize(
    ("raw", "typ"),
    [
        (step_to(2).raw, Typ.REVOCATIONS_STEP),
        (published(1).raw, Typ.REVOCATIONS),
        (directory(3), Typ.DIRECTORY),
    ],
    ids=["step", "list", "directory"],
)
def test_news_is_known_by_its_type(raw: bytes, typ: Typ) -> None:
    assert typ_of(raw, "news") is typ
