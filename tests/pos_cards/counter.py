"""A counter where cards are taken by command: the terminal's papers, a card, and its PIN in a file."""

import json

from hardware.cards.card_file import CardFile
from hardware.cards.image_kinds import PAYMENT
from hardware.entropy import SeededEntropy
from tests.pos.market import Market
from tests.pos_cards.acquirer import StandInAcquirer
from tests.pos_cards.shop import KEY, PIN, a_card, hsm


def papers(market: Market, acquirer: StandInAcquirer, **more: object) -> str:
    """What the acquirer hands out for the terminal."""
    keys = [
        {
            "rid": one.rid.hex(),
            "index": one.index,
            "modulus": one.modulus.hex(),
            "exponent": one.exponent.hex(),
            "check_sum": one.check_sum.hex(),
        }
        for one in hsm().ca_keys()
    ]
    told = {
        "host": "127.0.0.1",
        "port": acquirer.port,
        "acquirer": "601",
        "terminal": "T0000001",
        "merchant": "990140000385",
        "category": 5411,
        "key": KEY.hex(),
        "ca_keys": keys,
    }
    file = market.folder / "terminal.json"
    file.write_text(json.dumps({**told, **more}))
    return str(file)


def pin_of(market: Market) -> tuple[str, str]:
    """The option that names the file with the card's PIN."""
    return "--card-pin-file", str(market.folder / "pin")


def card_in_file(market: Market, kind: str = "visa-cvn18-cda") -> str:
    """A card of this kind as `--card` takes it, and its PIN in a file beside it."""
    path = market.folder / "bolat.card"
    chips = market.folder / "elements" / "chips"
    CardFile.create(path, chips, SeededEntropy("file"), PAYMENT, bytearray(a_card(kind).image)).close()
    (market.folder / "pin").write_text(PIN)
    return f"file:{path}"
