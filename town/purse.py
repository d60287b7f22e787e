"""Somebody's wallet in a story: every act is the ``tenge wallet`` command a person would type.

Balances are read by opening the wallet's own store, as the command does; everything that does something is a
process of its own, without a network wherever the story says so.
"""

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faces.words import sentence
from hardware.clock import SystemClock
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
from town.torn_wire import TornWire
from wallet.compose import open_wallet
from wallet.config import read_config
from wallet.service.wallet import Wallet

if TYPE_CHECKING:
    from town.town import Town

SHORT_SOCKET_FOLDER = Path(tempfile.gettempdir())
"""Unix socket paths are limited to 107 characters, so sockets do not lie in the town's own folder."""


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
    _step: int = field(default=0)

    @property
    def shown(self) -> str:
        """The owner's name on the screen."""
        return self.person.shown

    @property
    def bank_name(self) -> str:
        """The owner's bank."""
        return BANKS[self.person.bank]

    # --- commands

    def words(self, command: str, *rest: str) -> list[str]:
        """The command line after ``tenge``."""
        return ["wallet", command, *rest, "--wallet", self.name, "--json"]

    def start(self, command: str, *rest: str, network: bool = False) -> Running:
        """Start a command of this wallet."""
        return self.town.programs().start(self.words(command, *rest), network=network)

    def run(self, command: str, *rest: str, network: bool = False) -> Done:
        """Run a command of this wallet to its end, whatever that is."""
        return self.start(command, *rest, network=network).finish()

    def do(self, command: str, *rest: str, network: bool = False) -> Done:
        """Run a command that must work; raises :class:`CommandFailed`."""
        done = self.run(command, *rest, network=network)
        if done.code != 0:
            raise CommandFailed(done.describe())
        return done

    def _show(self, stage: Stage | None, command: str, *, network: bool = False) -> None:
        if stage is not None:
            stage.typed(self.shown, f"tenge wallet {command}", network=network)

    def _file(self, what: str) -> Path:
        self._step += 1
        folder = self.town.folder / "post"
        folder.mkdir(exist_ok=True)
        return folder / f"{self.name}-{self._step}-{what}.tenge"

    # --- becoming a client, with a network

    def join(self) -> None:
        """A new wallet, the bank's activation code, a Digital Tenge account."""
        self.do("create", network=True)
        bank = str(self.person.bank)
        self.do(
            "enrol", "--bank", bank, "--code", self.code, "--root", self.town.root_key().hex(), network=True
        )
        self.do("open-account", network=True)

    def fill(
        self, amount_tiyn: int, *, single: bool = False, colour: str = "", stage: Stage | None = None
    ) -> None:
        """Tenge on the current account become Digital Tenge become tokens on the device."""
        amount = plain_tenge(amount_tiyn)
        missing_tiyn = amount_tiyn - self.account_tiyn()
        if missing_tiyn > 0:
            self._show(stage, f"convert {plain_tenge(missing_tiyn)}", network=True)
            self.do("convert", plain_tenge(missing_tiyn), network=True)
        options = ["--single"] if single else []
        if colour:
            rule = Rule(colour, merchants=(CANTEEN.number,))
            options += ["--rule", rule.to_bytes().hex()]
        self._show(stage, " ".join(["load", amount, *options[:1]]), network=True)
        self.do("load", amount, *options, network=True)

    def come_home(self, stage: Stage | None = None) -> Done:
        """Back on the network: upload what happened, deposit what is held."""
        self._show(stage, "deposit --all", network=True)
        self.do("sync", network=True)
        return self.do("deposit", "--all", network=True)

    # --- from hand to hand, without a network

    def hand_over(
        self, stage: Stage | None, payee: "Purse", amount_tiyn: int, purpose: str, *, wire: bool = False
    ) -> None:
        """Pay somebody: four files that change hands, or one conversation over a socket."""
        if wire:
            self._over_a_socket(payee, amount_tiyn, purpose)
            return
        request, transfer, receipt = (self._file(what) for what in ("request", "transfer", "receipt"))
        amount = plain_tenge(amount_tiyn)
        payee._show(stage, f"request {amount} --out request.tenge")
        payee.do("request", amount, "--purpose", purpose, "--out", str(request))
        before = children_cpu_s()
        self._show(stage, "pay request.tenge --out payment.tenge")
        self.do("pay", str(request), "--yes", "--out", str(transfer))
        payee._show(stage, "receive payment.tenge --out receipt.tenge")
        payee.do("receive", str(transfer), "--out", str(receipt))
        self._show(stage, "receipt receipt.tenge")
        self.do("receipt", str(receipt))
        sent = sum(file.stat().st_size for file in (request, transfer, receipt))
        self.town.costs.append(Cost(children_cpu_s() - before, sent))

    def socket_path(self) -> Path:
        self._step += 1
        return Path(tempfile.mkdtemp(prefix="tenge-", dir=SHORT_SOCKET_FOLDER)) / f"{self._step}"

    def _over_a_socket(self, payee: "Purse", amount_tiyn: int, purpose: str) -> None:
        path = payee.socket_path()
        listening = payee.start(
            "receive", plain_tenge(amount_tiyn), "--purpose", purpose, "--socket", str(path)
        )
        _wait_for(path, listening)
        paying = self.run("pay", "--yes", "--socket", str(path))
        received = listening.finish()
        shutil.rmtree(path.parent, ignore_errors=True)
        for done in (paying, received):
            if done.code != 0:
                raise CommandFailed(done.describe())

    def try_to_pay(self, payee: "Purse", amount_tiyn: int) -> Refused:
        """Pay somebody who asks, and be refused; raises :class:`CommandFailed` if it went through."""
        request, transfer = self._file("request"), self._file("transfer")
        payee.do("request", plain_tenge(amount_tiyn), "--out", str(request))
        done = self.run("pay", str(request), "--yes", "--out", str(transfer))
        if done.code != 1:
            raise CommandFailed(done.describe())
        code = str(done.told["code"])
        return Refused(code, str(done.told.get("sentence") or sentence(Refusal(Code(code)))))

    # --- cut off in the middle

    def torn_hand_over(
        self, payee: "Purse", amount_tiyn: int, purpose: str, *, tear_before: int, victim: str
    ) -> "Torn":
        """Pay over a socket that tears instead of passing on message ``tear_before``; kill -9 the victim."""
        path = payee.socket_path()
        near, far = path, path.with_suffix(".far")
        listening = payee.start(
            "receive", plain_tenge(amount_tiyn), "--purpose", purpose, "--socket", str(far)
        )
        _wait_for(far, listening)
        running: dict[str, Running] = {"payee": listening}

        def tear() -> None:
            running[victim].kill()

        wire = TornWire(near, far, tear_before, tear).start()
        running["payer"] = self.start("pay", "--yes", "--socket", str(near))
        ended = {who: one.finish() for who, one in running.items()}
        wire.join()
        shutil.rmtree(path.parent, ignore_errors=True)
        if not wire.torn and tear_before <= len(wire.passed):
            raise CommandFailed(ended["payer"].describe() + ended["payee"].describe())
        return Torn(self, payee, amount_tiyn, purpose, wire.passed, ended)

    def what_is_open(self) -> str:
        """What the wallet itself says about unfinished payments."""
        told = self.do("recover", "--offline").told
        return str(told["says"])

    # --- looking, in the wallet's own store

    def _open(self) -> Wallet:
        from town.town import STORY_PIN

        config = read_config(self.name, self.town.programs().environment)
        return open_wallet(config, Pin(STORY_PIN), SystemClock(), SystemEntropy(), HttpWire)

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
        return Purse(self.town, self.person, name, self.code)


