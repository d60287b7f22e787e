"""Table 10 as printed, read cell by cell; the expectation is the paper's own grid, typed a second time."""

import csv
import re

import pytest

from tender.account.capabilities import CARD_BANKS, ROWS, TABLE, Capability, Profile, offers, refusal
from tender.account.participants import ALTYN, EURASIAN, HALYK, KAZPOST, NBK
from tender.errors import Code
from tests.house.tree import ROOT

# capability -> the ticks of A, E, H, B
PAPER = {
    "account-entity": "yyyy",
    "account-person": "yyyy",
    "issuance": "y-yy",
    "to-dt-entity": "y-yy",
    "to-dt-person": "----",
    "integrator-payment": "----",
    "register-payment": "y-yy",
    "transfer": "-y--",
    "card-purchase-dt": "-y--",
    "card-purchase": "yyyy",
    "card-virtual": "yyyy",
    "card-real": "-yyy",
    "purchase-on-us": "yyyy",
    "purchase-off-us": "yyyy",
    "e-commerce": "yy--",
    "mobile-android": "yy-y",
    "mobile-ios": "y--y",
    "return": "yy--",
    "from-dt-entity": "yyyy",
    "from-dt-person": "y-yy",
    "cash-on-us": "yyyy",
    "cash-off-us": "y---",
    "redemption": "yyyy",
}
CELLS = [
    (capability, bank, tick == "y")
    for capability, ticks in PAPER.items()
    for bank, tick in zip(CARD_BANKS, ticks, strict=True)
]


@pytest.mark.parametrize(("capability", "bank", "had"), CELLS)
def test_the_pilot_is_what_the_paper_prints(capability: str, bank: int, had: bool) -> None:
    said = refusal(Profile.PILOT, bank, Capability(capability))
    assert (said is None) is had
    if said is not None:
        assert said.code is Code.NOT_SUPPORTED
        assert dict(said.facts) == {"capability": capability, "participant": bank}


def test_no_row_is_missing_and_none_stands_twice() -> None:
    assert len(TABLE) == len(ROWS) == len(Capability) == len(PAPER)


def test_each_row_names_a_requirement_that_says_the_same() -> None:
    with (ROOT / "docs/rows.tsv").open(encoding="utf-8") as file:
        texts = {line[0]: line[2] for line in csv.reader(file, delimiter="\t") if line}
    for row in TABLE:
        text = texts[row.requirement]
        grid = re.search(r"— ([y-]) / ([y-]) / ([y-]) / ([y-])", text)
        if grid:
            assert "".join(grid.groups()) == PAPER[row.capability], row.requirement


@pytest.mark.parametrize("bank", CARD_BANKS)
@pytest.mark.parametrize("capability", list(Capability))
def test_the_full_profile_offers_everything_at_the_card_banks(capability: Capability, bank: int) -> None:
    assert offers(Profile.FULL, bank, capability, other_bank=KAZPOST)


def test_kazpost_has_what_its_own_scenario_lists_and_no_cards_ever() -> None:
    had = {c.value for c in Capability if offers(Profile.PILOT, KAZPOST, c)}
    assert had == {
        "account-entity",
        "issuance",
        "to-dt-entity",
        "integrator-payment",
        "from-dt-entity",
        "redemption",
    }
    assert not any(offers(Profile.FULL, KAZPOST, row.capability) for row in TABLE if row.needs_scheme)
    assert offers(Profile.FULL, KAZPOST, Capability.ACCOUNT_PERSON)


def test_transfers_of_the_pilot_stay_within_one_bank() -> None:
    assert offers(Profile.PILOT, EURASIAN, Capability.TRANSFER, other_bank=EURASIAN)
    assert not offers(Profile.PILOT, EURASIAN, Capability.TRANSFER, other_bank=ALTYN)
    assert not offers(Profile.PILOT, HALYK, Capability.TRANSFER, other_bank=HALYK)
    assert offers(Profile.FULL, EURASIAN, Capability.TRANSFER, other_bank=ALTYN)


def test_whoever_is_no_bank_offers_nothing() -> None:
    assert refusal(Profile.FULL, NBK, Capability.ACCOUNT_PERSON) is not None
