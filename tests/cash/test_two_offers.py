"""Two people answer one request: whoever was told *ready* pays, and no money is lost on the way."""

from tender.cash.messages import Transfer, open_message
from tender.cash.session_state import Payee, Phase
from tender.errors import Code
from tests.cash.two_devices import Phone, carry, kind_of
from tests.mint import EURASIAN, Mint

PRICE = 30_000
LOADED = 50_000


def three() -> tuple[Phone, Phone, Phone]:
    """Aigul and Bolat with money, and Dana who asks."""
    mint = Mint()
    payers = [mint.device("Aigul"), mint.device("Bolat")]
    aigul, bolat = (
        Phone(one.name, mint.trust(), [one], [mint.load(one, LOADED)], two_way=True) for one in payers
    )
    dana = Phone("Dana", mint.trust(), [mint.device("Dana", EURASIAN)])
    dana.ask_for(PRICE)
    return aigul, bolat, dana


def phase(phone: Phone) -> Phase:
    assert phone.state is not None
    return phone.state.phase


def test_a_second_offer_is_refused_while_the_first_is_being_paid() -> None:
    aigul, bolat, dana = three()
    request = dana.outbox.pop()
    for payer in (aigul, bolat):
        payer.hear(request)
    dana.hear(aigul.outbox.pop())
    ready = dana.outbox.pop()
    dana.hear(bolat.outbox.pop())
    assert dana.codes == [Code.REQUEST_TAKEN]
    carry(dana, bolat)
    assert phase(bolat) is Phase.DECLINED and bolat.balance_tiyn == LOADED and not bolat.element.links
    aigul.hear(ready)
    carry(aigul, dana)
    assert (phase(aigul), phase(dana)) == (Phase.DONE, Phase.CLOSED)
    assert (aigul.balance_tiyn, dana.balance_tiyn) == (LOADED - PRICE, PRICE)


def test_the_same_offer_again_is_answered_again() -> None:
    aigul, _, dana = three()
    aigul.hear(dana.outbox.pop())
    offer = aigul.outbox.pop()
    dana.hear(offer)
    dana.hear(offer)
    assert [kind_of(one) for one in dana.outbox] == ["ready", "ready"] and not dana.codes


def replaced() -> tuple[Phone, Phone, Phone]:
    """Aigul has signed for her offer, and Dana keeps Bolat's by now: he declined in her name between."""
    aigul, bolat, dana = three()
    request = dana.outbox.pop()
    for payer in (aigul, bolat):
        payer.hear(request)
    dana.hear(aigul.outbox.pop())
    aigul.hear(dana.outbox.pop())
    offer = bolat.outbox.pop()
    bolat.cancel()
    dana.hear(bolat.outbox.pop())
    dana.hear(offer)
    dana.outbox.clear()
    assert isinstance(dana.state, Payee) and dana.state.offer == offer
    return aigul, bolat, dana


def test_tails_that_the_payee_cannot_complete_are_sent_again_as_whole_tokens() -> None:
    aigul, _, dana = replaced()
    tails = open_message(aigul.outbox[0])
    assert isinstance(tails, Transfer) and tails.tails and not tails.tokens
    carry(aigul, dana)
    assert (phase(aigul), phase(dana)) == (Phase.DONE, Phase.CLOSED)
    assert (aigul.balance_tiyn, dana.balance_tiyn) == (LOADED - PRICE, PRICE)


def test_the_whole_tokens_stay_what_is_sent_again_after_a_power_cut() -> None:
    aigul, _, dana = replaced()
    dana.hear(aigul.outbox.pop())
    aigul.hear(dana.outbox.pop())
    whole = aigul.outbox.pop()
    aigul.die()
    aigul.resume()
    assert aigul.outbox == [whole]
    message = open_message(whole)
    assert isinstance(message, Transfer) and message.tokens and not message.tails


def test_whole_tokens_that_are_refused_are_not_sent_for_ever() -> None:
    aigul, _, dana = replaced()
    dana.tokens = [Mint().load(dana.devices[0], 100_000_000 - PRICE + 1)]
    carry(aigul, dana)
    assert phase(aigul) is Phase.SENT
    assert [kind_of(one) for one in aigul.sent] == ["offer", "transfer", "transfer"]


def test_the_whole_tokens_come_back_when_the_request_was_cancelled() -> None:
    aigul, _, dana = replaced()
    dana.cancel()
    dana.outbox.clear()
    carry(aigul, dana)
    assert (phase(aigul), phase(dana)) == (Phase.RETURNED, Phase.CANCELLED)
    assert (aigul.balance_tiyn, dana.balance_tiyn) == (LOADED, 0)
