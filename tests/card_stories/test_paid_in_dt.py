"""The scheme's application where Digital Tenge are taken: they go to the merchant as they are (DT-S-09)."""

from typing import Any

import pytest

from card_switch.service.desk import SwitchDesk
from card_switch.service.terminals import terminal_questions
from hardware.field import Field, InProcessReader
from pos.core.card_tender import IN_DT
from pos.core.model import BY_TRANSFER
from pos.service.card_values import CardTold
from tender.account.capabilities import Profile
from tender.account.participants import ALTYN, EURASIAN, KAZPOST
from tender.errors import Code, Refusal
from tests.card_stories.boulevard import PURCHASE_TIYN, Boulevard, Holder, entries, operations
from tests.issuer.world import PIN, hsm
from tests.patience import soon
from tests.payment_cards.meddled import LastWord, declined
from tests.pos_cards.shop import People, asked
from tests.wallet.village import good

MOVED_S = 31
"""After so long a purchase's Digital Tenge go to the merchant."""
BOOKS = ("converting", "card-payable", "card-owed")


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


@pytest.mark.row("DT-C-27")
@pytest.mark.parametrize(("bank", "in_dt"), [(EURASIAN, True), (ALTYN, False)])
def test_in_the_pilot_altyns_card_falls_back_to_conversion_and_nobody_is_asked(
    pilot: Boulevard, bank: int, in_dt: bool
) -> None:
    customer = pilot.customer(bank)
    pilot.stands_in(pilot.shop(KAZPOST), accepts_dt=True, profile="pilot")
    before_tiyn, booked = shops_dt(pilot), books(pilot, customer)
    told = pilot.pays(customer)
    assert told.taken is not None and told.payment.in_dt is in_dt
    move(pilot)
    assert shops_dt(pilot) - before_tiyn == (PURCHASE_TIYN if in_dt else 0)
    assert pilot.tenge(customer.phone) == (6_221, 0)
    assert [one.kind for one in operations(customer.phone)] == ["purchase-dt" if in_dt else "purchase"]
    payable = books(pilot, customer)["card-payable"] - booked["card-payable"]
    assert payable == (0 if in_dt else PURCHASE_TIYN)


def test_declined_by_the_chip_after_all_the_digital_tenge_never_leave(street: Boulevard) -> None:
    customer = street.customer(EURASIAN)
    street.stands_in(street.shop(KAZPOST), accepts_dt=True)
    before_tiyn, booked = shops_dt(street), books(street, customer)
    seen: list[int] = []

    def look(command: bytes) -> bytes:
        seen.append(street.tenge(customer.phone)[0])
        return declined(command)

    card = LastWord(customer.chip, look)
    told = street.inserted(InProcessReader(Field("counter", card)))
    assert isinstance(told, CardTold) and told.taken is None and seen == [6_221]
    street.till.terminal.say_reversals()
    soon(lambda: street.tenge(customer.phone) == (10_000, 0))
    move(street)
    assert street.tenge(customer.phone) == (10_000, 0) and shops_dt(street) == before_tiyn
    assert books(street, customer) == booked


def test_the_merchant_alone_gives_back_what_came_in_digital_tenge(street: Boulevard) -> None:
    customer = street.customer(EURASIAN)
    street.stands_in(street.shop(KAZPOST), accepts_dt=True)
    asked(street.till, PURCHASE_TIYN)
    told = street.till.cards.taking.pay(customer.reader, People(PIN), timeout_s=0)
    assert isinstance(told, CardTold) and told.payment.in_dt
    receipt = good(street.till.finish())
    assert [one.channel for one in receipt.paid] == [IN_DT]
    onto_card = street.till.cards.giving.refund(receipt.name, None, customer.reader, People(PIN), timeout_s=0)
    for refused in (onto_card, street.till.void(receipt.name)):
        assert isinstance(refused, Refusal) and refused.code is Code.PAID_IN_DT
    move(street)
    assert street.tenge(customer.phone) == (6_221, 0)
    had_tiyn = shops_dt(street)
    back = street.till.refund(receipt.name, BY_TRANSFER, 1_000_00, customer.phone.person.phone)
    assert not isinstance(back, Refusal), back
    assert street.tenge(customer.phone) == (7_221, 0) and had_tiyn - shops_dt(street) == 1_000_00


def test_the_acquirers_papers_say_what_the_terminal_takes_and_what_the_banks_offer() -> None:
    papers = SwitchDesk(terminal_questions(hsm(), Profile.PILOT))
    told: Any = papers.ask(
        "terminal",
        {"bank": KAZPOST, "count": 1, "merchant": "990140000385", "category": 5814, "accepts_dt": True},
        0,
    )
    assert (told["accepts_dt"], told["profile"]) == (True, "pilot")
