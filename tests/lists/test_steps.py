"""From one revocation list to the next: a step is small, the root's alone, and leads to what was signed."""

from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tender.cash.revocation import LIST, Entry, ListBody, RevocationList, list_payload, open_list, sign_list
from tender.cash.revocation_step import STEP, Step, apply_step, chain, open_step, sign_step
from tender.cash.rice import decode_serials, encode_serials
from tender.crypto import envelope
from tender.crypto.envelope import Typ
from tender.errors import Code, LocalProtocolError, Refusal, RemoteProtocolError
from tests.mint import ALTYN, EURASIAN, KAZPOST, NOW, key_of

ROOT = key_of("root")
DAY = 21_500
Serials = dict[tuple[int, int], list[int]]

FIRST: Serials = {(ALTYN, DAY): [1, 5, 9], (EURASIAN, DAY): [7], (EURASIAN, DAY - 90): [3, 4]}
SECOND: Serials = {(ALTYN, DAY): [1, 5, 6, 9, 70_000], (EURASIAN, DAY): [7], (KAZPOST, DAY): [0]}
THIRD: Serials = {**SECOND, (KAZPOST, DAY): [0, 2]}


def published(number: int, serials: Serials) -> RevocationList:
    """A list as the root signs it, a day after the one before."""
    return open_list(sign_list(number, NOW + number * 86_400, serials, ROOT), ROOT.public_key)


def steps() -> tuple[list[RevocationList], list[Step]]:
    """Three lists and the two steps between them; the oldest epoch leaves on the way."""
    lists = [published(number, serials) for number, serials in enumerate((FIRST, SECOND, THIRD), 1)]
    made = [sign_step(one, two, DAY - 60, ROOT) for one, two in pairwise(lists)]
    return lists, [open_step(raw, ROOT.public_key) for raw in made]


def code_of(known: RevocationList, raw: bytes) -> Code:
    """What a device says to this step."""
    with pytest.raises(RemoteProtocolError) as caught:
        apply_step(known, open_step(raw, ROOT.public_key), ROOT.public_key)
    return caught.value.code


def signed(step: Step, **changed: object) -> bytes:
    """The step with other fields, signed by the root all the same."""
    return envelope.sign(Typ.REVOCATIONS_STEP, STEP.encode(replace(step.body, **changed)), ROOT).to_bytes()  # type: ignore[arg-type]


def test_steps_lead_to_the_very_list_the_root_signed() -> None:
    lists, made = steps()
    known = lists[0]
    for step, after in zip(made, lists[1:], strict=True):
        known = apply_step(known, step, ROOT.public_key)
        assert known.raw == after.raw
        assert known.date == after.date
    assert known.names(KAZPOST, DAY, 2) and not known.names(EURASIAN, DAY - 90, 3)


def test_a_step_is_smaller_than_the_list_it_leads_to() -> None:
    """Five thousand are revoked, seven more come: the step grows with the seven."""
    chance = Random(1)
    many = chance.sample(range(5_000_000), 5_000)
    old = published(1, {(ALTYN, DAY): many})
    new = published(2, {(ALTYN, DAY): sorted({*many, *chance.sample(range(5_000_000), 7)})})
    raw = sign_step(old, new, DAY - 60, ROOT)
    assert len(raw) < 300 < 6_000 < len(new.raw)
    assert apply_step(old, open_step(raw, ROOT.public_key), ROOT.public_key).raw == new.raw


@given(st.sets(st.integers(0, 400)), st.sets(st.integers(0, 400)), st.integers(0, 2**32 - 1))
def test_whatever_comes_the_step_leads_there(old: set[int], more: set[int], far: int) -> None:
    before = published(4, {(ALTYN, DAY): sorted(old), (ALTYN, DAY - 90): [1]})
    after = published(9, {(ALTYN, DAY): sorted(old | more | {far})})
    step = open_step(sign_step(before, after, DAY - 89, ROOT), ROOT.public_key)
    assert apply_step(before, step, ROOT.public_key).raw == after.raw


def test_an_old_step_changes_nothing_and_a_gap_is_named() -> None:
    lists, made = steps()
    assert apply_step(lists[2], made[0], ROOT.public_key) is lists[2]
    assert apply_step(lists[2], made[1], ROOT.public_key) is lists[2], "nor does the one that led here"
    assert code_of(lists[0], made[1].raw) is Code.LIST_GAP
    assert chain(made, 1) == tuple(made)
    assert chain(made, 2) == (made[1],)
    assert chain(made, 3) == ()


