"""Whatever a hostile terminal or network puts into a message: one answer, nothing falls over, and what is in
rows can be read again."""

from hypothesis import given, settings
from hypothesis import strategies as st

from card_switch.core.node import VISA
from tender.card.iso8583.message import Message
from tender.card.tlv import Tlv, pack
from tests.issuer.world import World

NUMBERS = (
    2,
    3,
    4,
    7,
    11,
    14,
    18,
    22,
    23,
    25,
    32,
    35,
    37,
    41,
    42,
    43,
    47,
    48,
    49,
    52,
    54,
    55,
    62,
    90,
    95,
    126,
)
TEXTS = st.one_of(
    st.text(max_size=45),
    st.text("0123456789=", max_size=45),
    st.sampled_from(["", "0" * 42, "\x00\x1b[2J", "\u202e", "9" * 12, "000000000000", "810", "051", "11"]),
)
VALUES = st.one_of(TEXTS, st.binary(max_size=24), st.none())
CHANGES = st.dictionaries(st.sampled_from(NUMBERS), VALUES, max_size=6)
CHIP = st.dictionaries(
    st.sampled_from([0x9F26, 0x9F36, 0x95, 0x9F02, 0x5F2A, 0x9C, 0x9F10]), st.binary(max_size=10)
)
WORLD = World()
CARD = WORLD.card(free_tiyn=10**9)
MTIS = st.sampled_from(["0100", "0101", "0200", "0400", "0401", "0420", "0421", "0120", "0302", "0800"])


def changed(message: Message, changes: dict[int, str | bytes | None]) -> Message:
    """The message with these elements in place of its own, or without them."""
    fields = {n: v for n, v in message.fields.items() if changes.get(n, "") is not None}
    return Message(message.mti, fields | {n: v for n, v in changes.items() if v is not None})


@settings(max_examples=60, deadline=None)
@given(MTIS, st.sampled_from(["chip", "stripe", "online"]), CHANGES, CHIP)
def test_one_answer_and_rows_that_can_be_read(
    mti: str, entry: str, changes: dict[int, str | bytes | None], chip: dict[int, bytes]
) -> None:
    told = (
        CARD.chip(1_00) if entry == "chip" else CARD.stripe(1_00) if entry == "stripe" else CARD.online(1_00)
    )
    if entry == "chip" and chip:
        told = told.having(
            {55: pack(Tlv(tag, value) for tag, value in (dict(told.chip_data) | chip).items())}
        )
    message = changed(Message(mti, told.fields), changes)
    before = len(WORLD.sent)
    WORLD.hear(message, VISA)
    assert len(WORLD.sent) == before + 1
    answer = WORLD.sent[-1][1]
    assert answer.mti == message.answer_mti and len(answer.code) == 2
    WORLD.restart()
    assert len(WORLD.sent) == before + 1


def test_digits_that_are_none_under_a_right_cryptogram() -> None:
    card = WORLD.card(2)
    card.terminal_says = {0x9F02: b"\xaa" * 6}
    assert WORLD.ask(card.chip(1_00)).code == "88"
