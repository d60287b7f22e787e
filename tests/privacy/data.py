"""What is personal about somebody or about a payment, in every form in which it could stand in bytes."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b, sha256
from typing import Final

from device.service.wallet import Wallet
from tender import canon
from tender.account.eds import key_id
from tender.crypto.certificates import DeviceCertificate
from town.cast import Person

NAME: Final = "name"
PHONE: Final = "phone"
NUMBER: Final = "IIN or BIN"
ACCOUNT: Final = "account"
DEVICE: Final = "device"
PSEUDONYM: Final = "pseudonym"
PERSONAL: Final = (NAME, PHONE, NUMBER, ACCOUNT, DEVICE, PSEUDONYM)
AMOUNT: Final = "amount"
PURPOSE: Final = "purpose"


def texts(text: str) -> set[bytes]:
    """A text as it is, in UTF-16, in hexadecimal, and hashed, which for a phone or an IIN hides nothing."""
    plain = text.encode()
    hashed = {sha256(plain).digest(), blake2b(plain, digest_size=32).digest()}
    return {plain, text.encode("utf-16-be"), plain.hex().encode(), *hashed}


def numbers(digits: str) -> set[bytes]:
    """A number of digits as text, and as the integer a certificate or CBOR packs it into."""
    value = int(digits)
    return texts(digits) | {value.to_bytes(5, "big")}


def amounts(amount_tiyn: int) -> set[bytes]:
    """An amount of more than three bytes, so that it is not met by chance, in tiyn and in tenge."""
    assert amount_tiyn >= 1 << 24, "too small to be told from chance"
    whole, rest = divmod(amount_tiyn, 100)
    return {
        amount_tiyn.to_bytes(4, "big"),
        amount_tiyn.to_bytes(4, "little"),
        f"{amount_tiyn}".encode(),
        f"{whole}.{rest:02d}".encode(),
        f"{whole},{rest:02d}".encode(),
    }


def keys(public: Iterable[bytes]) -> set[bytes]:
    """Public keys as bytes, hexadecimal and hashed."""
    found: set[bytes] = set()
    for key in public:
        found |= {key, key.hex().encode(), sha256(key).digest()}
    return found


def listed(bank: int, epoch_day: int, serial: int) -> bytes:
    """A pseudonym's serial as an order or an opened list names it."""
    return canon.encode([bank, epoch_day, serial])


@dataclass(frozen=True, slots=True)
class Datum:
    """One thing about somebody: found where any of its forms is."""

    whose: str
    what: str
    forms: frozenset[bytes]

    def within(self, material: bytes) -> bool:
        """Whether these bytes tell it."""
        return any(form in material for form in self.forms)


def about(whose: str, person: Person, wallet: Wallet) -> tuple[Datum, ...]:
    """Everything personal about the holder of a wallet, as it stands now."""
    settings = wallet.desk.settings
    identity = wallet.desk.element.identity
    pseudonyms = {entry.key for entry in wallet.desk.own_keys()}
    serials: set[bytes] = set()
    for entry in wallet.desk.own_keys():
        one = DeviceCertificate.unpack(entry.certificate, entry.key, "certificate")
        serials |= {entry.certificate[2:8], listed(one.issuer, one.epoch_day, one.serial)}
    device = {settings.device.to_bytes(4, "big"), key_id(identity), *keys([identity])}
    forms = {
        NAME: texts(person.shown),
        PHONE: texts(person.phone) | numbers(person.phone[2:]),
        NUMBER: numbers(person.number),
        ACCOUNT: keys([settings.account or b"no account"]),
        DEVICE: device,
        PSEUDONYM: keys(pseudonyms) | serials,
    }
    return tuple(Datum(whose, what, frozenset(found)) for what, found in forms.items())


def of_payment(amount_tiyn: int, purpose: str) -> tuple[Datum, ...]:
    """What a payment says of itself."""
    return (
        Datum("payment", AMOUNT, frozenset(amounts(amount_tiyn))),
        Datum("payment", PURPOSE, frozenset(texts(purpose) if purpose else {b"\x00no purpose"})),
    )
