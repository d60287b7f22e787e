"""Two wallets on real files and the platform they come home to, copied for each death from one template."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from device.compose import open_wallet
from device.config import Config, read_config
from device.core.recovery import Open, Todo
from device.ports import Wire
from device.service.money import Proposal, Told
from device.service.wallet import Wallet
from hardware.clock import SetClock
from hardware.entropy import SystemEntropy
from platform_stub.compose import Platform, build_platform
from platform_stub.config import PlatformConfig
from tender.cash.messages import Kind, unwrap
from tender.errors import Code, LinkError, Refusal
from tests.mint import NOW
from tests.tears.victims import Victim, Zygote
from tests.wallet.village import PIN, START_TIYN, Line, Village, good
from town.balance_sheet import read_balance_sheet
from town.cast import AIGUL, BOLAT, DANA, Person

LOADED_TIYN = 400_000
PRICE_TIYN = 1_234
PEOPLE = (AIGUL, DANA, BOLAT)


Fortune = tuple[int, int, int]
"""What somebody has on the device, on the account, and in ordinary tenge (tiyn)."""


@dataclass(frozen=True)
class Wish:
    """Something a person orders at the bank: what it does to device, account and ordinary tenge (tiyn)."""

    name: str
    act: Callable[[Wallet], object]
    moves: Fortune


def fortune(wallet: Wallet) -> Fortune:
    """What the owner of this wallet has; the bank is asked."""
    good(wallet.bank.statement(1))
    balance = wallet.view.balance()
    return balance.spendable_tiyn + balance.waiting_tiyn, balance.account_tiyn, balance.noncash_tiyn


def fresh_money(wallet: Wallet) -> None:
    """All to the bank and back when the change has few hops left: each deposit of a part takes one."""
    if max((coin.hops_left for coin in wallet.desk.spendable()), default=0) < 3:
        held_tiyn = wallet.view.balance().spendable_tiyn
        good(wallet.settling.deposit())
        good(wallet.bank.load(held_tiyn))


def comes_true_once(wallet: Wallet, wish: Wish, before: Fortune, *, cut_off: bool) -> Fortune:
    """After a cut from the bank: ask for the answers that are missing, sync; what was wished happened once,
    or not at all, and then the person may say it again."""
    assert not wallet.recovery.recover().orders, "the bank was there and answered"
    good(wallet.settling.sync())
    after = fortune(wallet)
    if cut_off and after == before:
        wish.act(wallet)
        after = fortune(wallet)
    assert after == tuple(had + more for had, more in zip(before, wish.moves, strict=True)), wish.name
    assert wallet.view.balance().waiting_tiyn == 0
    return after


class Nowhere:
    """The line of a wallet that is offline."""

    def send(self, path: str, raw: bytes) -> bytes:
        """Nobody is there."""
        raise LinkError(Code.PLATFORM_UNREACHABLE, path)


def make_template(folder: Path) -> Path:
    """A platform and three enrolled wallets, Aigul's and Bolat's with money; all closed."""
    village = Village(folder)
    for person, load in ((AIGUL, LOADED_TIYN), (DANA, 0), (BOLAT, LOADED_TIYN)):
        village.wallet(person, load).close()
    village.platform.close()
    return folder


@dataclass
class Street:
    """A copy of the template, its people, and the processes that act for them."""

    folder: Path
    zygote: Zygote
    gateway: str = "http://127.0.0.1:1"

    @classmethod
    def copy(cls, template: Path, folder: Path, zygote: Zygote) -> "Street":
        """A street of its own."""
        shutil.copytree(template, folder)
        return cls(folder, zygote)

    def restore(self, saved: Path) -> None:
        """Both wallets and their elements as they were when ``saved``."""
        for part in ("home", "elements"):
            shutil.rmtree(self.folder / part)
            shutil.copytree(saved / part, self.folder / part)

    def save(self, saved: Path) -> Path:
        """Keep both wallets and their elements as they are now."""
        for part in ("home", "elements"):
            shutil.copytree(self.folder / part, saved / part)
        return saved

    @property
    def environment(self) -> dict[str, str]:
        """What a command of this street is told."""
        return {
            "TENGE_HOME": str(self.folder / "home"),
            "TENGE_ELEMENTS": str(self.folder / "elements"),
            "TENGE_GATEWAY": self.gateway,
            "TENGE_PIN": "4071",
            "TENGE_PIN_COST": "cheap",
            "TENGE_AT": str(NOW),
        }

    def start(self, name: str, *words: str, die_at: int | None = None, given: bytes = b"") -> Victim:
        """``tenge wallet WORDS --wallet NAME`` as a process of its own."""
        line = ("wallet", *words, "--wallet", name)
        return self.zygote.start("command", line, self.environment, die_at=die_at, given=given)

    def config(self, name: str) -> Config:
        """Where a wallet lives."""
        return read_config(name, self.environment)

    @contextmanager
    def opened(self, *names: str, wire: Wire | None = None) -> Iterator[tuple[Wallet, ...]]:
        """Wallets opened from their files in this process, as after a restart; closed at the end."""
        wallets: list[Wallet] = []
        try:
            for name in names:
                line = wire or Nowhere()
                devices = (SetClock(NOW), SystemEntropy(), lambda _, line=line: line)
                wallets.append(open_wallet(self.config(name), PIN, *devices))
            yield tuple(wallets)
        finally:
            for wallet in wallets:
                wallet.close()

    def held(self, *names: str) -> tuple[int, ...]:
        """What each may spend (tiyn), by its own files."""
        with self.opened(*names) as wallets:
            return tuple(spendable(wallet) for wallet in wallets)

    @contextmanager
    def platform(self) -> Iterator[Platform]:
        """The platform, opened from its files in this process."""
        config = PlatformConfig(auto_approve_tiyn=START_TIYN, durable=False)
        platform = build_platform(self.folder / "platform", config, SetClock(NOW), SystemEntropy())
        try:
            yield platform
        finally:
            platform.close()

    def come_home(self, *people: Person) -> tuple[dict[str, int], int]:
        """Everybody deposits and syncs (in this order).

        Returns what each then has on the account, and what the platform believes is still on devices beside
        the money of those who stayed away (tiyn). The equation is recomputed from the stores.
        """
        with self.platform() as platform:
            line = Line(platform)
            for person in people:
                with self.opened(person.name, wire=line) as (wallet,):
                    wallet.recovery.recover()
                    good(wallet.settling.deposit())
                    good(wallet.settling.sync())
            platform.tick()
            accounts = {}
            for person in people:
                with self.opened(person.name, wire=line) as (wallet,):
                    good(wallet.settling.deposit())  # what others brought may have made it payable
                    good(wallet.settling.sync())
                    balance = wallet.view.balance()
                    assert (balance.spendable_tiyn, balance.waiting_tiyn) == (0, 0), person.name
                    accounts[person.name] = balance.account_tiyn
        sheet = read_balance_sheet(self.folder / "platform")
        assert sheet.holds
        away = sum(self.held(*(one.name for one in PEOPLE if one not in people)))
        return accounts, sheet.devices_tiyn - away


def spendable(wallet: Wallet) -> int:
    """What it may spend (tiyn)."""
    return wallet.view.balance().spendable_tiyn


def converse(payer: Wallet, payee: Wallet, message: bytes, *, two_way: bool = False) -> None:
    """What the payer does with what the payee gives: look, agree, and pass on what the wallets say."""
    if unwrap(message)[0] is not Kind.REQUEST:
        pass_on(payer, payee, good(payer.money.receive(message)))
        return
    found = payer.money.propose(message)
    if isinstance(found, Proposal):
        found = payer.money.confirm(found, two_way=two_way)
    pass_on(payer, payee, good(found))


def pass_on(payer: Wallet, payee: Wallet, told: Told) -> None:
    """Carry the payer's message over and the answers back, until nobody has anything to say."""
    for _ in range(6):
        if not told.messages or told.closed:
            return
        answer = good(payee.money.receive(told.messages[-1]))
        for message in answer.messages:
            told = good(payer.money.receive(message))
    raise AssertionError("the wallets never stop talking")


