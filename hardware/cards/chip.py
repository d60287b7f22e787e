"""What all commands of the purse work with: its memory, its keys, what it trusts, who is in front of it.

RAM that lives between commands is in :class:`Session` and goes with the power. What is computed within a
command is the emulation's own; the page's RAM budget says what a chip needs for it.
"""

from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final

from hardware.cards.eeprom import Eeprom
from hardware.cards.memory_map import FIXED, IS_PROFILE, Fixed, KeySlot, Map, ProfileSlot, TokenSlot
from hardware.cards.streams import PIECE_MOST, Feed
from tender.crypto.certificates import AuthorityCertificate, Kind
from tender.crypto.directory import TIER_SECURE_ELEMENT, Directory, DirectoryBody, Profile, Trust
from tender.crypto.envelope import Typ, sign
from tender.crypto.keys import SigningKey
from tender.errors import Code, DeviceError
from tender.ports import Entropy
from tender.purse.commands import ANSWER_MOST, DATA_MOST
from tender.purse.records import State, TokenIs

KEY_LIVE: Final = 1
KEY_ERASING: Final = 2
"""Its private half is gone; what was remembered for it is being freed."""

SIGNERS_MOST: Final = 16
_SIGNER_BYTES: Final = 32 + 2 + 2 + 5
"""Of each signer of a history: key, profile, category, business number."""
_HASH_BYTES: Final = 64 + 128 + 16
"""SHA-512 between two blocks."""

RAM_SECTIONS: Final = {
    "command": DATA_MOST,
    "answer": ANSWER_MOST,
    "piece of a stream": PIECE_MOST,
    "two running hashes": 2 * _HASH_BYTES,
    "signers of a history": SIGNERS_MOST * _SIGNER_BYTES,
    "hop before": 32 + 32 + 5 + 1,
    "request presented": 16 + 5 + 32 + 9 + 9 + 4,
    "chain and session": 16,
}
"""Bytes of RAM that a chip needs, part by part; the page's table."""


@dataclass(slots=True)
class Work:
    """What a chip is slow at, counted for the air-time model."""

    signatures: int = 0
    verifications: int = 0
    eeprom_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """The request that was presented and verified."""

    payment_id: bytes
    amount_tiyn: int
    key: bytes
    nonce: bytes
    certificate: bytes
    time: int


@dataclass(slots=True)
class Session:
    """All that goes when the power goes, or another card application is selected."""

    selected: bool = False
    pin_good: bool = False
    """The PIN was given: for one payment."""
    owner_good: bool = False
    """The PIN came together with the owner's secret: this is the owner's own host."""
    asked: Asked | None = None
    chain: bytes = b""
    """CLA (without the chaining bit), INS, P1, P2 of a command whose data is still coming."""
    gathered: bytearray = field(default_factory=bytearray)
    feed: Feed | None = None
    answer: bytes = b""
    """What GET RESPONSE has still to fetch."""


