"""What hostile bytes may cost: counted in calls and in bytes of memory, never in seconds, so that every
machine counts the same.

Each input below is one that some CBOR, base64 or bit-stream reader somewhere has choked on: little input that
asks for much work. Work is the number of Python-level and built-in calls that the interpreter reports; memory
is tracemalloc's peak. Both may grow with the input's length and with nothing else.
"""

import sys
import tracemalloc
from collections.abc import Callable
from functools import partial
from types import FrameType

import pytest

from tender import canon
from tender.cash.armour import TEXT_MAX, from_any, to_text
from tender.cash.chain import verify_chain
from tender.cash.messages import MESSAGE_MAX_BYTES
from tender.cash.revocation import LIST, Entry, ListBody, open_list
from tender.crypto import envelope
from tender.crypto.directory import DIRECTORY, open_directory
from tender.crypto.envelope import Typ
from tender.errors import RemoteProtocolError, TenderError
from tests.fuzz.orders import bodies, enveloped
from tests.fuzz.targets import parsers
from tests.mint import ALTYN, NOW, Mint, chain_of

CALLS_FLAT = 40_000
"""What a parser may do for any input: the largest honest sample costs a tenth of it."""
CALLS_A_BYTE = 12
MEMORY_FLAT_BYTES = 1 << 20
MEMORY_A_BYTE = 24
ITEM_MEMORY_BYTES = 100
"""An empty array is one byte on the wire; in Python with its place in a list it is below this."""


def calls(read: Callable[[bytes], object], data: bytes) -> int:
    """How many calls reading takes, refused or not."""
    count = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        read(data)
    except TenderError:
        pass
    finally:
        sys.setprofile(None)
    return count


def peak(read: Callable[[bytes], object], data: bytes) -> int:
    """The most memory (bytes) reading takes beyond what was there, refused or not."""
    tracemalloc.start()
    try:
        read(data)
    except TenderError:
        pass
    finally:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return most


def multiplying(levels: int, width: int) -> bytes:
    """Shared references (tags 28 and 29): each level holds the one before ``width`` times."""
    parts = [bytes([0x80 | levels]), b"\xd8\x1c\x81\x01"]
    for level in range(1, levels):
        parts.append(b"\xd8\x1c" + bytes([0x80 | width]) + (b"\xd8\x1d" + bytes([level - 1])) * width)
    return b"".join(parts)


