"""What an element signed and a file forgot: old copies of the file, and a cut between signing and storing."""

import shutil
from collections.abc import Callable

import pytest

from device.service.wallet import Wallet
from tender.errors import Code, LinkError, StoreError
from tests.wallet.village import PIN, Village, good, hand_over
from town.cast import AIGUL, DANA


class PowerCut(BaseException):
    """No handler of the program runs."""


def cut_after_claims(village: Village, wallet: Wallet) -> Wallet:
    """The power goes when a deposit's claims are signed and nothing of it is stored."""
    element = wallet.desk.element
    sign = element.sign_claims

    def signs(orders: object) -> object:
        sign(orders)  # type: ignore[arg-type]
        raise PowerCut

    element.sign_claims = signs  # type: ignore[method-assign,assignment]
    with pytest.raises(PowerCut):
        wallet.settling.deposit()
    return village.reopen(wallet, AIGUL.name)


@pytest.mark.parametrize("act", ["deposit", "sync"])
def test_claims_signed_as_the_power_went_are_sent_without_a_recover(village: Village, act: str) -> None:
    aigul = cut_after_claims(village, village.wallet(AIGUL, 50_000, single=True))
    aigul.life.show_name(False)
    good(getattr(aigul.settling, act)())
    balance = aigul.view.balance()
    assert (balance.spendable_tiyn, balance.waiting_tiyn, balance.account_tiyn) == (0, 0, 50_000)


def test_claims_that_neither_side_kept_are_signed_again(village: Village) -> None:
    aigul = cut_after_claims(village, village.wallet(AIGUL, 50_000, single=True))
    aigul.life.show_name(False)
    aigul.desk.element.acknowledge(aigul.desk.element.counter)
    assert aigul.desk.element.kept() == ()
    assert good(aigul.settling.deposit()).settled_tiyn == 50_000
    assert good(aigul.bank.statement()).balances.dt_tiyn == 50_000


def older_copy(village: Village, aigul: Wallet, meanwhile: Callable[[Wallet], object]) -> Wallet:
    """Aigul's folder from before something was done; the element is the same."""
    return older_copy_of(village, aigul, AIGUL.name, meanwhile)


def older_copy_of(
    village: Village, wallet: Wallet, name: str, meanwhile: Callable[[Wallet], object]
) -> Wallet:
    """Anybody's."""
    wallet.close()
    folder = village.config(name).folder
    shutil.copytree(folder, village.folder / "older")
    wallet = village.reopen(None, name)
    meanwhile(wallet)
    wallet.close()
    shutil.rmtree(folder)
    shutil.copytree(village.folder / "older", folder)
    return village.reopen(None, name, "restored")


def test_an_older_copy_stays_one_until_a_sync_was_answered(village: Village) -> None:
    aigul, dana = village.wallet(AIGUL, 200_000), village.wallet(DANA)
    backup = aigul.life.backup(PIN).data
    aigul = older_copy(village, aigul, lambda wallet: hand_over(wallet, dana, 200_000))
    for act in (
        lambda: aigul.life.show_name(True),
        lambda: aigul.life.add_contact("dana", DANA.phone),
        lambda: aigul.life.restore(backup, PIN),
        lambda: aigul.money.request(1_000),
    ):
        with pytest.raises(StoreError) as behind:
            act()
        assert behind.value.code is Code.STORE_BEHIND
    good(aigul.bank.statement())
    assert aigul.view.balance().behind, "what the bank told was written, and the file is still an old one"
    village.line.lose_answers = 1
    with pytest.raises(LinkError):
        aigul.settling.sync()
    assert aigul.view.balance().behind
    good(aigul.settling.sync())
    assert not aigul.view.balance().behind
    aigul.life.show_name(True)


def test_an_older_copy_brings_a_claim_home_that_was_never_sent(village: Village) -> None:
    def claim_without_a_line(wallet: Wallet) -> None:
        village.line.away = True
        with pytest.raises(LinkError):
            wallet.settling.deposit()
        village.line.away = False

    aigul = older_copy(village, village.wallet(AIGUL, 200_000), claim_without_a_line)
    good(aigul.settling.sync())
    assert aigul.view.balance().account_tiyn == 200_000
