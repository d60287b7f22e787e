"""Conversations that end otherwise than they began: another carrier, a payer gone, money nobody can take."""

import pytest

from tender.cash.messages import Return, Transfer, open_message
from tender.cash.session_events import NotSigned
from tender.cash.session_payee import CLOSED_BEFORE
from tender.cash.session_state import Payee, Payer, Phase
from tender.errors import Code, Refusal
from tests.cash.attack_world import MEALS, World
from tests.cash.test_session import LOADED, PRICE, couple, phases
from tests.cash.test_two_offers import phase, three
from tests.cash.two_devices import Phone, PowerCut, carry, kind_of
from tests.mint import EURASIAN, EXPIRY


def signed_for_an_offer() -> tuple[Phone, Phone]:
    """Over a wire that tore as the tails left."""
    aigul, dana = couple(two_way=True)
    dana.ask_for(PRICE)
    aigul.hear(dana.outbox.pop())
    dana.hear(aigul.outbox.pop())
    aigul.hear(dana.outbox.pop())
    aigul.outbox.clear()
    return aigul, dana


def test_what_is_sent_again_by_file_needs_no_offer_that_the_payee_may_have_forgotten() -> None:
    aigul, dana = signed_for_an_offer()
    aigul.resume()
    wire = open_message(aigul.outbox.pop())
    aigul.resume(one_way=True)
    file = open_message(aigul.outbox[-1])
    assert isinstance(wire, Transfer) and isinstance(file, Transfer)
    assert wire.tails and not file.tails
    assert file.tokens[0].endswith(wire.tails[0]), "the same link in the same bytes"
    dana.free()
    dana.outbox.clear()
    carry(aigul, dana)
    assert phases(aigul, dana) == [Phase.DONE, Phase.CLOSED]
    assert aigul.element.signed == 1


def test_a_payment_agreed_to_on_a_wire_may_be_signed_for_a_file() -> None:
    aigul, dana = couple(two_way=True)
    dana.ask_for(PRICE)
    aigul.hear(dana.outbox.pop())
    dana.hear(aigul.outbox.pop())
    ready = dana.outbox.pop()
    aigul.acts, aigul.die_after = 0, 1
    with pytest.raises(PowerCut):
        aigul.hear(ready)
    aigul.die()
    assert phase(aigul) is Phase.SIGNING
    aigul.resume(one_way=True)
    sent = open_message(aigul.outbox[-1])
    assert isinstance(sent, Transfer) and sent.tokens and not sent.tails


def taken_by_aigul() -> tuple[Phone, Phone, Phone, bytes, bytes]:
    """Aigul was told ready and went away; Bolat has the same request. Returns it, and her *ready*."""
    aigul, bolat, dana = three()
    request = dana.outbox.pop()
    aigul.hear(request)
    dana.hear(aigul.outbox.pop())
    return aigul, bolat, dana, request, dana.outbox.pop()


def test_a_request_is_free_again_when_its_first_payer_is_gone() -> None:
    _, bolat, dana, request, _ = taken_by_aigul()
    dana.free()
    assert dana.outbox.pop() == request
    bolat.hear(request)
    carry(bolat, dana)
    assert (phase(bolat), phase(dana), dana.balance_tiyn) == (Phase.DONE, Phase.CLOSED, PRICE)


def test_a_payer_who_had_signed_gets_it_back_when_another_paid_meanwhile() -> None:
    aigul, bolat, dana, request, ready = taken_by_aigul()
    dana.free()
    bolat.hear(request)
    dana.outbox.clear()
    carry(bolat, dana)
    aigul.hear(ready)
    carry(aigul, dana)
    assert (phase(aigul), phase(bolat), phase(dana)) == (Phase.RETURNED, Phase.DONE, Phase.CLOSED)
    assert [one.balance_tiyn for one in (aigul, bolat, dana)] == [LOADED, LOADED - PRICE, PRICE]


def test_a_payer_who_comes_back_before_anybody_else_still_pays_with_his_tails() -> None:
    aigul, _, dana, _, ready = taken_by_aigul()
    dana.free()
    dana.outbox.clear()
    aigul.hear(ready)
    carry(aigul, dana)
    assert [kind_of(one) for one in aigul.sent] == ["offer", "transfer"]
    assert (phase(aigul), phase(dana), dana.balance_tiyn) == (Phase.DONE, Phase.CLOSED, PRICE)


def test_what_only_the_payee_knows_to_refuse_comes_back_and_the_payer_may_spend_it() -> None:
    """One-way: the payee's newer list names the payer, who could not know; the link is signed already."""
    world = World()
    data = world.transfer(world.paid(world.payer.tokens[0], PRICE))
    world.payee.trust = world.with_list(world.aigul)
    world.payee.hear(data)
    back = open_message(world.payee.outbox[-1])
    assert isinstance(back, Return) and world.payee.balance_tiyn == 0
    assert world.payee.codes == [Code.CERTIFICATE_REVOKED]


def closing() -> Payee:
    """All the money is here; the receipt is not signed yet."""
    aigul, dana = couple(two_way=False)
    dana.ask_for(PRICE)
    aigul.hear(dana.outbox.pop())
    dana.acts, dana.die_after = 0, 1
    with pytest.raises(PowerCut):
        dana.hear(aigul.outbox[-1])
    state = dana.state
    assert isinstance(state, Payee) and state.phase is Phase.CLOSING
    return state


def test_a_request_that_another_life_of_the_store_closed_gives_its_money_and_no_second_receipt() -> None:
    from tender.cash.session import step
    from tender.cash.session_events import Keep

    state = closing()
    after, commands = step(state, NotSigned(Refusal(Code.ELEMENT_REFUSED, CLOSED_BEFORE)), 0)
    assert after.phase is Phase.CLOSED and not after.receipt
    assert [one.tokens for one in commands if isinstance(one, Keep)] == [state.accepted]
    same, told = step(state, NotSigned(Refusal(Code.ELEMENT_REFUSED, "key")), 0)
    assert same == state and not any(isinstance(one, Keep) for one in told)


@pytest.mark.parametrize("recorded", [True, False])
def test_money_that_expired_on_the_way_is_taken_when_the_platform_has_recorded_it(recorded: bool) -> None:
    aigul, dana = couple(two_way=False)
    dana.ask_for(PRICE)
    aigul.hear(dana.outbox.pop())
    transfer = aigul.outbox.pop()
    dana.clock = EXPIRY + 1
    (dana.hear_recorded if recorded else dana.hear)(transfer)
    carry(dana, aigul)
    assert phases(aigul) == [Phase.DONE if recorded else Phase.RETURNED]
    assert dana.balance_tiyn == (PRICE if recorded else 0)


def test_a_link_that_nobody_could_verify_is_not_even_offered() -> None:
    """A coloured token that reached its holder against its rule: asked before it is signed."""
    world = World()
    token = world.paid(world.mint.load(world.aigul, PRICE, rule=MEALS))
    holder = Phone("Dana", world.trust, [world.dana], [token])
    canteen = Phone(
        "K", world.trust, [world.mint.device("K", EURASIAN, category=5814, business="120440001234")]
    )
    canteen.ask_for(PRICE)
    holder.hear(canteen.outbox.pop())
    assert holder.codes == [Code.COLOUR_BROKEN] and not holder.element.links
    assert isinstance(holder.state, Payer) and holder.state.phase is Phase.ASKING
