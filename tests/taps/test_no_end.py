"""A phone, or whoever poses as one, that says the same for ever is not listened to for ever."""

from collections.abc import Callable

import pytest

from device.service.money import Proposal
from device.service.tap import MEETINGS_MOST, ROUNDS_MOST, Taps
from tender.errors import Code, LinkError, Refusal
from tests.pos.market import Market, rung_up
from tests.wallet.village import good
from town.cast import AIGUL, BOLAT


class Parrot:
    """A line on which one answer comes, again and again: to the first message, and to each after it."""

    def __init__(self, answer: Callable[[bytes], bytes], opening: bytes = b"") -> None:
        self._answer = answer
        self._said = opening
        self.heard = 0

    def send(self, message: bytes) -> None:
        if not self._said or not self.heard:
            self._said = self._said or self._answer(message)

    def receive(self, timeout_s: float) -> bytes:
        self.heard += 1
        assert self.heard <= 2 * ROUNDS_MOST, "nobody listens so long"
        return self._said

    def close(self) -> None:
        """There is more where that came from."""


def test_a_phone_that_repeats_its_offer_leaves_the_till_free(market: Market) -> None:
    till, aigul = market.till(), market.wallet(AIGUL, 50_000)
    rung_up(till, 1_000)

    def offer(request: bytes) -> bytes:
        found = good(aigul.money.propose(request, two_way=True))
        assert isinstance(found, Proposal)
        return good(aigul.money.confirm(found, two_way=True)).messages[0]

    line = Parrot(offer)
    refused = till.taps.phone(line)
    assert isinstance(refused, Refusal) and refused.code is Code.OUT_OF_ORDER
    assert line.heard == ROUNDS_MOST and till.takings_standing().held_tiyn == 0


def test_wallets_give_up_on_each_other_too(market: Market) -> None:
    """The payee whose payer only ever offers, and the payer whose payee is only ever ready."""
    aigul, bolat = market.wallet(AIGUL, 50_000), market.wallet(BOLAT)
    asked = good(bolat.money.request(1_000))
    offers: list[bytes] = []

    def offer(request: bytes) -> bytes:
        found = good(aigul.money.propose(request, two_way=True))
        assert isinstance(found, Proposal)
        offers.append(good(aigul.money.confirm(found, two_way=True)).messages[0])
        return offers[0]

    line = Parrot(offer)
    assert Taps(bolat.desk, bolat.money).take(line, asked) is None, "as if the line were torn"
    assert line.heard == ROUNDS_MOST
    (ready,) = good(bolat.money.receive(offers[0])).messages
    answers = iter([asked.message, *[ready] * MEETINGS_MOST])
    nagging = Parrot(lambda _: b"")
    nagging.receive = lambda timeout_s: next(answers)  # type: ignore[method-assign]
    with pytest.raises(LinkError) as broken:
        Taps(aigul.desk, aigul.money).pay(nagging, lambda _: True, 1.0)
    assert dict(broken.value.refusal.facts)["status"] == "sent", "signed away, and to be finished"
    assert len(list(answers)) == MEETINGS_MOST - ROUNDS_MOST