@dataclass(frozen=True)
class Torn:
    """A payment that was cut: who it was between, what got through, how both processes ended."""

    payer: Purse
    payee: Purse
    amount_tiyn: int
    purpose: str
    passed: list[int]
    ended: dict[str, Any]

    def repair(self, stage: Stage | None = None) -> None:
        """What both people are told to do: run `recover` and let the two wallets meet again."""
        for purse in (self.payee, self.payer):
            _show(stage, purse, "recover --offline")
            purse.do("recover", "--offline")
        path = self.payee.socket_path()
        payment = self.payment()
        if stage is not None:
            stage.say("The two wallets meet again and go on where they were.", "wait")
        listening = self.payee.start("receive", "--payment", payment, "--socket", str(path))
        _wait_for(path, listening)
        _show(stage, self.payer, "pay --socket tap.sock")
        paying = self.payer.run("pay", "--yes", "--socket", str(path))
        received = listening.finish()
        shutil.rmtree(path.parent, ignore_errors=True)
        for done in (paying, received):
            if done.code != 0:
                raise CommandFailed(done.describe())

    def payment(self) -> str:
        """The number of the payment, from the payee's own history."""
        newest = self.payee.do("history", "--most", "1").told["payments"][0]
        return str(newest["payment"])


def _show(stage: Stage | None, purse: Purse, command: str) -> None:
    if stage is not None:
        stage.typed(purse.shown, f"tenge wallet {command}", network=False)


def _wait_for(path: Path, listening: Running) -> None:
    """Until somebody listens there, or the process that should has ended."""
    import time

    while not path.exists() and listening.child.poll() is None:
        time.sleep(0.01)