LONG = MESSAGE_MAX_BYTES // 4
HOSTILE = {
    "references that multiply": multiplying(11, 20),
    "string references": b"\xd9\x01\x00\x9a\x00\x00\xff\xff\x58\xff" + bytes(255) + b"\xd8\x19\x00" * 0xFFFF,
    "nested arrays": b"\x81" * LONG,
    "nested tags": b"\xd2" * LONG,
    "nested maps": b"\xa1\x01" * (LONG // 2),
    "nested indefinite arrays": b"\x9f" * LONG,
    "an array of 2^64": b"\x9b" + b"\xff" * 8,
    "an array of 2^32 that goes on": b"\x9a\xff\xff\xff\xff" + bytes(LONG),
    "a string of 2^64": b"\x5b" + b"\xff" * 8,
    "a text of 2^31 that is cut": b"\x7a\x7f\xff\xff\xff" + b"a" * 1000,
    "a map of 2^64": b"\xbb" + b"\xff" * 8,
    "empty arrays side by side": b"\x9a\x00\x00\xff\x00" + b"\x80" * 0xFF00,
    "empty maps side by side": b"\x9a\x00\x00\xff\x00" + b"\xa0" * 0xFF00,
    "chunks without end": b"\x5f" + b"\x41a" * (LONG // 2),
    "a huge number": b"\xc2\x5a\x00\x00\xff\x00" + b"\xff" * 0xFF00,
    "a decimal of a huge exponent": b"\xc4\x82\x1a\x7f\xff\xff\xff\x01",
    "a float of a huge exponent": b"\xc5\x82\x1a\x7f\xff\xff\xff\x01",
    "a pattern that explodes": b"\xd8\x23\x58\x20" + b"(a+)+" * 6 + b"$$",
    "a date": b"\xc0\x74" + b"9999-12-31T23:59:59Z",
    "a mail": b"\xd8\x24\x79\xff\xf0" + b"a:b\n" * 0x3FFC,
    "a set": b"\xd9\x01\x02\x9a\x00\x00\xff\x00" + b"\x01" * 0xFF00,
    "deep text": ("TENGE1:" + "A" * LONG + ".").encode(),
    "only white space": b"TENGE1:" + b" \n" * LONG,
    "quote marks": b"> " * LONG,
    "all ones": b"\xff" * LONG,
    "all zeros": bytes(LONG),
}


PARSERS = [*parsers(), *enveloped()]
DOORS = [
    parser
    for parser in (*PARSERS, *bodies())
    if parser.name
    in {"text", "message", "token", "list", "order", "cbor", "rule", "settle?", "row coin", "state"}
]
"""One of each way to begin: the others begin alike."""


@pytest.mark.row("DT-Z-04")
@pytest.mark.parametrize("name", HOSTILE)
def test_little_input_never_asks_for_much_work(name: str) -> None:
    data = HOSTILE[name]
    for parser in DOORS:
        done = calls(parser.read, data)
        assert done <= CALLS_FLAT + CALLS_A_BYTE * min(len(data), canon.ITEMS_MAX), (parser.name, done)


@pytest.mark.row("DT-Z-04")
@pytest.mark.parametrize("name", HOSTILE)
def test_little_input_never_takes_much_memory(name: str) -> None:
    data = HOSTILE[name]
    bound = MEMORY_FLAT_BYTES + MEMORY_A_BYTE * len(data)
    for parser in DOORS:
        most = peak(parser.read, data)
        assert most <= bound, (parser.name, most, bound)


def test_what_is_honest_costs_a_fraction_of_the_bound() -> None:
    """Else the bound would say nothing."""
    for parser in PARSERS:
        for sample in parser.samples:
            assert calls(parser.read, sample) <= CALLS_FLAT // 10, parser.name


def test_the_work_for_a_history_grows_with_its_hops_and_not_faster() -> None:
    counted = []
    for hops in (5, 10, 15):
        packed, trust = chain_of(Mint(), hops)
        counted.append(calls(partial(verify_chain, trust=trust), packed))
    assert counted[2] - counted[1] <= (counted[1] - counted[0]) * 1.1
    assert counted[2] < 15 * 200


def test_memory_for_a_history_is_that_of_what_it_says() -> None:
    packed, trust = chain_of(Mint(), 15)
    assert peak(lambda data: verify_chain(data, trust), packed) < 20 * len(packed) + 40_000


def test_items_are_counted_before_anything_is_made_of_them() -> None:
    most = canon.ITEMS_MAX - 1
    full = b"\x9a" + most.to_bytes(4, "big") + b"\x80" * most
    assert len(canon.decode(full)) == most  # type: ignore[arg-type]
    assert peak(canon.decode, full) < most * ITEM_MEMORY_BYTES + MEMORY_FLAT_BYTES
    over = b"\x9a" + (most + 1).to_bytes(4, "big") + b"\x80" * (most + 1)
    with pytest.raises(RemoteProtocolError):
        canon.decode(over)
    assert peak(canon.decode, over) < MEMORY_FLAT_BYTES


def test_a_list_that_promises_millions_is_refused_before_they_are_counted() -> None:
    """Signed by the root or not: a promise of serials that the bits cannot hold costs nothing."""
    mint = Mint()
    body = ListBody(1, 1, NOW, (Entry(ALTYN, 21_500, 4_000_000, 0, b"\x00\x01"),))
    signed = envelope.sign(Typ.REVOCATIONS, LIST.encode(body), mint.root).to_bytes()
    read: Callable[[bytes], object] = lambda data: open_list(data, mint.root.public_key)  # noqa: E731
    assert calls(read, signed) < 1_000
    assert peak(read, signed) < MEMORY_FLAT_BYTES


def test_a_directory_stops_at_its_first_false_certificate() -> None:
    mint = Mint()
    honest = mint.trust().directory.body
    body = type(honest)(1, 2, NOW, (b"\x00" * 500,) * 2_000, honest.profiles, ())
    signed = envelope.sign(Typ.DIRECTORY, DIRECTORY.encode(body), mint.root).to_bytes()
    read: Callable[[bytes], object] = lambda data: open_directory(data, mint.root.public_key)  # noqa: E731
    assert calls(read, signed) < CALLS_FLAT


def test_a_paste_of_any_length_costs_what_a_message_may() -> None:
    for text in (b"TENGE1:" + b"A" * (50 * TEXT_MAX), b"> " * (20 * TEXT_MAX), bytes(20 * TEXT_MAX)):
        assert calls(from_any, text) < 100
        assert peak(from_any, text) < MEMORY_FLAT_BYTES
    longest = bytes(MESSAGE_MAX_BYTES - 64)
    assert from_any(to_text(longest).encode()) == longest
