"""A chip that cannot be read, and the stripe beside it, before the card's real issuer."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from card_switch.core.issuer.settings import Fallback
from hardware.cards.emv.memory import CHIP_BROKEN
from pos.service.card_values import CardTold
from tender.account.participants import EURASIAN, HALYK, KAZPOST
from tender.card.tags import Tag
from tests.card_stories.boulevard import PURCHASE_TIYN, Boulevard, Holder
from tests.issuer.world import PIN
from tests.pos_cards.shop import People, asked
from tests.wallet.village import good

FALLBACK_MOST_TIYN = Fallback().operation_tiyn


def of_its_stripe(holder: Holder) -> bytes:
    """As the bank wrote it."""
    return holder.chip.stripe


def cloned_from_the_chip(holder: Holder) -> bytes:
    """What a reader of chips sees (tag 57), written on a stripe: its check value is the chip's."""
    return holder.chip.chip.applications[0].personal.data[Tag.TRACK2]


def another_service_code(holder: Holder) -> bytes:
    """The same track, which says that there is no chip."""
    digits = holder.chip.stripe.hex().upper()
    at = digits.index("D") + 5
    return bytes.fromhex(digits[:at] + "101" + digits[at + 3 :])


@dataclass(frozen=True)
class Case:
    """``response``: DE 39, empty for a yes."""

    name: str
    stripe: Callable[[Holder], bytes] = of_its_stripe
    pin: str | None = PIN
    amount_tiyn: int = PURCHASE_TIYN
    bank: int = HALYK
    shop: int = KAZPOST
    policy: Fallback | None = None
    response: str = ""


CASES = (
    Case("through the network of Visa-style cards"),
    Case("through the other network", bank=EURASIAN),
    Case("inside one bank", shop=HALYK),
    Case("cloned from the chip", cloned_from_the_chip, response="82"),
    Case("a stripe that hides its chip", another_service_code, response="57"),
    Case("a wrong PIN", pin="9999", response="55"),
    Case("no PIN", pin=None, response="55"),
    Case("more than a stripe may", amount_tiyn=FALLBACK_MOST_TIYN + 1, response="61"),
    Case("an issuer that takes no stripe", policy=Fallback(allowed=False), response="57"),
    Case("an issuer that wants no PIN", pin=None, policy=Fallback(with_pin=False)),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_stripe_in_the_place_of_a_broken_chip(street: Boulevard, case: Case) -> None:
    customer = street.customer(case.bank, 60_000)
    customer.chip.chip.memory.card.change(blocked=CHIP_BROKEN)
    customer.chip.chip.memory.memory.commit()
    stripe = case.stripe(customer)
    street.stands_in(street.shop(case.shop))
    issuer = street.chain.hosts.issuers[case.bank]
    before = issuer._settings
    issuer._settings = replace(before, fallback=case.policy or before.fallback)
    asked(street.till, case.amount_tiyn)
    try:
        told = street.till.cards.taking.pay(
            customer.reader, People(case.pin), timeout_s=0, swipe=lambda: stripe
        )
    finally:
        issuer._settings = before
    assert isinstance(told, CardTold), told
    if not case.response:
        assert told.taken is not None and told.payment.seen.by_stripe
        good(street.till.finish())
        assert street.tenge(customer.phone) == (60_000 - PURCHASE_TIYN // 100, 0)
        return
    good(street.till.cancel_payment())
    good(street.till.drop())
    assert told.payment.response == case.response and told.refusal is not None
    assert street.tenge(customer.phone) == (60_000, 0)
