"""The card scenario as a whole: its five banks, what each offers, and the Digital Tenge they stock."""

from pathlib import Path

import pytest

from tender.account.capabilities import CARD_BANKS, Capability, Profile
from tender.account.participants import ALTYN, CENTERCREDIT, EURASIAN, HALYK, KAZPOST
from tender.errors import Code, Refusal
from tests.issuer.test_capabilities import PAPER
from tests.platform_stub.people import TENGE, Town, numbered, open_town


@pytest.mark.row("DT-P-40")
def test_five_banks_and_no_others_each_with_its_column_of_the_table(tmp_path: Path) -> None:
    town = open_town(tmp_path, offering=Profile.PILOT)
    assert set(town.platform.banks) == {KAZPOST, ALTYN, EURASIAN, HALYK, CENTERCREDIT}
    for capability, ticks in PAPER.items():
        for bank, tick in zip(CARD_BANKS, ticks, strict=True):
            said = town.platform.banks[bank].office.offered(Capability(capability))
            assert (said is None) is (tick == "y"), (bank, capability)
            assert said is None or said.code is Code.NOT_SUPPORTED
    town.platform.close()


@pytest.mark.row("DT-C-13")
def test_a_bank_stocks_and_redeems_for_the_card_scenario(tmp_path: Path) -> None:
    town: Town = open_town(tmp_path)
    altyn, nbk = town.platform.banks[ALTYN], town.platform.nbk
    assert altyn.inventory_tiyn() == 0
    issue = altyn.money.request_issue(500_000 * TENGE, numbered("issue"))
    assert not isinstance(issue, Refusal) and not isinstance(nbk.approve(issue.request), Refusal)
    redeem = altyn.money.request_redeem(200_000 * TENGE, numbered("redeem"))
    assert not isinstance(redeem, Refusal) and not isinstance(nbk.approve(redeem.request), Refusal)
    assert altyn.inventory_tiyn() == 300_000 * TENGE
    with nbk.desk.store.reading() as rows:
        assert rows.account("dt-liability") == 300_000 * TENGE
    town.platform.close()
