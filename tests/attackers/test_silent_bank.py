"""A culprit's bank that keeps silent: the honest payee is paid all the same, and nothing is paid twice."""

from collections.abc import Callable

import pytest

from platform_stub.bank.receiving import RECEIVABLE_LOSSES
from platform_stub.config import PlatformConfig
from platform_stub.desk import Asked
from platform_stub.nbk.national_bank import correspondent, guarantee
from platform_stub.overview import equation
from tender.account.participant_messages import Draw
from tender.account.participants import ALTYN
from tender.account.token_messages import SETTLED, WAITING
from tender.crypto.certificates import DAY_S
from tender.errors import Code, LinkError, Refusal
from tests.platform_stub.people import AIGUL, BOLAT, DANA, TENGE, Town, numbered
from tests.settlement.offline import at_nbk, claimed, cloned, tenge_of

PATIENCE_S = PlatformConfig().draw_answer_days * DAY_S
Handler = Callable[[Asked, Draw], object]


def gone(_asked: Asked, _order: Draw) -> object:
    raise LinkError(Code.PEER_UNREACHABLE, "draw")


def busy(_asked: Asked, _order: Draw) -> object:
    return Refusal(Code.STORE_BUSY, "draw")


def after(town: Town, seconds: int) -> None:
    """Time passes, and the platform takes up what waits."""
    town.clock.advance(seconds)
    town.platform.tick()
    assert equation(town.platform).holds


@pytest.mark.parametrize("silence", [gone, busy])
@pytest.mark.parametrize("reserve", [0, 300, 900])
def test_after_three_days_its_guarantee_pays_and_a_late_answer_goes_back(
    town: Town, silence: Handler, reserve: int
) -> None:
    """The draw's answer, when it comes at last, costs nobody: the client still owes, now to the bank."""
    assert town.platform.nbk.place_guarantee(ALTYN, 200 * TENGE, numbered("guarantee")) is None
    stood = at_nbk(town, correspondent(ALTYN))
    _, dana, bolat, to_dana, to_bolat = cloned(town, 500, reserve=reserve)
    altyn = town.platform.banks[ALTYN].desk
    answering, altyn.handlers["draw"] = altyn.handlers["draw"], silence
    assert claimed(dana, to_dana).state == SETTLED
    assert claimed(bolat, to_bolat).state == WAITING
    after(town, PATIENCE_S - 1)
    assert claimed(bolat, to_bolat).state == WAITING, "a bank that is away has its time"
    after(town, 1)
    assert claimed(bolat, to_bolat).state == SETTLED
    assert [tenge_of(town, one) for one in (AIGUL, DANA, BOLAT)] == [reserve, 500, 500]
    assert at_nbk(town, guarantee(ALTYN)) == 0
    assert at_nbk(town, correspondent(ALTYN)) == stood - 300
    altyn.handlers["draw"] = answering
    for _ in range(3):
        after(town, 60)
    client = town.platform.banks[ALTYN].client(AIGUL.identifier)
    assert not isinstance(client, Refusal)
    with altyn.store.reading() as rows:
        assert rows.owed(client.number) == max(0, 500 - reserve) * TENGE
        assert rows.account(RECEIVABLE_LOSSES) == rows.owed(client.number), "and its books say the same"
    assert [tenge_of(town, one) for one in (AIGUL, DANA, BOLAT)] == [max(0, reserve - 500), 500, 500]
    assert at_nbk(town, correspondent(ALTYN)) == stood - 300, "nothing is covered a second time"


def test_what_its_accounts_could_not_pay_its_late_answer_still_covers(town: Town) -> None:
    """The accounts hold 200 of 500; the client's 400 come late: 300 cover, and 100 go back."""
    _, dana, bolat, to_dana, to_bolat = cloned(town, 500, reserve=400)
    altyn = town.platform.banks[ALTYN].desk
    answering, altyn.handlers["draw"] = altyn.handlers["draw"], gone
    town.stock(ALTYN, at_nbk(town, correspondent(ALTYN)) - 200)
    claimed(dana, to_dana)
    claimed(bolat, to_bolat)
    after(town, PATIENCE_S)
    assert tenge_of(town, BOLAT) == 200, "what came in is paid out"
    altyn.handlers["draw"] = answering
    for _ in range(2):
        after(town, 60)
    assert claimed(bolat, to_bolat).state == SETTLED
    assert tenge_of(town, BOLAT) == 500
