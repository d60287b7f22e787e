"""The town in which every random world begins: made once a process, copied for each world.

Seven people at four banks, each with an enrolled phone, certified keys, tenge and Digital Tenge. Opening a
copy gives the real platform over its real SQLite files.
"""

import atexit
import shutil
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from hardware.clock import SetClock
from hardware.entropy import SeededEntropy
from platform_stub.compose import build_platform
from platform_stub.config import PlatformConfig
from tender.account.client_messages import Enrolled
from tender.account.participants import ALTYN, BANKS, CENTERCREDIT, EURASIAN, HALYK, KAZPOST
from tender.crypto.keys import SigningKey
from tests.platform_stub.people import (
    AIGUL,
    BOLAT,
    DANA,
    MERCHANT,
    NOW,
    SCHOOL,
    Person,
    Phone,
    Town,
)
from tests.settlement.offline import Cut

MARAT = Person("Marat", HALYK, "850101350011", "+77012345606")
SAULE = Person("Saule", CENTERCREDIT, "930303450023", "+77012345607")
PEOPLE = (AIGUL, DANA, BOLAT, MARAT, SAULE, MERCHANT, SCHOOL)
AT_BANKS = (ALTYN, EURASIAN, KAZPOST, HALYK, CENTERCREDIT)
ON_ACCOUNT_TENGE = 20_000
GUARANTEE_TENGE = 3_000
KEYS_AT_FIRST = 24
CONFIG = PlatformConfig(durable=False)


@dataclass(frozen=True)
class Enrolment:
    """What a phone got from its bank, without the platform it got it from."""

    person: Person
    identity: bytes
    enrolled: Enrolled
    keys: dict[bytes, SigningKey]
    certificates: dict[bytes, bytes]
    account: bytes
    """The address of the owner's account."""


@dataclass(frozen=True)
class Base:
    """A founded platform at rest, and everybody's phone."""

    folder: Path
    enrolments: tuple[Enrolment, ...]


@cache
def base() -> Base:
    """The town at rest, made on first use."""
    home = Path(mkdtemp(prefix="tenge-world-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    folder = home / "base"
    clock, entropy = SetClock(NOW), SeededEntropy("base town")
    town = Town(build_platform(folder, CONFIG, clock, entropy), clock, entropy)
    for bank in BANKS:
        town.fund_bank(bank, 50_000_000)
    for bank in AT_BANKS:
        town.stock(bank, 1_000_000)
        town.platform.nbk.place_guarantee(bank, GUARANTEE_TENGE * 100, bank.to_bytes(32, "big"))
    made = []
    for person in PEOPLE:
        phone = town.rich_phone(person, ON_ACCOUNT_TENGE)
        town.pay_in(person, ON_ACCOUNT_TENGE)
        phone.certify(KEYS_AT_FIRST)
        assert phone.enrolled is not None
        made.append(
            Enrolment(
                person, phone.identity.seed, phone.enrolled, phone.keys, phone.certificates, phone.address
            )
        )
    town.platform.close()
    return Base(folder, tuple(made))


def copied(folder: Path, now: int, seed: str, source: Path | None = None) -> tuple[Town, Cut]:
    """The platform of a folder, opened on a copy of it; and the wires between its participants."""
    shutil.copytree(source or base().folder, folder, ignore=shutil.ignore_patterns("*-shm"))
    clock, entropy, wires = SetClock(now), SeededEntropy(seed), Cut()
    platform = build_platform(folder, CONFIG, clock, entropy, exchange=wires)
    wires.inner = platform.gateway
    return Town(platform, clock, entropy), wires


def phone_of(town: Town, enrolment: Enrolment) -> Phone:
    """Somebody's phone in this town."""
    phone = Phone(
        town,
        enrolment.person,
        SigningKey(enrolment.identity),
        dict(enrolment.keys),
        dict(enrolment.certificates),
        enrolment.enrolled,
    )
    town.phones[enrolment.person.name] = phone
    return phone


def elsewhere(phone: Phone, town: Town) -> Phone:
    """The same phone, speaking to another copy of its bank."""
    return replace(phone, town=town)
