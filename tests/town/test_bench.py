"""The bench: what it counts is what the protocol needs, and exact sizes hold (no clock is asserted)."""

from tender.crypto.keys import verify_open
from town.bench.measure import sizes
from town.bench.mint import make_chain


def test_a_fifteen_hop_chain_needs_thirty_one_different_verifications() -> None:
    messages = make_chain().signed_messages()
    assert len(messages) == 31
    assert len({signed for signed, _ in messages}) == 31
    for signed, key in messages:
        verify_open(signed, key)


def test_every_holder_of_the_measured_chain_is_another() -> None:
    spends = make_chain().holding.spends
    assert len({spend.signer for spend in spends}) == len({spend.certificate for spend in spends}) == 15


def test_sizes_on_the_wire_stay_within_reach() -> None:
    measured = {one.name: one for one in sizes()}
    assert len(measured) == 3
    assert all(one.holds for one in measured.values()), measured
