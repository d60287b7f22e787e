"""A till that takes Digital Tenge: a card that has a purse pays out of it and nothing is converted; the
customer does the same thing in either case: inserts the card."""

import pytest

from hardware.cards.emv.dual_card import DualCard
from hardware.entropy import SeededEntropy
from hardware.field import Field, InProcessReader
from pos.service.card_values import CardTold
from pos.service.till import Till
from pos.service.values import Taken
from tender.card.in_dt import DATA_ELEMENT, MARK
from tender.card.iso8583.message import Message
from tests.pos.market import Market
from tests.pos_cards.acquirer import StandInAcquirer, approves
from tests.pos_cards.shop import People, a_card, asked, held, paid, set_up
from tests.taps.pocket import carded
from tests.wallet.village import good
from town.cast import AIGUL, BOLAT, Person

TIYN = 377_900


def _dual(market: Market, person: Person, load_tiyn: int) -> InProcessReader:
    """A card with both lives: this person's purse, and a card of the network beside it."""
    purse = carded(market, person, load_tiyn).card
    card = DualCard(bytearray(purse.image + a_card("visa-cvn18-dda").image), SeededEntropy("dual"))
    return InProcessReader(Field("counter", card))


def _pays(till: Till, reader: InProcessReader) -> CardTold | Taken:
    asked(till, TIYN)
    told = till.cards.taking.pay(reader, People(), timeout_s=0)
    assert isinstance(told, CardTold | Taken), told
    return told


@pytest.mark.row("DT-S-09")
@pytest.mark.row("DT-C-06")
def test_the_till_decides_and_the_customer_only_inserts(
    market: Market, till: Till, acquirer: StandInAcquirer
) -> None:
    """Bolat has 10 000; 3 779 in Digital Tenge leave 6 221, and nobody is asked to convert; at an ordinary
    till the same card, inserted the same way, is converted."""
    reader = _dual(market, BOLAT, 1_000_000)
    set_up(till, acquirer.port, accepts_dt=True)
    told = _pays(till, reader)
    assert isinstance(told, Taken) and told.receipt is not None
    assert [one.tender for one in told.receipt.paid] == ["dt-offline"]
    assert till.takings.standing().held_tiyn == TIYN
    guest = till.taps.guest(reader)
    assert guest.holding_tiyn == 1_000_000 - TIYN == 622_100
    guest.close()
    assert not acquirer.heard, "no authorisation, so no conversion"
    good(till.finish())

    set_up(till, acquirer.port, accepts_dt=False)
    converted = _pays(till, reader)
    assert isinstance(converted, CardTold) and converted.taken is not None, converted
    assert [one.mti for one in acquirer.heard] == ["0100"]
    assert till.takings.standing().held_tiyn == TIYN


@pytest.mark.row("DT-C-27")
@pytest.mark.parametrize(("person", "in_dt"), [(BOLAT, True), (AIGUL, False)])
def test_in_the_pilot_only_the_cards_of_e_pay_in_dt(
    market: Market, till: Till, acquirer: StandInAcquirer, person: Person, in_dt: bool
) -> None:
    set_up(till, acquirer.port, accepts_dt=True, profile="pilot")
    told = _pays(till, _dual(market, person, 500_000))
    assert isinstance(told, Taken) is in_dt
    assert bool(acquirer.heard) is not in_dt
    if isinstance(told, CardTold):
        assert told.taken is not None, "it falls back to conversion"


def test_a_purse_with_too_little_in_it_leaves_it_to_the_network(
    market: Market, till: Till, acquirer: StandInAcquirer
) -> None:
    set_up(till, acquirer.port, accepts_dt=True)
    told = _pays(till, _dual(market, BOLAT, 100_000))
    assert isinstance(told, CardTold) and told.taken is not None, told
    assert len(acquirer.said("0100")) == 1 and till.takings.standing().held_tiyn == 0
    sale = till.sale()
    assert sale is not None and [one.tender for one in sale.paid] == ["card"]


def test_nobody_has_paid_digital_tenge_to_a_till_that_offered_no_account(
    till: Till, acquirer: StandInAcquirer
) -> None:
    def lies(message: Message) -> Message | None:
        answer = approves(message)
        return None if answer is None else answer.having({DATA_ELEMENT: MARK})

    acquirer.script = lies
    set_up(till, acquirer.port, accepts_dt=False)
    asked(till)
    told = paid(till, held(a_card()))
    assert told.taken is not None and told.taken.receipt is not None
    assert [(one.tender, one.channel) for one in told.taken.receipt.paid] == [("card", "")]
