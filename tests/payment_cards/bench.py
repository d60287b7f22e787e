"""An issuer that makes the same cards every time, and a terminal of a few lines that knows EMV's bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hardware.cards.emv.payment_card import PaymentCard
from hardware.cards.emv.profiles import profile
from hardware.cards.emv.rsa_keys import rsa_key
from hardware.entropy import SeededEntropy
from hardware.hsm import SoftHsm
from hardware.hsm_keys import KeyFolder
from tender.card import dol, tlv
from tender.card.bins import bin_of
from tender.card.certificates import CaKey, KeyCertificate, RsaPublicKey, recover_icc, recover_issuer
from tender.card.pan import Pan, luhn_digit
from tender.card.personalisation import Personalisation, RsaPrivateKey
from tender.card.tags import Tag
from tender.ports import Card

PIN: Final = "1234"
BANK_OF: Final = {"visa": 601, "mastercard": 948}
TIYN: Final = 377_900
NUMBER: Final = bytes.fromhex("1A2B3C4D")


class SeededKeys:
    """RSA keys that follow from a seed; each length is looked for once."""

    def __init__(self, seed: str) -> None:
        self._entropy = SeededEntropy(f"rsa {seed}")

    def __call__(self, bits: int) -> RsaPrivateKey:
        """One more key."""
        return rsa_key(bits, self._entropy)


@cache
def hsm() -> SoftHsm:
    """The issuers' module; its folder lives as long as the tests."""
    folder = TemporaryDirectory(prefix="hsm")
    made = SoftHsm(KeyFolder(Path(folder.name), SeededEntropy("hsm")), SeededKeys("hsm"))
    _FOLDERS.append(folder)
    return made


_FOLDERS: list[TemporaryDirectory[str]] = []


def pan_of(scheme: str, number: int = 1) -> Pan:
    """A card number of the first bank of a scheme."""
    digits = f"{bin_of(BANK_OF[scheme])}{number:09d}"
    return Pan(digits + luhn_digit(digits))


@cache
def personal(name: str, number: int = 1, pin: str = PIN) -> Personalisation:
    """A card of this profile, made by its bank."""
    kind = profile(name)
    return hsm().personalise(
        BANK_OF[kind.scheme],
        kind,
        pan_of(kind.scheme, number),
        1,
        "AKHMETOVA/AIGUL",
        date(2026, 1, 1),
        203012,
        pin,
    )


def authority(rid: bytes, index: int) -> CaKey:
    """What a terminal was loaded with."""
    (found,) = (one for one in hsm().ca_keys() if (one.rid, one.index) == (rid, index))
    return found


def key_of(data: Mapping[int, bytes]) -> RsaPublicKey:
    """The authority's key that a card's data ask for."""
    return authority(data[Tag.DF_NAME][:5], data[Tag.CA_KEY_INDEX][0]).key


def a_card(name: str, seed: str = "card", **changes: Any) -> PaymentCard:
    """A powered card of this profile."""
    given = replace(personal(name), **changes)
    card = PaymentCard.made([given], SeededEntropy(seed))
    card.power(True)
    return card


