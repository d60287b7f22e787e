"""A terminal that shares nothing with ours, on a real socket of the switch: it buys, takes back, errs.

Its messages are written and read by another implementation; of ours it has the chip's data alone, as any
terminal has them from a card.
"""

import socket
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from psec.mac import generate_retail_mac
from starkbank.iso8583 import parse, unparse
from starkbank.iso8583.template.visa import visa

from tender.account.participants import ALTYN, KAZPOST
from tests.issuer.world import hsm
from tests.patience import PATIENCE_S, soon
from tests.platform_stub.people import AIGUL, MERCHANT, TENGE, Town, open_town
from tests.switch.rails import Rails, rails

TERMINAL: Final = "56300001"
TPDU: Final = bytes.fromhex("6000031234")
BACK: Final = bytes.fromhex("6012340003")
HEADER: Final = {
    name: "0" * digits
    for name, digits in {"H02": 2, "H03": 2, "H05": 6, "H06": 6, "H07": 8, "H08": 4, "H09": 6}.items()
} | {"H10": "00", "H11": "000000", "H12": "00"}
HEADER_BYTES: Final = 22
"""The other writes and reads messages with a header of stations; a terminal's line has none."""


class ForeignTerminal:
    """A socket, two bytes of length, a TPDU."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)

    def say(self, said: dict[str, Any], cut: int = 0) -> None:
        """One message; ``cut``: without its last bytes."""
        body = TPDU + unparse({"Header": dict(HEADER), **said}, template=visa)[HEADER_BYTES:]
        body = body[: len(body) - cut]
        self._socket.sendall(len(body).to_bytes(2, "big") + body)

    def hear(self) -> dict[str, Any]:
        """The next message."""
        body = self._read(int.from_bytes(self._read(2), "big"))
        assert body[: len(TPDU)] == BACK
        header = bytes((HEADER_BYTES,)) + bytes(HEADER_BYTES - 1)
        found: dict[str, Any] = parse(header + body[len(TPDU) :], template=visa)
        return found

    def ask(self, said: dict[str, Any], cut: int = 0) -> dict[str, Any]:
        """And its answer."""
        self.say(said, cut)
        return self.hear()

    def sign_on(self, acquirer: int, merchant: str, sent: str, key: bytes | None = None) -> dict[str, Any]:
        """0800 with the numbers, the acquirer's challenge to this connection, and the code over both that the
        papers let a terminal make."""
        key = key or hsm().terminal_mac_key(f"terminal-mac/{acquirer}/{TERMINAL}/{merchant}")
        asked = {"MTI": "0800", "DE007": sent, "DE011": "000001", "DE070": "071"}
        challenged = self.ask(asked)
        assert challenged["DE039"] == "63"
        said = asked | {
            "DE041": TERMINAL, "DE042": f"{merchant:<15}", "DE053": challenged["DE053"], "DE128": "0" * 64
        }  # fmt: skip
        body = unparse({"Header": dict(HEADER), **said}, template=visa)[HEADER_BYTES:]
        mac = generate_retail_mac(key[:8], key[8:], body[:-8], 2)
        return self.ask(said | {"DE128": f"{int.from_bytes(mac, 'big'):064b}"})

    def is_hung_up_on(self) -> None:
        """The other says nothing more and closes."""
        assert self._socket.recv(1) == b""
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self._socket.recv(count - len(data))
            assert more, "the switch hung up"
            data += more
        return data


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Rails]:
    """Aigul with 10 000 DT at Altyn, a merchant of Kazpost, the switch in front of the town."""
    town: Town = open_town(tmp_path)
    town.stock(ALTYN, 100_000)
    town.rich_phone(AIGUL, 10_000)
    town.phone(MERCHANT)
    with rails(town, tmp_path) as made:
        yield made
    town.platform.close()


def test_a_foreign_terminal_buys_and_takes_back_to_the_tiyn(chain: Rails) -> None:
    aigul = chain.town.phones[AIGUL.name]
    card = chain.card(AIGUL)
    chip = card.chip(3_779_00)
    assert isinstance(chip.fields[55], bytes)
    terminal = ForeignTerminal(chain.ports[KAZPOST])
    signed_on = terminal.sign_on(KAZPOST, MERCHANT.identifier, chip.transmitted)
    assert (signed_on["MTI"], signed_on["DE039"]) == ("0810", "00")
    asked = {
        "MTI": "0100",
        "DE002": chip.pan.digits,
        "DE003": "000000",
        "DE004": "000000377900",
        "DE007": chip.transmitted,
        "DE011": "000002",
        "DE014": chip.expiry,
        "DE018": "5411",
        "DE022": "0510",
        "DE023": f"{chip.sequence_number:03}",
        "DE025": "00",
        "DE041": TERMINAL,
        "DE042": f"{MERCHANT.identifier:<15}",
        "DE043": "Dukan                    Almaty       KZ",
        "DE049": "398",
        "DE055": b64encode(chip.fields[55]),
    }
    approved = terminal.ask(asked)
    assert (approved["MTI"], approved["DE039"], approved["DE011"]) == ("0110", "00", "000002")
    assert len(approved["DE038"]) == 6 and "DE055" in approved
    assert aigul.balances().dt_tiyn == 6_221 * TENGE
    # No answer heard: the same again is the same, byte for byte; then it is taken back, and once only.
    assert terminal.ask(asked) == approved
    kept = {name: asked[name] for name in asked if name not in ("MTI", "DE011", "DE055", "DE022", "DE023")}
    back = {"MTI": "0400", "DE011": "000003", "DE090": f"0100000002{chip.transmitted}" + "0" * 22} | kept
    for mti in ("0400", "0401"):
        undone = terminal.ask(back | {"MTI": mti})
        assert (undone["MTI"], undone["DE039"]) == ("0410", "00")
        # An acquirer takes a reversal on, and brings it to the issuer after that.
        soon(lambda: aigul.balances().dt_tiyn == 10_000 * TENGE)
    # What it garbles is answered as a format error, and the line goes on.
    garbled = terminal.ask(asked | {"DE011": "000004"}, cut=40)
    assert (garbled["MTI"], garbled["DE039"], garbled["DE011"]) == ("0110", "30", "000004")
    echo = terminal.ask({"MTI": "0800", "DE007": chip.transmitted, "DE011": "000005", "DE070": "301"})
    assert echo["DE039"] == "00"
    terminal.close()
    assert aigul.balances().dt_tiyn == 10_000 * TENGE


def test_who_has_no_papers_of_the_acquirer_asks_nothing(chain: Rails) -> None:
    """Neither a terminal nobody knows, nor a known one in another merchant's name, nor over its own line."""
    aigul, held = chain.town.phones[AIGUL.name], chain.card(AIGUL)
    chip = held.chip(3_779_00)
    assert isinstance(chip.fields[55], bytes)
    terminal = ForeignTerminal(chain.ports[KAZPOST])
    asked = {
        "MTI": "0100", "DE002": chip.pan.digits, "DE003": "000000", "DE004": "000000377900",
        "DE007": chip.transmitted, "DE011": "000002", "DE014": chip.expiry, "DE018": "5411", "DE022": "0510",
        "DE023": f"{chip.sequence_number:03}", "DE041": TERMINAL, "DE042": f"{MERCHANT.identifier:<15}",
        "DE043": "Dukan                    Almaty       KZ", "DE049": "398",
        "DE055": b64encode(chip.fields[55]),
    }  # fmt: skip
    plain = {"MTI": "0800", "DE007": chip.transmitted, "DE011": "000001", "DE070": "071"}
    assert terminal.ask(plain)["DE039"] == "63"
    key = hsm().terminal_mac_key(f"terminal-mac/{KAZPOST}/{TERMINAL}/150940007891")
    assert terminal.sign_on(KAZPOST, MERCHANT.identifier, chip.transmitted, key)["DE039"] == "63"
    terminal.is_hung_up_on()
    terminal = ForeignTerminal(chain.ports[KAZPOST])
    assert terminal.ask(asked)["DE039"] == "91"
    terminal.is_hung_up_on()
    terminal = ForeignTerminal(chain.ports[KAZPOST])
    assert terminal.sign_on(KAZPOST, "150940007891", chip.transmitted)["DE039"] == "00"
    for other in ({}, {"DE042": "150940007891   ", "DE041": "56300002"}):
        assert terminal.ask(asked | other)["DE039"] == "58"
    assert aigul.balances().dt_tiyn == 10_000 * TENGE
    assert terminal.ask(asked | {"DE042": "150940007891   "})["DE039"] == "00"
    terminal.close()


def test_a_foreign_terminal_that_has_not_signed_on_is_told_91(chain: Rails) -> None:
    terminal = ForeignTerminal(chain.ports[ALTYN])
    fields = {
        "DE003": "000000",
        "DE004": "000000000100",
        "DE007": "1121165500",
        "DE011": "000001",
        "DE049": "398",
    }
    refused = terminal.ask({"MTI": "0100", "DE002": "4444441234567892"} | fields)
    assert (refused["MTI"], refused["DE039"]) == ("0110", "91")
    terminal.close()
