"""Each kind of framing: the bytes around a message, and where they are refused."""

import pytest

from tender.card.iso8583.framing import (
    ASCII_4,
    FRAME_MOST,
    FRAMINGS,
    LENGTH_2,
    STATIONS_4,
    TPDU_2,
    Envelope,
    Frame,
    Framer,
    Framing,
    route_between,
    turned,
)
from tender.errors import Code, LocalProtocolError, RemoteProtocolError

EVERY = pytest.mark.parametrize("framing", FRAMINGS.values(), ids=lambda one: one.name)
HEADER = "16 01 02 001A 400001 990000 00 0000 000000 00 000000 00"


@pytest.mark.parametrize(
    ("framing", "route", "octets"),
    [
        (LENGTH_2, b"", "0004 08000000"),
        (TPDU_2, route_between(Envelope.TPDU, 0x0003, 0x1234), "0009 6000031234 08000000"),
        (STATIONS_4, route_between(Envelope.STATIONS, 400_001, 990_000), f"001A 0000 {HEADER} 08000000"),
        (ASCII_4, b"", "30303034 08000000"),
    ],
    ids=lambda one: one.name if isinstance(one, Framing) else "",
)
def test_what_stands_around_a_message(framing: Framing, route: bytes, octets: str) -> None:
    message = bytes.fromhex("08000000")
    assert framing.frame(message, route) == bytes.fromhex(octets)
    assert list(Framer(framing).feed(bytes.fromhex(octets))) == [
        Frame(message, bytes.fromhex(HEADER) if framing is STATIONS_4 else route)
    ]


@EVERY
def test_however_it_arrives_the_same_frames_are_found(framing: Framing) -> None:
    route = route_between(framing.envelope, 1, 2)
    messages = [bytes((n,)) * n for n in range(1, 40)]
    stream = framing.heartbeat() + b"".join(framing.frame(one, route) for one in messages)
    for size in (1, 2, 3, 50, len(stream)):
        framer = Framer(framing)
        pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
        found = [frame.octets for piece in pieces for frame in framer.feed(piece)]
        assert found == [b"", *messages] and framer.is_between_frames
    assert not list(framer.feed(stream[: framing.head_bytes - 1])) and not framer.is_between_frames


@EVERY
def test_a_frame_has_a_most(framing: Framing) -> None:
    with pytest.raises(LocalProtocolError):
        framing.frame(bytes(FRAME_MOST + 1))
    head = b"9999" if framing.length_in_text else b"\xff\xff" + bytes(framing.reserved_bytes)
    with pytest.raises(RemoteProtocolError) as caught:
        list(Framer(framing).feed(head))
    assert (caught.value.code, caught.value.field) == (Code.MESSAGE_TOO_LONG, "frame.length")


@pytest.mark.parametrize(
    ("framing", "octets", "field"),
    [
        (ASCII_4, "30782034", "frame.length"),
        (ASCII_4, "2B303034", "frame.length"),
        (STATIONS_4, "00040001", "frame.length"),
        (TPDU_2, "0005 6000030000", "frame.envelope"),
        (TPDU_2, "0006 6100030000 01", "frame.envelope"),
        (STATIONS_4, "0004 0000 08000000", "frame.envelope"),
        (STATIONS_4, f"001A 0000 {HEADER.replace('001A', '001B')} 08000000", "frame.envelope"),
        (STATIONS_4, f"001A 0000 {HEADER.replace('16 01 02', '16 02 02')} 08000000", "frame.envelope"),
        (STATIONS_4, f"001A 0000 {HEADER.replace('400001', '40000A')} 08000000", "frame.envelope"),
        (STATIONS_4, f"0016 0000 {HEADER.replace('001A', '0016')}", "frame.envelope"),
    ],
)
def test_what_breaks_a_frame_is_refused(framing: Framing, octets: str, field: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        list(Framer(framing).feed(bytes.fromhex(octets)))
    assert caught.value.field == field


def test_a_message_is_given_back_with_a_header_more() -> None:
    route = route_between(Envelope.STATIONS, 400_001, 990_000)
    octets = STATIONS_4.frame(bytes.fromhex("08000000"), route, "0055")
    told = "1A 01 02 0034 990000 400001 00 0000 000000 00 000000 00 8000 0055"
    assert octets == bytes.fromhex(f"0034 0000 {told} {HEADER} 08000000")
    (frame,) = Framer(STATIONS_4).feed(octets)
    assert (frame.octets, frame.reject, frame.route) == (b"\x08\x00\x00\x00", "0055", bytes.fromhex(HEADER))
    with pytest.raises(LocalProtocolError):
        LENGTH_2.frame(b"x", reject="0055")
    for spoiled in (
        octets.replace(b"\x80\x00\x00\x55", b"\x40\x00\x00\x55"),
        octets.replace(b"\x00\x55", b"\x0f\x55"),
    ):
        with pytest.raises(RemoteProtocolError):
            list(Framer(STATIONS_4).feed(spoiled))


def test_the_way_back_is_the_way_here_turned_round() -> None:
    assert turned(route_between(Envelope.TPDU, 3, 0x1234)) == route_between(Envelope.TPDU, 0x1234, 3)
    there = route_between(Envelope.STATIONS, 400_001, 990_000)
    assert turned(there) == route_between(Envelope.STATIONS, 990_000, 400_001)
    assert turned(b"") == b""
