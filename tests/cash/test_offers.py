"""Two-way wires: what the payer cannot know is refused before it signs; only what was offered is taken."""

from collections.abc import Callable

import pytest

from tender.cash.chain import verify_chain
from tender.cash.messages import Offer, Ready, Transfer, open_message, pack
from tender.cash.session_state import Payee, Payer, Phase
from tender.crypto.certificates import DAY_S
from tender.errors import Code
from tests.cash.attack_world import PRICE, World
from tests.cash.two_devices import carry
from tests.mint import ALTYN, EXPIRY, pay


def two_way_world() -> World:
    world = World()
    world.payer.two_way = True
    return world


def newer_list_names_the_payer(w: World) -> None:
    w.payee.trust = w.with_list(w.aigul)


def newer_directory_withdraws_its_bank(w: World) -> None:
    w.payee.trust = w.without_bank(ALTYN)


def purse_grew_full_meanwhile(w: World) -> None:
    w.payee.tokens = [w.mint.load(w.dana, 100_000_000 - PRICE + 1)]


HIDDEN: list[tuple[Callable[[World], None], Code]] = [
    (newer_list_names_the_payer, Code.CERTIFICATE_REVOKED),
    (newer_directory_withdraws_its_bank, Code.PARTICIPANT_BLOCKED),
    (purse_grew_full_meanwhile, Code.LIMIT_HOLDING),
]


@pytest.mark.parametrize(("what", "code"), HIDDEN, ids=[what.__name__ for what, _ in HIDDEN])
def test_what_the_payer_cannot_know_is_refused_before_it_signs(
    what: Callable[[World], None], code: Code
) -> None:
    world = two_way_world()
    request = world.open_request()
    what(world)
    world.payer.hear(request)
    carry(world.payer, world.payee)
    assert world.payee.codes == [code] and world.payer.codes == [code]
    assert not world.payer.element.signed and world.payer.balance_tiyn == 50_000
    assert world.payer.state is not None and world.payer.state.phase is Phase.DECLINED


def test_a_fork_seen_elsewhere_is_refused_before_the_honest_payer_signs() -> None:
    world = two_way_world()
    bolat, payer = world.mint.device("Bolat"), world.payer
    loaded = verify_chain(world.mint.load(bolat, PRICE * 2), world.trust)
    elsewhere, _ = pay(loaded, bolat, world.dana.key.public_key, 1_000)
    to_aigul, _ = pay(loaded, bolat, world.aigul.key.public_key, PRICE)
    payer.tokens = [to_aigul]
    world.payee.seen = {spend.parent: spend for spend in verify_chain(elsewhere, world.trust).spends}
    world.payee.ask_for(PRICE)
    carry(world.payee, payer)
    assert world.payee.codes == [Code.FORK_PROVED] and len(world.payee.proofs) == 1
    assert not payer.element.signed and payer.balance_tiyn == PRICE


def test_money_for_a_purse_that_is_full_is_refused_on_one_way_wires_too() -> None:
    world = World()
    world.payer.hear(world.open_request())
    purse_grew_full_meanwhile(world)
    full = world.payee.balance_tiyn
    carry(world.payer, world.payee)
    assert world.payee.codes == [Code.LIMIT_HOLDING] and world.payee.balance_tiyn == full
    assert world.payer.state is not None and world.payer.state.phase is Phase.SENT


def offer_of(world: World) -> Offer:
    world.payer.hear(world.open_request())
    offer = open_message(world.payer.outbox.pop())
    assert isinstance(offer, Offer)
    return offer


@pytest.mark.parametrize("amount_tiyn", [PRICE - 1, PRICE + 1])
def test_an_offer_of_another_amount_is_refused(amount_tiyn: int) -> None:
    world = two_way_world()
    offer = offer_of(world)
    world.payee.hear(pack(Offer(offer.payment_id, offer.tokens, (amount_tiyn,), offer.certificates)))
    assert world.payee.codes == [Code.AMOUNT_MISMATCH]


def test_an_offer_with_parts_missing_is_refused() -> None:
    world = two_way_world()
    offer = offer_of(world)
    world.payee.hear(pack(Offer(offer.payment_id, offer.tokens, offer.amounts_tiyn, ())))
    assert world.payee.codes == [Code.FIELD_WRONG]


def test_an_offer_after_a_part_was_paid_is_out_of_order() -> None:
    world = two_way_world()
    offer = offer_of(world)
    part = world.paid(world.mint.load(world.aigul, 1_000), None)
    world.payee.hear(pack(Transfer(offer.payment_id, (part,))))
    world.payee.hear(pack(offer))
    assert world.payee.codes == [Code.AMOUNT_PARTIAL, Code.OUT_OF_ORDER]


def test_a_ready_for_another_offer_makes_nobody_sign() -> None:
    world = two_way_world()
    offer = offer_of(world)
    world.payer.hear(pack(Ready(offer.payment_id, bytes(32))))
    assert world.payer.codes == [Code.OUT_OF_ORDER] and not world.payer.element.signed
    assert isinstance(world.payer.state, Payer) and world.payer.state.phase is Phase.OFFERING


def test_tails_for_another_number_of_tokens_are_refused() -> None:
    world = two_way_world()
    offer = offer_of(world)
    world.payee.hear(pack(offer))
    world.payee.hear(pack(Transfer(offer.payment_id, (), (bytes(97), bytes(97)))))
    assert world.payee.codes == [Code.FIELD_WRONG]
    assert isinstance(world.payee.state, Payee) and world.payee.state.phase is Phase.OFFERED


def test_one_token_put_down_twice_is_refused_before_it_is_signed() -> None:
    world = World()
    piece = (world.payer.tokens[0], world.aigul.certificate.packed(), PRICE // 2)
    world.payer.pieces = (piece, piece)
    world.payer.hear(world.open_request())
    assert world.payer.codes == [Code.TOKEN_DUPLICATED] and not world.payer.element.signed


def test_a_certificate_that_ends_before_the_token_signs_nothing() -> None:
    world = World()
    short = world.mint.device("Aigul", epoch_day=EXPIRY // DAY_S)
    world.payer.pieces = ((world.payer.tokens[0], short.certificate.packed(), PRICE),)
    world.payer.hear(world.open_request())
    assert world.payer.codes == [Code.CERTIFICATE_TOO_SHORT] and not world.payer.element.signed
