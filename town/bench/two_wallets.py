"""Two wallets and a platform in this process, on a real disk, for measuring payments between them.

Stores, elements and commits are those of every wallet; only the PIN's key derivation is cheap, because it is
paid once, at opening.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from device.compose import create_wallet
from device.config import Config
from device.service.money import Proposal, Told
from device.service.wallet import Wallet
from hardware.clock import SystemClock
from hardware.entropy import SystemEntropy
from platform_stub.compose import Platform, build_platform
from platform_stub.config import PlatformConfig
from tender.account.client_messages import TO_DT
from tender.crypto.sealing import PIN_COST_CHEAP, Pin
from tender.errors import Refusal
from town.cast import AIGUL, DANA, Person
from town.serve import move_in, open_banks

T = TypeVar("T")


@dataclass
class Gateway:
    """The bank's door without HTTP in between."""

    platform: Platform

    def send(self, path: str, raw: bytes) -> bytes:
        """``/bank/NUMBER/v1/KIND`` as HTTP would reach it."""
        _, _, number, _, kind = path.split("/")
        return self.platform.gateway.bank(int(number), kind, raw)


@dataclass
class Pair:
    """Aigul and Dana, enrolled, each with an account; Aigul's money comes from her bank."""

    aigul: Wallet
    dana: Wallet
    platform: Platform

    def load(self, amount_tiyn: int) -> None:
        """Fresh money on Aigul's device, as one piece."""
        must(self.aigul.bank.convert(TO_DT, amount_tiyn))
        must(self.aigul.bank.load(amount_tiyn, single=True))

    def empty(self, wallet: Wallet) -> None:
        """All of a wallet's money back to its account."""
        must(wallet.settling.deposit())


@contextmanager
def two_wallets() -> Iterator[Pair]:
    """A pair in a folder that is thrown away at the end."""
    folder = Path(tempfile.mkdtemp(prefix="tenge-"))
    platform = build_platform(folder / "platform", PlatformConfig(), SystemClock(), SystemEntropy())
    open_banks(platform)
    aigul, dana = (_joined(folder, platform, person) for person in (AIGUL, DANA))
    try:
        yield Pair(aigul, dana, platform)
    finally:
        aigul.close()
        dana.close()
        platform.close()
        shutil.rmtree(folder, ignore_errors=True)


def _joined(folder: Path, platform: Platform, person: Person) -> Wallet:
    code = move_in(platform, person)
    config = Config(
        person.name,
        folder / "wallets" / person.name,
        folder / "elements" / person.name,
        "http://127.0.0.1",
        PIN_COST_CHEAP,
    )
    wallet = create_wallet(config, Pin("202611"), SystemClock(), SystemEntropy(), lambda _: Gateway(platform))
    must(wallet.membership.enrol(person.bank, code, shown=True, root_key=platform.root_key))
    must(wallet.membership.open_account())
    return wallet


def must(outcome: T | Refusal) -> T:
    """The outcome, which is no refusal here."""
    if isinstance(outcome, Refusal):
        raise RuntimeError(f"the bench cannot go on: {outcome}")
    return outcome


def pay(payer: Wallet, payee: Wallet, amount_tiyn: int, said: list[bytes] | None = None) -> Told:
    """A whole payment in both wallets: request → offer → ready → transfer → receipt.

    ``said`` gets every message, the payee's first, then in turns.
    """
    said = [] if said is None else said
    request = must(payee.money.request(amount_tiyn, "bench"))
    proposal = must(payer.money.propose(request.message))
    if not isinstance(proposal, Proposal):
        raise RuntimeError("a new request was taken for an old one")
    told = must(payer.money.confirm(proposal, two_way=True))
    said.append(request.message)
    here, there = payee, payer
    while told.messages:
        (message,) = told.messages
        said.append(message)
        told = must(here.money.receive(message))
        here, there = there, here
    if told.status != "paid":
        raise RuntimeError(f"the payment ended as {told.status}: {told.refusal}")
    return told
