"""The terminal as the kernel knows it, and the transaction it is asked for: data, loaded and never guessed.

Source: EMV 4.3 Book 4, 10 and Annex A; Book 3, 10.6 for the figures of risk management.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, unique
from hashlib import sha256
from typing import Final

from tender.card.certificates import CaKey
from tender.card.values import Capabilities, MoreCapabilities, TransactionType, Tvr
from tender.errors import Code, LocalProtocolError

TENGE: Final = 398
KAZAKHSTAN: Final = 398
EXPONENT: Final = 2
ALMATY_OFFSET_S: Final = 5 * 3600
"""All of Kazakhstan has one time since 2024."""
CHANCE_BYTES: Final = 32
_AMOUNT_MOST: Final = 10**12
_RID_BYTES: Final = 5


NO_BITS: Final = Tvr(0)
ALL_BITS: Final = Tvr.every()


@unique
class TerminalType(IntEnum):
    """Tag 9F35: who runs it, whether somebody stands by it, whether it can go online (Book 4, A1)."""

    BANK_ATTENDED = 0x12
    BANK_ATM = 0x14
    SHOP_ONLINE_ONLY = 0x21
    SHOP = 0x22
    SHOP_OFFLINE_ONLY = 0x23
    SHOP_UNATTENDED = 0x25

    @property
    def online_only(self) -> bool:
        """Decides nothing by itself."""
        return self & 0x0F in (1, 4)

    @property
    def offline_only(self) -> bool:
        """Cannot ask an issuer."""
        return self & 0x0F in (3, 6)

    @property
    def attended(self) -> bool:
        """Somebody of the shop or the bank stands by."""
        return self & 0x0F <= 3


@dataclass(frozen=True, slots=True)
class Application:
    """One application the terminal takes, with its scheme's figures."""

    aid: bytes
    version: bytes
    """Tag 9F09."""
    name: str
    """For people, if the card names itself in no way we can show."""
    partial: bool = True
    """Whether a card's longer name that begins with ours is taken, too (application selection indicator)."""
    denial: Tvr = NO_BITS
    online: Tvr = ALL_BITS
    default: Tvr = ALL_BITS
    """Terminal action codes (Book 3, 10.7)."""
    floor_tiyn: int = 0
    """From this amount on the issuer is asked (tag 9F1B); 0: always, and nothing is approved without it."""
    threshold_tiyn: int = 0
    """Below it, ``target_percent`` are drawn to go online; above it more and more of them, up to
    ``most_percent`` at the floor limit (Book 3, 10.6.2)."""
    target_percent: int = 0
    most_percent: int = 0
    ddol: bytes = bytes.fromhex("9F3704")
    """What a card without a list of its own signs (Book 2, 6.5.1)."""
    tdol: bytes = b""
    """What is hashed for a card without a list of its own (Book 3, 9.2.2)."""

    @property
    def rid(self) -> bytes:
        """Whose application it is: the first five bytes."""
        return self.aid[:_RID_BYTES]


@dataclass(frozen=True, slots=True)
class Terminal:
    """What a terminal is and has."""

    number: str
    """Eight characters: tag 9F1C, data element 41."""
    merchant: str
    """Fifteen: tag 9F16, data element 42."""
    merchant_name: str
    category: int
    """Merchant category code, four digits."""
    applications: tuple[Application, ...]
    ca_keys: tuple[CaKey, ...] = ()
    kind: TerminalType = TerminalType.SHOP
    capabilities: Capabilities = (
        Capabilities.CONTACT_CHIP
        | Capabilities.PLAIN_PIN
        | Capabilities.ONLINE_PIN
        | Capabilities.SIGNATURE
        | Capabilities.ENCIPHERED_PIN
        | Capabilities.NO_CVM
        | Capabilities.SDA
        | Capabilities.DDA
        | Capabilities.CDA
    )
    more_capabilities: MoreCapabilities = (
        MoreCapabilities.CASH
        | MoreCapabilities.GOODS
        | MoreCapabilities.SERVICES
        | MoreCapabilities.INQUIRY
        | MoreCapabilities.NUMERIC_KEYS
        | MoreCapabilities.COMMAND_KEYS
        | MoreCapabilities.PRINTS_FOR_ATTENDANT
        | MoreCapabilities.PRINTS_FOR_CARDHOLDER
        | MoreCapabilities.SHOWS_ATTENDANT
        | MoreCapabilities.SHOWS_CARDHOLDER
        | MoreCapabilities.CODE_TABLE_1
    )
    device: str = "00000001"
    """Serial number, eight characters: tag 9F1E."""
    acquirer: str = ""
    """Up to eleven digits: tag 9F01."""
    country: int = KAZAKHSTAN
    utc_offset_s: int = ALMATY_OFFSET_S
    chooses: bool = True
    """Whether a cardholder can be asked which application."""
    reads_stripes: bool = True
    """Whether there is another way than the chip (:mod:`pos.core.emv.fallback`)."""
    exceptions: frozenset[bytes] = frozenset()
    """Cards not to be taken: their :func:`fingerprint`."""
    revoked: frozenset[tuple[bytes, int, bytes]] = frozenset()
    """Issuers' certificates called back: RID, key index, serial number (Book 2, 5.1)."""
    earlier_tiyn: Mapping[bytes, int] = field(default_factory=dict)
    """What a card (by its :func:`fingerprint`) has just paid here: a purchase split in two is one amount
    to the floor limit (Book 3, 10.6.1)."""

    @property
    def is_atm(self) -> bool:
        """Whether it is an automated teller machine (Book 4, A1: a bank's, unattended, giving out cash)."""
        return self.kind is TerminalType.BANK_ATM


@dataclass(frozen=True, slots=True)
class Sale:
    """One transaction as it is asked for; ``LocalProtocolError field-wrong`` for what is none."""

    amount_tiyn: int
    """With ``other_tiyn`` in it."""
    now: int
    sequence: int
    """Tag 9F41, up to eight digits: the terminal counts."""
    chance: bytes = field(repr=False)
    """32 unpredictable bytes, never used twice: the terminal's number for the card, the random selection,
    the fill of an enciphered PIN are all drawn from them."""
    kind: TransactionType = TransactionType.PURCHASE
    other_tiyn: int = 0
    """Cash given with a purchase."""
    force_online: bool = False
    """The merchant wants the issuer asked."""
    currency: int = TENGE

    def __post_init__(self) -> None:
        if not 0 <= self.other_tiyn <= self.amount_tiyn < _AMOUNT_MOST:
            raise LocalProtocolError(Code.FIELD_WRONG, "sale.amount_tiyn")
        if len(self.chance) != CHANCE_BYTES:
            raise LocalProtocolError(Code.FIELD_WRONG, "sale.chance")
        if not 0 <= self.sequence < 10**8:
            raise LocalProtocolError(Code.FIELD_WRONG, "sale.sequence")

    def drawn(self, purpose: str, count: int) -> bytes:
        """So many bytes of chance for one purpose: the same again for the same."""
        found = b""
        while len(found) < count:
            found += sha256(self.chance + len(found).to_bytes(2, "big") + purpose.encode()).digest()
        return found[:count]


def fingerprint(pan: str, sequence: int | None) -> bytes:
    """A card without its number: what a terminal may keep."""
    return sha256(f"emv-card {pan} {sequence}".encode()).digest()
