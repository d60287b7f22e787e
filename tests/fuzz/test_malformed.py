"""A hundred thousand malformed tokens and messages: typed errors only, no crash, nothing taken that is signed
and was changed (DT-Z-04). The seed is fixed, so that a failure is found again."""

from collections.abc import Iterable

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tender.errors import RemoteProtocolError, StoreError
from tests.cash.attack_world import PRICE, World
from tests.fuzz.orders import bodies, enveloped
from tests.fuzz.targets import Parser, parsers, spoiled

PARSERS = [*parsers(), *enveloped()]
BODIES = bodies()
EACH = 5_600
EACH_BODY = 400
SEED = 20_261_121


def run(parser: Parser, inputs: Iterable[bytes]) -> tuple[int, int]:
    """(refused, taken); anything but a typed error escapes and fails the test."""
    refused = taken = 0
    for data in inputs:
        try:
            parser.read(data)
        except RemoteProtocolError as error:
            assert error.code and error.field, "a refusal names its code and field"
            refused += 1
        except StoreError:
            assert parser.name == "state"
            refused += 1
        else:
            assert not parser.sealed, f"taken although it was changed: {data.hex()}"
            taken += 1
    return refused, taken


def test_the_samples_themselves_are_good() -> None:
    for parser in (*PARSERS, *BODIES):
        assert parser.samples, f"{parser.name} has nothing to spoil"
        for sample in parser.samples:
            parser.read(sample)  # raises if the sample is not good


@pytest.mark.row("DT-Z-04")
def test_a_hundred_thousand_are_made() -> None:
    """The parsers of whole messages and one whole payee below share the row's figure; bodies come on top."""
    assert EACH * (len(PARSERS) + 1) >= 100_000
    assert len(BODIES) * EACH_BODY >= 30_000


@pytest.mark.row("DT-Z-04")
@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
def test_malformed_bytes_are_refused_by_code(parser: Parser) -> None:
    refused, taken = run(parser, spoiled(parser.samples, SEED, EACH))
    assert refused + taken == EACH
    assert refused > EACH // 2, "the spoiling must spoil"


@pytest.mark.row("DT-Z-04")
def test_the_body_of_each_kind_and_each_row_is_refused_by_code() -> None:
    """A body is not signed by itself (its envelope is); what is taken is written again as it was."""
    for parser in BODIES:
        refused, taken = run(parser, spoiled(parser.samples, SEED, EACH_BODY))
        assert refused + taken == EACH_BODY
        assert refused, f"{parser.name} refused nothing"


@pytest.mark.row("DT-Z-04")
@pytest.mark.row("DT-Z-01")
def test_a_payee_that_is_bombarded_takes_nothing_and_still_takes_the_real_payment() -> None:
    world = World()
    world.payer.hear(world.open_request())
    real = world.payer.outbox.pop()
    payee = world.payee
    before = payee.disk
    for data in spoiled((real, world.payee.sent[0]), SEED, EACH):
        payee.hear(data)
        payee.outbox.clear()
        payee.shown.clear()
        payee.sent.clear()
        assert payee.disk == before and payee.balance_tiyn == 0, data.hex()
    payee.hear(real)
    assert payee.balance_tiyn == PRICE


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_bytes_from_nowhere(data: bytes) -> None:
    for parser in PARSERS:
        assert sum(run(parser, (data,))) == 1, parser.name


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.binary() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=6) | st.dictionaries(st.integers() | st.text(), inner, max_size=4)
        ),
        max_leaves=20,
    )
)
@settings(max_examples=300, deadline=None)
def test_well_formed_cbor_that_is_none_of_ours(value: object) -> None:
    data = cbor2.dumps(value)
    for parser in PARSERS:
        assert sum(run(parser, (data, cbor2.dumps([1, data]), cbor2.dumps([4, data])))) == 3, parser.name
