"""The kernel before the project's own cards, T=0 and T=1, with their bank behind: pulled at every APDU, and
the same card paying afterwards as if nothing had been."""

from collections.abc import Callable

import pytest

from hardware.cards.emv.payment_card import PaymentCard
from hardware.entropy import SeededEntropy
from pos.core.emv.driving import World, drive
from pos.core.emv.outcome import Certain, Outcome, Verdict
from pos.core.emv.purchase import purchase
from pos.core.emv.steps import Answered, GoOnline
from pos.core.emv.terminal import Sale
from tender.card.pan import Pan
from tender.card.tags import Tag
from tender.errors import Code, DeviceError
from tests.payment_cards.test_at_our_terminal import NOW, bank, made, terminal, typed

T0, T1 = "visa-cvn10-dda", "mchip-cvn11-cda"


class Reader:
    """A reader from which the card is taken at one APDU: before the chip hears it, or before it is heard."""

    def __init__(self, card: PaymentCard, at: int | None, *, heard: bool) -> None:
        self._card, self._at, self._heard = card, at, heard
        self.count = 0
        card.power(True)

    def transmit(self, command: bytes) -> bytes:
        """One APDU; ``DeviceError`` from the torn one on."""
        torn = self._at is not None and self.count >= self._at
        first = self.count == self._at
        self.count += 1
        if torn and not (first and self._heard):
            raise DeviceError(Code.CARD_GONE, "card")
        answer = self._card.transmit(command)
        if torn:
            raise DeviceError(Code.CARD_OUTCOME_UNKNOWN, "card")
        return answer


class Bank:
    """The issuer, which keeps the counter of every cryptogram it saw."""

    def __init__(self, pan: Pan) -> None:
        self._pan = pan
        self.counters: list[bytes] = []

    def __call__(self, step: GoOnline) -> Answered:
        self.counters.append(step.data[Tag.ATC])
        return bank(self._pan, step)


def bought(reader: Reader, issuer: Callable[[GoOnline], Answered], number: int) -> Outcome:
    """3 779 tenge once more."""
    sale = Sale(377_900, NOW, number, number.to_bytes(32, "big"), force_online=True)
    return drive(purchase(terminal(), sale), World(reader.transmit, issuer, typed))


@pytest.mark.parametrize("heard", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", [T0, T1])
def test_a_real_card_pulled_at_every_apdu_pays_the_next_time(name: str, heard: bool) -> None:
    wished = made(name)
    card, issuer = PaymentCard(wished.image, SeededEntropy(name)), Bank(wished.pan)
    whole = Reader(card, None, heard=heard)
    assert bought(whole, issuer, 0).verdict is Verdict.APPROVED_ONLINE
    seen = set()
    for at in range(whole.count):
        asked = len(issuer.counters)
        torn = bought(Reader(card, at, heard=heard), issuer, 2 * at + 1)
        assert torn.torn
        went_online = len(issuer.counters) > asked
        assert torn.certain is (Certain.TO_BE_UNDONE if went_online else Certain.NOTHING_MOVED)
        seen.add(torn.certain)
        again = bought(Reader(card, None, heard=heard), issuer, 2 * at + 2)
        assert (again.verdict, again.certain) == (Verdict.APPROVED_ONLINE, Certain.PAID), at
    assert seen == {Certain.TO_BE_UNDONE, Certain.NOTHING_MOVED}
    assert len(set(issuer.counters)) == len(issuer.counters), "no counter was ever used twice"
    assert issuer.counters == sorted(issuer.counters)
