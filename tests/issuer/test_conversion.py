"""Reversals, time-outs, restarts, a blocked bank: whatever the order, the money moves once or not at all."""

from itertools import permutations

import pytest

from card_switch.core.conversion import TABLE, Act, Event, State, step
from card_switch.core.issued import IssuedOperations
from card_switch.core.node import OWN_ACQUIRER, VISA
from tender.account.card_messages import Undo
from tests.issuer.world import PURCHASE_TIYN, World


@pytest.fixture
def world() -> World:
    return World()


def test_a_reversal_gives_everything_back_once(world: World) -> None:
    card = world.card()
    asked = card.chip()
    assert world.ask(asked).code == "00"
    reversal = card.reversal(asked)
    first = world.ask(reversal)
    assert (first.mti, first.code) == ("0430", "00")
    assert world.free(card) == 10_000_00
    assert world.ask(reversal) == first
    assert world.ask(card.reversal(asked)).code == "00", "another host says it again in its own words"
    assert world.free(card) == 10_000_00
    assert world.ask(asked).code == "00", "the answer to the question stays what it was"
    assert world.free(card) == 10_000_00


@pytest.mark.parametrize("named", [True, False])
def test_a_reversal_that_overtakes_its_original_bars_it(world: World, named: bool) -> None:
    card = world.card()
    asked = card.chip()
    assert world.ask(card.reversal(asked, named=named)).code == "25"
    assert world.ask(asked).code == "12"
    world.restart()
    assert world.ask(asked).code == "12"
    assert world.free(card) == 10_000_00 and not world.bank.orders


def test_a_reversal_while_the_bank_thinks_undoes_what_the_bank_will_do(world: World) -> None:
    card = world.card()
    world.bank.silent = True
    asked = card.chip()
    world.hear(asked)
    assert world.ask(card.reversal(asked)).code == "00"
    world.bank.silent = False
    world.bank_answers()
    assert world.free(card) == 10_000_00
    assert [message.mti for _, message in world.sent] == ["0430"], "nobody is told of an approval any more"
    assert world.ask(asked).code == "91"


def test_a_bank_that_is_silent_is_undone(world: World) -> None:
    card = world.card()
    world.bank.silent = True
    world.hear(card.chip())
    world.later(4.9)
    assert not world.sent
    world.later(0.2)
    assert [message.code for _, message in world.sent] == ["91"]
    world.bank.silent = False
    world.bank_answers()
    assert world.free(card) == 10_000_00 and len(world.sent) == 1


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_the_bank_may_hear_original_and_undo_in_any_order(world: World, order: tuple[int, int]) -> None:
    card = world.card()
    world.bank.silent = True
    asked = card.chip()
    world.hear(asked)
    world.hear(card.reversal(asked))
    waiting = [world.unanswered[place] for place in order]
    world.unanswered = []
    for one in (*waiting, *reversed(waiting)):
        world.do(world.host.bank_said(one.operation, world.bank.asked(one.order), world.now_ms))
    assert world.free(card) == 10_000_00


def test_a_part_may_be_taken_back_and_then_the_rest(world: World) -> None:
    card = world.card()
    asked = card.chip(5_000_00, f3="010000", f52=card.pin_block())
    assert world.ask(asked).code == "00"
    assert world.ask(card.reversal(asked, stands_tiyn=3_000_00)).code == "00"
    assert world.free(card) == 7_000_00
    assert world.ask(card.reversal(asked, stands_tiyn=3_000_00)).code == "00"
    assert world.free(card) == 7_000_00
    assert world.ask(card.reversal(asked, stands_tiyn=3_000_01)).code == "00", "less stands already"
    assert world.free(card) == 7_000_00
    assert world.ask(card.reversal(asked, stands_tiyn=5_000_01)).code == "30", "more than was ever paid"
    assert world.ask(card.reversal(asked)).code == "00"
    assert world.free(card) == 10_000_00


def test_the_whole_amount_that_stands_takes_nothing_back(world: World) -> None:
    card = world.card()
    asked = card.chip()
    assert world.ask(asked).code == "00"
    assert world.ask(card.reversal(asked, stands_tiyn=PURCHASE_TIYN)).code == "00"
    assert world.free(card) == 6_221_00


def test_a_reversal_of_another_card_takes_nothing_back(world: World) -> None:
    card, other = world.card(), world.card(2)
    asked = card.chip()
    assert world.ask(asked).code == "00"
    assert world.ask(card.reversal(asked).having({2: other.pan.digits})).code == "25"
    assert world.free(card) == 6_221_00


