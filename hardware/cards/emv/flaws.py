"""Cards that are not as they should be, for whoever tests a terminal or an issuer: one fault each."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from hardware.cards.emv.memory import CARD_BLOCKED, CHIP_BROKEN, ApplicationMemory, PaymentMemory
from tender.card.personalisation import CardKeys, Personalisation, RecordPlan, RsaPrivateKey
from tender.card.tags import Tag
from tender.card.tlv import Tlv, pack

_YEARS_ALIVE: Final = 4


def months_of(flaw: str, today: date) -> tuple[date, int]:
    """From which day and through which month such a card is good: 203012."""
    year = {"expired": today.year - _YEARS_ALIVE - 1, "not-yet": today.year + 1}.get(flaw, today.year)
    begins = today.replace(year=year, day=1)
    return begins, (year + _YEARS_ALIVE) * 100 + begins.month


def _other_cryptogram_key(card: Personalisation, _other: RsaPrivateKey) -> Personalisation:
    return replace(card, keys=replace(card.keys, cryptogram=card.keys.cryptogram[::-1]))


def _other_signing_key(card: Personalisation, other: RsaPrivateKey) -> Personalisation:
    keys = card.keys
    return replace(
        card, keys=CardKeys(keys.cryptogram, keys.integrity, keys.confidentiality, other, keys.pin)
    )


def _other_authority(card: Personalisation, _other: RsaPrivateKey) -> Personalisation:
    """Its issuer's certificate opens under no key: one bit of it is another."""
    return _changed(card, Tag.ISSUER_CERTIFICATE, _last_bit)


def _other_data(card: Personalisation, _other: RsaPrivateKey) -> Personalisation:
    """What was signed allows less than what is read."""
    return _changed(card, Tag.USAGE_CONTROL, lambda _: b"\xff\xc0")


def _said_twice(card: Personalisation, _other: RsaPrivateKey) -> Personalisation:
    """The number stands in two records, which the standard forbids (Book 3, 6.5.11.4)."""
    return replace(card, records=tuple(_with(one, Tag.PAN) if one.sfi == 1 else one for one in card.records))


def _without_number(card: Personalisation, _other: RsaPrivateKey) -> Personalisation:
    """A mandatory object is missing."""
    left = tuple(replace(one, tags=tuple(tag for tag in one.tags if tag != Tag.PAN)) for one in card.records)
    return replace(card, records=left)


def _with(plan: RecordPlan, tag: int) -> RecordPlan:
    return replace(plan, tags=(*plan.tags, tag))


def _changed(card: Personalisation, tag: int, change: Callable[[bytes], bytes]) -> Personalisation:
    data = card.data
    if tag in data:
        data[tag] = change(data[tag])
    return replace(card, objects=pack(Tlv(key, value) for key, value in data.items()))


def _last_bit(value: bytes) -> bytes:
    return value[:-1] + bytes((value[-1] ^ 1,))


WRITTEN: Final[Mapping[str, Callable[[Personalisation, RsaPrivateKey], Personalisation]]] = {
    "wrong-cryptogram-key": _other_cryptogram_key,
    "wrong-signing-key": _other_signing_key,
    "wrong-authority": _other_authority,
    "wrong-data": _other_data,
    "said-twice": _said_twice,
    "number-missing": _without_number,
}
"""Faults that a card is born with."""


def _block_application(_memory: PaymentMemory, one: ApplicationMemory) -> None:
    one.state.change(blocked=1)


def _block_card(memory: PaymentMemory, _one: ApplicationMemory) -> None:
    memory.card.change(blocked=CARD_BLOCKED)


def _break_chip(memory: PaymentMemory, _one: ApplicationMemory) -> None:
    memory.card.change(blocked=CHIP_BROKEN)


def _block_pin(memory: PaymentMemory, _one: ApplicationMemory) -> None:
    memory.card.change(pin_tries=0)


LIVED: Final[Mapping[str, Callable[[PaymentMemory, ApplicationMemory], None]]] = {
    "blocked": _block_application,
    "card-blocked": _block_card,
    "pin-blocked": _block_pin,
    "chip-broken": _break_chip,
}
"""What happened to a card after it was made."""

FLAWS: Final = ("expired", "not-yet", *LIVED, *WRITTEN)
"""All of them by name."""


def lived(image: bytearray, flaw: str) -> None:
    """Change a card's memory as that life would have."""
    if flaw in LIVED:
        memory = PaymentMemory(image)
        LIVED[flaw](memory, memory.applications[0])
        memory.memory.commit()
