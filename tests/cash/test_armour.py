"""Messages as text: whole, or said to be cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tender import canon
from tender.cash.armour import TEXT_MAX, from_any, from_text, to_text
from tender.errors import Code, RemoteProtocolError


@given(st.binary(min_size=1, max_size=400))
def test_what_is_pasted_whole_reads_back_whatever_a_chat_does_to_it(message: bytes) -> None:
    text = to_text(message)
    assert from_text(text) == message
    assert from_text("\n".join("> " + line for line in text.splitlines())) == message
    assert from_text(" ".join(text.split())) == message
    assert from_any(text.encode()) == message
    assert all(len(line) <= 76 for line in text.splitlines())


@given(st.binary(min_size=1, max_size=200), st.data())
def test_a_paste_that_lost_its_end_says_so(message: bytes, data: st.DataObject) -> None:
    text = to_text(message).replace("\n", "")
    cut = data.draw(st.integers(len("TENGE1:"), len(text) - 1))
    with pytest.raises(RemoteProtocolError) as caught:
        from_text(text[:cut])
    assert caught.value.code is Code.MESSAGE_TRUNCATED


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("hello", Code.TEXT_UNREADABLE),
        ("TENGE1:.", Code.TEXT_UNREADABLE),
        ("TENGE1:AAAAAAAA.", Code.TEXT_UNREADABLE),
        ("TENGE1:A.", Code.TEXT_UNREADABLE),
        ("TENGE1:Ая.", Code.TEXT_UNREADABLE),
        ("TENGE1:" + "A" * TEXT_MAX, Code.MESSAGE_TOO_LONG),
    ],
    ids=["not ours", "empty", "wrong checksum", "no bytes", "foreign letters", "ten megabytes"],
)
def test_other_text_is_refused_by_code(text: str, code: Code) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        from_text(text)
    assert caught.value.code is code


def test_ten_megabytes_of_anything_are_refused_before_they_are_read() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        from_any(b"x" * 10_000_000)
    assert caught.value.code is Code.MESSAGE_TOO_LONG


@pytest.mark.parametrize("length", [0, 23, 24, 255, 256, 70_000])
@pytest.mark.parametrize("beside", [b"", b"n", b"n" * 300])
def test_bytes_that_end_before_their_message_does_are_told_as_cut(length: int, beside: bytes) -> None:
    parts: list[canon.Value] = [4, bytes(length), *([beside] if beside else [])]
    whole = canon.encode(parts)
    assert from_any(whole) == whole
    for place in {0, 1, 2, 3, 4, len(whole) // 2, len(whole) - len(beside) - 1, len(whole) - 1}:
        with pytest.raises(RemoteProtocolError) as cut:
            from_any(whole[: max(0, min(place, len(whole) - 1))])
        assert cut.value.code is Code.MESSAGE_TRUNCATED
    other = canon.encode([4, 4])
    assert from_any(other) == other, "whatever else it is, it is not cut"