def test_a_reversal_of_what_was_declined_is_acknowledged(world: World) -> None:
    card = world.card(free_tiyn=1)
    asked = card.chip()
    assert world.ask(asked).code == "51"
    assert world.ask(card.reversal(asked)).code == "00"
    assert world.free(card) == 1


def test_a_life_cycle_id_names_one_request(world: World) -> None:
    card = world.card()
    asked = card.chip()
    assert world.ask(asked).code == "00"
    assert world.ask(card.chip().having({62: asked.fields[62]})).code == "94"
    assert world.free(card) == 6_221_00


@pytest.mark.parametrize("undone_first", [True, False])
def test_a_restart_forgets_nothing_that_was_asked(world: World, undone_first: bool) -> None:
    card = world.card(free_tiyn=100_000_00)
    approved, waiting, reversed_ = card.chip(), card.chip(), card.chip()
    first = world.ask(approved)
    assert world.ask(reversed_).code == "00"
    world.bank.silent = True
    world.hear(waiting)
    if undone_first:
        world.hear(card.reversal(reversed_))
    world.sent.clear()
    world.restart()
    world.bank.silent = False
    world.bank_answers()
    assert [message.code for _, message in world.sent] == ["00"], "the one that waited is answered"
    assert world.ask(approved) == first
    spent_tiyn = PURCHASE_TIYN * (2 if undone_first else 3)
    assert world.free(card) == 100_000_00 - spent_tiyn


def test_a_question_whose_time_ran_out_over_a_restart_is_undone(world: World) -> None:
    card = world.card()
    world.bank.silent = True
    world.hear(card.chip())
    world.restart()
    world.later(6)
    assert [message.code for _, message in world.sent] == ["91"]
    world.bank.silent = False
    world.bank_answers()
    assert world.free(card) == 10_000_00


@pytest.mark.parametrize("bank_was_faster", [True, False])
def test_a_bank_that_is_blocked_leaves_nothing_half_done(world: World, bank_was_faster: bool) -> None:
    card = world.card()
    world.bank.silent = True
    world.hear(card.chip())
    if bank_was_faster:
        # Converted at the bank, but its word had not reached the host when the platform blocked it.
        world.bank.asked(world.unanswered[0].order)
        assert world.free(card) == 6_221_00
    world.bank_blocked(True)
    assert [message.code for _, message in world.sent] == ["91"]
    world.bank.silent = False
    world.bank_answers()
    assert world.free(card) == 10_000_00


def test_undos_a_blocked_bank_would_not_do_are_asked_again(world: World) -> None:
    card = world.card()
    asked = card.chip()
    assert world.ask(asked).code == "00"
    world.bank.silent = True
    world.hear(card.reversal(asked))
    world.unanswered.clear()
    world.bank_blocked(True)
    world.bank_blocked(False)
    (again,) = world.unanswered
    world.bank.silent = False
    world.bank_answers()
    assert world.free(card) == 10_000_00
    assert isinstance(world.bank.orders[-1], Undo) and again.operation == world.bank.orders[-1].operation


@pytest.mark.parametrize("code", ["funds-insufficient", "store-busy", "paid-in-dt"])
def test_an_undo_the_bank_refuses_stays_owed_and_shows_at_the_end_of_the_day(world: World, code: str) -> None:
    card = world.card()
    asked = card.chip()
    assert world.ask(asked).code == "00"
    world.bank.undoes_not = code
    assert world.ask(card.reversal(asked)).code == "00"
    for restarted in (False, True):
        if restarted:
            world.restart()
        [issued] = IssuedOperations(world.host).issued()
        assert issued.change_tiyn == 3_779_00, "it stands at the bank, whatever the rails say"
        assert issued.open is (code == "store-busy"), "what is busy may be done the next moment"
        assert world.host.next_deadline() == world.now_ms + 60_000
    world.bank.undoes_not = ""
    world.later(60)
    assert world.free(card) == 10_000_00 and world.host.next_deadline() is None
    [issued] = IssuedOperations(world.host).issued()
    assert not issued.change_tiyn and not issued.open


