"""Over a socket: the first payer goes away after *ready*; the next one pays the same request."""

import threading
from pathlib import Path

from device.cli.speaking import Voice
from device.service.money import Proposal
from device.service.wallet import Wallet
from hardware.wires import FramedSocket, connect_unix
from tests.wallet.village import Village, good
from town.cast import AIGUL, BOLAT, DANA
from wallet.cli.tap import receive_over

LOADED = 100_000
PRICE = 30_000


class Bell(Voice):
    """A voice that rings when it says that it listens."""

    def __init__(self) -> None:
        super().__init__(as_json=True)
        self.listens = threading.Event()

    def say(self, name: str, /, **facts: str | int) -> None:
        self.listens.set()


class Shop(threading.Thread):
    """Dana, who listens in a process of her own."""

    def __init__(self, village: Village, socket: Path) -> None:
        super().__init__()
        self.village, self.socket, self.voice = village, socket, Bell()

    def run(self) -> None:
        with self.village.reopen(None, "dana", "shop") as dana:
            asked = good(dana.money.request(PRICE))
            receive_over(self.voice, dana, self.socket, asked, timeout_s=20)


def offered(payer: Wallet, line: FramedSocket) -> bytes:
    """Read the request, offer, and hear *ready*."""
    found = payer.money.propose(line.receive(20), two_way=True)
    if isinstance(found, Proposal):
        found = good(payer.money.confirm(found, two_way=True))
    line.send(good(found).messages[-1])
    return line.receive(20)


def test_the_next_caller_pays_and_the_first_one_comes_too_late_for_nothing(village: Village) -> None:
    village.wallet(DANA).close()
    aigul, bolat = village.wallet(AIGUL, LOADED), village.wallet(BOLAT, LOADED)
    socket = village.folder / "tap.sock"
    shop = Shop(village, socket)
    shop.start()
    assert shop.voice.listens.wait(20)
    with connect_unix(socket, 20) as line:
        ready = offered(aigul, line)
    with connect_unix(socket, 20) as line:
        line.send(good(bolat.money.receive(offered(bolat, line))).messages[-1])
        assert good(bolat.money.receive(line.receive(20))).status == "paid"
    shop.join(20)
    tails = good(aigul.money.receive(ready)).messages[-1]
    with village.reopen(None, "dana", "later") as dana:
        no = good(dana.money.receive(tails)).messages[-1]
        whole = good(aigul.money.receive(no)).messages
        back = good(dana.money.receive(whole[-1])).messages[-1] if whole else no
        assert good(aigul.money.receive(back)).status == "returned"
        held = [one.view.balance().spendable_tiyn for one in (aigul, bolat, dana)]
    assert held == [LOADED, LOADED - PRICE, PRICE]