@dataclass
class Talk:
    """One conversation. By T=0 commands with data go without Le, and answers are fetched, as EMV Level 1
    has it."""

    card: Card
    name: str
    """Its profile."""
    last_values: bytes = b""
    """The values of the last list in a row."""
    data: dict[int, bytes] = field(default_factory=dict)
    said: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_t0(self) -> bool:
        """By the answer to reset: T=1 is named there, T=0 is not."""
        return not self.card.atr[1] & 0x80

    def raw(self, command: bytes) -> tuple[bytes, int]:
        """One command, one answer."""
        answer = self.card.transmit(command)
        self.said.append((command.hex(), answer.hex()))
        return answer[:-2], int.from_bytes(answer[-2:], "big")

    def send(self, head: str, body: bytes = b"", *, gives: bool = True) -> tuple[bytes, int]:
        """A command with its whole answer."""
        lc = bytes((len(body),)) + body if body else b""
        le = b"" if not gives or (self.is_t0 and body) else b"\x00"
        command = bytes.fromhex(head) + lc + le
        answer, sw = self.raw(command)
        if sw >> 8 == 0x6C:
            answer, sw = self.raw(command[:-1] + bytes((sw & 0xFF,)))
        while sw >> 8 == 0x61:
            more, sw = self.raw(bytes((0, 0xC0, 0, 0, sw & 0xFF)))
            answer += more
        return answer, sw

    def select(self, aid: bytes, p2: int = 0) -> int:
        """SELECT; keeps what it says."""
        answer, sw = self.send(f"00A404{p2:02X}", aid)
        if sw in (0x9000, 0x6283):
            self.data = {one.tag: one.value for _, one in tlv.tree(answer) if not one.is_template}
        return sw

    def options(self) -> int:
        """GET PROCESSING OPTIONS, whatever it asks for as zeros."""
        filled = dol.fill(dol.parse(self.data.get(Tag.PDOL, b"")), values())
        self.last_values = filled
        answer, sw = self.send("80A80000", bytes((0x83, len(filled))) + filled)
        if sw == 0x9000:
            (one,) = tlv.unpack(answer)
            if one.tag == 0x80:
                self.data |= {Tag.AIP: one.value[:2], Tag.AFL: one.value[2:]}
            else:
                self.data |= {inner.tag: inner.value for inner in tlv.unpack(one.value)}
        return sw

    def read_all(self) -> bytes:
        """Every record of the locator; returns what of them is signed, without the profile."""
        signed = b""
        locator = self.data[Tag.AFL]
        for at in range(0, len(locator), 4):
            sfi, first, last, count = locator[at] >> 3, *locator[at + 1 : at + 4]
            for number in range(first, last + 1):
                answer, sw = self.send(f"00B2{number:02X}{sfi << 3 | 4:02X}")
                assert sw == 0x9000
                (record,) = tlv.unpack(answer)
                assert record.tag == Tag.RECORD
                for one in tlv.unpack(record.value):
                    assert one.tag not in self.data, "a card says everything once"
                    self.data[one.tag] = one.value
                if number - first < count:
                    signed += record.value if sfi <= 10 else answer
        return signed

    def begin(self, name: str) -> bytes:
        """Up to the first cryptogram; returns the signed data."""
        assert self.select(profile(name).aid) == 0x9000
        assert self.options() == 0x9000
        return self.read_all()

    def generate(self, p1: int, which: int, **terminal: bytes) -> dict[int, bytes]:
        """GENERATE AC, first (``Tag.CDOL1``) or second; its objects."""
        answer, sw = self.generated(p1, which, **terminal)
        assert sw == 0x9000, f"{sw:04X}"
        return objects(answer)

    def generated(self, p1: int, which: int, **terminal: bytes) -> tuple[bytes, int]:
        """GENERATE AC as it is answered."""
        told = values() | {int(tag[1:], 16): value for tag, value in terminal.items()}
        self.last_values = dol.fill(dol.parse(self.data[which]), told)
        return self.send(f"80AE{p1:02X}00", self.last_values)

    def again(self) -> None:
        """Taken out and put in again."""
        self.card.power(False)
        self.card.power(True)
        self.data = {}


def objects(answer: bytes) -> dict[int, bytes]:
    """The answer to GENERATE AC, of either format."""
    (one,) = tlv.unpack(answer)
    if one.tag == 0x77:
        return {inner.tag: inner.value for inner in tlv.unpack(one.value)}
    assert one.tag == 0x80
    value = one.value
    return {0x9F27: value[:1], 0x9F36: value[1:3], 0x9F26: value[3:11], 0x9F10: value[11:]}


def values() -> dict[int, bytes]:
    """What the terminal says of this purchase."""
    return {
        Tag.AMOUNT: bytes.fromhex(f"{TIYN:012}"),
        Tag.AMOUNT_OTHER: bytes(6),
        Tag.TERMINAL_COUNTRY: b"\x03\x98",
        Tag.TVR: bytes(5),
        Tag.CURRENCY: b"\x03\x98",
        Tag.DATE: bytes.fromhex("260115"),
        Tag.TRANSACTION_TYPE: b"\x00",
        Tag.UNPREDICTABLE: NUMBER,
        Tag.TERMINAL_TYPE: b"\x22",
    }


def chip_data(talk: Talk, answered: Mapping[int, bytes]) -> dict[int, bytes]:
    """What the terminal sends its issuer of it (DE55)."""
    return values() | {Tag.AIP: talk.data[Tag.AIP]} | dict(answered)


def answered_by_bank(talk: Talk, answered: dict[int, bytes], code: str = "00") -> bytes:
    """Tag 91."""
    scheme = profile(talk.name).scheme
    chip = chip_data(talk, answered)
    return hsm().issuer_authentication(BANK_OF[scheme], pan_of(scheme), 1, chip, code, code == "00")


def issuer_of(talk: Talk) -> RsaPublicKey:
    """Its issuer's key, by the authority's."""
    data = talk.data
    remainder = data.get(Tag.ISSUER_KEY_REMAINDER, b"")
    parts = KeyCertificate(data[Tag.ISSUER_CERTIFICATE], remainder, data[Tag.ISSUER_KEY_EXPONENT])
    issuer = recover_issuer(parts, key_of(data))
    assert issuer.fits(data[Tag.PAN].hex())
    assert issuer.ends_month >= 203012
    return issuer.key


def card_key_of(talk: Talk, signed: bytes) -> RsaPublicKey:
    """The card's own, by its issuer's."""
    data = talk.data
    remainder = data.get(Tag.ICC_KEY_REMAINDER, b"")
    parts = KeyCertificate(data[Tag.ICC_CERTIFICATE], remainder, data[Tag.ICC_KEY_EXPONENT])
    key = recover_icc(parts, issuer_of(talk), signed + data[Tag.AIP])
    assert key.pan == data[Tag.PAN].hex().rstrip("f")
    return key.key
