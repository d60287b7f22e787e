"""What an issuer remembers of purchases, found by what stands on their receipts."""

from collections.abc import ValuesView
from dataclasses import replace

import pytest

from card_switch.core.conversion import State
from card_switch.core.issuer.operations import Operation, Operations
from tender.card.iso8583.message import Message
from tests.issuer.world import World


def test_a_refund_finds_its_purchase_without_looking_at_every_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    card = world.card()
    bought = card.chip()
    assert world.ask(bought).code == "00"
    refund = card.refund(bought, 1_00)

    def everything(_: object) -> ValuesView[Operation]:
        raise AssertionError("every operation is looked at")

    monkeypatch.setattr(Operations, "values", everything)
    assert world.ask(refund).code == "00"


def test_what_is_undone_or_put_away_is_not_given_back() -> None:
    world = World()
    card = world.card()
    bought = card.chip()
    assert world.ask(bought).code == "00"
    refund: Message = card.refund(bought, 1_00)
    operations = Operations()
    (known,) = world.host.operations.values()
    for key in ("a", "b"):
        operations[key] = replace(known, key=key, name=key)
    assert operations.given_back(refund) == "a"
    operations["a"] = replace(operations["a"], state=State.UNDONE)
    assert operations.given_back(refund) == "b"
    del operations["b"]
    assert operations.given_back(refund) is None
    operations["a"] = replace(operations["a"], state=State.CONVERTED)
    assert operations.given_back(refund) == "a"
