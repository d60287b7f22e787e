"""Revocation lists: exact, small, and the root's alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tender.cash.revocation import open_list, sign_list
from tender.cash.rice import decode_serials, encode_serials
from tender.errors import Code, RemoteProtocolError
from tests.mint import ALTYN, EURASIAN, NOW, Mint, key_of


@given(st.sets(st.integers(0, 2**32 - 1), max_size=60) | st.sets(st.integers(0, 80), max_size=80))
def test_each_set_of_serials_reads_back_exactly(serials: set[int]) -> None:
    count, rice, bits = encode_serials(serials)
    assert decode_serials(count, rice, bits, "list") == serials


@given(st.integers(1, 40), st.integers(0, 32), st.binary(min_size=1, max_size=30))
def test_hostile_bits_are_a_set_or_a_refusal(count: int, rice: int, bits: bytes) -> None:
    try:
        serials = decode_serials(count, rice, bits, "list")
    except RemoteProtocolError as error:
        assert error.code is Code.LIST_WRONG
    else:
        assert len(serials) == count


def test_a_thousandth_of_twenty_million_devices_is_about_29_kilobytes() -> None:
    # Spread like random draws, but the same in every run: a linear congruence over the whole range.
    serials = {(place * 15_485_863 + 7) % 20_000_000 for place in range(20_000)}
    _, _, bits = encode_serials(serials)
    assert 25_000 < len(bits) < 32_000


def test_a_list_names_only_whom_it_names_and_never_goes_back() -> None:
    root = key_of("root")
    raw = sign_list(4, NOW, {(ALTYN, 21_500): [1, 5, 9], (EURASIAN, 21_500): []}, root)
    known = open_list(raw, root.public_key)
    assert known.names(ALTYN, 21_500, 5)
    assert not any(
        (known.names(ALTYN, 21_500, 6), known.names(EURASIAN, 21_500, 5), known.names(ALTYN, 21_501, 5))
    )
    trust = Mint().trust().with_revocations(known)
    older = open_list(sign_list(3, NOW + 9, {}, root), root.public_key)
    assert trust.with_revocations(older).revocations is known
    assert trust.now(0) == NOW


def test_a_list_by_anybody_else_is_refused() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        open_list(sign_list(1, NOW, {}, key_of("bank")), key_of("root").public_key)
    assert caught.value.code is Code.LIST_WRONG
