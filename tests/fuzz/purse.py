"""The whole purse card before a hostile terminal: rows of commands, true ones spoiled."""

from dataclasses import dataclass
from functools import cache
from typing import Final

from hardware.cards.purse_card import PurseCard, blank_image
from hardware.entropy import SeededEntropy
from hardware.purse_client import PurseClient
from tender.account.eds import ORDER, Order, key_id
from tender.card.apdu import Response
from tender.cash.chain import verify_chain
from tender.cash.messages import REQUEST, Receipt, Request, Terms, payment_id
from tender.cash.token import HOPS_MAX_DEFAULT, Claim, Root, issue_root
from tender.crypto import envelope
from tender.crypto.certificates import issue_device_certificate
from tender.crypto.envelope import Typ
from tender.crypto.sealing import Pin
from tender.purse import records
from tender.purse.commands import Signed
from tests.fuzz.cards import row, rows
from tests.fuzz.targets import Parser
from tests.mint import ALTYN, EPOCH_DAY, EXPIRY, NBK, NOW, Mint, pay

NO_DIAGNOSIS: Final = 0x6F00
"""A card that answers this does not know itself what it refused."""
PIN, PUK = Pin("202611"), Pin("40714071")
MONEY_TIYN: Final = 50_000
PAID_TIYN: Final = 30_000


class Overheard:
    """A reader with a card in its field, and every command that was said to it."""

    name = "overheard"

    def __init__(self, card: PurseCard) -> None:
        self._card = card
        self.said: list[bytes] = []

    def connect(self, timeout_s: float) -> bytes:
        """Power, and the answer to reset."""
        self._card.power(True)
        return self._card.atr

    def transmit(self, command: bytes) -> bytes:
        """To the card."""
        self.said.append(command)
        return self._card.transmit(command)

    def disconnect(self) -> None:
        """The card stays powered."""

    def gone(self, timeout_s: float) -> bool:
        """It stays."""
        return False


@dataclass(frozen=True)
class Told:
    """A card with money on it (its whole memory), and what an honest terminal says to it, deed by deed."""

    image: bytes
    deeds: tuple[tuple[bytes, ...], ...]


@cache
def told() -> Told:
    """Somebody's card: made, loaded, and used for everything it can do but being wiped."""
    mint, card = Mint(), PurseCard(blank_image(), SeededEntropy("fuzzed purse"))
    reader = Overheard(card)
    client = PurseClient.opened(reader)
    client.personalise(mint.root.public_key, PIN, PUK, ALTYN)
    client.put_signed(mint.trust().directory.raw, Signed.DIRECTORY)
    keys = client.make_keys(3)
    for place, key in enumerate(keys):
        bank = mint.bank(ALTYN)
        made = issue_device_certificate(
            bank, issuer=ALTYN, epoch_day=EPOCH_DAY, serial=900 + place, profile=1, key=key
        )
        client.put_certificate(key, made.packed())
    tokens = [
        issue_root(Root(NBK, bytes([seed]) * 16, MONEY_TIYN, keys[0], HOPS_MAX_DEFAULT, EXPIRY), mint.issuer)
        for seed in (1, 2)
    ]
    outputs = [client.put_token(one) for one in tokens]
    image = bytes(card.chip.eeprom.image)
    deeds = [tuple(reader.said)]
    for deed in (_looks, _pays, _is_paid, _claims):
        reader.said.clear()
        client.reopen()
        deed(client, mint, outputs, keys)
        deeds.append(tuple(reader.said))
    return Told(image, tuple(deeds))


def _looks(client: PurseClient, _mint: Mint, outputs: list[bytes], keys: tuple[bytes, ...]) -> None:
    client.keys()
    client.certificate(keys[0])
    client.tokens()
    client.token(outputs[0])
    client.kept()
    client.log()
    client.requests()
    client.verify(PIN)
    client.sign_batch(keys, ALTYN, NOW)
    client.sign_possession(keys[1], ALTYN)
    order = Order("sync", 0, ALTYN, key_id(client.status().identity), bytes(16), NOW, bytes(9))
    client.sign_order(ORDER.encode(order))


def _pays(client: PurseClient, mint: Mint, outputs: list[bytes], _keys: tuple[bytes, ...]) -> None:
    payee = mint.device("payee")
    asked = _request(payee.key.public_key, payee.certificate.packed(), b"")
    client.verify(PIN)
    client.present_request(envelope.sign(Typ.REQUEST, asked, payee.key).to_bytes())
    client.sign_payment([(outputs[0], PAID_TIYN)])
    client.kept_of(outputs[0])
    client.acknowledge(client.status().counter)
    client.drop(outputs[0])


def _is_paid(client: PurseClient, mint: Mint, _outputs: list[bytes], keys: tuple[bytes, ...]) -> None:
    asked = _request(keys[1], client.certificate(keys[1]), b"")
    client.open_request(REQUEST.decode(asked, "request"))
    payer = mint.device("payer")
    paid, _ = pay(verify_chain(mint.load(payer, MONEY_TIYN), mint.trust()), payer, keys[1], PAID_TIYN)
    output = client.put_token(paid)
    client.sign_receipt(Receipt(payment_id(asked), PAID_TIYN, (output,), 0, 0, NOW, NOW))


def _claims(client: PurseClient, _mint: Mint, outputs: list[bytes], _keys: tuple[bytes, ...]) -> None:
    client.verify(PIN)
    client.sign_claims([Claim(outputs[1], ALTYN, bytes(32))])


def _request(key: bytes, certificate: bytes, nonce: bytes) -> bytes:
    return REQUEST.encode(Request(PAID_TIYN, key, certificate, nonce, "fuzz", 1, 0, NOW, Terms()))


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
    assert after.money_tiyn <= before + PAID_TIYN, "money out of nothing"
    return after


def _status(card: PurseCard) -> records.Status:
    return PurseClient.opened(Overheard(card)).status()


def purse() -> list[Parser]:
    """The card behind all its commands."""
    return [Parser("purse card", _terminal, tuple(row(deed) for deed in told().deeds), sealed=False)]
