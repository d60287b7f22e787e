"""Payment cards for whoever has no issuer: made under keys of this machine's own, or under a seed.

A terminal that is to believe them loads the authority's key that comes with each
(:attr:`MadeCard.authority`); a switch whose module has the same folder of keys is their issuer.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from hardware.cards.emv.flaws import FLAWS, WRITTEN, lived, months_of
from hardware.cards.emv.memory import new_image
from hardware.cards.emv.profiles import profile
from hardware.cards.emv.rsa_keys import rsa_key
from hardware.cards.image_kinds import DUAL, PAYMENT
from hardware.cards.purse_card import blank_image
from hardware.entropy import SeededEntropy
from hardware.hsm import SoftHsm
from hardware.hsm_keys import KeyFolder
from tender.account.participants import number_text
from tender.card.bins import BINS, bin_of
from tender.card.certificates import CaKey
from tender.card.pan import Pan, Scheme, luhn_digit
from tender.card.personalisation import Profile, RsaPrivateKey
from tender.errors import Code, LocalProtocolError
from tender.ports import Entropy

TEST_PIN: Final = "1234"
HOLDER: Final = "CARD/TEST"
_NUMBER_DIGITS: Final = 9
_SPARE_BITS: Final = 1024


@dataclass(frozen=True, slots=True, repr=False)
class Wish:
    """What card is wanted."""

    payment: str
    """The profile's name."""
    bank: int = 0
    """Its issuer; 0: the first of the profile's network."""
    pan: str = ""
    """Its number; empty: a new one."""
    pin: str = TEST_PIN
    flaw: str = ""
    dual: bool = False
    """With a blank purse beside it."""
    name: str = HOLDER
    master_keys: tuple[bytes, bytes, bytes] | None = None
    """An issuer's own, 16 bytes each: for cryptograms, the integrity of scripts, their secrecy. They count
    in a folder that has none yet."""

    def __repr__(self) -> str:
        return f"Wish({self.payment}, {self.flaw or 'no flaw'})"


@dataclass(frozen=True, slots=True, repr=False)
class MadeCard:
    """A card's memory as it leaves the machine."""

    kind: bytes
    image: bytearray
    pan: Pan
    ends_month: int
    authority: CaKey
    """The key of its network by which a terminal verifies it."""

    def __repr__(self) -> str:
        return f"MadeCard({self.pan})"


def make(wish: Wish, keys: SoftHsm, entropy: Entropy, today: date) -> MadeCard:
    """One card. ``LocalProtocolError field-wrong`` at ``profile``, ``flaw`` or ``bank`` for what there is
    not."""
    kind = profile(wish.payment)
    if wish.flaw and wish.flaw not in FLAWS:
        raise LocalProtocolError(Code.FIELD_WRONG, "flaw")
    bank = wish.bank or banks_of(kind)[0]
    if bank not in banks_of(kind):
        raise LocalProtocolError(Code.FIELD_WRONG, "bank")
    pan = Pan(wish.pan) if wish.pan else _new_pan(bank, entropy)
    for use, key in zip(("ac", "smi", "smc"), wish.master_keys or (), strict=False):
        keys.load(f"issuer/{number_text(bank)}/{use}", key)
    begins, ends_month = months_of(wish.flaw, today)
    card = keys.personalise(bank, kind, pan, 1, wish.name, begins, ends_month, wish.pin)
    stripe = keys.stripe(bank, pan, f"{ends_month % 10_000:04}", kind.service_code, wish.pin).to_bytes()
    if wish.flaw in WRITTEN:
        card = WRITTEN[wish.flaw](card, _spare(entropy))
    image = new_image([card], stripe)
    lived(image, wish.flaw)
    if wish.dual:
        image = blank_image() + image
    (authority,) = (one for one in keys.ca_keys() if one.rid == kind.aid[:5])
    return MadeCard(DUAL if wish.dual else PAYMENT, image, pan, ends_month, authority)


def banks_of(kind: Profile) -> tuple[int, ...]:
    """The banks whose cards follow this profile's network."""
    return tuple(
        bank for digits, bank in BINS.items() if Pan(digits.ljust(16, "0")).scheme is Scheme(kind.scheme)
    )


def make_seeded(wish: Wish, seed: str, today: date) -> MadeCard:
    """The same card for the same wish, seed and day: number, keys and all."""
    entropy = SeededEntropy(f"test card {seed}")
    with TemporaryDirectory() as folder:
        keys = SoftHsm(KeyFolder(Path(folder), entropy), lambda bits: rsa_key(bits, entropy))
        return make(wish, keys, entropy, today)


def _new_pan(bank: int, entropy: Entropy) -> Pan:
    number = int.from_bytes(entropy.draw(8), "big") % 10**_NUMBER_DIGITS
    digits = f"{bin_of(bank)}{number:0{_NUMBER_DIGITS}}"
    return Pan(digits + luhn_digit(digits))


def _spare(entropy: Entropy) -> RsaPrivateKey:
    """A key that nobody certified."""
    return rsa_key(_SPARE_BITS, entropy)
