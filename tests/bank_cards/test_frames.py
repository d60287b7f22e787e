"""Frames of the link without a socket: what is whole passes, anything else ends the connection."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docs import card_link_page
from tender.account.card_frames import HostEnd, NodeEnd, Unanswered
from tender.account.card_messages import (
    AUTHORISE,
    BALANCE_TOLD,
    RECORDS,
    Authorise,
    BalanceTold,
    BankState,
    Undo,
    Undone,
    decode_order,
    decode_reply,
    encode_order,
    encode_reply,
)
from tender.errors import Code, LocalProtocolError, RemoteProtocolError
from tests.bank_cards.host import KIOSK
from tests.platform_stub.people import NOW

KEY, OTHER = bytes(32), bytes([1]) * 32
SPENDING = Authorise("visa-1", bytes(16), 377_900, "purchase", KIOSK, 0, NOW)


def ends(host_key: bytes = KEY) -> tuple[HostEnd, NodeEnd]:
    """Two ends that have not spoken yet."""
    return HostEnd(601, host_key, bytes(16)), NodeEnd({601: KEY}.get, bytes([7]) * 16)


def open_ends() -> tuple[HostEnd, NodeEnd]:
    """Two ends after the handshake."""
    host, node = ends()
    node.receive_data(host.data_to_send())
    host.receive_data(node.data_to_send())
    assert host.open and node.open and node.bank == 601 and not node.proved
    assert node.receive_data(host.data_to_send()) == host.receive_data(node.data_to_send()) == []
    assert node.proved
    return host, node


def test_messages_pass_both_ways_in_any_cut_of_the_bytes() -> None:
    host, node = open_ends()
    orders = [encode_order(Undo(f"undo-{number}", "visa-1", number)) for number in range(5)]
    for one in orders:
        host.send(one)
    data = host.data_to_send()
    heard = [one for at in range(0, len(data), 7) for one in node.receive_data(data[at : at + 7])]
    assert heard == orders
    node.send(encode_reply(Undone("undo-1", "", 5)))
    assert [decode_reply(one) for one in host.receive_data(node.data_to_send())] == [Undone("undo-1", "", 5)]


def changed(data: bytes) -> bytes:
    return data[:-20] + bytes([data[-20] ^ 1]) + data[-19:]


@pytest.mark.parametrize(
    ("attack", "code"),
    [
        (changed, Code.SIGNATURE_WRONG),
        (lambda data: data + data, Code.OUT_OF_ORDER),
        (lambda data: (1 << 24).to_bytes(4, "big") + data, Code.MESSAGE_TOO_LONG),
        (lambda data: (3).to_bytes(4, "big") + data, Code.MESSAGE_TOO_LONG),
    ],
    ids=["changed", "repeated", "longer than anything", "shorter than a tag"],
)
def test_a_frame_that_was_touched_ends_the_connection(attack: Callable[[bytes], bytes], code: Code) -> None:
    host, node = open_ends()
    host.send(encode_order(SPENDING))
    with pytest.raises(RemoteProtocolError) as error:
        node.receive_data(attack(host.data_to_send()))
    assert error.value.code is code


@pytest.mark.parametrize("length", [64, 1 << 20])
def test_nothing_longer_than_a_hello_is_waited_for_before_it(length: int) -> None:
    host, node = ends()
    for end in (host, node):
        with pytest.raises(RemoteProtocolError) as error:
            end.receive_data(length.to_bytes(4, "big"))
        assert error.value.code is Code.MESSAGE_TOO_LONG


def test_a_frame_left_out_or_of_another_connection_is_none_of_this_one() -> None:
    host, node = open_ends()
    host.send(encode_order(SPENDING))
    host.data_to_send()
    host.send(encode_order(SPENDING))
    with pytest.raises(RemoteProtocolError) as error:
        node.receive_data(host.data_to_send())
    assert error.value.code is Code.OUT_OF_ORDER
    # What a node says to its host is not what a host says to its node.
    host, node = open_ends()
    host.send(encode_order(SPENDING))
    with pytest.raises(RemoteProtocolError) as error:
        host.receive_data(host.data_to_send())
    assert error.value.code is Code.SIGNATURE_WRONG


def test_without_the_key_nobody_gets_in_and_a_false_node_is_not_believed() -> None:
    host, node = ends(OTHER)
    hello = host.data_to_send()
    with pytest.raises(RemoteProtocolError):
        node.receive_data(hello)
    host, _ = ends()
    false = NodeEnd({601: OTHER}.get, bytes(16))
    with pytest.raises(RemoteProtocolError):
        false.receive_data(host.data_to_send())
    host, node = ends()
    with pytest.raises(RemoteProtocolError):
        host.receive_data(HostEnd(601, KEY, bytes(16)).data_to_send())
    with pytest.raises(LocalProtocolError):
        host.send(b"before the handshake")


def test_who_is_there_answers_without_being_told() -> None:
    host, node = open_ends()
    host.ask_whether_there()
    assert node.receive_data(host.data_to_send()) == []
    before = host.heard
    assert host.receive_data(node.data_to_send()) == []
    assert host.heard == before + 1


def test_what_is_unanswered_is_said_again_in_its_order() -> None:
    waiting = Unanswered()
    assert waiting.asked("a", b"1") and waiting.asked("b", b"2") and not waiting.asked("a", b"1")
    assert waiting.answered("a") and not waiting.answered("a")
    assert (waiting.again(), len(waiting)) == ((b"2",), 1)


def test_an_order_is_no_reply_and_a_reply_no_order() -> None:
    assert decode_order(encode_order(SPENDING)) == SPENDING
    told = BalanceTold("visa-1", "", 5, 6)
    assert decode_reply(encode_reply(told)) == told
    with pytest.raises(RemoteProtocolError):
        decode_order(encode_reply(told))
    with pytest.raises(RemoteProtocolError):
        decode_reply(encode_order(SPENDING))
    with pytest.raises(LocalProtocolError):
        encode_order(told)  # type: ignore[arg-type]
    with pytest.raises(LocalProtocolError):
        encode_reply(SPENDING)  # type: ignore[arg-type]
    assert {AUTHORISE, BALANCE_TOLD} <= {record for _, record in RECORDS}
    assert decode_reply(encode_reply(BankState("", True))) == BankState("", True)


GOOD = [
    encode_order(SPENDING),
    encode_order(Undo("u", "visa-1", 5)),
    encode_reply(Undone("u", "", 5)),
    encode_reply(BalanceTold("visa-1", "", 5, 6)),
    encode_reply(BankState("", True)),
]


@st.composite
def touched(draw: st.DrawFn) -> bytes:
    """A good message with one byte changed, or none, and perhaps cut."""
    data = bytearray(draw(st.sampled_from(GOOD)))
    data[draw(st.integers(0, len(data) - 1))] ^= draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))]) if draw(st.booleans()) else bytes(data)


def written_again(data: bytes) -> Iterator[bytes]:
    with suppress(RemoteProtocolError):
        yield encode_order(decode_order(data))
    with suppress(RemoteProtocolError):
        yield encode_reply(decode_reply(data))


@given(st.binary(max_size=200) | touched())
def test_whatever_comes_is_a_message_in_its_one_form_or_a_protocol_error(data: bytes) -> None:
    read = list(written_again(data))
    assert read in ([], [data]), "what is read is one of the two, and has no other form"
    assert read or data not in GOOD


@given(st.binary(max_size=200))
def test_bytes_of_a_stranger_are_no_message_and_open_nothing(data: bytes) -> None:
    host, node = open_ends()
    unopened = ends()
    for end in (host, node, *unopened):
        with suppress(RemoteProtocolError):
            assert end.receive_data(data) == []
    assert not any(end.open for end in unopened)


def test_the_page_is_as_it_would_be_written() -> None:
    assert card_link_page.PAGE.read_text(encoding="utf-8") == card_link_page.page()


def test_a_hello_that_was_overheard_proves_nothing() -> None:
    """The key is in no message: who says another's hello again cannot say the next frame."""
    host, node = ends()
    hello = host.data_to_send()
    node.receive_data(hello)
    host.receive_data(node.data_to_send())
    asks = host.data_to_send()
    again = NodeEnd({601: KEY}.get, bytes([8]) * 16)
    again.receive_data(hello)
    assert again.open and not again.proved
    with pytest.raises(RemoteProtocolError) as error:
        again.receive_data((64).to_bytes(4, "big"))
    assert error.value.code is Code.MESSAGE_TOO_LONG
    again = NodeEnd({601: KEY}.get, bytes([8]) * 16)
    with pytest.raises(RemoteProtocolError) as error:
        again.receive_data(hello + asks)
    assert error.value.code is Code.SIGNATURE_WRONG
    assert not again.proved
    node.receive_data(asks)
    assert node.proved
