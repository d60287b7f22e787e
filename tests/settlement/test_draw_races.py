"""A culprit who is quicker than the draw: he is drawn for what is still there, and blamed for the rest."""

from typing import Any

import pytest

from tender.account.client_messages import BY_PHONE, Transfer, Transferred
from tender.account.participants import ALTYN, EURASIAN
from tender.errors import Code, Refusal
from tests.platform_stub.people import AIGUL, BOLAT, DANA, TENGE, Town
from tests.settlement.offline import claimed, cloned, tenge_of


def stocked(town: Town) -> None:
    for bank in (ALTYN, EURASIAN):
        town.stock(bank, 100_000)


def blamed_tiyn(town: Town) -> tuple[int, str]:
    """What Aigul owes her bank, and the state of her device there."""
    with town.platform.banks[ALTYN].desk.store.reading() as rows:
        client = rows.client_by("identifier", AIGUL.identifier)
        assert client is not None
        (device,) = rows.devices_of(client.number)
        return rows.owed(client.number), device.state


@pytest.mark.parametrize("moved", [100, 300])
def test_who_empties_the_account_before_the_draw_locks_it_is_blamed(
    town: Town, monkeypatch: pytest.MonkeyPatch, moved: int
) -> None:
    stocked(town)
    aigul, dana, bolat, to_dana, to_bolat = cloned(town, 500, reserve=300)
    node = town.platform.banks[ALTYN].office.node
    prepare = node.prepare

    def quicker(*given: Any, **named: Any) -> Refusal | None:
        monkeypatch.setattr(node, "prepare", prepare)
        told = aigul.ask("transfer", Transfer(BY_PHONE, DANA.phone, moved * TENGE, ""))
        assert isinstance(told, Transferred), told
        return prepare(*given, **named)

    claimed(dana, to_dana)
    monkeypatch.setattr(node, "prepare", quicker)
    assert claimed(bolat, to_bolat).state == "settled"
    assert blamed_tiyn(town) == ((500 - (300 - moved)) * TENGE, "cheated")
    assert [tenge_of(town, one) for one in (AIGUL, DANA, BOLAT)] == [0, 500 + moved, 500]
    assert town.equation()[0] == town.equation()[1]


def test_an_id_centre_that_will_not_compare_saves_no_culprit(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    stocked(town)
    _, dana, bolat, to_dana, to_bolat = cloned(town, 500, reserve=300)
    claimed(dana, to_dana)
    handlers = town.platform.id_centre.desk.handlers
    monkeypatch.setitem(handlers, "same-owner", lambda *_: Refusal(Code.NOT_PERMITTED, "same-owner"))
    assert claimed(bolat, to_bolat).state == "settled"
    assert blamed_tiyn(town) == (200 * TENGE, "cheated")
    assert [tenge_of(town, one) for one in (AIGUL, BOLAT)] == [0, 500]
