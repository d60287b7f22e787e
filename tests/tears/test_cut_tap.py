"""A conversation over a socket cut inside each of its messages: both sides live, and only the wire is torn.

The payee waits for another caller, the payer is opened again from its disk and does what it was told; at the
end the price has moved once. By default a few bytes of each message (its length, its middle, all but the last
byte); with ``TENGE_CUTS=all`` every byte.
"""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import typer

from device.cli.speaking import Voice
from device.service.money import Requested
from device.service.wallet import Wallet
from tender.errors import LinkError
from tests.tears.conftest import ALL
from tests.tears.street import PRICE_TIYN, Held, Street, mend, spendable
from tests.wallet.village import good
from town.torn_wire import LENGTH_BYTES, TornWire
from wallet.cli.tap import pay_over, receive_over

PAYER, PAYEE = "aigul", "dana"
MESSAGES = ("request", "offer", "ready", "transfer", "receipt")
RECEIPT = len(MESSAGES)
WAIT_S = 30


class Overheard(Voice):
    """A voice whose words are kept and not printed."""

    def __init__(self) -> None:
        super().__init__(as_json=True)
        self.told: list[dict[str, Any]] = []

    def tell(self, **data: Any) -> None:
        """Keep it."""
        self.told.append(data)


@dataclass
class Listening:
    """The payee in a thread of its own, waiting at a socket."""

    wallet: Wallet
    path: Path
    asked: Requested
    voice: Overheard = field(default_factory=Overheard)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        while not self.path.exists() and self._thread.is_alive():
            self._thread.join(0.002)

    def _listen(self) -> None:
        receive_over(self.voice, self.wallet, self.path, self.asked, timeout_s=WAIT_S)

    def end(self) -> str:
        """Wait for its end; the status it told."""
        self._thread.join(WAIT_S)
        return str(self.voice.told[-1]["status"])


def pay(wallet: Wallet, path: Path) -> str:
    """The payer's side; what it ended with."""
    voice = Overheard()
    try:
        pay_over(voice, wallet, path, yes=True, timeout_s=WAIT_S)
    except (LinkError, typer.Exit):
        return "torn"
    return str(voice.told[-1]["status"])


def measured(street: Street) -> list[int]:
    """Lengths of the five messages on the wire, their frames included."""
    near, far = street.folder / "n", street.folder / "f"
    with street.opened(PAYER, PAYEE) as (aigul, dana):
        listening = Listening(dana, far, good(dana.money.request(PRICE_TIYN)))
        wire = TornWire(near, far, tear_before=99).start()
        assert pay(aigul, near) == "paid"
        assert listening.end() == "received"
        wire.join()
    return [length + LENGTH_BYTES for length in wire.passed]


def bytes_of(length: int) -> list[int]:
    """How many bytes get through."""
    return list(range(length)) if ALL else [0, 1, LENGTH_BYTES, length // 2, length - 1]


@pytest.mark.row("DT-O-12")
@pytest.mark.parametrize("message", range(1, RECEIPT + 1), ids=MESSAGES)
def test_the_wire_is_torn_at_a_byte(street: Street, tmp_path: Path, message: int) -> None:
    saved = street.save(tmp_path / "saved")
    lengths = measured(street)
    near, far = street.folder / "n", street.folder / "f"
    for through in bytes_of(lengths[message - 1]):
        street.restore(saved)
        held = Held(*street.held(PAYER, PAYEE))
        with street.opened(PAYEE) as (dana,):
            asked = good(dana.money.request(PRICE_TIYN))
            listening = Listening(dana, far, asked)
            with street.opened(PAYER) as (aigul,):
                wire = TornWire(near, far, message, bytes_through=through).start()
                assert pay(aigul, near) == "torn"
                wire.join()
            assert wire.torn and len(wire.passed) == message - 1
            if message == RECEIPT:
                assert listening.end() == "received", "only the receipt was lost"
                listening = Listening(dana, far, good(dana.money.requested(asked.payment)))
            with street.opened(PAYER) as (aigul,):
                signed = message > MESSAGES.index("transfer")
                assert held.payer_tiyn - spendable(aigul) == (PRICE_TIYN if signed else 0)
                assert pay(aigul, far) == "paid"
            assert listening.end() == "received"
        with street.opened(PAYER, PAYEE) as (aigul, dana):
            mend(aigul, dana, held)
