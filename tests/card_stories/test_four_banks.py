"""A card of each pilot bank, chip and all, at ordinary tills of its own bank and of others."""

from typing import Any

import pytest

from pos.core.card_tender import CardPhase
from tender.account.capabilities import CARD_BANKS
from tender.account.participants import ALTYN, CENTERCREDIT, EURASIAN, HALYK
from tests.card_stories.boulevard import PURCHASE_TIYN, SCHEMES, Boulevard, entries, operations

SCHEME = {ALTYN: "visa", HALYK: "visa", CENTERCREDIT: "visa", EURASIAN: "mastercard"}
NEXT = {ALTYN: CENTERCREDIT, CENTERCREDIT: EURASIAN, EURASIAN: HALYK, HALYK: ALTYN}
"""Whose shop the clients of each bank go to."""


def sheets(street: Boulevard) -> dict[int, Any]:
    """The day is closed: what each bank was told."""
    told = street.chain.close_day()
    assert told["agrees"], told
    return {one["bank"]: one for one in told["banks"]}


@pytest.mark.row("DT-P-15")
@pytest.mark.row("DT-C-02")
@pytest.mark.row("DT-C-28")
@pytest.mark.row("DT-C-32")
def test_at_another_banks_till_the_scheme_carries_it_and_the_banks_owe_each_other(street: Boulevard) -> None:
    for bank in CARD_BANKS:
        customer = street.customer(bank)
        assert street.tenge(customer.phone) == (10_000, 0)
        before = {scheme: street.cleared(scheme) for scheme in SCHEMES}
        street.stands_in(street.shop(NEXT[bank]))
        told = street.pays(customer)
        assert told.payment.phase is CardPhase.APPROVED and told.taken is not None, told
        assert street.tenge(customer.phone) == (6_221, 0)
        [done] = operations(customer.phone)
        new = {scheme: street.cleared(scheme) - before[scheme] for scheme in SCHEMES}
        assert new.pop(SCHEME[bank]) == {done.operation}
        assert not any(new.values()), "the other scheme has heard nothing"
    told_day = sheets(street)
    for bank in CARD_BANKS:
        assert told_day[bank]["positions"][str(NEXT[bank])] == PURCHASE_TIYN
        assert entries(street.shop(bank)) == [("card takings", "noncash", PURCHASE_TIYN)]


@pytest.mark.row("DT-C-31")
def test_at_its_own_banks_till_it_stays_inside_the_bank(street: Boulevard) -> None:
    before = {scheme: street.cleared(scheme) for scheme in SCHEMES}
    for bank in CARD_BANKS:
        customer = street.customer(bank)
        street.stands_in(street.shop(bank))
        assert street.pays(customer).taken is not None
        assert street.tenge(customer.phone) == (6_221, 0)
    assert {scheme: street.cleared(scheme) for scheme in SCHEMES} == before
    told_day = sheets(street)
    for bank in CARD_BANKS:
        shop = street.shop(bank)
        assert told_day[bank]["merchants"] == {shop.person.identifier: PURCHASE_TIYN}
        assert not any(told_day[bank]["positions"].values())
        assert entries(shop)[0] == ("card takings", "noncash", PURCHASE_TIYN)


@pytest.mark.row("DT-C-17")
def test_altyns_card_at_halyks_till(street: Boulevard) -> None:
    customer = street.customer(ALTYN)
    street.stands_in(street.shop(HALYK))
    assert street.pays(customer).payment.phase is CardPhase.APPROVED
    assert sheets(street)[ALTYN]["positions"] == {str(HALYK): PURCHASE_TIYN}
