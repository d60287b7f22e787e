"""The power goes at any commit of any step, in either wallet or its element, before or after it is durable.

Nothing is lost, nothing is doubled, and doing what the wallet says brings every payment to its end.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from device.service.money import Proposal
from device.service.wallet import Wallet
from hardware.sealed_file import SealedFile
from tender.errors import LinkError, Refusal
from tests.wallet.village import Village, good
from town.cast import AIGUL, DANA

LOADED_TIYN = 200_000
PAID_TIYN = 70_000


class PowerCut(BaseException):
    """The machine stops: no handler of the program runs."""


@contextmanager
def cut_at(commit: int, *, durable: bool) -> Iterator[None]:
    """The power goes at the n-th commit of anything sealed: just before it, or just after."""
    count = itertools.count()
    write = SealedFile._write

    def writes(self: SealedFile, *arguments: object) -> None:
        here = next(count)
        if here == commit and not durable:
            raise PowerCut
        write(self, *arguments)  # type: ignore[arg-type]
        if here == commit:
            raise PowerCut

    SealedFile._write = writes  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        SealedFile._write = write  # type: ignore[method-assign]


class Pair:
    """Two wallets that may lose power, and the files lying between them."""

    def __init__(self, village: Village, payer: Wallet, payee: Wallet) -> None:
        self.village, self.payer, self.payee = village, payer, payee
        self.lives = itertools.count()

    def reboot(self) -> None:
        """Both processes are gone; both wallets are opened again."""
        life = f"life {next(self.lives)}"
        self.payer = self.village.reopen(self.payer, "aigul", life)
        self.payee = self.village.reopen(self.payee, "dana", life)

    def total(self) -> int:
        return sum(one.view.balance().spendable_tiyn for one in (self.payer, self.payee))

    def pay(self, request: bytes, *, two_way: bool) -> None:
        """What two people do, from whatever point they are at: show, pay, take, give the receipt."""
        found = self.payer.money.propose(request)
        if isinstance(found, Proposal):
            found = self.payer.money.confirm(found, two_way=two_way)
        told = good(found)
        while told.messages and not told.closed:
            answer = good(self.payee.money.receive(told.messages[-1]))
            told = good(self.payer.money.receive(answer.messages[-1]))


@pytest.mark.parametrize("durable", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("two_way", [False, True], ids=["files", "wire"])
def test_power_lost_at_every_commit_of_a_payment(village: Village, two_way: bool, durable: bool) -> None:
    pair = Pair(village, village.wallet(AIGUL, LOADED_TIYN), village.wallet(DANA))
    village.line.away = True
    commits = 0
    for commit in range(60):
        before = pair.payee.view.balance().spendable_tiyn
        with cut_at(commit, durable=durable):
            try:
                request = good(pair.payee.money.request(PAID_TIYN // 60, "rent")).message
                pair.pay(request, two_way=two_way)
                finished = True
            except PowerCut:
                finished = False
        pair.reboot()
        for wallet in (pair.payer, pair.payee):
            wallet.recovery.recover(online=False)
        assert pair.total() in (LOADED_TIYN, LOADED_TIYN - PAID_TIYN // 60)
        if finished:
            commits = commit
            break
        open_requests = [one for one in pair.payee.view.history() if one.status in ("created", "requested")]
        for payment in open_requests:
            good(pair.payee.money.resume(payment.id))
            pair.pay(good(pair.payee.money.requested(payment.id)).message, two_way=two_way)
        sent = [one for one in pair.payer.view.history() if one.status in ("sent", "signing")]
        for payment in sent:
            again = good(pair.payer.money.resume(payment.id))
            answer = good(pair.payee.money.receive(again.messages[-1]))
            good(pair.payer.money.receive(answer.messages[-1]))
        assert pair.total() == LOADED_TIYN, f"commit {commit}"
        gained = pair.payee.view.balance().spendable_tiyn - before
        assert gained in (0, PAID_TIYN // 60), f"commit {commit}: nothing is doubled"
        assert pair.payer.recovery.open() == (), "the payer has nothing left to do"
    assert commits > 8, "every commit of the payment was cut"


@pytest.mark.parametrize("durable", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("name", "act"),
    [
        ("deposit all", lambda wallet: wallet.settling.deposit()),
        ("deposit part", lambda wallet: wallet.settling.deposit(12_345)),
        ("sync", lambda wallet: wallet.settling.sync()),
        ("load", lambda wallet: wallet.bank.load(50_000)),
        ("certify", lambda wallet: wallet.membership.certify(60)),
    ],
)
def test_power_lost_at_every_commit_with_the_bank(
    village: Village, name: str, act: Callable[[Wallet], object], durable: bool
) -> None:
    """Device and account together hold the same after every cut, once the wallet has synced."""
    aigul = village.wallet(AIGUL, LOADED_TIYN)
    good(aigul.bank.convert("to-dt", 500_000))
    commits = 0
    for commit in range(60):
        with cut_at(commit, durable=durable):
            try:
                outcome = act(aigul)
                assert not isinstance(outcome, Refusal), outcome
                finished = True
            except PowerCut:
                finished = False
        aigul = village.reopen(aigul, "aigul", f"{commit}")
        aigul.recovery.recover()
        good(aigul.settling.sync())
        balance = aigul.view.balance()
        assert balance.waiting_tiyn == 0
        held = balance.spendable_tiyn + balance.account_tiyn
        assert held == LOADED_TIYN + 500_000, f"{name}, commit {commit}: {balance}"
        if finished:
            commits = commit
            break
        if name == "deposit all" and not balance.spendable_tiyn:
            good(aigul.bank.load(LOADED_TIYN))
    assert commits >= (0 if name == "certify" else 1)


def test_a_lost_line_at_every_order(village: Village) -> None:
    """Each answer of the bank is lost once, at every step of a day with the bank; nothing is lost with it."""
    aigul = village.wallet(AIGUL, LOADED_TIYN)
    good(aigul.bank.convert("to-dt", 100_000))
    for act in (
        lambda: aigul.bank.load(30_000),
        lambda: aigul.settling.deposit(20_000),
        aigul.settling.sync,
        lambda: aigul.bank.convert("from-dt", 10_000),
    ):
        village.line.lose_answers = 1
        with pytest.raises(LinkError):
            act()
        good(aigul.settling.sync())
    balance = aigul.view.balance()
    assert balance.spendable_tiyn + balance.account_tiyn == LOADED_TIYN + 100_000 - 10_000
    assert (balance.spendable_tiyn, balance.waiting_tiyn) == (LOADED_TIYN + 30_000 - 20_000, 0)
