"""A recorded session of a purse card, for whoever writes another: each APDU, and the chance it drew.

``python -m tests.purse.purse_vectors`` writes docs/protocol/purse-vectors.json; a test plays it.
"""

import json
from pathlib import Path
from typing import Any

from hardware.cards.purse_card import PurseCard, blank_image
from hardware.entropy import SeededEntropy
from hardware.purse_client import PurseClient
from tender.cash.messages import REQUEST, Request, Terms
from tender.cash.token import output_id
from tender.crypto.sealing import Pin
from tender.errors import DeviceError
from tender.purse.commands import Signed
from tests.mint import ALTYN, NOW, Mint
from tests.purse.bench import PIN, PUK, Recorder, Tapped, directory_of, receipt_by, request_by, signed_by
from tests.purse.test_being_paid import passed, receipt_of

PLACE = Path(__file__).parents[2] / "docs" / "protocol" / "purse-vectors.json"


class Chance:
    """Entropy that is written down, or read from what was written."""

    def __init__(self, given: list[str] | None = None) -> None:
        self._given = given
        self._seeded = SeededEntropy("purse vectors")
        self.drawn: list[str] = []

    def draw(self, count: int) -> bytes:
        if self._given is None:
            drawn = self._seeded.draw(count)
        else:
            drawn = bytes.fromhex(self._given[len(self.drawn)])
            assert len(drawn) == count
        self.drawn.append(drawn.hex())
        return drawn


def session() -> dict[str, Any]:
    """The whole session, as the file holds it."""
    chance, mint = Chance(), Mint()
    card = PurseCard(blank_image(), chance)
    reader = Recorder(card)
    steps: dict[int, str] = {}

    def now(step: str) -> None:
        steps[len(reader.said)] = step

    now("select a blank card")
    client = PurseClient.opened(reader)
    here = Tapped(mint, card, client)
    now("personalise: PIN 4071, PUK 12345678")
    client.personalise(mint.root.public_key, PIN, PUK, ALTYN)
    now("put the directory")
    client.put_signed(directory_of(mint), Signed.DIRECTORY)
    now("make a key, certify it, load 5,000.00")
    output = here.load(500_000)
    shop = mint.device("shop", category=5411, business="123456789012")
    now("pay 1,200.00 with change")
    client.present_request(signed_by(shop, request_by(shop, 120_000)))
    client.sign_payment([(output, 120_000)])
    kept = client.kept_of(output)
    assert kept is not None
    now("the same again after the power went")
    client.reopen()
    client.present_request(signed_by(shop, request_by(shop, 120_000)))
    client.sign_payment([(output, 120_000)])
    now("a wrong PIN, a right one")
    try:
        client.verify(Pin("0000"))
    except DeviceError:
        client.verify(PIN)
    now("be paid 50.00 through two hands")
    key = here.key()
    request = Request(5_000, key, client.certificate(key), b"", "bread", 1, 0, NOW, Terms())
    client.open_request(request)
    came = client.put_token(passed(mint, 2, 5_000, key))
    client.sign_receipt(receipt_of(request, came))
    now("the payee's receipt for the 1,200.00: what was kept for it goes, and it is dropped")
    client.acknowledge_receipt(receipt_by(shop, request_by(shop, 120_000), output_id(kept.payload, 0)))
    client.drop(output)
    client.log()
    now("the owner's own host: everything is stored")
    client.verify_owner(PIN)
    client.acknowledge(client.status().counter)
    assert client.request_payload(receipt_of(request).payment_id) == REQUEST.encode(request)
    exchanges: list[dict[str, str]] = []
    for place, (command, answer) in enumerate(reader.said):
        step = steps.get(place, exchanges[-1]["step"] if exchanges else "")
        exchanges.append({"step": step, "command": command.hex(), "answer": answer.hex()})
    return {"entropy": chance.drawn, "exchanges": exchanges}


def text() -> str:
    """The file's text."""
    return json.dumps(session(), indent=1) + "\n"


if __name__ == "__main__":
    PLACE.write_text(text())
