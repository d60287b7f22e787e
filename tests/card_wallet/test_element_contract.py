"""What a device asks of its secure element, asked of the one in software and of the one on a card alike."""

import pytest

from device.service.desk import Desk
from tender.account.eds import ORDER, Order, key_id
from tender.cash.messages import REQUEST, Receipt, Request, Terms, payment_id
from tender.cash.token import Claim, Link
from tender.crypto.envelope import Typ, to_be_signed
from tender.crypto.keys import verify
from tender.errors import Code, DeviceError
from tests.card_wallet.street import CardStreet
from tests.mint import NOW
from town.cast import AIGUL


@pytest.fixture(params=["software", "card"])
def desk(street: CardStreet, request: pytest.FixtureRequest) -> Desk:
    """A device with one piece of money on it."""
    if request.param == "software":
        street.software.add("aigul")
    return street.wallet(AIGUL, 100_000, single=True).desk


def refused(desk: Desk, link: Link | Claim, key: bytes) -> None:
    """The element signs no such thing, and changes nothing for being asked."""
    counter = desk.element.counter
    with pytest.raises(DeviceError) as error:
        if isinstance(link, Link):
            desk.element.sign_links([(key, link)])
        else:
            desk.element.sign_claims([(key, link)])
    assert error.value.code is Code.ELEMENT_REFUSED
    assert desk.element.counter == counter


def asked_with(desk: Desk, nonce: bytes, amount_tiyn: int = 5_000) -> Request:
    entry = desk.own_keys()[-1]
    return Request(amount_tiyn, entry.key, entry.certificate, nonce, "lunch", 1, 1, NOW, Terms())


def test_a_second_link_on_an_output_is_refused_for_ever(desk: Desk) -> None:
    coin, element = desk.coins()[0], desk.element
    link = Link(coin.output, coin.holder, 30_000, 70_000)
    (signature,) = element.sign_links([(coin.holder, link)])
    assert verify(signature, to_be_signed(Typ.LINK, link.payload()), coin.holder)
    assert element.sign_links([(coin.holder, link)]) == (signature,), "the same question gets the same bytes"
    assert element.has_signed(coin.output) and coin.output in element.kept()
    assert element.kept_of(coin.output) == (Typ.LINK, link.payload(), signature)
    for _ in range(2):
        refused(desk, Link(coin.output, coin.holder, 1, 99_999), coin.holder)
        refused(desk, Claim(coin.output, 949, bytes(range(32))), coin.holder)
        element.acknowledge(element.counter)
        assert element.kept() == () and element.has_signed(coin.output)


def test_a_request_opens_once_and_a_nonce_is_never_repeated(desk: Desk) -> None:
    element, request = desk.element, asked_with(desk, b"")
    assert not element.has_asked(request.key)
    signature = element.sign_request(request)
    named = payment_id(REQUEST.encode(request))
    assert (element.request_state(named), element.has_asked(request.key)) == ("open", True)
    assert element.sign_request(request) == signature
    element.sign_request(asked_with(desk, b"12345678"))
    for again in (asked_with(desk, b"", 1), asked_with(desk, b"12345678", 1)):
        with pytest.raises(DeviceError) as error:
            element.sign_request(again)
        assert error.value.code is Code.ELEMENT_REFUSED
    assert element.request_state(bytes(16)) == "unknown"


def test_no_receipt_for_a_request_that_was_never_made(desk: Desk) -> None:
    receipt = Receipt(bytes(16), 5_000, (bytes(32),), 1, NOW, NOW, NOW)
    with pytest.raises(DeviceError):
        desk.element.sign_receipt(desk.own_keys()[-1].key, receipt)


def test_it_signs_only_orders_of_its_own(desk: Desk) -> None:
    element = desk.element
    own = ORDER.encode(Order("sync", 0, 949, key_id(element.identity), bytes(16), NOW, b""))
    assert verify(element.sign_order(own), to_be_signed(Typ.ORDER, own), element.identity)
    with pytest.raises(DeviceError) as foreign:
        element.sign_order(ORDER.encode(Order("sync", 0, 949, bytes(8), bytes(16), NOW, b"")))
    assert foreign.value.code is Code.ELEMENT_REFUSED


def test_a_key_goes_only_when_nothing_rests_on_it(desk: Desk) -> None:
    element = desk.element
    coin = desk.coins()[0]
    element.sign_links([(coin.holder, Link(coin.output, coin.holder, 1, 99_999))])
    with pytest.raises(DeviceError) as resting:
        element.erase_key(coin.holder)
    assert resting.value.code is Code.ELEMENT_REFUSED
    (key,) = element.make_keys(1)
    element.erase_key(key)
    assert key not in element.money_keys()


def test_the_book_mark_and_the_counters_never_go_back(desk: Desk) -> None:
    element = desk.element
    element.note_book(7)
    element.note_book(3)
    assert element.book_mark == 7
    counter = element.counter
    element.make_keys(1)
    assert element.counter == counter + 1
    element.acknowledge(counter + 1)
    element.acknowledge(counter)
    element.acknowledge(10_000)
    assert element.acknowledged == counter + 1
