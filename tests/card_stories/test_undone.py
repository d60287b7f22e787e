"""One conversion for one authorisation, and none once the purchase is declined after all (DT-S-10): by the
chip's last word, by a card that is gone, by silence."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from hardware.field import Field, InProcessReader
from pos.core.card_tender import CARD_SAID_NO, NO_ANSWER, PULLED, CardPhase
from pos.service.card_values import CardTold
from tender.account.card_client_messages import CardOperation
from tender.account.card_messages import Authorised, encode_reply
from tender.account.participants import EURASIAN, HALYK, KAZPOST
from tender.errors import Code, Refusal
from tests.card_stories.boulevard import PURCHASE_TIYN, Boulevard, Holder, operations
from tests.patience import soon
from tests.payment_cards.meddled import LastWord, Meddle, declined, torn
from tests.platform_stub.people import TENGE


def seen_before(street: Boulevard, customer: Holder, meddle: Meddle, seen: list[CardOperation]) -> LastWord:
    """What the bank shows after the authorisation and before the card's last word goes to ``seen``."""

    def look(command: bytes) -> bytes:
        assert street.tenge(customer.phone) == (6_221, 0)
        seen.extend(operations(customer.phone))
        return meddle(command)

    return LastWord(customer.chip, look)


@pytest.mark.row("DT-S-10")
@pytest.mark.parametrize(("meddle", "reason"), [(declined, CARD_SAID_NO), (torn, PULLED)])
@pytest.mark.parametrize(("bank", "scheme"), [(HALYK, "visa"), (EURASIAN, "mastercard")])
def test_what_was_authorised_and_declined_afterwards_is_undone(
    street: Boulevard, bank: int, scheme: str, meddle: Meddle, reason: str
) -> None:
    customer = street.customer(bank)
    street.stands_in(street.shop(KAZPOST))
    before = street.cleared(scheme)
    seen: list[CardOperation] = []
    card = seen_before(street, customer, meddle, seen)
    told = street.inserted(InProcessReader(Field("counter", card)))
    [one] = seen
    assert {one.operation} == street.cleared(scheme) - before, "one authorisation id"
    assert (one.amount_tiyn, one.undone_tiyn, one.state) == (PURCHASE_TIYN, 0, "done")
    assert isinstance(told, CardTold)
    assert (told.payment.reason, told.payment.phase) == (reason, CardPhase.REVERSED)
    soon(lambda: street.tenge(customer.phone) == (10_000, 0))
    [after] = operations(customer.phone)
    assert (after.operation, after.undone_tiyn) == (one.operation, PURCHASE_TIYN)
    assert street.chain.close_day()["agrees"]


@pytest.mark.row("DT-S-10")
def test_what_was_authorised_too_late_for_anybody_to_hear_is_undone(street: Boulevard) -> None:
    customer = street.customer(HALYK)
    street.stands_in(street.shop(KAZPOST))
    cards = street.till.terminal
    patience_s, cards.answer_s = cards.answer_s, 0.3
    street.chain.holding = True
    told = street.pays(customer)
    street.chain.holding = False
    cards.answer_s = patience_s
    assert told.taken is None and told.payment.reason == NO_ANSWER
    assert isinstance(told.refusal, Refusal) and told.refusal.code is Code.ACQUIRER_SILENT
    [one] = operations(customer.phone)
    assert one.amount_tiyn == PURCHASE_TIYN, "the bank had converted"
    soon(lambda: cards.say_reversals() == 0)
    soon(lambda: customer.phone.balances().dt_tiyn == 10_000 * TENGE)
    # Now the bank's yes arrives after all.
    late = encode_reply(Authorised(one.operation, "", 6_221 * TENGE))
    street.chain.in_loop(lambda: street.chain.loop.bank_replied(HALYK, one.operation, late))
    assert street.tenge(customer.phone) == (10_000, 0)
    assert [one.undone_tiyn for one in operations(customer.phone)] == [PURCHASE_TIYN]
    assert street.chain.close_day()["agrees"]


@pytest.mark.row("DT-M-07")
def test_halyk_is_blocked_while_its_yes_is_on_the_way_to_the_till(street: Boulevard) -> None:
    customer = street.customer(HALYK)
    street.stands_in(street.shop(KAZPOST))
    gateway, chain = street.town.platform.gateway, street.chain
    chain.held.clear()
    chain.holding = True
    seen: list[int] = []

    def supervisor() -> None:
        soon(lambda: bool(chain.held))
        seen.append(customer.phone.balances().dt_tiyn)
        gateway.block(HALYK)

    with ThreadPoolExecutor(1) as beside:
        blocked = beside.submit(supervisor)
        told = street.pays(customer)
        blocked.result()
    chain.holding = False
    assert seen == [6_221 * TENGE], "converted, and not answered yet"
    assert (told.taken, told.payment.phase, told.payment.response) == (None, CardPhase.DECLINED, "91")
    gateway.block(HALYK, blocked=False)
    soon(lambda: street.tenge(customer.phone) == (10_000, 0))
    [one] = operations(customer.phone)
    assert one.undone_tiyn == PURCHASE_TIYN
    assert street.chain.close_day()["agrees"]
