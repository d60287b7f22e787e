"""Purse cards on a desk: personalised, certified, loaded, and a payee to tap them at."""

from dataclasses import dataclass, replace

from hardware.cards.purse_card import PurseCard, blank_image
from hardware.entropy import SeededEntropy
from hardware.field import reader_of
from hardware.purse_client import PurseClient
from tender.cash.chain import append_hop, pack_hop, verify_chain
from tender.cash.messages import RECEIPT, REQUEST, Receipt, Request, Terms, payment_id
from tender.cash.token import Link, Root, issue_root
from tender.crypto import envelope
from tender.crypto.certificates import issue_device_certificate
from tender.crypto.directory import (
    TIER_SECURE_ELEMENT,
    DirectoryBody,
    Profile,
    Trust,
    open_directory,
    sign_directory,
)
from tender.crypto.envelope import Envelope, Typ
from tender.crypto.sealing import Pin
from tender.purse.commands import Signed
from tender.purse.records import KeyEntry
from tests.mint import ALTYN, EPOCH_DAY, EXPIRY, NBK, NOW, Device, Mint

PIN, PUK = Pin("4071"), Pin("12345678")
PROFILE_CARD = Profile(7, TIER_SECURE_ELEMENT, 3_000_000, 10_000_000, 5_000_000, 1_000_000, 0, 7)


def directory_of(
    mint: Mint, number: int = 1, date: int = NOW - 3600, withdrawn: tuple[int, ...] = ()
) -> bytes:
    """The mint's directory with the cards' profile in it."""
    body = mint.trust().directory.body
    body = replace(
        body, number=number, date=date, profiles=(*body.profiles, PROFILE_CARD), withdrawn=withdrawn
    )
    assert isinstance(body, DirectoryBody)
    return sign_directory(body, mint.root)


class Recorder:
    """A reader that writes down what is said to a card, and what it answers."""

    name = "recorder"

    def __init__(self, card: PurseCard) -> None:
        self._card = card
        self.said: list[tuple[bytes, bytes]] = []

    def connect(self, timeout_s: float) -> bytes:
        """Power."""
        self._card.power(True)
        return self._card.atr

    def disconnect(self) -> None:
        """It stays where it is."""

    def gone(self, timeout_s: float) -> bool:
        """Never."""
        return False

    def transmit(self, command: bytes) -> bytes:
        """To the card, and into the book."""
        answer = self._card.transmit(command)
        self.said.append((command, answer))
        return answer


@dataclass
class Tapped:
    """A card in a reader, and its host's side."""

    mint: Mint
    card: PurseCard
    client: PurseClient

    @property
    def trust(self) -> Trust:
        """What verifiers of its money know."""
        raw = directory_of(self.mint)
        return Trust(self.mint.root.public_key, open_directory(raw, self.mint.root.public_key))

    def copy(self, image: bytes | None = None) -> "Tapped":
        """The same card from a copy of its memory (or from this one), powered anew."""
        memory = bytearray(self.card.chip.eeprom.image if image is None else image)
        card = PurseCard(memory, SeededEntropy("later"))
        return replace(self, card=card, client=PurseClient.opened(reader_of(card), owner=self.client.owner))

    def key_entries(self) -> list[KeyEntry]:
        """The card's keys."""
        return list(self.client.keys())

    def key(self) -> bytes:
        """A certified one-time key of the card."""
        (key,) = self.client.make_keys(1)
        self.mint.serial += 1
        certificate = issue_device_certificate(
            self.mint.bank(ALTYN),
            issuer=ALTYN,
            epoch_day=EPOCH_DAY,
            serial=self.mint.serial,
            profile=PROFILE_CARD.number,
            key=key,
        )
        self.client.put_certificate(key, certificate.packed())
        return key

    def load(self, amount_tiyn: int, key: bytes | None = None) -> bytes:
        """A fresh token of this card: its output id."""
        holder = key or self.key()
        self.mint.serial += 1
        identifier = self.mint.serial.to_bytes(16, "big")
        return self.client.put_token(
            issue_root(Root(NBK, identifier, amount_tiyn, holder, 15, EXPIRY), self.mint.issuer)
        )

    def paid(self, output: bytes, signature: bytes, request: Request) -> bytes:
        """The payee's token, put together outside from what the card gives out."""
        kept = self.client.kept_of(output)
        assert kept is not None and kept.signature == signature
        history = self.client.token(output)
        holding = verify_chain(history, self.trust)
        link = Link.from_payload(kept.payload, "link")
        first = all(spend.signer != holding.holder for spend in holding.spends)
        certificate = self.client.certificate(kept.key) if first else None
        return append_hop(history, pack_hop(link, signature, certificate, change=False))


def tapped(mint: Mint, name: str = "card", *, image: bytearray | None = None) -> Tapped:
    """A card that is somebody's, with the directory in it."""
    card = PurseCard(image if image is not None else blank_image(), SeededEntropy(name))
    client = PurseClient.opened(reader_of(card))
    client.personalise(mint.root.public_key, PIN, PUK, ALTYN)
    client.put_signed(directory_of(mint), Signed.DIRECTORY)
    return Tapped(mint, card, client)


def request_by(payee: Device, amount_tiyn: int, nonce: bytes = b"", purpose: str = "lunch") -> Request:
    """A payee's request."""
    return Request(
        amount_tiyn, payee.key.public_key, payee.certificate.packed(), nonce, purpose, 1, 0, NOW, Terms()
    )


def signed_by(payee: Device, request: Request) -> bytes:
    """It, signed: COSE_Sign1."""
    signed: Envelope = envelope.sign(Typ.REQUEST, REQUEST.encode(request), payee.key)
    return signed.to_bytes()


def receipt_by(payee: Device, request: Request, *outputs: bytes) -> bytes:
    """What the payee says in writing of what it got: COSE_Sign1."""
    named = payment_id(REQUEST.encode(request))
    receipt = Receipt(named, request.amount_tiyn, outputs, 0, 0, NOW, NOW)
    return envelope.sign(Typ.RECEIPT, RECEIPT.encode(receipt), payee.key).to_bytes()
