"""The whole purse card before a hostile terminal: rows of commands, true ones spoiled."""

from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Final

from hardware.cards.purse_card import PurseCard
from hardware.entropy import SeededEntropy
from hardware.field import reader_of
from hardware.purse_client import PurseClient
from tender.account.eds import ORDER, Order, key_id
from tender.card.apdu import Response
from tender.cash.chain import verify_chain
from tender.cash.messages import REQUEST, Receipt, Request, Terms, payment_id
from tender.cash.token import Claim
from tender.errors import DeviceError
from tender.purse import records
from tender.purse.commands import Signed
from tests.fuzz.cards import row, rows
from tests.fuzz.targets import Parser
from tests.mint import ALTYN, NOW, Mint, pay
from tests.purse.bench import PIN, PUK, Tapped, directory_of, request_by, signed_by, tapped
from town.bench.cards_at_hand import Overheard

NO_DIAGNOSIS: Final = 0x6F00
"""A card that answers this does not know itself what it refused."""
MONEY_TIYN: Final = 50_000
PAID_TIYN: Final = 30_000


@dataclass(frozen=True)
class Told:
    """A card with money on it (its whole memory), and what an honest terminal says to it, deed by deed."""

    image: bytes
    deeds: tuple[tuple[bytes, ...], ...]


@cache
def told() -> Told:
    """Somebody's card: loaded, and used for everything it can do but being wiped."""
    card = tapped(Mint(), "fuzzed purse")
    keys = card.key(), card.key()
    outputs = [card.load(MONEY_TIYN, keys[0]) for _ in range(2)]
    image = bytes(card.card.chip.eeprom.image)
    reader = Overheard(reader_of(card.card), card.card)
    card.client = PurseClient.opened(reader, owner=card.client.owner)
    deeds = []
    for deed in (_is_made, _looks, _pays, _is_paid, _claims):
        reader.said.clear()
        card.client.reopen()
        deed(card, outputs, keys)
        deeds.append(tuple(one.command for one in reader.said))
    return Told(image, tuple(deeds))


def _is_made(card: Tapped, _outputs: list[bytes], _keys: tuple[bytes, bytes]) -> None:
    with suppress(DeviceError):  # it is somebody's already
        card.client.personalise(card.mint.root.public_key, PIN, PUK, ALTYN)
    card.client.put_signed(directory_of(card.mint, 2), Signed.DIRECTORY)
    card.load(MONEY_TIYN)


def _looks(card: Tapped, outputs: list[bytes], keys: tuple[bytes, bytes]) -> None:
    client = card.client
    client.verify_owner(PIN)
    client.keys()
    client.certificate(keys[0])
    client.tokens()
    client.token(outputs[0])
    client.kept()
    client.log()
    client.requests()
    client.sign_batch(keys, ALTYN, NOW)
    client.sign_possession(keys[1], ALTYN)
    order = Order("sync", 0, ALTYN, key_id(client.status().identity), bytes(16), NOW, bytes(9))
    client.sign_order(ORDER.encode(order))


def _pays(card: Tapped, outputs: list[bytes], _keys: tuple[bytes, bytes]) -> None:
    client, payee = card.client, card.mint.device("payee")
    client.verify(PIN)
    client.present_request(signed_by(payee, request_by(payee, PAID_TIYN)))
    client.sign_payment([(outputs[0], PAID_TIYN)])
    client.kept_of(outputs[0])
    client.verify_owner(PIN)
    client.acknowledge(client.status().counter)
    client.drop(outputs[0])


def _is_paid(card: Tapped, _outputs: list[bytes], keys: tuple[bytes, bytes]) -> None:
    client, payer = card.client, card.mint.device("payer")
    asked = Request(PAID_TIYN, keys[1], client.certificate(keys[1]), b"", "fuzz", 1, 0, NOW, Terms())
    client.open_request(asked)
    paid, _ = pay(verify_chain(card.mint.load(payer, MONEY_TIYN), card.trust), payer, keys[1], PAID_TIYN)
    named = payment_id(REQUEST.encode(asked))
    client.sign_receipt(Receipt(named, PAID_TIYN, (client.put_token(paid),), 0, 0, NOW, NOW))


def _claims(card: Tapped, outputs: list[bytes], _keys: tuple[bytes, bytes]) -> None:
    card.client.verify_owner(PIN)
    card.client.sign_claims([Claim(outputs[1], ALTYN, bytes(32))])


def _terminal(data: bytes) -> object:
    """A hostile terminal speaks to a card with money: a status for everything, never more money than there
    was and than the issuer signed, and after a reset the card still says what it has."""
    card = PurseCard(bytearray(told().image), SeededEntropy("fuzzed again"))
    card.power(True)
    before = _status(card).money_tiyn
    for command in rows(data):
        answer = Response.from_bytes(card.transmit(command))
        assert answer.sw != NO_DIAGNOSIS, "the card does not know what it refused"
    card.power(True)
    after = _status(card)
    assert after.money_tiyn <= before + PAID_TIYN + MONEY_TIYN, "money out of nothing"
    return after


def _status(card: PurseCard) -> records.Status:
    return PurseClient.opened(reader_of(card)).status()


def purse() -> list[Parser]:
    """The card behind all its commands."""
    return [Parser("purse card", _terminal, tuple(row(deed) for deed in told().deeds), sealed=False)]
