"""Before a link is signed, its signer can tell whether anybody will be able to verify it."""

from dataclasses import dataclass

import pytest

from tender.cash.chain import Holding, spend_link, verify_chain
from tender.cash.session_checks import may_sign
from tender.cash.token import Link, Rule
from tender.errors import Code, Refusal, RemoteProtocolError
from tests.mint import EXPIRY, Device, Mint, key_of, pay

MEALS = Rule("school meals", (5814,), ("123456789012",))
LIMIT_SMALL = 100_000


def verified(holding: Holding, link: Link, by: Device, mint: Mint) -> Code | None:
    """What becomes of this link when it is signed without asking."""
    try:
        for packed in pay(holding, by, link.next_key, link.amount_tiyn):
            if packed is not None:
                verify_chain(packed, mint.trust())
    except RemoteProtocolError as error:
        return error.code
    return None


@dataclass
class Case:
    """A link of ``holding`` by ``signer``: what the check says, and what verification will say."""

    holding: Holding
    signer: Device
    to: bytes
    amount_tiyn: int
    code: Code | None


def cases() -> dict[str, Case]:
    mint = Mint()
    trust = mint.trust()
    aigul, small = mint.device("Aigul"), mint.device("Dana", profile=2)
    brief = mint.device("Bolat", epoch_day=EXPIRY // 86_400)
    unlisted, odd = mint.device("Erlan", bank=601), mint.device("Gulnar", profile=9)
    a, d, other = aigul.key.public_key, small.key.public_key, key_of("M").public_key

    def sent(to: Device, amount_tiyn: int, hops_max: int = 15, rule: Rule | None = None) -> Holding:
        loaded = verify_chain(mint.load(aigul, amount_tiyn, hops_max=hops_max, rule=rule), trust)
        return verify_chain(pay(loaded, aigul, to.key.public_key)[0], trust)

    big = sent(small, 5 * LIMIT_SMALL)
    fresh = verify_chain(mint.load(small, 5 * LIMIT_SMALL), trust)
    part = verify_chain(pay(fresh, small, d, 3 * LIMIT_SMALL)[0], trust)
    meals = sent(small, 100, rule=MEALS)
    canteen = mint.device("canteen", category=5814, business="123456789012")
    given_back = pay(sent(canteen, 100, rule=MEALS), canteen, a)[0]
    return {
        "within the limit": Case(big, small, other, LIMIT_SMALL, None),
        "above the limit": Case(big, small, other, LIMIT_SMALL + 1, Code.LIMIT_PER_PAYMENT),
        "a return above the limit": Case(big, small, a, 5 * LIMIT_SMALL, None),
        "half of it back is a payment": Case(big, small, a, 4 * LIMIT_SMALL, Code.LIMIT_PER_PAYMENT),
        "a split to the own key above the limit": Case(big, small, d, 3 * LIMIT_SMALL, None),
        "a fresh token goes back to nobody": Case(fresh, small, a, 5 * LIMIT_SMALL, Code.LIMIT_PER_PAYMENT),
        "after a split the payment is bound": Case(
            part, small, other, 3 * LIMIT_SMALL, Code.LIMIT_PER_PAYMENT
        ),
        "the last hop there is": Case(sent(small, 100, hops_max=2), small, a, 100, None),
        "no hop left": Case(sent(small, 100, hops_max=1), small, a, 100, Code.HOP_LIMIT),
        "a certificate too short": Case(sent(brief, 100), brief, a, 100, Code.CERTIFICATE_TOO_SHORT),
        "a bank nobody knows": Case(sent(unlisted, 100), unlisted, a, 100, Code.CERTIFICATE_MISSING),
        "a profile nobody knows": Case(sent(odd, 100), odd, a, 100, Code.PROFILE_UNKNOWN),
        "a colour that was not for me": Case(meals, small, a, 100, Code.COLOUR_BROKEN),
        "a colour that was given back": Case(verify_chain(given_back, trust), aigul, d, 100, None),
    }


@pytest.mark.parametrize("name", cases())
def test_a_link_may_be_signed_exactly_when_it_will_be_verified(name: str) -> None:
    case = cases()[name]
    link = spend_link(case.holding, case.to, case.amount_tiyn)
    told = may_sign(case.holding, link, case.signer.certificate.packed(), Mint().trust())
    assert (told.code if isinstance(told, Refusal) else None) is case.code
    assert verified(case.holding, link, case.signer, Mint()) is case.code


def test_the_certificate_of_a_keys_first_link_speaks_for_its_later_ones() -> None:
    mint = Mint()
    small = mint.device("Dana", profile=2)
    _, kept = pay(verify_chain(mint.load(small, 500_000), mint.trust()), small, key_of("M").public_key, 1)
    assert kept is not None
    holding = verify_chain(kept, mint.trust())
    newer = mint.device("Dana", profile=1).certificate.packed()
    link = spend_link(holding, key_of("M").public_key, LIMIT_SMALL + 1)
    told = may_sign(holding, link, newer, mint.trust())
    assert told is not None and told.code is Code.LIMIT_PER_PAYMENT


def test_a_coloured_coin_is_not_split_off_where_it_could_never_be_spent_again() -> None:
    mint = Mint()
    parent = mint.device("parent")
    holding = verify_chain(mint.load(parent, 1_000, rule=MEALS), mint.trust())
    own = spend_link(holding, parent.key.public_key, 400)
    told = may_sign(holding, own, parent.certificate.packed(), mint.trust())
    assert told is not None and told.code is Code.COLOUR_BROKEN
    meal = spend_link(holding, key_of("canteen").public_key, 400)
    assert may_sign(holding, meal, parent.certificate.packed(), mint.trust()) is None


def test_a_link_of_another_output_or_sum_is_never_signed() -> None:
    mint = Mint()
    aigul = mint.device("Aigul")
    holding = verify_chain(mint.load(aigul, 1_000), mint.trust())
    to = key_of("M").public_key
    for link in (Link(bytes(32), to, 400, 600), Link(holding.output, to, 400, 601)):
        told = may_sign(holding, link, aigul.certificate.packed(), mint.trust())
        assert told is not None and told.code is Code.VALUE_CREATED
