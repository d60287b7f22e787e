"""The bench: what it counts is what the protocol needs, and exact sizes hold (no clock is asserted)."""

import json

import pytest
from typer.testing import CliRunner

from hardware.field import reader_of
from tender.cash.chain import verify_chain
from tender.crypto.keys import verify_open
from tender.errors import DeviceError
from town.bench.cards_at_hand import AMOUNT_TIYN, Echo
from town.bench.measure import sizes
from town.bench.measurement import at_least, told
from town.bench.mint import make_chain
from town.bench.parts import PARTS, Part, measured, named
from town.bench.taps import on_the_air, phone_tap, tapped
from town.bench.two_wallets import pay, two_wallets
from town.commands import app


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


def test_a_measured_payment_is_a_whole_one() -> None:
    with two_wallets() as pair:
        pair.load(10_000)
        assert pay(pair.aigul, pair.dana, 4_000).status == "paid"
        assert pair.dana.view.balance().spendable_tiyn == 4_000
        assert pair.aigul.view.balance().spendable_tiyn == 6_000


def test_a_measured_tap_is_a_whole_one_and_its_echo_says_the_same() -> None:
    with two_wallets() as pair:
        one = tapped(pair, 0, None, hops=3)
        (coin,) = pair.dana.view.coins()
        assert coin.amount_tiyn == AMOUNT_TIYN
        phone = on_the_air("phone", phone_tap(pair, 1))
        slow = next(each for each in phone if each.name == "phone, slow-phone")
        # 300 ms for each 1000 bytes, and the air beside it.
        assert slow.value > next(each.value for each in phone if each.unit == "bytes") * 0.0003
        assert verify_chain(coin.packed, pair.dana.desk.trust).hops == 3
    # The chip signs the one link that moves the money, and verifies the request, who made it and the receipt.
    assert [sum(each.signatures for each in one.said), sum(each.verifications for each in one.said)] == [1, 3]
    reader = reader_of(Echo(one.said, one.atr))
    reader.connect(1.0)
    assert [reader.transmit(each.command) for each in one.said] == [each.answer for each in one.said]
    with pytest.raises(DeviceError):
        reader.transmit(one.said[0].command)


def test_parts_are_measured_by_name() -> None:
    assert [part.name for part in named(["pay", "sizes"])] == ["pay", "sizes"]
    assert named([]) == list(PARTS)
    (found,) = measured(named(["sizes"]), scale=False)
    assert [one.unit for one in found[1]] == ["bytes (at most)"] * 3


def test_an_unknown_part_is_named_with_those_there_are() -> None:
    answer = CliRunner().invoke(app, ["bench", "sise"])
    assert answer.exit_code == 2
    assert "'sise'" in answer.stderr
    assert "sizes" in answer.stderr


def test_a_number_that_misses_its_reach_ends_the_bench_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    worse = at_least("a ratio", 0.5, "ratio (at least)", 0.9)
    monkeypatch.setattr(Part, "measure", lambda self, *, scale: [worse, told("a time", 3.0, "ms")])
    answer = CliRunner().invoke(app, ["bench", "sizes", "--json"])
    assert answer.exit_code == 1
    assert [one["holds"] for one in json.loads(answer.stdout)] == [False, True]
