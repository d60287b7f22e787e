"""Somebody's wallet in a story: every act is the ``tenge wallet`` command a person would type.

Balances are read by opening the wallet's own store, as the command does; everything that does something is a
process of its own, without a network wherever the story says so.
"""

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from device.compose import create_wallet, open_wallet
from device.config import Config, read_config
from device.service.wallet import Wallet
from faces.words import sentence
from hardware.clock import SetClock
from hardware.entropy import SystemEntropy
from hardware.wires import HttpWire
from tender.account.participants import BANKS
from tender.cash.token import Rule
from tender.crypto.sealing import Pin
from tender.errors import Code, Refusal
from tender.money import plain_tenge
from town.cast import CANTEEN, Person
from town.processes import CommandFailed, Done, Running, children_cpu_s
from town.stories.stage import Stage

if TYPE_CHECKING:
    from town.town import Town

SOCKET_FOLDER_MOST = 80
"""A Unix socket's path has at most 107 characters: sockets of a town that lies deeper go elsewhere."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one payment by file cost: CPU of the whole programs, and the bytes of its three messages."""

    cpu_s: float
    sent_bytes: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A command that was refused, in its own words."""

    code: str
    sentence: str


@dataclass
class Purse:
    """One wallet on one device."""

    town: "Town"
    person: Person
    name: str
    code: str
    label: str = ""
    _step: int = field(default=0)

    @property
    def shown(self) -> str:
        """The owner's name on the screen."""
        return self.label or self.person.shown

    @property
    def bank_name(self) -> str:
        """The owner's bank."""
        return BANKS[self.person.bank]

    # --- commands

    def start(self, command: str, *rest: str, network: bool = False) -> Running:
        """Start a command of this wallet."""
        words = ["wallet", command, *rest, "--wallet", self.name, "--json"]
        return self.town.programs().start(words, network=network)

    def run(self, command: str, *rest: str, network: bool = False) -> Done:
        """Run a command of this wallet to its end, whatever that is."""
        return self.start(command, *rest, network=network).finish()

    def do(self, command: str, *rest: str, network: bool = False) -> Done:
        """Run a command that must work; raises :class:`CommandFailed`."""
        return must(self.run(command, *rest, network=network))

    def show(self, stage: Stage | None, command: str, *, network: bool = False) -> None:
        """Show what is typed, as short as a person would type it."""
        if stage is not None:
            stage.typed(self.shown, f"tenge wallet {command}", network=network)

    def _file(self, what: str) -> Path:
        self._step += 1
        folder = self.town.folder / "post"
        folder.mkdir(exist_ok=True)
        return folder / f"{self.name}-{self._step}-{what}.tenge"

    def socket_path(self) -> Path:
        """A path for a socket, in a folder of its own."""
        own = self.town.folder
        near = own if len(str(own)) <= SOCKET_FOLDER_MOST else None
        return Path(tempfile.mkdtemp(prefix="wire-", dir=near)) / "tap"

    # --- with a network

    def join(self) -> None:
        """A new wallet, the bank's activation code, a Digital Tenge account.

        What everybody has done long before a story begins, so it is no command here but its use cases.
        """
        with self._create() as made:
            bank, root_key = self.person.bank, self.town.root_key()
            for outcome in (
                made.membership.enrol(bank, self.code, shown=True, root_key=root_key),
                made.membership.open_account(),
            ):
                if isinstance(outcome, Refusal):
                    raise CommandFailed(f"{self.shown} cannot join {self.bank_name}: {outcome}")

    def fill(
        self,
        amount_tiyn: int,
        *,
        single: bool = False,
        colour: str = "",
        spare_tiyn: int = 0,
        stage: Stage | None = None,
    ) -> None:
        """Tenge on the current account become Digital Tenge become tokens on the device.

        ``spare_tiyn`` more is converted and stays on the Digital Tenge account.
        """
        missing_tiyn = amount_tiyn + spare_tiyn - self.account_tiyn()
        if missing_tiyn > 0:
            self.show(stage, f"convert {plain_tenge(missing_tiyn)}", network=True)
            self.do("convert", plain_tenge(missing_tiyn), network=True)
        amount = plain_tenge(amount_tiyn)
        options = ["--single"] if single else []
        rule = ["--rule", Rule(colour, merchants=(CANTEEN.number,)).to_bytes().hex()] if colour else []
        shown = [*options, f"--rule {rule[1][:8]}…"] if rule else options
        self.show(stage, " ".join(["load", amount, *shown]), network=True)
        self.do("load", amount, *options, *rule, network=True)

    def come_home(self, stage: Stage | None = None) -> Done:
        """Back on the network: show what was paid and what is held, and deposit it."""
        self.show(stage, "deposit --all", network=True)
        return self.do("deposit", "--all", network=True)

    def sync(self, stage: Stage | None = None) -> Done:
        """Fetch the newest lists, and hear what became of payments."""
        self.show(stage, "sync", network=True)
        return self.do("sync", network=True)

    # --- from hand to hand, without a network

    def hand_over(self, stage: Stage | None, payee: "Purse", amount_tiyn: int, purpose: str) -> None:
        """Pay somebody with three files that change hands: request, payment, receipt."""
        before = children_cpu_s()
        request, transfer, receipt = (self._file(what) for what in ("request", "transfer", "receipt"))
        amount = plain_tenge(amount_tiyn)
        payee.show(stage, f"request {amount} --out request.tenge")
        payee.do("request", amount, "--purpose", purpose, "--out", str(request))
        self.show(stage, "pay request.tenge --out payment.tenge")
        self.do("pay", str(request), "--yes", "--out", str(transfer))
        payee.show(stage, "receive payment.tenge --out receipt.tenge")
        payee.do("receive", str(transfer), "--out", str(receipt))
        self.show(stage, "receipt receipt.tenge")
        self.do("receipt", str(receipt))
        sent = sum(file.stat().st_size for file in (request, transfer, receipt))
        self.town.costs.append(Cost(children_cpu_s() - before, sent))

    def tap(self, payee: "Purse", amount_tiyn: int, purpose: str) -> None:
        """Pay somebody in one conversation of two processes over a socket."""
        path = payee.socket_path()
        amount = plain_tenge(amount_tiyn)
        listening = payee.start("receive", amount, "--purpose", purpose, "--socket", str(path))
        listening.wait_for(path)
        paying = self.run("pay", "--yes", "--socket", str(path))
        if paying.code != 0:
            listening.kill()  # it would wait for another caller
        received = listening.finish()
        shutil.rmtree(path.parent, ignore_errors=True)
        must(paying)
        must(received)

    def try_to_pay(self, payee: "Purse", amount_tiyn: int) -> Refused:
        """Pay somebody who asks, and be refused; raises :class:`CommandFailed` if it went through."""
        request, transfer = self._file("request"), self._file("transfer")
        asked = payee.run("request", plain_tenge(amount_tiyn), "--out", str(request))
        done = asked if asked.code else self.run("pay", str(request), "--yes", "--out", str(transfer))
        return _refused(done)

    def try_to_tap(self, payee: "Purse", amount_tiyn: int) -> Refused:
        """The same over a socket, where the payee looks at the money before it is signed away."""
        path = payee.socket_path()
        listening = payee.start("receive", plain_tenge(amount_tiyn), "--socket", str(path))
        listening.wait_for(path)
        paying = self.run("pay", "--yes", "--socket", str(path))
        listening.kill()
        listening.finish()
        shutil.rmtree(path.parent, ignore_errors=True)
        return _refused(paying)

    def what_is_open(self) -> str:
        """What the wallet itself says about unfinished payments."""
        return str(self.do("recover", "--offline").told["says"])

    # --- looking, in the wallet's own store

    def _config(self) -> Config:
        return read_config(self.name, self.town.programs().environment)

    def _devices(self) -> tuple[SetClock, SystemEntropy, type[HttpWire]]:
        return SetClock(self.town.now()), SystemEntropy(), HttpWire

    def _create(self) -> Wallet:
        return create_wallet(self._config(), Pin(self.town.pin), *self._devices())

    def _open(self) -> Wallet:
        return open_wallet(self._config(), Pin(self.town.pin), *self._devices())

    def balance(self) -> int:
        """What the device may spend (tiyn)."""
        with self._open() as opened:
            return opened.view.balance().spendable_tiyn

    def token_bytes(self) -> int:
        """Bytes of the longest token held."""
        with self._open() as opened:
            return max((len(coin.packed) for coin in opened.desk.spendable()), default=0)

    def account_tiyn(self) -> int:
        """Digital Tenge on the owner's account, as the bank's store has it."""
        return self.town.account_tiyn(self.person)

    # --- the crime

    def clone(self, name: str) -> "Purse":
        """Copy the wallet's folder and its element's folder: a device that is there twice."""
        folder = self.town.folder
        shutil.copytree(folder / "wallets" / self.name, folder / "wallets" / name)
        shutil.copytree(folder / "elements" / self.name, folder / "elements" / name)
        return Purse(self.town, self.person, name, self.code, f"{self.shown}'s copy")


def _refused(done: Done) -> Refused:
    if done.code != 1:
        raise CommandFailed(done.describe())
    code = str(done.told["code"])
    return Refused(code, str(done.told.get("sentence") or sentence(Refusal(Code(code)))))


def must(done: Done) -> Done:
    """A command that must have worked; raises :class:`CommandFailed` with all it printed."""
    if done.code != 0:
        raise CommandFailed(done.describe())
    return done
