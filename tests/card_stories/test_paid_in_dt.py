"""The scheme's application where Digital Tenge are taken: they go to the merchant as they are (DT-S-09)."""

from collections.abc import Iterator

import pytest

from card_switch.config import SwitchConfig
from tender.account.capabilities import Profile
from tender.account.participants import EURASIAN, KAZPOST
from tests.card_stories.boulevard import PURCHASE_TIYN, Boulevard, Holder, boulevard, entries, operations
from tests.wallet.village import good

MOVED_S = 31
"""After so long a purchase's Digital Tenge go to the merchant."""
BOOKS = ("converting", "card-payable", "card-owed")


@pytest.fixture(scope="module")
def pilot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Boulevard]:
    """The switch and its issuers as they were in the pilot."""
    with boulevard(tmp_path_factory.mktemp("pilot"), SwitchConfig(profile=Profile.PILOT)) as made:
        yield made


def shops_dt(street: Boulevard) -> int:
    """What the shop of the till has in Digital Tenge (tiyn)."""
    return good(street.till.device.bank.statement()).balances.dt_tiyn


def books(street: Boulevard, customer: Holder) -> dict[str, int]:
    """The accounts of the customer's bank that conversions go through."""
    with street.town.platform.banks[customer.phone.person.bank].desk.store.reading() as rows:
        return {name: rows.account(name) for name in BOOKS}


def move(street: Boulevard) -> None:
    """Let what cards have spent get where it goes."""
    street.town.clock.advance(MOVED_S)
    street.town.platform.tick()


@pytest.mark.row("DT-S-09")
def test_bolat_pays_3779_by_the_scheme_and_the_merchant_has_digital_tenge(street: Boulevard) -> None:
    bolat = street.customer(EURASIAN)
    street.stands_in(street.shop(KAZPOST), accepts_dt=True)
    before_tiyn, booked = shops_dt(street), books(street, bolat)
    told = street.pays(bolat)
    assert told.taken is not None and told.payment.in_dt
    assert street.tenge(bolat.phone) == (6_221, 0)
    move(street)
    assert shops_dt(street) - before_tiyn == PURCHASE_TIYN
    assert street.tenge(bolat.phone) == (6_221, 0)
    # No conversion record: neither in the bank's books, nor in the client's history, nor on a day's list.
    assert books(street, bolat) == booked
    assert [one.kind for one in operations(bolat.phone)] == ["purchase-dt"]
    assert entries(bolat.phone)[0] == ("card purchase in dt", "dt", -PURCHASE_TIYN)
    report = street.chain.close_day()
    assert report["agrees"] and not report["mismatches"], report
    assert books(street, bolat) == booked
