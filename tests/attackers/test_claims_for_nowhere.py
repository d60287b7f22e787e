"""A hostile bank passes on claims for accounts it does not have: they are set aside, and tried once."""

from pathlib import Path

import pytest

from platform_stub.overview import equation
from platform_stub.settlement_report import orphan_lines
from platform_stub.settlement_story import tell
from tender.account.participants import ALTYN, NBK
from tender.account.token_messages import WAITING, ClaimItem, Settle, Settled
from tender.cash.token import Claim
from tender.crypto import envelope
from tender.crypto.envelope import Typ
from tender.errors import Code
from tests.platform_stub.people import AIGUL, TENGE, Phone, Town, numbered
from tests.platform_stub.test_settlement_desk import run, told
from tests.settlement.offline import claimed, holding_of
from town.balance_sheet import read_balance_sheet


def nowhere(phone: Phone, token: bytes, name: str) -> ClaimItem:
    """The holder's claim for an account that nobody has."""
    holding = holding_of(phone, token)
    payload = Claim(holding.output, ALTYN, numbered(name)).payload()
    signed = envelope.sign(Typ.CLAIM, payload, phone.keys[holding.holder]).to_bytes()
    return ClaimItem(token, phone.certificates[holding.holder], signed)


def asked_of_altyn(town: Town) -> int:
    """How often the National Bank asked Altyn whether it takes a movement."""
    with town.platform.nbk.desk.store.reading() as rows:
        return len(rows.evidence("transfer-validate"))


def writes_of_a_tick(town: Town) -> int:
    """How often a tick of the credits opens a transaction that may write."""
    store = town.platform.nbk.desk.store
    real, opened = store.writing, []

    def counting() -> object:
        opened.append(1)
        return real()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(store, "writing", counting)
        town.platform.settlement.tick()
    return len(opened)


def test_claims_for_accounts_that_are_nowhere_are_set_aside_and_seen(town: Town, tmp_path: Path) -> None:
    aigul = town.rich_phone(AIGUL, 100)
    *bad, good = aigul.load(10, 20, 30, 40)
    items = tuple(nowhere(aigul, token, f"nowhere {place}") for place, token in enumerate(bad))
    quiet, before = writes_of_a_tick(town), asked_of_altyn(town)
    # Its own desk would refuse this (`account-unknown`); a hostile bank passes it on all the same.
    said = town.platform.banks[ALTYN].desk.inquire(NBK, "settle-tokens", Settle((), items))
    assert isinstance(said, Settled)
    for _ in range(3):
        town.platform.tick()
    asked = asked_of_altyn(town)
    assert writes_of_a_tick(town) == quiet, "a tick does nothing for them any more"
    assert asked_of_altyn(town) == asked == before + 4, "once together, once each"
    lines = orphan_lines(town.platform)
    assert sorted(one.amount_tiyn for one in lines) == [10 * TENGE, 20 * TENGE, 30 * TENGE]
    assert {(one.why, one.bank) for one in lines} == {("account", ALTYN)}
    assert equation(town.platform).holds
    assert read_balance_sheet(tmp_path).holds
    assert equation(town.platform).in_transit_tiyn >= 60 * TENGE
    again = town.platform.banks[ALTYN].desk.inquire(NBK, "settle-tokens", Settle((), items))
    assert isinstance(again, Settled)
    assert {(one.state, one.code) for one in again.claims} == {(WAITING, Code.ACCOUNT_UNKNOWN)}
    assert claimed(aigul, good).amount_tiyn == 40 * TENGE, "and nobody else waits"
    assert {one["why"] for one in told(tmp_path, "orphans")} == {"account"}
    assert "account" in run(tmp_path, "orphans")
    (story,) = tell(town.platform, lines[0].claim)
    assert any("has no such account" in one for one in story.waits)
