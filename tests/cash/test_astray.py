"""Money gone astray comes back only as a link: parts, excess, late transfers, cancelled requests."""

from tender.cash.chain import verify_chain
from tender.cash.messages import Refused, Return, Transfer, open_message, pack
from tender.cash.session_events import News
from tender.cash.session_state import Payer, Phase
from tender.errors import Code
from tests.cash.test_session import LOADED, PRICE, couple, phases
from tests.cash.two_devices import Phone, carry, kind_of
from tests.mint import Mint, pay


def transfer_in(phone: Phone) -> Transfer:
    message = open_message(phone.outbox[-1])
    assert isinstance(message, Transfer)
    return message


def test_a_part_is_shown_counted_as_nothing_and_completed_by_sending_again() -> None:
    aigul, dana = couple(False, loads=(20_000, 10_000))
    dana.ask_for(PRICE)
    aigul.hear(dana.outbox.pop())
    whole = transfer_in(aigul)
    dana.hear(pack(Transfer(whole.payment_id, whole.tokens[:1])))
    assert dana.codes == [Code.AMOUNT_PARTIAL] and dana.balance_tiyn == 0
    assert dict(dana.shown[-1].outcome.facts)["amount_tiyn"] == 20_000  # type: ignore[union-attr]
    dana.die()
    dana.hear(pack(whole))
    assert dana.balance_tiyn == PRICE
    carry(dana, aigul)
    assert phases(aigul, dana) == [Phase.DONE, Phase.CLOSED]


def test_a_transfer_that_reaches_a_cancelled_request_comes_back_and_can_be_spent_again() -> None:
    aigul, dana = couple(False)
    dana.ask_for(PRICE)
    aigul.hear(dana.outbox.pop())
    dana.cancel()
    carry(aigul, dana)
    assert (aigul.balance_tiyn, dana.balance_tiyn) == (LOADED, 0)
    assert phases(aigul, dana) == [Phase.RETURNED, Phase.CANCELLED]
    back = verify_chain(aigul.tokens[-1], aigul.trust)
    assert (back.hops, back.amount_tiyn) == (2, PRICE)
    assert back.holder == aigul.devices[0].key.public_key


def test_a_lost_return_is_sent_again_in_the_same_bytes_and_credited_once() -> None:
    aigul, dana = couple(False)
    dana.ask_for(PRICE)
    aigul.hear(dana.outbox.pop())
    transfer = aigul.outbox.pop()
    dana.cancel()
    dana.hear(transfer)
    first = dana.outbox.pop()
    dana.die()
    dana.hear(transfer)
    second = dana.outbox.pop()
    assert kind_of(first) == "return" and first == second
    assert dana.element.signed == 2, "the request and one return, never the return again"
    aigul.hear(first)
    aigul.hear(second)
    assert aigul.balance_tiyn == LOADED


def test_parts_of_a_cancelled_request_go_back() -> None:
    aigul, dana = couple(False, loads=(20_000, 10_000))
    dana.ask_for(PRICE)
    aigul.hear(dana.outbox.pop())
    whole = transfer_in(aigul)
    dana.hear(pack(Transfer(whole.payment_id, whole.tokens[:1])))
    dana.outbox.clear()
    aigul.outbox.clear()
    dana.cancel()
    carry(dana, aigul)
    assert aigul.balance_tiyn == 20_000
    # The rest was still on its way: it comes back too when it arrives.
    dana.hear(pack(whole))
    carry(dana, aigul)
    assert (aigul.balance_tiyn, dana.balance_tiyn) == (30_000, 0)
    assert phases(aigul) == [Phase.RETURNED]


def test_what_exceeds_a_request_goes_back_and_the_request_is_still_paid() -> None:
    aigul, dana = couple(False, loads=(PRICE, 7_000))
    dana.ask_for(PRICE)
    aigul.hear(dana.outbox.pop())
    right = transfer_in(aigul)
    more, _ = pay(
        verify_chain(aigul.tokens[0], aigul.trust), aigul.devices[0], dana.devices[0].key.public_key
    )
    dana.hear(pack(Transfer(right.payment_id, (*right.tokens, more))))
    assert dana.balance_tiyn == PRICE
    kinds = [kind_of(data) for data in dana.outbox]
    assert kinds == ["receipt", "return"]
    returned = open_message(dana.outbox[1])
    back = verify_chain(returned.tokens[0], dana.trust)  # type: ignore[union-attr]
    assert (back.amount_tiyn, back.holder) == (7_000, aigul.devices[0].key.public_key)


