"""Cash from another bank's machine: Digital Tenge less, notes in hand, the cassette emptier, to the tiyn."""

import pytest

from pos.core.card_tender import CardPhase
from pos.service.card_machine import GaveNotes
from tender.account.participants import ALTYN, CENTERCREDIT
from tender.errors import Code
from tests.card_stories.boulevard import Boulevard, Holder
from tests.issuer.world import PIN
from tests.platform_stub.people import TENGE
from tests.pos_cards.shop import People
from tests.wallet.village import good

NOTE_TIYN = 5_000 * TENGE


@pytest.fixture
def machine(street: Boulevard) -> Boulevard:
    """The street's till is CenterCredit's cash machine, with ten notes of 5 000 more in it."""
    street.stands_in(street.shop(CENTERCREDIT), cash_machine=True)
    good(street.till.cards.machine.fill({NOTE_TIYN: 10}))
    return street


def drawn(street: Boulevard, holder: Holder, *, comes_out: bool) -> GaveNotes:
    told = street.till.cards.machine.withdraw(
        NOTE_TIYN, holder.reader, People(PIN), lambda _: comes_out, timeout_s=0
    )
    assert isinstance(told, GaveNotes), told
    return told


@pytest.mark.row("DT-Q-20")
@pytest.mark.row("DT-C-12")
def test_five_thousand_in_notes_through_the_network(machine: Boulevard) -> None:
    holder = machine.customer(ALTYN, 20_000)
    before_tiyn = machine.till.cards.machine.cassette().total_tiyn
    told = drawn(machine, holder, comes_out=True)
    in_hand_tiyn = sum(note.value_tiyn * note.count for note in told.notes)
    assert (in_hand_tiyn, told.told.payment.phase) == (NOTE_TIYN, CardPhase.APPROVED)
    assert machine.tenge(holder.phone) == (15_000, 0)
    assert machine.till.cards.machine.cassette().total_tiyn == before_tiyn - NOTE_TIYN
    assert told.told.payment.life in {one.zfill(15) for one in machine.cleared("visa")}


@pytest.mark.row("DT-C-12")
def test_notes_that_do_not_come_out_are_given_back_by_themselves(machine: Boulevard) -> None:
    holder = machine.customer(ALTYN, 20_000)
    before_tiyn = machine.till.cards.machine.cassette().total_tiyn
    told = drawn(machine, holder, comes_out=False)
    assert told.told.refusal is not None and told.told.refusal.code is Code.NOTES_STUCK
    assert told.told.payment.phase is CardPhase.REVERSED
    assert machine.tenge(holder.phone) == (20_000, 0)
    assert machine.till.cards.machine.cassette().total_tiyn == before_tiyn
