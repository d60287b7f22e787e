"""Two clients of one bank convert at the same moment: the second waits for the first one's change."""

from threading import Event, Thread
from typing import Any

import pytest

from tender.account.client_messages import TO_DT, Balances, Convert
from tender.account.participants import ALTYN
from tests.platform_stub.people import AIGUL, DANA, TENGE, Town


def test_a_conversion_waits_for_the_change_of_another_and_asks_for_no_new_money(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The inventory is one output; while the first conversion has it locked nothing seems to be there."""
    town.stock(ALTYN, 10_000)
    phones = [town.phone(person) for person in (AIGUL, DANA)]
    for person in (AIGUL, DANA):
        town.pay_in(person, 1_000)
    node = town.platform.banks[ALTYN].money._node
    carry, first_has_locked, second_is_done = node.carry, Event(), Event()

    def slowly(*arguments: Any) -> Any:
        if not first_has_locked.is_set():
            first_has_locked.set()
            second_is_done.wait(0.3)
        return carry(*arguments)

    monkeypatch.setattr(node, "carry", slowly)
    told: dict[str, Any] = {}

    def convert(place: int) -> None:
        told[phones[place].person.name] = phones[place].ask("convert", Convert(TO_DT, 1_000 * TENGE))

    first = Thread(target=convert, args=(0,))
    first.start()
    assert first_has_locked.wait(10)
    convert(1)
    second_is_done.set()
    first.join()
    for person in (AIGUL, DANA):
        assert isinstance(told[person.name], Balances), told
        assert told[person.name].dt_tiyn == 1_000 * TENGE
    assert len(town.platform.nbk.requests()) == 1, "only the stock was ever asked for"
