"""A return is signed only when its sender will be able to verify it; else the bank settles it at sync."""

import pytest

from tender.cash.chain import verify_chain
from tender.cash.messages import Transfer, open_message, pack
from tender.cash.revocation import open_list, sign_list
from tender.cash.session_state import Payee, Phase
from tender.errors import Code
from tests.cash.two_devices import Phone, carry, kind_of
from tests.mint import EXPIRY, NOW, Device, Mint, pay

PRICE = 150_000
"""Above what PROFILE_SMALL may pay at once, below what it may hold."""


def couple(dana: Device, mint: Mint, *loads: int, hops_max: int = 15) -> tuple[Phone, Phone]:
    aigul = mint.device("Aigul")
    tokens = [
        mint.load(aigul, amount, hops_max=hops_max, seed=str(place)) for place, amount in enumerate(loads)
    ]
    trust = mint.trust()
    trust = trust.with_revocations(open_list(sign_list(2, NOW, {}, mint.root), trust.root_key))
    return Phone("Aigul", trust, [aigul], tokens), Phone("Dana", trust, [dana])


def transfer_in(phone: Phone) -> Transfer:
    message = open_message(phone.outbox[-1])
    assert isinstance(message, Transfer)
    return message


def test_more_than_the_payee_may_pay_goes_back_all_the_same() -> None:
    mint = Mint()
    aigul, dana = couple(mint.device("Dana", profile=2), mint, PRICE)
    dana.ask_for(PRICE)
    aigul.hear(dana.outbox.pop())
    dana.cancel()
    carry(aigul, dana)
    assert (aigul.balance_tiyn, dana.balance_tiyn, dana.at_sync) == (PRICE, 0, [])
    assert aigul.state is not None and aigul.state.phase is Phase.RETURNED


@pytest.mark.parametrize("cancelled_first", [True, False], ids=["a late transfer", "a part"])
def test_a_payee_whose_certificate_is_too_short_signs_no_return(cancelled_first: bool) -> None:
    mint = Mint()
    aigul, dana = couple(mint.device("Dana", epoch_day=EXPIRY // 86_400), mint, PRICE - 1, 1)
    dana.ask_for(PRICE)
    aigul.hear(dana.outbox.pop())
    transfer = transfer_in(aigul)
    part = pack(Transfer(transfer.payment_id, transfer.tokens[:1]))
    signed = dana.element.signed
    if cancelled_first:
        dana.cancel()
        dana.hear(part)
    else:
        dana.hear(part)
        dana.cancel()
    assert dana.at_sync == list(transfer.tokens[:1])
    assert dana.codes[-1] is Code.CERTIFICATE_TOO_SHORT
    assert dana.element.signed == signed, "no link was spent on a return nobody can take"
    dana.hear(part)
    assert len(dana.at_sync) == 1, "it is handed over once"


def test_an_excess_with_no_hop_left_waits_for_the_sync_and_the_request_is_paid() -> None:
    mint = Mint()
    aigul, dana = couple(mint.device("Dana"), mint, PRICE, 7_000, hops_max=1)
    dana.ask_for(PRICE)
    aigul.hear(dana.outbox.pop())
    right = transfer_in(aigul)
    holding = verify_chain(aigul.tokens[0], aigul.trust)
    more, _ = pay(holding, aigul.devices[0], dana.devices[0].key.public_key)
    dana.hear(pack(Transfer(right.payment_id, (*right.tokens, more))))
    assert dana.balance_tiyn == PRICE and dana.at_sync == [more]
    assert [kind_of(data) for data in dana.outbox] == ["receipt"]
    assert Code.HOP_LIMIT in dana.codes
    assert isinstance(dana.state, Payee) and dana.state.stuck == (more,) and not dana.state.astray
    dana.hear(pack(Transfer(right.payment_id, (*right.tokens, more))))
    assert dana.at_sync == [more], "it is handed over once"


def test_an_excess_beside_a_part_is_handed_over_once_however_often_it_comes() -> None:
    mint = Mint()
    aigul, dana = couple(mint.device("Dana"), mint, PRICE - 1, 7_000, hops_max=1)
    dana.ask_for(PRICE)
    payment = dana.state.payment_id  # type: ignore[union-attr]
    part, more = (
        pay(verify_chain(one, aigul.trust), aigul.devices[0], dana.devices[0].key.public_key)[0]
        for one in aigul.tokens
    )
    for _ in range(2):
        dana.hear(pack(Transfer(payment, (part, more))))
        assert dana.at_sync == [more] and dana.balance_tiyn == 0
