"""A payment card is torn away at every byte it writes: its counter never repeats, no try of a PIN is won."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hardware.cards.emv.memory import PaymentMemory, new_image
from hardware.cards.emv.payment_card import PaymentCard
from hardware.entropy import SeededEntropy
from tender.card.tags import Tag
from tender.crypto.sealing import Pin
from tender.errors import Code, DeviceError
from tests.payment_cards.bench import Talk, personal
from tests.payment_cards.test_holder_and_bank import scripted, tries, verify

NAME = "visa-cvn10-sda"
RIGHT, WRONG = Pin("1234").block(), Pin("9999").block()


def card_of(image: bytes) -> PaymentCard:
    """A card with this memory, powered."""
    card = PaymentCard(bytearray(image), SeededEntropy("torn"))
    card.power(True)
    return card


def memory_of(talk: Talk) -> PaymentMemory:
    """What the card writes."""
    assert isinstance(talk.card, PaymentCard)
    return talk.card.chip.memory


@dataclass
class Torn:
    """What was left, and whether it was torn at all."""

    image: bytes
    torn: bool


def torn_at_every_byte(
    image: bytes, act: Callable[[Talk], object], before: Callable[[Talk], object]
) -> Iterator[Torn]:
    """Play ``before`` whole and ``act`` torn after 1, 2, 3 … bytes, until it is not torn any more."""
    for after in range(1, 4096):
        talk = Talk(card_of(image), NAME)
        before(talk)
        memory = memory_of(talk)
        memory.eeprom.tear_after = after
        try:
            act(talk)
        except DeviceError as error:
            assert error.code is Code.CARD_GONE
            yield Torn(bytes(memory.eeprom.image), torn=True)
            continue
        yield Torn(bytes(memory.eeprom.image), torn=False)
        return
    raise AssertionError("it never came to its end")


def counter(talk: Talk) -> int:
    """What the next transaction is numbered."""
    talk.begin(NAME)
    return int.from_bytes(talk.send("80CA9F36")[0][-2:], "big")


def selected(talk: Talk) -> None:
    assert talk.select(bytes.fromhex("A0000000031010")) == 0x9000


def test_the_counter_never_repeats() -> None:
    """Every cryptogram that left the card, torn or whole, and every one after it, is of another number."""
    image = bytes(new_image([personal(NAME)]))
    places = 0
    for left in torn_at_every_byte(image, Talk.options, selected):
        places += 1
        assert counter(Talk(card_of(left.image), NAME)) in ((1, 2) if left.torn else (2,))
    assert places > 20


def test_a_cryptogram_that_was_told_is_never_told_again_for_another_purchase() -> None:
    image = bytes(new_image([personal(NAME)]))
    seen: set[bytes] = set()

    def act(talk: Talk) -> None:
        talk.begin(NAME)
        told = talk.generate(0x80, Tag.CDOL1)
        assert told[Tag.ATC] not in seen
        seen.add(told[Tag.ATC])

    current = image
    for after in range(1, 200):
        talk = Talk(card_of(current), NAME)
        memory = memory_of(talk)
        memory.eeprom.tear_after = after
        try:
            act(talk)
        except DeviceError as error:
            assert error.code is Code.CARD_GONE
        current = bytes(memory.eeprom.image)
    assert len(seen) > 30, "most were torn later than their cryptogram"


def test_no_try_of_a_pin_is_won() -> None:
    """Pulled at the right moment, a wrong PIN has cost its try, or was not judged."""
    image = bytes(new_image([personal(NAME)]))
    told: list[int] = []

    def begun(talk: Talk) -> None:
        talk.begin(NAME)

    def offered(talk: Talk) -> None:
        told.append(verify(talk, WRONG))

    for left in torn_at_every_byte(image, offered, begun):
        talk = Talk(card_of(left.image), NAME)
        talk.begin(NAME)
        assert tries(talk) in ((2, 3) if left.torn else (2,))
    assert told == [0x63C2], "a torn one is never answered"


def test_a_script_is_done_or_was_never_there() -> None:
    talk = Talk(card_of(bytes(new_image([personal(NAME)]))), NAME)
    talk.begin(NAME)
    first = talk.generate(0x80, Tag.CDOL1)
    (block,) = scripted(talk, first, "block")

    def asked(one: Talk) -> None:
        one.begin(NAME)
        assert one.generate(0x80, Tag.CDOL1) == first

    ends = set()
    for left in torn_at_every_byte(bytes(new_image([personal(NAME)])), lambda one: one.raw(block), asked):
        ends.add(Talk(card_of(left.image), NAME).select(bytes.fromhex("A0000000031010")))
    assert ends == {0x9000, 0x6283}