@dataclass(frozen=True)
class Held:
    """What both could spend before anything happened (tiyn)."""

    payer_tiyn: int
    payee_tiyn: int

    @property
    def total_tiyn(self) -> int:
        """Both together."""
        return self.payer_tiyn + self.payee_tiyn


TRUE_OF_PAYER = {
    "nothing-signed": (0,),
    "perhaps-signed": (0, PRICE_TIYN),
    "signed-away": (PRICE_TIYN,),
}
"""What the payer may have lost (tiyn) when its wallet calls this certain."""
TRUE_OF_PAYEE = {"nothing-moved": (0,), "nothing-counted": (0,), "part-arrived": (0,)}
"""What the payee may have gained."""


def check_words(payer: Sequence[Open], payee: Sequence[Open], lost_tiyn: int, gained_tiyn: int) -> None:
    """Whatever a wallet calls certain is so."""
    for one in payer:
        assert lost_tiyn in TRUE_OF_PAYER[one.certain], (one.certain, lost_tiyn)
    for one in payee:
        assert gained_tiyn in TRUE_OF_PAYEE[one.certain], (one.certain, gained_tiyn)


def mend(payer: Wallet, payee: Wallet, before: Held) -> None:
    """After a cut: both look, what is certain is checked, and what is to be done is done.

    At the end the price has moved exactly once, and neither wallet names anything to do.
    """
    todo_of_payer = payer.recovery.recover(online=False).open
    todo_of_payee = payee.recovery.recover(online=False).open
    lost, gained = before.payer_tiyn - spendable(payer), spendable(payee) - before.payee_tiyn
    assert lost in (0, PRICE_TIYN) and gained in (0, PRICE_TIYN), (lost, gained)
    assert gained <= lost, "at most one of the two can spend it"
    check_words(todo_of_payer, todo_of_payee, lost, gained)
    if lost and not gained:
        assert any(one.certain in ("signed-away", "perhaps-signed") for one in todo_of_payer), (
            "the payer knows"
        )
    for one in todo_of_payee:
        if one.todo is Todo.SHOW_REQUEST_AGAIN:
            converse(payer, payee, good(payee.money.resume(one.payment.id)).messages[-1])
    for one in payer.recovery.open():
        if one.todo is Todo.SEND_AGAIN:
            pass_on(payer, payee, good(payer.money.resume(one.payment.id)))
    if spendable(payee) == before.payee_tiyn:
        assert not payee.recovery.open(), "nothing was left behind but the wish to pay"
        converse(payer, payee, good(payee.money.request(PRICE_TIYN)).message)
    moved = before.payer_tiyn - spendable(payer), spendable(payee) - before.payee_tiyn
    assert moved == (PRICE_TIYN, PRICE_TIYN), moved
    left = [one.todo for wallet in (payer, payee) for one in wallet.recovery.open()]
    assert not left, left


def refused(outcome: object) -> Code:
    """The code of what must be a refusal."""
    assert isinstance(outcome, Refusal), outcome
    return outcome.code
