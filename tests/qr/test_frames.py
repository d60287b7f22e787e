"""Frames: any k of 256 rebuild the payload, exactly; everything else is refused and harmless."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tender.cash.armour import to_text
from tender.cash.messages import MESSAGE_MAX_BYTES
from tender.errors import Code, LocalProtocolError, RemoteProtocolError
from tender.qr.field import inverse, product
from tender.qr.frames import (
    FRAMES_MOST,
    HEADER_BYTES,
    PAYLOADS_MOST,
    Collected,
    Collector,
    Header,
    is_frame,
    split,
    tag_of,
)
from tests.fuzz.fuzz import judge
from tests.fuzz.scanned import scanned
from tests.fuzz.targets import Parser, spoiled


def payload_of(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def code_of(frame: bytes, collector: Collector | None = None) -> Code:
    with pytest.raises(RemoteProtocolError) as caught:
        (collector or Collector()).receive_data(frame)
    return caught.value.code


@given(st.binary(min_size=1, max_size=3_000), st.integers(17, 600), st.randoms(use_true_random=False))
def test_any_so_many_distinct_frames_rebuild_the_payload_and_no_fewer(
    payload: bytes, frame_bytes: int, chance: random.Random
) -> None:
    if len(payload) > (frame_bytes - HEADER_BYTES) * 255:
        with pytest.raises(LocalProtocolError):
            split(payload, frame_bytes)
        return
    frames = split(payload, frame_bytes)
    assert frames.frame_bytes <= frame_bytes
    chosen = chance.sample(range(frames.distinct), frames.needed)
    collector = Collector()
    for have, number in enumerate(chosen[:-1], 1):
        for _ in range(2):  # a camera sees the same frame more than once
            assert collector.receive_data(frames.frame(number)) == Collected(have, frames.needed)
    last = collector.receive_data(frames.frame(chosen[-1]))
    assert last == Collected(frames.needed, frames.needed, payload)


@given(st.integers(1, 255), st.integers(1, 255), st.integers(0, 255))
def test_the_field_is_a_field(one: int, other: int, third: int) -> None:
    assert product(one, inverse(one)) == 1
    assert product(one, other ^ third) == product(one, other) ^ product(one, third)
    assert product(product(one, other), third) == product(one, product(other, third))


def test_frames_of_several_payloads_in_any_mixture_give_each_of_them() -> None:
    payloads = [payload_of(900 + size, size) for size in range(PAYLOADS_MOST)]
    shown = [frames.frame(n) for frames in (split(one, 116) for one in payloads) for n in range(20, 20 + 10)]
    random.Random(4).shuffle(shown)
    collector = Collector()
    found = [collector.receive_data(frame).payload for frame in shown]
    assert {one for one in found if one} == set(payloads)


def test_a_flood_of_beginnings_fills_no_memory_and_the_payload_in_sight_still_comes() -> None:
    collector = Collector()
    for seed in range(500):
        collector.receive_data(split(payload_of(MESSAGE_MAX_BYTES, seed), 2_000).frame(200))
    assert len(collector._open) == PAYLOADS_MOST
    frames = split(payload_of(1_000), 216)
    outcomes = [collector.receive_data(frames.frame(number)) for number in range(frames.needed)]
    assert outcomes[-1].payload == payload_of(1_000)


def test_a_frame_that_lies_spoils_one_reading_and_not_the_next() -> None:
    payload = payload_of(1_000)
    frames, collector = split(payload, 216), Collector()
    true = [frames.frame(number) for number in range(20)]
    false = true[7][:HEADER_BYTES] + bytes(len(true[7]) - HEADER_BYTES)
    for frame in (*true[:4], false):
        last = frame
        if frame is not false:
            collector.receive_data(frame)
    assert code_of(last, collector) is Code.QR_HASH_WRONG
    outcomes = [collector.receive_data(frame) for frame in true[10:15]]
    assert outcomes[-1].payload == payload


def test_two_frames_of_one_number_that_differ_count_as_one_new_beginning() -> None:
    payload = payload_of(1_000)
    frames, collector = split(payload, 216), Collector()
    for number in range(4):
        collector.receive_data(frames.frame(number))
    other = frames.frame(0)[:-1] + bytes([frames.frame(0)[-1] ^ 1])
    assert collector.receive_data(other).have == 1


WHOLE = split(payload_of(300), 116).frame(5)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"", Code.QR_FOREIGN),
        (b"https://example.kz/pay", Code.QR_FOREIGN),
        (b"00020101021126", Code.QR_FOREIGN),
        (WHOLE[:1], Code.QR_FOREIGN),
        (WHOLE[:2], Code.QR_FRAME_WRONG),
        (WHOLE[:HEADER_BYTES], Code.QR_FRAME_WRONG),
        (WHOLE[:-1], Code.QR_FRAME_WRONG),
        (WHOLE + b"\0", Code.QR_FRAME_WRONG),
        (WHOLE[:2] + b"\2" + WHOLE[3:], Code.VERSION_UNKNOWN),
        (WHOLE[:4] + b"\0" + WHOLE[5:], Code.QR_FRAME_WRONG),
        (WHOLE[:5] + b"\0\0\0" + WHOLE[8:], Code.QR_FRAME_WRONG),
        (WHOLE[:5] + b"\xff\xff\xff" + WHOLE[8:], Code.MESSAGE_TOO_LONG),
        (Header(1, 1, 1, bytes(8)).to_bytes() + b"x", Code.QR_FRAME_WRONG),
        (Header(0, 1, 1, bytes(8)).to_bytes() + b"x", Code.QR_HASH_WRONG),
        (b"TENGE1:not-a-message.", Code.TEXT_UNREADABLE),
    ],
)
def test_what_is_no_frame_is_refused_with_its_reason(frame: bytes, code: Code) -> None:
    assert code_of(frame) is code


def test_bytes_behind_the_payload_must_be_nothing() -> None:
    """Two spellings of one frame would be two frames."""
    payload = payload_of(5)
    head = Header(1, 2, 5, tag_of(payload)).to_bytes()
    collector = Collector()
    collector.receive_data(split(payload, HEADER_BYTES + 3).frame(0))
    assert code_of(head + payload[3:] + b"x", collector) is Code.QR_HASH_WRONG


def test_a_message_as_text_is_whole_by_itself() -> None:
    message = b"\x82\x01\x43abc"
    text = to_text(message).encode()
    assert is_frame(text)
    assert Collector().receive_data(text).payload == message


def test_what_cannot_be_split_is_our_own_mistake() -> None:
    for payload, frame_bytes in ((b"", 100), (b"x", HEADER_BYTES), (bytes(MESSAGE_MAX_BYTES + 1), 2_000)):
        with pytest.raises(LocalProtocolError) as caught:
            split(payload, frame_bytes)
        assert caught.value.code is Code.MESSAGE_TOO_LONG
    with pytest.raises(LocalProtocolError):
        split(bytes(100), 50).frame(FRAMES_MOST)


# --- the vectors of docs/protocol/qr.md: the payload 00 01 .. 13 in frames of 23 bytes; three are needed

VECTORS = [
    (0, "d751010003000014e7aebf577f60412f00010203040506"),
    (2, "d751010203000014e7aebf577f60412f0e0f1011121300"),
    (3, "d751010303000014e7aebf577f60412f83ff6f156e168a"),
    (255, "d75101ff03000014e7aebf577f60412ff44605852e4b78"),
]


@pytest.mark.parametrize(("number", "frame"), VECTORS)
def test_the_vectors_of_the_specification(number: int, frame: str) -> None:
    assert split(bytes(range(20)), 23).frame(number).hex() == frame
    page = Path(__file__).parents[2] / "docs" / "protocol" / "qr.md"
    assert frame in page.read_text(encoding="utf-8")


def test_repair_frames_alone_rebuild_the_payload_of_the_vectors() -> None:
    collector = Collector()
    outcomes = [collector.receive_data(bytes.fromhex(frame)) for _, frame in VECTORS[1:]]
    assert outcomes[-1].payload == bytes(range(20))


@pytest.mark.row("DT-Z-04")
@pytest.mark.parametrize(
    "parser", [one for one in scanned() if one.name.startswith("frame")], ids=lambda p: p.name
)
def test_spoiled_frames_end_in_a_refusal_or_are_taken_as_what_they_are(parser: Parser) -> None:
    for sample in parser.samples:
        assert judge(parser, sample)
    taken = [judge(parser, data) for data in spoiled(parser.samples, seed=11, count=1_500)]
    assert taken.count(False) > 500
