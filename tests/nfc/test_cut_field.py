"""A payment by tap whose field dies: at each command, before it arrives and at bytes of its answer; for a
moment, or for good. Whoever is left is told; at the next meeting the price has moved once (DT-O-12).

By default two bytes of each answer; with ``TENGE_CUTS=all`` every byte.
"""

import pytest

from device.service.money import Requested
from device.service.wallet import Wallet
from tests.nfc.phones import GONE_S, SHORT_S, Meeting, Party, payee, payer, tap
from tests.tears.conftest import ALL
from tests.tears.street import fresh_money, spendable
from tests.wallet.village import Village, good
from town.cast import AIGUL, DANA

LOADED, PRICE = 100_000, 100
WAYS = pytest.mark.parametrize("payee_polls", [True, False], ids=["the payee polls", "the payer polls"])


def answers(village: Village, payee_polls: bool) -> tuple[Wallet, Wallet, list[bytes]]:
    """Both wallets, and what the card answers to each command of a calm payment."""
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    meeting = Meeting(payee_polls)
    pays, takes = tap(aigul, dana, PRICE, meeting)
    assert (pays.end(), takes.end()) == ("paid", "received")
    return aigul, dana, meeting.torn.answers


def bytes_of(answer: bytes) -> list[int]:
    """How much of an answer gets through; -1: not even the command did."""
    return list(range(-1, len(answer))) if ALL else [-1, len(answer) // 2]


def meet(
    aigul: Wallet, dana: Wallet, asked: Requested, meeting: Meeting, wait_s: float
) -> tuple[Party, Party]:
    """One meeting over a request, to its end."""
    till, phone = meeting.ends()
    pays, takes = payer(aigul, phone, wait_s), payee(dana, till, asked, wait_s)
    pays.end()
    takes.end()
    return pays, takes


@pytest.mark.row("DT-O-12")
@WAYS
def test_a_field_that_was_dead_for_a_moment_is_entered_again(village: Village, payee_polls: bool) -> None:
    aigul, dana, calm = answers(village, payee_polls)
    for at, answer in enumerate(calm):
        for through in bytes_of(answer):
            fresh_money(aigul)
            held = spendable(aigul), spendable(dana)
            meeting = Meeting(payee_polls)
            meeting.torn.at, meeting.torn.through = at, through
            pays, takes = tap(aigul, dana, PRICE, meeting)
            assert (pays.end(), takes.end()) == ("paid", "received"), (at, through)
            assert (held[0] - spendable(aigul), spendable(dana) - held[1]) == (PRICE, PRICE), (at, through)
    assert not aigul.recovery.open() and not dana.recovery.open()


@pytest.mark.row("DT-O-12")
@WAYS
def test_a_field_that_stays_dead_is_a_torn_line_and_the_next_meeting_ends_it(
    village: Village, payee_polls: bool
) -> None:
    aigul, dana, calm = answers(village, payee_polls)
    told = set()
    for at, answer in enumerate(calm[:-1]):
        for through in bytes_of(answer):
            fresh_money(aigul)
            held = spendable(aigul), spendable(dana)
            asked = good(dana.money.request(PRICE))
            meeting = Meeting(payee_polls, GONE_S)
            meeting.torn.at, meeting.torn.through, meeting.torn.gone = at, through, True
            pays, takes = meet(aigul, dana, asked, meeting, SHORT_S)
            told |= {pays.end(), takes.end()}
            moved = held[0] - spendable(aigul), spendable(dana) - held[1]
            assert moved in ((0, 0), (PRICE, 0), (PRICE, PRICE)), (at, through, moved)
            if (pays.end(), takes.end()) != ("paid", "received"):
                pays, takes = meet(aigul, dana, asked, Meeting(payee_polls), 30)
            assert (pays.end(), takes.end()) == ("paid", "received"), (at, through)
            assert (held[0] - spendable(aigul), spendable(dana) - held[1]) == (PRICE, PRICE), (at, through)
    assert told <= {"paid", "received", "peer-unreachable", "card-missing"}
    assert not aigul.recovery.open() and not dana.recovery.open()
