"""A cash machine: notes by PIN, its balance, and what did not come out is taken back by itself."""

import pytest

from pos.core.card_cassette import Cassette, Notes
from pos.core.card_tender import CardPhase
from pos.service.card_values import CardTold
from pos.service.till import Till
from tender.card.iso8583.message import AdditionalAmount, Message
from tender.errors import Code, DeviceError, Refusal
from tests.pos.market import Market
from tests.pos_cards.acquirer import StandInAcquirer, approves, declines
from tests.pos_cards.shop import NOTE_2, NOTE_5, NOTE_20, People, a_card, held
from tests.wallet.village import good


def test_notes_come_out_and_are_counted(machine: Till, acquirer: StandInAcquirer) -> None:
    people = People()
    out = good(machine.cards.machine.withdraw(2_900_000, held(a_card()), people, lambda _: True, timeout_s=0))
    assert out.notes == (Notes(NOTE_20, 1), Notes(NOTE_5, 1), Notes(NOTE_2, 2))
    assert machine.cards.machine.cassette().total_tiyn == 23_100_000 - 2_900_000
    (asked,) = acquirer.heard
    assert (asked.mti, asked.processing_code, asked.amount_tiyn) == ("0200", "010000", 2_900_000)
    assert asked.pin_block is not None and people.asked == 1, "the PIN goes to the bank, enciphered"
    assert machine.terminal.totals().cash_tiyn == 2_900_000


def test_notes_that_stick_are_taken_back(machine: Till, acquirer: StandInAcquirer) -> None:
    out = good(
        machine.cards.machine.withdraw(NOTE_20, held(a_card()), People(), lambda _: False, timeout_s=0)
    )
    assert not out.notes and out.told.refusal is not None
    assert out.told.refusal.code is Code.NOTES_STUCK
    assert out.told.payment.phase is CardPhase.REVERSED and not acquirer.stands_tiyn
    assert machine.cards.machine.cassette().total_tiyn == 23_100_000


def test_an_amount_no_notes_make_up_asks_nobody(machine: Till, acquirer: StandInAcquirer) -> None:
    out = machine.cards.machine.withdraw(100_000, held(a_card()), People(), lambda _: True, timeout_s=0)
    assert isinstance(out, Refusal) and out.code is Code.NOTES_MISSING
    assert not acquirer.heard


def test_a_declined_withdrawal_keeps_its_notes(machine: Till, acquirer: StandInAcquirer) -> None:
    acquirer.script = declines("55")
    out = good(machine.cards.machine.withdraw(NOTE_20, held(a_card()), People(), lambda _: True, timeout_s=0))
    assert out.told.refusal is not None and out.told.refusal.code is Code.PIN_WRONG
    assert machine.cards.machine.cassette().total_tiyn == 23_100_000


def test_a_balance_moves_nothing(machine: Till, acquirer: StandInAcquirer) -> None:
    def tells(message: Message) -> Message | None:
        answer = approves(message)
        amounts = AdditionalAmount("00", "02", "398", 622_100).to_text()
        return None if answer is None else answer.having({54: amounts})

    acquirer.script = tells
    told = machine.cards.machine.balance(held(a_card()), People(), timeout_s=0)
    assert isinstance(told, CardTold) and told.free_tiyn == 622_100
    assert acquirer.heard[0].processing_code == "310000" and acquirer.heard[0].pin_block is not None
    assert machine.terminal.totals().net_tiyn == 0


@pytest.mark.parametrize(
    ("amount_tiyn", "notes"),
    [
        (600_000, ((NOTE_2, 3),)),
        (1_100_000, ((NOTE_5, 1), (NOTE_2, 3))),
        (800_000, None),
        (0, None),
        (50_000_000, None),
    ],
)
def test_which_notes(amount_tiyn: int, notes: tuple[tuple[int, int], ...] | None) -> None:
    """The largest notes first, unless the rest would not fit."""
    cassette = Cassette((Notes(NOTE_5, 1), Notes(NOTE_2, 3)))
    found = cassette.made_up(amount_tiyn)
    if notes is None:
        assert isinstance(found, Refusal)
    else:
        assert found == tuple(Notes(value, count) for value, count in notes)


def test_no_machine_gives_notes_that_there_are_none_of() -> None:
    assert isinstance(Cassette().with_notes({300: 1}), Refusal)
    assert isinstance(Cassette().with_notes({NOTE_20: -1}), Refusal)


class _PowerGoes(BaseException):
    """Nothing runs after it."""


def test_a_machine_that_dies_with_notes_on_their_way_takes_the_withdrawal_back(
    market: Market, machine: Till, acquirer: StandInAcquirer
) -> None:
    def dispenser(_: tuple[Notes, ...]) -> bool:
        raise _PowerGoes

    with pytest.raises(_PowerGoes):
        machine.cards.machine.withdraw(NOTE_20, held(a_card()), People(), dispenser, timeout_s=0)
    assert list(acquirer.stands_tiyn.values()) == [NOTE_20]
    again = market.restarted(machine)
    try:
        (payment,) = again.terminal.payments()
        assert (payment.phase, payment.reason) == (CardPhase.REVERSING, "notes-unsure")
        assert again.terminal.say_reversals() == 0 and not acquirer.stands_tiyn
        # Where the notes are nobody knows: they count as gone, and as to be looked for.
        assert again.cards.machine.cassette().total_tiyn == 23_100_000 - NOTE_20
        assert again.cards.machine.doubted_tiyn() == NOTE_20
        assert not again.terminal.totals().cash_tiyn
    finally:
        again.close()


def test_a_dispenser_that_fails_is_in_doubt_at_once(machine: Till, acquirer: StandInAcquirer) -> None:
    def dispenser(_: tuple[Notes, ...]) -> bool:
        raise DeviceError(Code.NOTES_STUCK, "cassette")

    with pytest.raises(DeviceError):
        machine.cards.machine.withdraw(NOTE_20, held(a_card()), People(), dispenser, timeout_s=0)
    assert machine.cards.machine.doubted_tiyn() == NOTE_20
    assert machine.terminal.say_reversals() == 0 and not acquirer.stands_tiyn
