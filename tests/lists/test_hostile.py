"""Hostile lists: a typed refusal and nothing else, whatever stands in them; in bounded time and memory."""

from collections.abc import Callable
from functools import cache

import pytest

from tender import canon
from tender.cash.beside import BESIDE, Beside, Lists, put_beside, take_apart
from tender.cash.messages import MESSAGE_MAX_BYTES, Ready, pack
from tender.cash.revocation import LIST, SERIALS_MAX, Entry, ListBody, RevocationList, open_list, sign_list
from tender.cash.revocation_step import STEP, StepBody, apply_step, open_step, sign_step
from tender.cash.rice import decode_serials
from tender.crypto import envelope
from tender.crypto.envelope import Typ
from tender.crypto.time_floor import Correction, open_correction, sign_correction
from tender.errors import Code, RemoteProtocolError
from tests.fuzz.targets import spoiled
from tests.mint import ALTYN, EURASIAN, NOW, Mint, key_of

ROOT = key_of("root")
DAY = 21_500
COUNT = 1_500


@cache
def known() -> RevocationList:
    """The list a device has."""
    return open_list(sign_list(3, NOW, {(ALTYN, DAY): [1, 5, 70_000]}, ROOT), ROOT.public_key)


@cache
def step() -> bytes:
    """The step it may be offered."""
    newer = sign_list(4, NOW + 9, {(ALTYN, DAY): [1, 5, 9, 70_000], (EURASIAN, DAY): [2]}, ROOT)
    return sign_step(known(), open_list(newer, ROOT.public_key), 0, ROOT)


def take(raw: bytes) -> object:
    """As a device does with a step."""
    return apply_step(known(), open_step(raw, ROOT.public_key), ROOT.public_key)


def take_unsigned(raw: bytes) -> object:
    """The same behind a signature that always holds: what the root itself could get wrong."""
    return take(envelope.sign(Typ.REVOCATIONS_STEP, raw, ROOT).to_bytes())


def list_unsigned(raw: bytes) -> object:
    """A list likewise."""
    return open_list(envelope.sign(Typ.REVOCATIONS, raw, ROOT).to_bytes(), ROOT.public_key)


def step_payload() -> bytes:
    """What the root signed of the step."""
    return STEP.encode(open_step(step(), ROOT.public_key).body)


PARSERS: list[tuple[str, Callable[[bytes], object], Callable[[], bytes], bool]] = [
    ("a step", take, step, True),
    ("a step the root signed", take_unsigned, step_payload, False),
    ("a list the root signed", list_unsigned, lambda: LIST.encode(ListBody(1, 3, NOW, _entries())), False),
    (
        "a correction",
        lambda raw: open_correction(raw, ROOT.public_key),
        lambda: sign_correction(Correction(number=1, floor=NOW), ROOT),
        True,
    ),
    ("what stands beside", lambda raw: BESIDE.decode(raw, "b"), lambda: BESIDE.encode(_beside()), False),
    (
        "a message with it",
        take_apart,
        lambda: put_beside(pack(Ready(bytes(16), bytes(32))), _beside()),
        False,
    ),
]


def _entries() -> tuple[Entry, ...]:
    return tuple(known().entries.values())


def _beside() -> Beside:
    return Beside(1, 3, 65_536, (step(), b"\x01"))


@pytest.mark.row("DT-Z-04")
@pytest.mark.parametrize(
    ("parse", "sample", "sealed"), [row[1:] for row in PARSERS], ids=[row[0] for row in PARSERS]
)
def test_spoiled_bytes_are_a_typed_refusal_and_nothing_else(
    parse: Callable[[bytes], object], sample: Callable[[], bytes], sealed: bool
) -> None:
    """What is signed is never taken when a byte of it was changed; nothing ends in another kind of error."""
    parse(sample())
    taken = 0
    for data in spoiled((sample(),), seed=7, count=COUNT):
        try:
            parse(data)
        except RemoteProtocolError:
            continue
        taken += 1
    assert taken == 0 or not sealed


def test_a_device_takes_in_no_spoiled_news() -> None:
    """Through the very door a payment's news comes in: what it believes stays as it is."""
    lists = Lists(Mint().trust().with_revocations(known()))
    for data in spoiled((step(),), seed=11, count=300):
        after, refused = lists.take((data,))
        assert after is lists and len(refused) == 1
    after, refused = lists.take((step(), step()))
    assert refused == () and after.listed is not None and after.listed.number == 4


@pytest.mark.parametrize(
    ("why", "count", "rice", "bits"),
    [
        ("four million promised in one byte", SERIALS_MAX, 0, b"\x00"),
        ("a gap of eight million ones", 1, 0, b"\xff" * (1 << 20)),
        ("the same, times 2^32", 2, 32, b"\xff" * (1 << 20)),
        ("many serials beyond 32 bits", 4_000, 32, bytes(20_000)),
    ],
)
def test_a_list_that_wants_to_be_huge_is_refused(why: str, count: int, rice: int, bits: bytes) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        decode_serials(count, rice, bits, "list")
    assert caught.value.code is Code.LIST_WRONG, why


def test_too_much_news_is_refused_before_it_is_read() -> None:
    message = pack(Ready(bytes(16), bytes(32)))
    many = canon.encode([1, 1, 1, [b"\x01"] * 65])
    with pytest.raises(RemoteProtocolError):
        BESIDE.decode(many, "beside")
    huge = put_beside(message, Beside(1, 1, 1, (bytes(MESSAGE_MAX_BYTES),)))
    assert take_apart(huge) == (message, Beside(1, 1, 1)), "what would not fit goes without news"
    with pytest.raises(RemoteProtocolError) as caught:
        take_apart(canon.encode([3, b"", bytes(MESSAGE_MAX_BYTES)]))
    assert caught.value.code is Code.MESSAGE_TOO_LONG


def test_a_step_to_nowhere_is_wrong() -> None:
    """The root would have to sign it; still, a device takes no step backwards or on the spot."""
    for since, number in ((3, 3), (4, 3)):
        body = StepBody(1, since, number, NOW, 0, (), bytes(64))
        with pytest.raises(RemoteProtocolError) as caught:
            take_unsigned(STEP.encode(body))
        assert caught.value.code is Code.LIST_WRONG


def test_a_step_of_another_form_is_named_where_it_came_in() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        open_step(envelope.sign(Typ.REVOCATIONS_STEP, b"\x80", ROOT).to_bytes(), ROOT.public_key, "told")
    assert (caught.value.code, caught.value.field) == (Code.FIELD_WRONG, "told")