class Chip:
    """The purse's memory and cryptography."""

    def __init__(self, image: bytearray, entropy: Entropy) -> None:
        self.eeprom: Final = Eeprom(image)
        self.map: Final = Map(self.eeprom)
        self.memory: Final = self.map.memory
        self.entropy: Final = entropy
        self.work: Final = Work()
        self.session = Session()
        self.fixed = Fixed()

    def begin(self) -> None:
        """Each command begins with what the memory says."""
        self.fixed = FIXED.decode(self.eeprom.read(self.map.fixed_at, FIXED.length), "fixed")

    def change(self, **changes: int | bytes) -> None:
        """Other values in the fixed record, at the commit: only the bytes that differ are written."""
        before = FIXED.encode(self.fixed)
        self.fixed = replace(self.fixed, **changes)  # type: ignore[arg-type]
        after = FIXED.encode(self.fixed)
        start = 0
        while start < len(after):
            if before[start] == after[start]:
                start += 1
                continue
            end = start + 1
            while end < len(after) and before[end : end + 6] != after[end : end + 6]:
                end += 1
            self.memory.set(self.map.fixed_at + start, after[start:end])
            start = end

    def advance(self) -> int:
        """One change of state more; returns the counter."""
        self.change(counter=self.fixed.counter + 1)
        return self.fixed.counter

    # --------------------------------------------------------------------------------------- who may

    def want_ready(self) -> None:
        """A card that is somebody's, and not blocked for good."""
        if self.fixed.state != State.READY:
            raise DeviceError(Code.ELEMENT_REFUSED, "card.state")

    def want_owner(self) -> None:
        """The owner's own host is here: what a PIN typed at a stranger's terminal must not open."""
        if not self.session.owner_good:
            raise DeviceError(Code.CARD_PIN_NEEDED, "owner")

    # ------------------------------------------------------------------------------------------- keys

    def key(self, public: bytes) -> tuple[int, KeySlot]:
        """A one-time key of this card; ``element-refused``."""
        for slot, status, key in self.map.keys.each():
            if status == KEY_LIVE and key.public == public:
                return slot, key
        raise DeviceError(Code.ELEMENT_REFUSED, "key")

    def holds(self, public: bytes) -> bool:
        """Whether this key is one of this card's."""
        return any(status == KEY_LIVE and key.public == public for _, status, key in self.map.keys.each())

    def certificate(self, key: KeySlot) -> bytes:
        """Its packed certificate; ``certificate-missing``."""
        if not key.certificate_bytes:
            raise DeviceError(Code.CERTIFICATE_MISSING, "key.certificate")
        return key.certificate[: key.certificate_bytes]

    def sign(self, typ: Typ, payload: bytes, seed: bytes) -> bytes:
        """A signature of what this card built; checked before it leaves."""
        self.work.signatures += 1
        return sign(typ, payload, SigningKey(seed)).signature

    # ----------------------------------------------------------------------------------------- tokens

    def token(self, output: bytes) -> tuple[int, int, TokenSlot]:
        """(slot, state, token) of the table; ``payment-unknown``."""
        for slot, state, token in self.map.tokens.each():
            if token.output == output:
                return slot, state, token
        raise DeviceError(Code.PAYMENT_UNKNOWN, "token")

    def money_tiyn(self) -> int:
        """What lives here."""
        return sum(one.amount_tiyn for _, state, one in self.map.tokens.each() if state == TokenIs.LIVE)

    def history(self, token: TokenSlot) -> bytes:
        """Its packed history."""
        return self.eeprom.read(token.at, token.length)

    # ------------------------------------------------------------------------------------------ trust

    def trust(self) -> Trust:
        """What the card trusts, as the functions that verify want it. The chip reads its tables instead."""
        half, fixed = self.fixed.directory_half, self.fixed
        keys = {
            (Kind(kind), one.number): AuthorityCertificate(
                Kind(kind), one.number, "", one.expiry, bytes(8), one.key, b""
            )
            for _, kind, one in self.map.authorities[half].each()
        }
        profiles: dict[int, Profile] = {}
        withdrawn: list[int] = []
        for _, status, one in self.map.profiles[half].each():
            if status == IS_PROFILE:
                profiles[one.number] = _profile(one)
            else:
                withdrawn.append(one.number)
        body = DirectoryBody(1, fixed.directory_number, fixed.directory_date, (), (), tuple(withdrawn))
        return Trust(fixed.root_key, Directory(body, b"", keys, profiles), floor=fixed.floor)

    def profile(self) -> Profile | None:
        """The limits of this card: those of the profile its certificates name."""
        if not self.fixed.has_profile:
            return None
        for _, status, one in self.map.profiles[self.fixed.directory_half].each():
            if status == IS_PROFILE and one.number == self.fixed.profile:
                return _profile(one)
        return None


def _profile(slot: ProfileSlot) -> Profile:
    return Profile(
        slot.number,
        TIER_SECURE_ELEMENT,
        slot.per_payment_tiyn,
        slot.holding_tiyn,
        slot.since_sync_tiyn,
        slot.without_pin_tiyn,
        0,
        0,
    )


def message_of(typ: Typ, payload: bytes) -> bytes:
    """How the card remembers what it signed on an output: half of SHA-256 over type and payload."""
    return sha256(typ.value.encode() + b"\x00" + payload).digest()[:16]
