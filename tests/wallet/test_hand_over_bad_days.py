"""Keep or return when files were put back, power fails, or money has a colour."""

import itertools

import pytest

from device.service.wallet import Wallet
from tender.cash.token import Rule
from tender.errors import LinkError
from tests.wallet.test_hand_over import LOADED, PRICE, equation_holds, held, outcomes, status_of, undelivered
from tests.wallet.test_lost_and_found import WINDOW_S
from tests.wallet.test_old_copies import older_copy_of
from tests.wallet.test_torn import PowerCut, cut_at
from tests.wallet.village import Village, good
from town.cast import AIGUL, DANA, MERCHANT

MEALS = Rule("school meals", (MERCHANT.category,), ())


def test_a_payee_whose_file_forgot_the_request_gives_the_money_back(village: Village) -> None:
    """Dana's file is put back to before she asked; her element still holds the key."""
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    payments: list[bytes] = []

    def ask(wallet: Wallet) -> None:
        payments.append(undelivered(aigul, wallet)[0])

    dana = older_copy_of(village, dana, "dana", ask)
    good(aigul.hand_overs.hand_over(payments[0]))
    assert outcomes(dana) == ["given-back"]
    assert outcomes(aigul) == ["returned"]
    assert held(aigul, dana) == [LOADED, 0]
    equation_holds(village)


def test_a_payee_whose_file_forgot_that_it_was_paid_has_the_money_again(village: Village) -> None:
    """The request was closed in the element; the copy of the file knows it open. The money is there, once,
    and no second receipt is signed."""
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    payment, transfer = undelivered(aigul, dana)
    dana = older_copy_of(village, dana, "dana", lambda wallet: good(wallet.money.receive(transfer)))
    good(dana.settling.sync())
    assert held(dana) == [0], "the file forgot it"
    good(dana.money.receive(transfer))
    assert (status_of(dana, payment), held(dana)) == ("received", [PRICE])
    assert good(dana.settling.deposit()).settled_tiyn == PRICE
    equation_holds(village)


def test_what_was_spent_in_the_life_the_file_forgot_is_not_counted_again(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    _, transfer = undelivered(aigul, dana)

    def take_and_deposit(wallet: Wallet) -> None:
        good(wallet.money.receive(transfer))
        good(wallet.settling.deposit())

    dana = older_copy_of(village, dana, "dana", take_and_deposit)
    good(dana.settling.sync())
    good(dana.money.receive(transfer))
    assert held(dana) == [0]
    assert dana.desk.holding_tiyn() == 0
    equation_holds(village)


def fortune(*wallets: Wallet) -> int:
    """In hand and on the accounts: what has no hop left comes back there."""
    return sum(held(*wallets)) + sum(one.view.balance().account_tiyn for one in wallets)


@pytest.mark.parametrize(("keeps", "durable"), [(True, False), (False, True)], ids=["keep", "return"])
def test_power_lost_at_every_commit_of_an_answer(village: Village, keeps: bool, durable: bool) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    for commit in itertools.count():
        payment, _ = undelivered(aigul, dana, 1_000)
        if not keeps:
            good(dana.money.cancel(payment))
        good(aigul.hand_overs.hand_over(payment))
        before = fortune(aigul, dana)
        finished = True
        with cut_at(commit, durable=durable):
            try:
                good(dana.settling.sync())
            except PowerCut:
                finished = False
        dana = village.reopen(dana, "dana", f"{commit}")
        dana.recovery.recover()
        good(dana.settling.sync())
        good(aigul.settling.sync())
        assert status_of(aigul, payment) == ("paid" if keeps else "returned"), commit
        assert fortune(aigul, dana) == before + 1_000, f"commit {commit}: lost or doubled"
        if finished:
            assert commit > 2
            break
    equation_holds(village)


@pytest.mark.parametrize("hops_max", [15, 1], ids=["silence", "claim"])
def test_coloured_money_comes_back_with_its_colour(village: Village, hops_max: int) -> None:
    """By silence or by a claim, it is credited to no account: it waits to be loaded again."""
    village = Village(village.folder / "coloured", hops_max=hops_max)
    aigul, merchant = (
        village.wallet(AIGUL, LOADED, single=True, rule=MEALS.to_bytes()),
        village.wallet(MERCHANT),
    )
    payment, _ = undelivered(aigul, merchant, LOADED)
    good(merchant.money.cancel(payment))
    good(aigul.hand_overs.hand_over(payment))
    if hops_max == 1:
        assert outcomes(merchant) == ["given-back"]
    else:
        village.clock.advance(WINDOW_S)
    assert outcomes(aigul) == ["returned" if hops_max == 1 else "silent"]
    assert good(aigul.bank.statement()).balances.dt_tiyn == 0, "no account has a colour"
    (asked,) = village.platform.hand_overs.all()
    with village.platform.nbk.desk.store.reading() as rows:
        kept = [tiyn for _, _, tiyn in rows.aside.coloured_of(asked.bank, asked.address)]
    assert kept == [LOADED]
    equation_holds(village)


def test_a_bank_that_is_away_is_asked_at_the_next_sync(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, LOADED), village.wallet(DANA)
    payment, _ = undelivered(aigul, dana)
    village.line.away = True
    with pytest.raises(LinkError):
        aigul.hand_overs.hand_over(payment)
    assert status_of(aigul, payment) == "sent", "nothing is said to be handed over that was not"
    village.line.away = False
    good(aigul.hand_overs.hand_over(payment))
    assert outcomes(dana) == ["kept-here"]
