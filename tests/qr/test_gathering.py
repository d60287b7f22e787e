"""What one look at a source comes to: messages once each, codes of others named, broken ones passed over."""

import random

import pytest

from tender.cash.armour import to_text
from tender.errors import Code, RemoteProtocolError
from tender.qr.foreign import Foreign
from tender.qr.frames import split
from tender.qr.gathering import Gathering


def test_a_moving_code_is_told_once_and_says_how_far_it_is() -> None:
    payload = random.Random(7).randbytes(700)
    frames, looking = split(payload, 300), Gathering()
    assert frames.needed == 3
    assert looking.empty
    assert looking.receive_data(frames.frame(0)) is None
    assert looking.progress == (1, 3)
    assert looking.receive_data(frames.frame(0)) is None
    assert looking.progress == (1, 3), "the same frame again is no progress"
    assert looking.receive_data(frames.frame(5)) is None
    assert looking.receive_data(frames.frame(1)) == payload
    assert looking.progress == (0, 0)
    assert [looking.receive_data(frames.frame(n)) for n in range(6)] == [None] * 6, "it is told once"


def test_other_codes_are_named_once_while_they_stay_in_sight() -> None:
    looking = Gathering()
    address = b"https://kaspi.kz/pay/abc"
    assert looking.receive_data(address) == Foreign("kaspi", "kaspi.kz")
    assert looking.receive_data(address) is None
    assert looking.receive_data(to_text(b"\x82\x01\x41\x00").encode()) == b"\x82\x01\x41\x00"
    assert looking.receive_data(to_text(b"\x82\x01\x41\x00").encode()) is None, "a clipboard keeps its text"
    assert looking.receive_data(address) == Foreign("kaspi", "kaspi.kz"), "it was held up anew"
    assert not looking.empty


def test_what_is_broken_is_said_once_and_what_follows_is_read() -> None:
    payload = random.Random(8).randbytes(100)
    looking, torn = Gathering(), split(payload, 300).frame(0)[:9]
    with pytest.raises(RemoteProtocolError):
        looking.receive_data(torn)
    assert looking.receive_data(torn) is None
    with pytest.raises(RemoteProtocolError) as cut:
        looking.receive_data(b"TENGE1:abc")
    assert cut.value.code is Code.MESSAGE_TRUNCATED
    assert looking.receive_data(split(payload, 300).frame(0)) == payload