def test_a_forged_or_wrong_step_is_refused() -> None:
    lists, made = steps()
    first = made[0]
    with pytest.raises(RemoteProtocolError) as caught:
        open_step(sign_step(lists[0], lists[1], DAY - 60, key_of("bank")), ROOT.public_key)
    assert caught.value.code is Code.LIST_WRONG
    other = Entry(ALTYN, DAY, *encode_serials([8]))
    for changed in (
        {"entries": (other,)},
        {"signature": bytes(64)},
        {"date": first.body.date + 1},
        {"first_day": 0},
        {"number": 5},
        {"since": 2},
    ):
        assert code_of(lists[0], signed(first, **changed)) in (Code.LIST_WRONG, Code.LIST_GAP), changed
    assert open_list(lists[0].raw, ROOT.public_key) == lists[0], "nothing of it was changed"


@pytest.mark.parametrize("place", range(0, 330, 7))
def test_each_flipped_bit_of_a_step_is_refused(place: int) -> None:
    lists, made = steps()
    raw = bytearray(made[0].raw)
    raw[place % len(raw)] ^= 1
    with pytest.raises(RemoteProtocolError):
        apply_step(lists[0], open_step(bytes(raw), ROOT.public_key), ROOT.public_key)


def test_no_step_takes_a_living_serial_off_the_list() -> None:
    with pytest.raises(LocalProtocolError) as caught:
        sign_step(published(1, FIRST), published(2, {**FIRST, (ALTYN, DAY): [1, 5]}), DAY - 120, ROOT)
    assert caught.value.refusal == Refusal(
        Code.LIST_WRONG, "step.entries", (("bank", ALTYN), ("epoch_day", DAY))
    )
    with pytest.raises(LocalProtocolError):
        sign_step(published(1, FIRST), published(2, FIRST), DAY - 60, ROOT)


def entries(*rows: tuple[int, int, list[int]]) -> tuple[Entry, ...]:
    """Entries as they are given, in any order."""
    return tuple(Entry(bank, day, *encode_serials(serials)) for bank, day, serials in rows)


@pytest.mark.parametrize(
    ("why", "found"),
    [
        ("banks out of order", entries((ALTYN, DAY, [1]), (EURASIAN, DAY, [1]))),
        ("days out of order", entries((ALTYN, DAY, [1]), (ALTYN, DAY - 90, [1]))),
        ("a group twice", entries((ALTYN, DAY, [1]), (ALTYN, DAY, [2]))),
        ("another Rice parameter", (Entry(ALTYN, DAY, 1, 5, b"\x04"),)),
        ("a count beyond the bits", (Entry(ALTYN, DAY, 9, 0, b"\x00"),)),
        ("bits set in the padding", (Entry(ALTYN, DAY, 1, 0, b"\x01"),)),
        ("a byte too many", (Entry(ALTYN, DAY, 1, 0, b"\x00\x00"),)),
        ("a serial beyond 32 bits", (Entry(ALTYN, DAY, 2, 32, b"\x7f" + b"\xff" * 8),)),
    ],
)
def test_a_list_has_one_encoding(why: str, found: tuple[Entry, ...]) -> None:
    raw = envelope.sign(Typ.REVOCATIONS, list_payload(3, NOW, found), ROOT).to_bytes()
    with pytest.raises(RemoteProtocolError) as caught:
        open_list(raw, ROOT.public_key)
    assert caught.value.code is Code.LIST_WRONG, why


@pytest.mark.parametrize("body", [ListBody(1, 0, NOW, ()), ListBody(1, 1, 2**32, ()), ListBody(2, 1, 1, ())])
def test_numbers_and_dates_have_bounds(body: ListBody) -> None:
    raw = envelope.sign(Typ.REVOCATIONS, LIST.encode(body), ROOT).to_bytes()
    with pytest.raises(RemoteProtocolError) as caught:
        open_list(raw, ROOT.public_key)
    assert caught.value.code is Code.FIELD_WRONG


@given(st.sets(st.integers(0, 2**32 - 1), min_size=1, max_size=40))
def test_the_parameter_is_the_smallest_of_the_shortest(serials: set[int]) -> None:
    """Found by trying all of them: no parameter is shorter, none as short is smaller."""
    count, rice, bits = encode_serials(serials)
    gaps = [one - before - 1 for before, one in zip([-1, *sorted(serials)], sorted(serials), strict=False)]
    lengths = [sum((gap >> k) + 1 + k for gap in gaps) for k in range(33)]
    assert rice == lengths.index(min(lengths))
    assert len(bits) == -(-min(lengths) // 8)
    assert decode_serials(count, rice, bits, "list") == serials
