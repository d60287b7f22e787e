"""A payer who will not or may not pay shows the payee why; the payee's screen and a till say it as theirs."""

import asyncio

from device.core.model import Payment
from device.service.money import Proposal
from device.service.wallet import Wallet
from faces.phrases import heard
from tender.cash.messages import Refused, open_request, pack
from tender.errors import Code, Refusal
from tests.wallet.village import Village, good
from tests.wallet_conversation.street import Seat, seated
from tests.wallet_conversation.test_bad_moments import asks, asks_whom, two
from town.cast import AIGUL, DANA


async def shown_why(payer: Seat, payee: Seat, words: str) -> None:
    """The payer's code is seen; then both are home, and the payee's request is as open as before."""
    await payer.comes_to("Handing")
    assert "Show them why" in payer.said("title")
    assert "nothing was paid" in payer.said("certain")
    await payer.show_to(payee, lambda: words in payee.said("said"))
    assert payee.is_at("Handing"), "somebody else may pay it"
    await payer.press("enter")
    await payer.comes_to("Home")


def test_who_says_no_shows_it_and_the_payee_reads_it(village: Village) -> None:
    two(village)

    async def play() -> None:
        async with seated(village, "aigul", "dana") as (aigul, dana):
            await asks_whom(dana, aigul, "500")
            await aigul.press("n")
            await shown_why(aigul, dana, "The payer said no")

    asyncio.run(play())
    with village.reopen(None, "aigul") as aigul, village.reopen(None, "dana") as dana:
        assert aigul.view.balance().spendable_tiyn == 200_000
        assert [one.status for one in dana.view.history(5)] == ["requested"]


def test_who_has_not_enough_shows_that_and_no_amount(village: Village) -> None:
    two(village)

    async def play() -> None:
        async with seated(village, "aigul", "dana") as (aigul, dana):
            await asks(dana, "2000,01")
            await aigul.press("p")
            await dana.show_to(aigul, lambda: "w: show them why" in aigul.said("said"))
            await aigul.press("w")
            await shown_why(aigul, dana, "The other device says: “There is not enough money")
            assert "2 000,00" not in dana.text(), "what Aigul has is hers to know"

    asyncio.run(play())


def test_before_anything_is_refused_there_is_nothing_to_show(village: Village) -> None:
    two(village)

    async def play() -> None:
        async with seated(village, "aigul") as (aigul,):
            await aigul.press("p")
            await aigul.comes_to("Pay")
            assert "Show them why" not in aigul.text()
            await aigul.press("w")
            assert aigul.is_at("Pay")

    asyncio.run(play())


def test_a_no_that_comes_after_the_money_takes_nothing_back(village: Village) -> None:
    """Somebody who saw the request says no in the payer's name: money that comes nevertheless is welcome."""
    aigul, dana = village.wallet(AIGUL, 200_000), village.wallet(DANA)
    request = good(dana.money.request(50_000)).message
    no = pack(Refused(open_request(request).payment_id, Code.PAYER_DECLINED.value, "request"))
    assert dana.money.receive(no) == Refusal(Code.PAYER_DECLINED, "request")
    assert _paid(aigul, dana, request) == 50_000
    assert isinstance(dana.money.receive(no), Refusal)
    assert dana.view.balance().spendable_tiyn == 50_000
    (row,) = dana.desk.store.all(Payment)
    assert row.status == "received"


def _paid(payer: Wallet, payee: Wallet, request: bytes) -> int:
    proposal = payer.money.propose(request)
    assert isinstance(proposal, Proposal)
    told = good(payee.money.receive(good(payer.money.confirm(proposal)).messages[-1]))
    assert told.status == "received"
    return payee.view.balance().spendable_tiyn


def test_only_a_no_is_told_as_the_others() -> None:
    short = Refusal(Code.NOT_ENOUGH_MONEY, "money")
    no = pack(Refused(bytes(16), short.code.value, "money"))
    assert heard(short, no).startswith("The other device says: “There is not enough")
    assert heard(short, b"garbage").startswith("There is not enough")
    assert heard(Refusal(Code.PAYER_DECLINED), no) == "The payer said no. Nothing was paid."
