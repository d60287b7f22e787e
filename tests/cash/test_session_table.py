"""The table itself: drawn in the docs as it is, without dead ends, and read back from its bytes."""

import pytest

from docs.session_diagram import PAGE, page
from tender.cash.messages import Offer, Ready, ReceiptMessage, Refused, RequestMessage, Return, Transfer
from tender.cash.session import PAYEE_TABLE, PAYER_TABLE, TABLE, step
from tender.cash.session_events import Resumed, Signed
from tender.cash.session_state import Payee, Payer, Phase, Role, decode_state, encode_state
from tender.errors import Code, LocalProtocolError, StoreError
from tests.cash.test_session import PRICE, couple
from tests.cash.two_devices import carry
from tests.mint import NOW

MESSAGES = {Offer, Ready, ReceiptMessage, Refused, RequestMessage, Return, Transfer}


def test_the_page_is_drawn_from_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m docs.session_diagram"


@pytest.mark.parametrize(("role", "table"), [(Role.PAYEE, PAYEE_TABLE), (Role.PAYER, PAYER_TABLE)])
def test_every_phase_is_reached_and_survives_a_power_cut(role: Role, table: dict[object, object]) -> None:
    arrows = {key: arrow for key, arrow in TABLE.items() if key[0] is role}
    assert len(arrows) == len(table)
    reached = {Phase.NEW}
    for _ in Phase:
        reached |= {to for (_, phase, _), arrow in arrows.items() if phase in reached for to in arrow.to}
    assert reached == {phase for _, phase, _ in arrows}, "a phase nobody reaches, or one without a way on"
    assert all((role, phase, Resumed) in arrows for phase in reached - {Phase.NEW})


def test_each_arrow_says_what_it_does_and_what_holds_if_we_die() -> None:
    for (role, phase, event), arrow in TABLE.items():
        assert arrow.run.__doc__ and arrow.if_we_die, f"{role} {phase} {event.__name__}"


def test_only_the_secure_element_moves_a_session_past_a_signature() -> None:
    """No message of a peer leads to a phase in which money is counted or gone."""
    for (_, phase, event), arrow in TABLE.items():
        if event in MESSAGES:
            assert not ({Phase.SENT, Phase.CLOSED, Phase.OPEN} - {phase}) & set(arrow.to) or (
                phase is Phase.OFFERED and set(arrow.to) <= {Phase.OFFERED, Phase.OPEN, Phase.CLOSING}
            )


@pytest.mark.parametrize("two_way", [False, True], ids=["one-way", "two-way"])
def test_every_state_of_a_conversation_has_one_encoding(two_way: bool) -> None:
    aigul, dana = couple(two_way)
    dana.ask_for(PRICE)
    carry(dana, aigul)
    for phone in (aigul, dana):
        state = phone.state
        assert state is not None and encode_state(state) == phone.disk
        assert decode_state(encode_state(state)) == state


@pytest.mark.parametrize("empty", [Payer(), Payee()])
def test_a_stored_state_is_read_strictly(empty: Payer | Payee) -> None:
    data = encode_state(empty)
    for place in range(len(data)):
        spoiled = data[:place] + bytes((data[place] ^ 0x81,)) + data[place + 1 :]
        try:
            assert encode_state(decode_state(spoiled)) == spoiled
        except StoreError as error:
            assert error.code in (Code.STORE_TAMPERED, Code.STORE_NEWER)
    with pytest.raises(StoreError) as caught:
        decode_state(data.replace(b"\x83\x01", b"\x83\x02", 1))
    assert caught.value.code is Code.STORE_NEWER


def test_our_own_mistakes_are_ours() -> None:
    with pytest.raises(LocalProtocolError) as caught:
        step(Payee(), Signed((bytes(64),)), NOW)
    assert caught.value.code is Code.OUT_OF_ORDER
    aigul, dana = couple(two_way=False)
    dana.ask_for(PRICE)
    state = dana.state
    assert isinstance(state, Payee)
    opening = decode_state(encode_state(Payee(Phase.OPENING, b"", state.payload)))
    with pytest.raises(LocalProtocolError) as caught:
        step(opening, Signed((bytes(64),)), NOW)
    assert caught.value.code is Code.SIGNATURE_WRONG
    assert aigul.state is None