@pytest.mark.parametrize("code", ["store-busy", "participant-blocked"])
def test_an_undo_the_bank_could_not_do_just_now_is_an_end_nobody_knows(world: World, code: str) -> None:
    card = world.card()
    bought = card.chip()
    assert world.ask(bought).code == "00"
    world.later(1)
    refund = card.refund(bought, 1_00)
    assert world.ask(refund).code == "00"
    world.bank.undoes_not = code
    assert world.ask(card.reversal(refund)).code == "00"
    [one] = (one for one in IssuedOperations(world.host).issued() if one.open)
    assert (one.change_tiyn, one.time_s) == (-1_00, world.now_ms // 1000), "no line its bank misses"
    world.bank.undoes_not = ""
    world.bank_blocked(False)
    world.later(60)
    assert not any(one.open for one in IssuedOperations(world.host).issued())


def test_what_the_payee_has_is_asked_back_ever_more_seldom(world: World) -> None:
    """Somebody at the bank has to decide: a till that takes back what it was paid makes no work for ever."""
    card = world.card()
    asked = card.chip()
    assert world.ask(asked).code == "00"
    world.bank.undoes_not = "paid-in-dt"
    assert world.ask(card.reversal(asked)).code == "00"
    waits = []
    for _ in range(6):
        due_ms = world.host.next_deadline()
        assert due_ms is not None
        waits.append((due_ms - world.now_ms) // 1000)
        world.later(waits[-1])
    assert waits == [60, 120, 240, 480, 600, 600]
    world.bank.undoes_not = ""
    world.later(600)
    assert world.free(card) == 10_000_00 and world.host.next_deadline() is None


def test_a_reversal_from_another_link_or_shop_takes_nothing_back(world: World) -> None:
    card = world.card()
    asked = card.chip()
    assert world.ask(asked).code == "00"
    said = card.reversal(asked)
    assert world.ask(said.having({42: f"{'111140000111':<15}"})).code == "25"
    assert world.ask(said, OWN_ACQUIRER).code == "25"
    assert world.free(card) == 6_221_00
    assert world.ask(said).code == "00" and world.free(card) == 10_000_00


def test_the_bank_may_say_everything_twice(world: World) -> None:
    card = world.card()
    bought = card.chip()
    assert world.ask(bought).code == "00"
    world.bank.silent = True
    asked = [
        card.chip(1_00),
        card.chip(0, f3="310000", f52=card.pin_block()),
        card.refund(bought, 1_00),
        card.online(0, f25="51"),
    ]
    for message in asked:
        world.hear(message)
    for _ in range(2):
        for one in world.unanswered:
            world.do(world.host.bank_said(one.operation, world.bank.asked(one.order), world.now_ms))
    assert [message.code for _, message in world.sent[1:]] == ["00", "00", "00", "85"]
    assert world.free(card) == 6_221_00


def test_a_balance_that_is_never_told_leaves_nothing_to_undo(world: World) -> None:
    card = world.card()
    world.bank.silent = True
    world.hear(card.chip(0, f3="310000", f52=card.pin_block()))
    world.unanswered.clear()
    world.later(6)
    assert world.sent[-1][1].code == "91" and not world.unanswered


# --- the table itself


def test_only_what_the_bank_has_done_is_approved() -> None:
    approving = [(place, after) for place, after in TABLE.items() if Act.APPROVE in after.acts]
    assert [(place, after.state) for place, after in approving] == [
        ((State.ASKED, Event.DONE), State.CONVERTED)
    ]


def test_nothing_leaves_a_conversion_without_an_undo() -> None:
    left = [after for (state, _), after in TABLE.items() if state is State.CONVERTED]
    assert left and all(Act.UNDO in after.acts for after in left)
    given_up = [after for (state, _), after in TABLE.items() if state is State.ASKED]
    for after in given_up:
        assert (after.state is State.UNDOING) == (Act.UNDO in after.acts)


def test_every_request_and_reversal_has_an_answer_in_every_state() -> None:
    answers = {Act.ACKNOWLEDGE, Act.NOT_FOUND}
    for state in (None, *State):
        after = step(state, Event.REVERSED)
        assert after is not None and answers & set(after.acts), state


def test_the_end_is_the_end() -> None:
    for state in (State.UNDONE, State.REFUSED, State.BARRED):
        for event in Event:
            after = step(state, event)
            assert after is None or after.state is state


def test_no_order_of_events_approves_what_was_given_up() -> None:
    happenings = (Event.DONE, Event.NOT_DONE, Event.TIME_OUT, Event.BLOCKED, Event.REVERSED, Event.UNDO_DONE)
    for order in permutations(happenings, 4):
        state: State | None = State.ASKED
        acts: list[Act] = []
        for event in order:
            after = step(state, event)
            if after is not None:
                state, acts = after.state, [*acts, *after.acts]
        assert acts.count(Act.APPROVE) + acts.count(Act.DECLINE) + acts.count(Act.CLOSE) == 1
        assert acts.count(Act.UNDO) <= 1
        if Act.APPROVE in acts and Act.UNDO not in acts:
            assert state is State.CONVERTED


def test_links_have_dialects_of_their_own(world: World) -> None:
    card = world.card()
    assert world.ask(card.chip(), VISA).fields[62]
