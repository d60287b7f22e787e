"""A platform in this process and wallets on real files, wired with bytes: what the wallet's tests live in."""

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from device.compose import create_wallet, open_wallet
from device.config import Config
from device.service.money import Money, Proposal, Told
from device.service.wallet import Wallet
from hardware.clock import SetClock
from hardware.entropy import SeededEntropy
from platform_stub.bank.store import Client
from platform_stub.compose import Platform, build_platform
from platform_stub.config import PlatformConfig
from tender.account.client_messages import TO_DT
from tender.account.participants import BANKS
from tender.crypto.sealing import PIN_COST_CHEAP, Pin
from tender.errors import Code, LinkError, NotSentError, Refusal
from tests.mint import NOW
from town.cast import Person

T = TypeVar("T")
PIN = Pin("4071")
START_TIYN = 1_000_000_000


@dataclass
class Line:
    """The wire between wallets and the gateway; it can be cut, before or after the order arrived."""

    platform: Platform
    away: bool = False
    gone: bool = False
    """Nobody is there at all: what is sent never leaves."""
    lose_answers: int = 0
    sent: list[str] = field(default_factory=list)

    def send(self, path: str, raw: bytes) -> bytes:
        """The gateway's bank door, as HTTP would reach it."""
        if self.gone:
            raise NotSentError(Code.PLATFORM_UNREACHABLE, "wire")
        self.sent.append(path)
        if self.away:
            raise LinkError(Code.PLATFORM_UNREACHABLE, "wire")
        _, _, number, _, kind = path.split("/")
        answer = self.platform.gateway.bank(int(number), kind, raw)
        if self.lose_answers:
            self.lose_answers -= 1
            raise LinkError(Code.PLATFORM_UNREACHABLE, "wire")
        return answer


class Village:
    """Everybody in one folder, at one time, from one seed."""

    def __init__(self, folder: Path, **settings: int) -> None:
        self.folder = folder
        self.clock = SetClock(NOW)
        self.entropy = SeededEntropy("village")
        config = PlatformConfig(auto_approve_tiyn=START_TIYN, durable=False, **settings)  # type: ignore[arg-type]
        self.platform = build_platform(folder / "platform", config, self.clock, self.entropy)
        self.line = Line(self.platform)
        for number in BANKS:
            reference = sha256(f"fund {number}".encode()).digest()
            self.platform.nbk.open_correspondent(number, START_TIYN, reference)
            self.platform.banks[number].money.open_correspondent(START_TIYN, reference)

    def config(self, name: str) -> Config:
        """Where a wallet of this name lives."""
        return Config(
            name,
            self.folder / "home" / "wallets" / name,
            self.folder / "elements" / name,
            "http://127.0.0.1:1",
            PIN_COST_CHEAP,
        )

    def client(self, person: Person) -> Client:
        """The person as a client of its bank, with tenge on the current account."""
        bank = self.platform.banks[person.bank]
        known = bank.client(person.number)
        if isinstance(known, Client):
            return known
        kind = "firm" if person.business else "person"
        made = bank.clients.onboard(
            Client(
                0,
                kind,
                person.number,
                person.phone,
                person.shown,
                person.shown,
                "",
                person.shown,
                person.category,
                True,
                False,
            )
        )
        assert isinstance(made, Client), made
        bank.clients.pay_in_cash(made.number, person.cash_tiyn, sha256(person.name.encode()).digest())
        return made

    def blank(self, name: str) -> Wallet:
        """A new wallet that knows no bank."""
        return create_wallet(self.config(name), PIN, self.clock, SeededEntropy(name), lambda _: self.line)

    def reopen(self, wallet: Wallet | None, name: str, seed: str = "again") -> Wallet:
        """The wallet after its process ended."""
        if wallet is not None:
            wallet.close()
        return open_wallet(
            self.config(name), PIN, self.clock, SeededEntropy(name + seed), lambda _: self.line
        )

    def wallet(
        self,
        person: Person,
        load_tiyn: int = 0,
        *,
        single: bool = False,
        shown: bool = False,
        rule: bytes | None = None,
    ) -> Wallet:
        """An enrolled wallet with an account, and money on the device."""
        client = self.client(person)
        wallet = self.blank(person.name)
        code = self.platform.banks[person.bank].clients.activation_code(client.number)
        good(wallet.membership.enrol(person.bank, code, shown=shown, root_key=self.platform.root_key))
        good(wallet.membership.open_account())
        if load_tiyn:
            good(wallet.bank.convert(TO_DT, load_tiyn))
            good(wallet.bank.load(load_tiyn, single=single, rule=rule))
        return wallet


def good(outcome: T | Refusal) -> T:
    """The outcome, which must not be a refusal."""
    assert not isinstance(outcome, Refusal), outcome
    return outcome


def approved(money: Money, request: bytes, *, two_way: bool = False) -> Told:
    """Propose and say yes."""
    proposal = money.propose(request)
    assert isinstance(proposal, Proposal), proposal
    return good(money.confirm(proposal, two_way=two_way))


def hand_over(payer: Wallet, payee: Wallet, amount_tiyn: int, purpose: str = "") -> bytes:
    """A whole payment by files: request, transfer, receipt. Returns the payment's id."""
    request = good(payee.money.request(amount_tiyn, purpose))
    transfer = approved(payer.money, request.message)
    received = good(payee.money.receive(transfer.messages[0]))
    good(payer.money.receive(received.messages[0]))
    return request.payment
