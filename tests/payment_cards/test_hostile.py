"""Whatever is said to a payment card, it answers with a status and goes on; its keys stay inside."""

from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.cards.emv.payment_card import HANDLERS
from hardware.cards.emv.profiles import profile, profile_names
from tender.card.tags import Tag
from tests.payment_cards.bench import Talk, a_card, personal

_INS: Final = (*HANDLERS, 0xA4, 0xC0)
HEADS = st.tuples(
    st.sampled_from((0x00, 0x80, 0x84, 0xFF)),
    st.sampled_from(_INS),
    st.sampled_from((0x00, 0x01, 0x02, 0x04, 0x40, 0x50, 0x80, 0x90, 0x9F)),
    st.sampled_from((0x00, 0x02, 0x0C, 0x14, 0x36, 0x80, 0x88)),
)
BODIES = st.one_of(
    st.just(b""),
    st.binary(min_size=1, max_size=255),
    st.sampled_from([b"\x83\x00", bytes(29), bytes(33), bytes(43), bytes(8), b"1PAY.SYS.DDF01"]),
    st.sampled_from([profile(name).aid for name in profile_names()]),
)
COMMANDS = st.one_of(
    st.binary(max_size=300),
    st.builds(
        lambda head, body, le: bytes(head) + (bytes((len(body),)) + body if body else b"") + le,
        HEADS,
        BODIES,
        st.sampled_from([b"", b"\x00", b"\x08"]),
    ),
)


@settings(max_examples=150)
@given(name=st.sampled_from(profile_names()), begin=st.booleans(), commands=st.lists(COMMANDS, max_size=12))
def test_any_conversation_is_answered(name: str, begin: bool, commands: list[bytes]) -> None:
    talk = Talk(a_card(name), name)
    if begin:
        talk.begin(name)
    own = personal(name)
    for command in commands:
        answer, sw = talk.raw(command)
        assert len(answer) <= 256
        assert sw >> 12 in (6, 9)
        assert sw != 0x6F00
        for secret in (own.keys.cryptogram, own.keys.integrity, own.keys.confidentiality):
            assert secret not in answer


def test_a_guess_at_a_cryptogram_moves_nothing() -> None:
    """The issuer's answer of somebody who is not the issuer."""
    for guess in (b"\x01" * 10, b"\xff" * 10):
        copy = Talk(a_card("mchip-cvn11-cda"), "mchip-cvn11-cda")
        copy.begin("mchip-cvn11-cda")
        copy.generate(0x80, Tag.CDOL1)
        assert copy.generate(0x40, Tag.CDOL2, t91=guess, t8A=b"00")[Tag.CRYPTOGRAM_INFORMATION] == b"\x00"
