"""What somebody tries with a part of a card: its number, a copy of its stripe, the card that was replaced."""

from itertools import cycle

import pytest

from card_switch.core.issuer.card_life import SEQUENCES, changed, made
from card_switch.core.issuer.cards import CODE_TRIES
from card_switch.core.issuer.orders import TRIES_TOLD_A_DAY
from tender.account.card_messages import ACTIVE, BLOCKED, CardIssued, Tried
from tender.card.iso8583.message import Message
from tender.errors import Code, Refusal
from tests.issuer.world import PURCHASE_TIYN, HeldCard, World


@pytest.fixture
def world() -> World:
    return World()


def remade(world: World, card: HeldCard) -> None:
    """Another chip in the place of this one, in its owner's hands."""
    for change in (
        made(world.host, world.host.holders.cards[card.record.link], card.record.pvv, again=True),
        changed(world.host, world.host.holders.cards[card.record.link], ACTIVE, ""),
    ):
        assert not isinstance(change, Refusal)
        world.do(change[1])


def told(world: World) -> list[str]:
    """Why, in the words of the notices that the card's customer has."""
    return [one.code for one in world.bank.noted if isinstance(one, Tried)]


def test_nothing_of_a_card_that_was_made_again_pays_any_more(world: World) -> None:
    card = world.card(free_tiyn=100_000_00)
    assert world.ask(card.chip(1_00)).code == "00"
    remade(world, card)
    now = world.host.holders.cards[card.record.link]
    assert (now.sequence, card.record.expiry, now.expiry) == (2, "3012", "3101")
    old_words = (
        card.chip(1_00),
        card.stripe(5_000_000),
        card.online(1_00),
        card.stripe(5_000_000, f14="3101"),
    )
    assert [world.ask(one).code for one in old_words] == ["54", "54", "54", "82"]
    (shown,) = [one for one in world.bank.orders if isinstance(one, CardIssued)]
    assert (shown.card, shown.expiry) == (card.record.link, "3101"), "its bank shows what is printed on it"
    new = HeldCard(world, now)
    new.stan = card.stan + 100
    assert world.ask(new.online(1_00)).code == "00"
    assert world.ask(new.stripe(1_00)).code == "00"


def test_a_chips_number_comes_once(world: World) -> None:
    card = world.card(sequence=SEQUENCES)
    refused = made(world.host, card.record, card.record.pvv, again=True)
    assert isinstance(refused, Refusal) and refused.code is Code.OUT_OF_ORDER
    assert world.host.holders.cards[card.record.link] == card.record


def test_a_copied_stripe_gives_no_tries_for_the_printed_code_back(world: World) -> None:
    card = world.card()
    right = card.check_value("000")
    guesses = [f"{number:03}" for number in range(CODE_TRIES + 2) if f"{number:03}" != right]
    codes = []
    for guess in guesses[: CODE_TRIES + 1]:
        codes.append(world.ask(card.online(0, printed=guess)).code)
        assert world.ask(card.stripe(0).without(52)).code == "55", "no kind of use without the PIN"
        assert world.ask(card.stripe(0)).code == "85"
    assert codes == ["N7"] * CODE_TRIES + ["62"]
    assert world.ask(card.online(0)).code == "62"


def test_a_wrong_stripe_is_tried_five_times_whatever_else_is_right(world: World) -> None:
    card = world.card()
    wrong = "000" if card.check_value("201") != "000" else "001"
    codes = []
    for _ in range(6):
        codes.append(world.ask(card.stripe(1_00, wrong)).code)
        assert world.ask(card.online(0)).code == "85"
    assert codes == ["82"] * 5 + ["62"]
    assert world.ask(card.stripe(1_00)).code == "62"


def by_number_alone(card: HeldCard) -> list[Message]:
    """What a stranger can have refused, who has overheard the number."""
    return [
        card.message(0, f3="310000", f22="011"),
        card.online(printed="000").without(14),
        card.message(PURCHASE_TIYN, f22="801"),
        card.chip(t9F26=bytes(8)),
    ]


def test_whoever_has_the_number_alone_hides_no_guess_of_a_pin(world: World) -> None:
    card = world.card()
    for number, _ in zip(cycle(range(4)), range(4 * TRIES_TOLD_A_DAY + 4), strict=False):
        assert world.ask(by_number_alone(card)[number]).code not in ("00", "85")
    noise = len(told(world))
    assert noise < 4 * TRIES_TOLD_A_DAY + 4, "more was tried than anybody was told of"
    assert told(world)[-1] == Code.TRIES_UNTOLD.value, "and that is said"
    assert [world.ask(card.chip(f52=card.pin_block("9999"))).code for _ in range(3)] == ["55", "55", "75"]
    assert told(world)[noise:] == ["pin-wrong", "pin-wrong", "card-pin-spent"]
    world.restart()
    stopped = changed(world.host, world.host.holders.cards[card.record.link], BLOCKED, "")
    assert not isinstance(stopped, Refusal)
    world.do(stopped[1])
    assert world.ask(card.chip()).code == "62"
    assert told(world)[-1] == "card-stopped"
