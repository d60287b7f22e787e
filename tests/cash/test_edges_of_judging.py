"""What else is judged before money is signed or counted: who sells, what costs a check, who is not listed."""

from dataclasses import replace

import pytest

from tender.cash import chain
from tender.cash.chain import spend_link
from tender.cash.messages import ANY_COLOUR, Terms
from tender.cash.session_checks import may_sign, proposed
from tender.cash.token import Rule
from tender.crypto.keys import verify_open
from tests.cash.test_edges_of_checks import World, judged
from tests.cash.test_edges_of_tokens import AT, KEY, told
from tests.mint import NOW


@pytest.fixture
def world() -> World:
    return World()


def test_a_colour_that_names_one_business_is_taken_by_that_one(world: World) -> None:
    one_canteen = Rule("meals", (5814,), ("123456789012",))
    other = world.mint.device("another canteen", category=5814, business="940140000385")
    for payee, taken in ((world.canteen, True), (other, False)):
        request = world.request(by=payee, terms=Terms(colours=(ANY_COLOUR,)))
        meal = world.piece(world.loaded(500, rule=one_canteen), request, 300)
        if taken:
            judged(world, request, meal, by=payee)
        else:
            refused = told(lambda: judged(world, request, meal, by=payee))  # noqa: B023
            assert refused == ("colour-broken", "tokens[0].rule", {"purpose": "meals"})


def test_limits_nobody_knows_are_asked_for_by_place(world: World) -> None:
    request = world.request()
    piece = world.piece(world.loaded(500), request, 300)
    odd = world.mint.device("odd", profile=9)
    payee = told(lambda: judged(world, request, piece, by=odd))
    assert payee == ("profile-unknown", "request.certificate", {"profile": 9})
    unknown = replace(world.piece(world.loaded(500, seed="2"), request, 300), payer=odd.certificate)
    payer = told(judged, world, request, piece, unknown)
    assert payer == ("profile-unknown", "tokens[1]", {"profile": 9})


def test_nothing_pays_nothing(world: World) -> None:
    request = world.request()
    judged(world, request)
    odd = world.mint.device("odd", profile=9)
    assert told(lambda: judged(world, request, by=odd))[0] == "profile-unknown", "it was judged all the same"


def test_a_certificate_that_was_verified_is_not_verified_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signature check is what a payment on a slow phone waits for."""
    holding, certificate = world.loaded(500), world.aigul.certificate.packed()
    remembers = replace(world.known, verify=lambda _packed, _field: holding)
    checked = list[bytes]()

    def counted(data: bytes, key: bytes) -> None:
        checked.append(key)
        verify_open(data, key)

    monkeypatch.setattr(chain, "verify_open", counted)
    link = proposed(holding.packed, certificate, 200, world.request(), remembers, NOW, AT)[0].link()
    assert checked == []
    # What nobody has verified yet is: a holder asks this before it signs with a certificate from its store.
    assert may_sign(holding, link, certificate, world.trust) is None
    assert checked == [world.mint.bank(world.aigul.certificate.issuer).public_key]


def test_with_a_forged_certificate_nothing_is_signed(world: World) -> None:
    holding, good = world.loaded(500), world.aigul.certificate.packed()
    forged = good[:-1] + bytes((good[-1] ^ 1,))
    refused = may_sign(holding, spend_link(holding, KEY, 200), forged, world.trust, AT)
    assert refused is not None
    assert (refused.code.value, refused.field) == ("certificate-wrong", f"{AT}.certificate")
