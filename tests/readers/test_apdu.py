"""Commands and answers in bytes: the four cases, short and extended, and everything that is none of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tender.card import apdu
from tender.card.apdu import Command, Response
from tender.card.exchange import exchange
from tender.errors import Code, LocalProtocolError, RemoteProtocolError

CASES = [
    (Command(0x80, 0x10, 1, 2), "80100102"),
    (Command(0x80, 0x10, 1, 2, le=7), "8010010207"),
    (Command(0x80, 0x10, 1, 2, le=256), "8010010200"),
    (Command(0x80, 0x10, 1, 2, b"\xaa\xbb"), "8010010202aabb"),
    (Command(0x80, 0x10, 1, 2, b"\xaa\xbb", 256), "8010010202aabb00"),
    (Command(0x80, 0x10, 1, 2, le=300), "8010010200012c"),
    (Command(0x80, 0x10, 1, 2, le=65_536), "80100102000000"),
    (Command(0x80, 0x10, 1, 2, bytes(256)), "80100102000100" + "00" * 256),
    (Command(0x80, 0x10, 1, 2, b"\xaa", 65_536), "80100102000001aa0000"),
]


@pytest.mark.parametrize(("command", "octets"), CASES, ids=[octets[:14] for _, octets in CASES])
def test_each_case_is_written_and_read_in_one_way(command: Command, octets: str) -> None:
    assert command.to_bytes().hex() == octets
    assert Command.from_bytes(bytes.fromhex(octets)) == command


WRONG = [
    ("801001", Code.MESSAGE_TRUNCATED),
    ("801001020000", Code.MESSAGE_TRUNCATED),
    ("8010010203aabb", Code.MESSAGE_TRUNCATED),
    ("8010010201aabbcc", Code.MESSAGE_TOO_LONG),
    ("80100102000002aa", Code.MESSAGE_TRUNCATED),
    ("80100102000001aa00", Code.MESSAGE_TRUNCATED),
    ("80100102000001aa000000", Code.MESSAGE_TOO_LONG),
    ("80100102000000aa", Code.FIELD_WRONG),
]


@pytest.mark.parametrize(("octets", "code"), WRONG)
def test_what_is_no_command_is_refused(octets: str, code: Code) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        Command.from_bytes(bytes.fromhex(octets))
    assert caught.value.code is code


@given(some.binary(max_size=300))
def test_any_bytes_are_a_command_or_a_refusal(octets: bytes) -> None:
    try:
        read = Command.from_bytes(octets)
    except RemoteProtocolError:
        return
    assert Command.from_bytes(read.to_bytes()) == read


@pytest.mark.parametrize("command", [Command(256, 0, 0, 0), Command(0, 0, 0, 0, le=0), Command(0, -1, 0, 0)])
def test_a_command_outside_its_ranges_is_our_fault(command: Command) -> None:
    with pytest.raises(LocalProtocolError):
        command.to_bytes()


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        ("", Code.MESSAGE_TRUNCATED),
        ("90", Code.MESSAGE_TRUNCATED),
        ("616263", Code.OUT_OF_ORDER),
        ("0000", Code.FIELD_WRONG),
        ("6000", Code.FIELD_WRONG),
        ("aa5000", Code.FIELD_WRONG),
    ],
)
def test_an_answer_is_read_strictly(octets: str, code: Code) -> None:
    if code is Code.OUT_OF_ORDER:
        # What a virtual reader makes of an answer cut short: it reads as one, so what it holds is checked.
        assert Response.from_bytes(bytes.fromhex(octets)) == Response(b"a", 0x6263)
        return
    with pytest.raises(RemoteProtocolError) as caught:
        Response.from_bytes(bytes.fromhex(octets))
    assert caught.value.code is code


class Script:
    """Answers as written, whatever is asked; keeps what was asked."""

    def __init__(self, *answers: str, last: str = "") -> None:
        self.answers = [bytes.fromhex(answer) for answer in answers]
        self.last = bytes.fromhex(last)
        self.asked: list[str] = []

    def __call__(self, command: bytes) -> bytes:
        self.asked.append(command.hex())
        return self.answers.pop(0) if self.answers else self.last


def test_a_long_command_goes_as_a_chain_and_a_long_answer_is_fetched() -> None:
    card = Script("9000", "6c03", "aabb6102", "ccdd9000")
    said = exchange(card, Command(0x80, 0x10, 1, 2, bytes(300), 256))
    assert said == Response(bytes.fromhex("aabbccdd"), apdu.DONE)
    assert card.asked == [
        "90100102ff" + "00" * 255,
        "801001022d" + "00" * 45 + "00",
        "801001022d" + "00" * 45 + "03",
        "00c0000002",
    ]


def test_a_chain_that_is_refused_ends_there() -> None:
    card = Script("6a84")
    assert exchange(card, Command(0x80, 0x10, 0, 0, bytes(1000))).sw == apdu.FULL
    assert len(card.asked) == 1


@pytest.mark.parametrize(
    ("last", "code"), [("6100", Code.MESSAGE_TRUNCATED), ("00" * 256 + "6100", Code.MESSAGE_TOO_LONG)]
)
def test_a_card_that_says_more_for_ever_is_told_off(last: str, code: Code) -> None:
    card = Script(last=last)
    with pytest.raises(RemoteProtocolError) as caught:
        exchange(card, Command(0x80, 0x10, 0, 0, le=256))
    assert caught.value.code is code
    assert len(card.asked) < 300
