"""What a stranger sends astray costs its payee memory: so much for one request is given back, and no more."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tender.cash.chain import verify_chain
from tender.cash.messages import TOKENS_MAX, Return, Transfer, open_message, pack
from tender.cash.session_state import ASTRAY_MAX, Payee, Phase, Returned, encode_state
from tender.errors import Code, LocalProtocolError
from tests.cash.two_devices import Phone, carry, kind_of
from tests.mint import Mint, pay

PRICE = 30_000


def small_coins(mint: Mint, dana: Phone) -> Iterator[bytes]:
    """Transfers of a stranger, each as full as one may be, of coins of one tiyn bound to Dana's key."""
    stranger = mint.device("Stranger")
    to = dana.devices[0].key.public_key
    assert dana.state is not None
    for round_number in range(3):
        loads = (mint.load(stranger, 1, seed=f"{round_number} {place}") for place in range(TOKENS_MAX))
        paid = tuple(pay(verify_chain(load, dana.trust), stranger, to)[0] for load in loads)
        yield pack(Transfer(dana.state.payment_id, paid))


def given_back(phone: Phone) -> list[int]:
    """How many tokens each return message carries; taken out of the outbox, and read."""
    found = [open_message(data) for data in phone.outbox if kind_of(data) == "return"]
    phone.outbox.clear()
    return [len(one.tokens) for one in found if isinstance(one, Return)]


@pytest.mark.parametrize("cancelled", [True, False], ids=["cancelled", "open"])
def test_above_so_much_for_one_request_nothing_is_kept_and_nothing_is_signed(cancelled: bool) -> None:
    mint = Mint()
    aigul = mint.device("Aigul")
    payer = Phone("Aigul", mint.trust(), [aigul], [mint.load(aigul, PRICE)])
    dana = Phone("Dana", mint.trust(), [mint.device("Dana")])
    dana.ask_for(PRICE)
    request = dana.outbox.pop()
    if cancelled:
        dana.cancel()
    first, second, third = small_coins(mint, dana)
    for data in (first, second):
        dana.hear(data)
        assert given_back(dana) == [TOKENS_MAX]
    disk, signed = dana.disk, dana.element.signed
    dana.hear(third)
    assert dana.codes[-1] is Code.RETURNS_FULL
    assert [kind_of(data) for data in dana.outbox] == ["refused"]
    assert (dana.disk, dana.element.signed) == (disk, signed)
    dana.outbox.clear()
    dana.die()
    dana.hear(second)
    assert given_back(dana) == [TOKENS_MAX], "what was given back is given back again"
    dana.resume()
    assert given_back(dana) == [TOKENS_MAX, TOKENS_MAX]
    if not cancelled:
        payer.hear(request)
        carry(payer, dana)
        assert dana.state is not None and dana.state.phase is Phase.CLOSED
        assert dana.balance_tiyn == PRICE, "who really pays is not kept out"


def test_a_state_that_could_not_be_read_again_is_not_written() -> None:
    mint = Mint()
    dana = Phone("Dana", mint.trust(), [mint.device("Dana")])
    dana.ask_for(PRICE)
    state = dana.state
    assert isinstance(state, Payee)
    full = replace(state, returned=(Returned(bytes(32), b"token"),) * (2 * ASTRAY_MAX))
    assert encode_state(full)
    with pytest.raises(LocalProtocolError) as caught:
        encode_state(replace(full, returned=(*full.returned, full.returned[0])))
    assert (caught.value.code, caught.value.field) == (Code.FIELD_WRONG, "session.returned")
