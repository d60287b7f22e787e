"""Where everything lies in the purse's EEPROM, and how much RAM it works in (docs/protocol/purse-card.md).

The page's budget is computed from these lines; change one, and a test asks for the other.
"""

from dataclasses import dataclass
from typing import Final

from hardware.cards.eeprom import JOURNAL_BYTES, Eeprom, Memory, Table
from tender.errors import Code, DeviceError
from tender.purse.commands import LINKS_MOST
from tender.purse.layout import RAW, Layout
from tender.purse.records import AMOUNT, LOG_ENTRY, LOG_MOST, LogEntry

EEPROM_BYTES: Final = 144 * 1024

KEYS: Final = 96
REQUESTS: Final = 64
SPENT: Final = 256
KEPT: Final = 48
TOKENS: Final = 40
AUTHORITIES: Final = 64
PROFILES: Final = 24

CLAIMS_SPENT: Final = TOKENS
"""Places of the spent memory that only claims may take: one for each token the card can hold."""
CLAIMS_KEPT: Final = LINKS_MOST
"""Places for kept signatures that only claims may take: as many as one command makes."""

CERTIFICATE_MOST: Final = 81
PAYLOAD_MOST: Final = 96
NO_NONCE: Final = bytes(8)
"""What stands for "no nonce" in the tables; as a nonce it is refused."""
RULE_MOST: Final = 160
"""A colour longer than this is not taken by a card (``card-full``)."""


@dataclass(frozen=True, slots=True, repr=False)
class Fixed:
    """The one record that there is once: the card's life, its counters, PIN and floor."""

    state: int = 0
    counter: int = 0
    acknowledged: int = 0
    pin_tries: int = 0
    puk_tries: int = 0
    salt: bytes = bytes(16)
    pin: bytes = bytes(32)
    puk: bytes = bytes(32)
    root_key: bytes = bytes(32)
    bank: int = 0
    number: bytes = bytes(16)
    identity_seed: bytes = bytes(32)
    identity: bytes = bytes(32)
    store_key: bytes = bytes(32)
    owner: bytes = bytes(32)
    spent_since_sync: int = 0
    spent_without_pin: int = 0
    floor: int = 0
    directory_number: int = 0
    directory_date: int = 0
    directory_half: int = 0
    list_number: int = 0
    list_date: int = 0
    correction_number: int = 0
    corrected_list: int = 0
    corrected_directory: int = 0
    corrected_floor: int = 0
    profile: int = 0
    has_profile: int = 0
    profile_day: int = 0
    book: int = 0
    sync_order: bytes = bytes(32)
    log_next: int = 0

    def __repr__(self) -> str:
        return f"Fixed(counter={self.counter}, secrets hidden)"


FIXED: Final = Layout(
    Fixed,
    ("state", 1),
    ("counter", 4),
    ("acknowledged", 4),
    ("pin_tries", 1),
    ("puk_tries", 1),
    ("salt", RAW, 16),
    ("pin", RAW, 32),
    ("puk", RAW, 32),
    ("root_key", RAW, 32),
    ("bank", 2),
    ("number", RAW, 16),
    ("identity_seed", RAW, 32),
    ("identity", RAW, 32),
    ("store_key", RAW, 32),
    ("owner", RAW, 32),
    ("spent_since_sync", AMOUNT),
    ("spent_without_pin", AMOUNT),
    ("floor", 4),
    ("directory_number", 4),
    ("directory_date", 4),
    ("directory_half", 1),
    ("list_number", 4),
    ("list_date", 4),
    ("correction_number", 4),
    ("corrected_list", 4),
    ("corrected_directory", 4),
    ("corrected_floor", 4),
    ("profile", 2),
    ("has_profile", 1),
    ("profile_day", 2),
    ("book", 8),
    ("sync_order", RAW, 32),
    ("log_next", 1),
)


@dataclass(frozen=True, slots=True, repr=False)
class KeySlot:
    """A one-time key with its certificate; ``asked`` once it has signed a request."""

    public: bytes
    seed: bytes
    asked: int
    certificate_bytes: int
    certificate: bytes

    def __repr__(self) -> str:
        return f"KeySlot({self.public.hex()[:8]}, secret hidden)"


KEY_SLOT: Final = Layout(
    KeySlot,
    ("public", RAW, 32),
    ("seed", RAW, 32),
    ("asked", 1),
    ("certificate_bytes", 1),
    ("certificate", RAW, CERTIFICATE_MOST),
)


@dataclass(frozen=True, slots=True)
class RequestSlot:
    """A request under a key, and the receipt that closed it; both lie in the heap."""

    key: int
    payment_id: bytes
    nonce_bytes: int
    nonce: bytes
    amount_tiyn: int
    counter: int
    at: int
    length: int
    receipt_at: int
    receipt_length: int


REQUEST_SLOT: Final = Layout(
    RequestSlot,
    ("key", 1),
    ("payment_id", RAW, 16),
    ("nonce_bytes", 1),
    ("nonce", RAW, 8),
    ("amount_tiyn", AMOUNT),
    ("counter", 4),
    ("at", 3),
    ("length", 2),
    ("receipt_at", 3),
    ("receipt_length", 2),
)


@dataclass(frozen=True, slots=True)
class SpentSlot:
    """An output signed away: the first half of its id, and of SHA-256 of what was signed."""

    output: bytes
    key: int
    message: bytes


SPENT_SLOT: Final = Layout(SpentSlot, ("output", RAW, 16), ("key", 1), ("message", RAW, 16))