def test_money_with_no_hop_left_waits_for_the_sync_instead() -> None:
    mint = Mint()
    trust = mint.trust()
    aigul, dana = mint.device("Aigul"), mint.device("Dana")
    payer = Phone("Aigul", trust, [aigul], [mint.load(aigul, PRICE, hops_max=1)])
    payee = Phone("Dana", trust, [dana])
    payee.ask_for(PRICE)
    payer.hear(payee.outbox.pop())
    payee.cancel()
    payee.hear(payer.outbox[-1])
    assert payee.at_sync == list(transfer_in(payer).tokens)
    assert payee.codes == [Code.HOP_LIMIT] and not payee.outbox
    payee.hear(payer.outbox[-1])
    assert len(payee.at_sync) == 1, "it is handed over once"


def test_a_return_of_somebody_elses_money_is_not_taken_for_ours() -> None:
    aigul, dana = couple(False)
    dana.ask_for(PRICE)
    aigul.hear(dana.outbox.pop())
    transfer = transfer_in(aigul)
    mint = Mint()
    stranger = mint.device("stranger")
    token, _ = pay(
        verify_chain(mint.load(stranger, PRICE), aigul.trust), stranger, aigul.devices[0].key.public_key
    )
    aigul.hear(pack(Return(transfer.payment_id, (token,))))
    assert aigul.codes == [Code.REQUEST_NOT_OURS]
    assert phases(aigul) == [Phase.SENT] and aigul.balance_tiyn == LOADED - PRICE


def test_a_refusal_after_the_links_are_out_frees_nothing() -> None:
    aigul, dana = couple(False)
    dana.ask_for(PRICE)
    aigul.hear(dana.outbox.pop())
    state = aigul.state
    assert isinstance(state, Payer)
    aigul.hear(pack(Refused(state.payment_id, "limit-holding", "transfer.amount")))
    assert aigul.codes == [Code.LIMIT_HOLDING]
    assert phases(aigul) == [Phase.SENT] and aigul.balance_tiyn == LOADED - PRICE
    aigul.resume()
    assert [show.outcome for show in aigul.shown][-1] is News.PAID


def test_a_cancelled_offer_moves_nothing_on_either_side() -> None:
    aigul, dana = couple(True)
    dana.ask_for(PRICE)
    aigul.hear(dana.outbox.pop())
    dana.hear(aigul.outbox.pop())
    dana.outbox.clear()
    dana.cancel()
    carry(dana, aigul)
    assert phases(aigul, dana) == [Phase.DECLINED, Phase.CANCELLED]
    assert aigul.balance_tiyn == LOADED and not aigul.element.links


def test_an_offer_to_a_closed_or_cancelled_request_is_refused_before_anything_is_signed() -> None:
    for paid in (True, False):
        aigul, dana = couple(True)
        dana.ask_for(PRICE)
        request = dana.outbox[0]
        if paid:
            carry(dana, aigul)
        else:
            dana.cancel()
            dana.outbox.clear()
        mint = Mint()
        bolat = mint.device("Bolat")
        late = Phone("Bolat", dana.trust, [bolat], [mint.load(bolat, LOADED)], two_way=True)
        late.hear(request)
        carry(late, dana)
        assert dana.codes == [Code.REQUEST_CLOSED] and late.codes == [Code.REQUEST_CLOSED]
        assert late.balance_tiyn == LOADED and not late.element.signed


def test_a_payment_that_came_back_whole_needs_a_new_request() -> None:
    aigul, dana = couple(False)
    dana.ask_for(PRICE)
    request = dana.outbox.pop()
    aigul.hear(request)
    dana.cancel()
    carry(aigul, dana)
    aigul.hear(request)
    assert aigul.codes == [Code.REQUEST_CLOSED] and aigul.balance_tiyn == LOADED


def test_a_return_to_some_other_key_gives_us_nothing() -> None:
    aigul, dana = couple(False)
    dana.ask_for(PRICE)
    aigul.hear(dana.outbox.pop())
    transfer = transfer_in(aigul)
    bolat = Mint().device("Bolat").key.public_key
    elsewhere, _ = pay(verify_chain(transfer.tokens[0], dana.trust), dana.devices[0], bolat)
    aigul.hear(pack(Return(transfer.payment_id, (elsewhere,))))
    assert aigul.codes == [Code.REQUEST_NOT_OURS] and aigul.balance_tiyn == LOADED - PRICE
