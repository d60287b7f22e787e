"""A client's wallet that speaks to a town's platform over HTTP, as any does; only its PIN is cheap."""

import json
from pathlib import Path

from device.compose import create_wallet
from device.config import Config
from device.service.wallet import Wallet
from hardware.clock import SystemClock
from hardware.entropy import SystemEntropy
from hardware.wires import HttpWire
from tender.crypto.sealing import PIN_COST_CHEAP, Pin
from town.bench.two_wallets import must
from town.cast import Person
from town.town import STORY_PIN


def wallet_over_http(folder: Path, person: Person) -> Wallet:
    """Made, enrolled and with an account; ``folder``: the town's."""
    state = json.loads((folder / "town.json").read_text())
    config = Config(
        person.name,
        folder / "clients" / person.name,
        folder / "client-elements" / person.name,
        state["url"],
        PIN_COST_CHEAP,
    )
    wallet = create_wallet(config, Pin(STORY_PIN), SystemClock(), SystemEntropy(), HttpWire)
    root_key = bytes.fromhex(state["root_key"])
    must(wallet.membership.enrol(person.bank, state["codes"][person.name], shown=True, root_key=root_key))
    must(wallet.membership.open_account())
    return wallet