@dataclass(frozen=True, slots=True)
class KeptSlot:
    """A signature the host has not said it stored; its status is the kind."""

    output: bytes
    key: int
    counter: int
    payment_id: bytes
    signature: bytes
    payload_bytes: int
    payload: bytes


KEPT_SLOT: Final = Layout(
    KeptSlot,
    ("output", RAW, 32),
    ("key", 1),
    ("counter", 4),
    ("payment_id", RAW, 16),
    ("signature", RAW, 64),
    ("payload_bytes", 1),
    ("payload", RAW, PAYLOAD_MOST),
)


@dataclass(frozen=True, slots=True)
class TokenSlot:
    """A token of an own key; its history lies in the heap. ``came_from`` is the key a return goes to, zeros
    for a token fresh from the issuer; ``nonce`` the last link's (zeros: none)."""

    output: bytes
    key: int
    amount_tiyn: int
    hops_left: int
    expiry: int
    came_from: bytes
    nonce: bytes
    rule_bytes: int
    signed_before: int
    """Whether its key has signed in this history: then its certificate stands there already."""
    paid: int
    """Whether somebody else's payment brought it: only such money answers a request."""
    counter: int
    """When it came, by the card's counter."""
    at: int
    length: int


TOKEN_SLOT: Final = Layout(
    TokenSlot,
    ("output", RAW, 32),
    ("key", 1),
    ("amount_tiyn", AMOUNT),
    ("hops_left", 1),
    ("expiry", 4),
    ("came_from", RAW, 32),
    ("nonce", RAW, 8),
    ("rule_bytes", 2),
    ("signed_before", 1),
    ("paid", 1),
    ("counter", 4),
    ("at", 3),
    ("length", 2),
)


@dataclass(frozen=True, slots=True)
class AuthoritySlot:
    """A key of the directory; its status is the kind (1 issuer, 2 bank, 3 messages)."""

    number: int
    key: bytes
    expiry: int


@dataclass(frozen=True, slots=True)
class ProfileSlot:
    """The limits of a profile; a withdrawn bank stands here too, with status 2 and its number."""

    number: int
    per_payment_tiyn: int
    holding_tiyn: int
    since_sync_tiyn: int
    without_pin_tiyn: int


AUTHORITY_SLOT: Final = Layout(AuthoritySlot, ("number", 2), ("key", RAW, 32), ("expiry", 4))
PROFILE_SLOT: Final = Layout(
    ProfileSlot,
    ("number", 2),
    ("per_payment_tiyn", AMOUNT),
    ("holding_tiyn", AMOUNT),
    ("since_sync_tiyn", AMOUNT),
    ("without_pin_tiyn", AMOUNT),
)
IS_PROFILE: Final = 1
IS_WITHDRAWN: Final = 2


class Map:
    """The tables one after the other, then the heap."""

    def __init__(self, eeprom: Eeprom) -> None:
        self.memory = Memory(eeprom)
        self.fixed_at: Final = JOURNAL_BYTES
        self.keys: Final = Table(self.memory, self.fixed_at + FIXED.length, KEYS, KEY_SLOT)
        self.requests: Final = Table(self.memory, self.keys.ends, REQUESTS, REQUEST_SLOT)
        self.spent: Final = Table(self.memory, self.requests.ends, SPENT, SPENT_SLOT)
        self.kept: Final = Table(self.memory, self.spent.ends, KEPT, KEPT_SLOT)
        self.tokens: Final = Table(self.memory, self.kept.ends, TOKENS, TOKEN_SLOT)
        self.log: Final[Table[LogEntry]] = Table(self.memory, self.tokens.ends, LOG_MOST, LOG_ENTRY)
        # Two halves: a directory is read into the one that does not count, then they change places.
        authorities, profiles, at = [], [], self.log.ends
        for _ in range(2):
            authorities.append(Table(self.memory, at, AUTHORITIES, AUTHORITY_SLOT))
            profiles.append(Table(self.memory, authorities[-1].ends, PROFILES, PROFILE_SLOT))
            at = profiles[-1].ends
        self.authorities: Final = tuple(authorities)
        self.profiles: Final = tuple(profiles)
        self.heap_at: Final = at
        self.heap_ends: Final = len(eeprom.image)

    def sections(self) -> dict[str, int]:
        """How many bytes each part takes."""
        halves = self.heap_at - self.log.ends
        tables = ("keys", "requests", "spent", "kept", "tokens", "log")
        sizes = {name: getattr(self, name).slot_bytes * getattr(self, name).count for name in tables}
        heap = self.heap_ends - self.heap_at
        return {"journal": JOURNAL_BYTES, "fixed": FIXED.length, **sizes, "directory": halves, "heap": heap}

    def blocks(self) -> list[tuple[int, int]]:
        """What is taken in the heap: (address, length), in order."""
        taken = [(token.at, token.length) for _, _, token in self.tokens.each()]
        for _, _, request in self.requests.each():
            taken += [(request.at, request.length), (request.receipt_at, request.receipt_length)]
        return sorted(block for block in taken if block[1])

    def room(self, length: int, besides: list[tuple[int, int]]) -> int:
        """The address of so much free room, first fit; ``besides``: blocks of this command that do not count
        yet. ``card-full``."""
        at = self.heap_at
        for start, taken in sorted((*self.blocks(), *besides)):
            if start - at >= length:
                break
            at = max(at, start + taken)
        if self.heap_ends - at < length:
            raise DeviceError(Code.CARD_FULL, "card")
        return at

    def free_bytes(self) -> int:
        """What is free in the heap, in pieces perhaps."""
        return self.heap_ends - self.heap_at - sum(length for _, length in self.blocks())
