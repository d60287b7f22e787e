"""Each kind of card at the project's own kernel, with its bank behind; and what the kernel makes of faulty
ones."""

from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pytest

from hardware.cards.emv.flaws import FLAWS
from hardware.cards.emv.payment_card import PaymentCard
from hardware.cards.emv.profiles import profile_names
from hardware.cards.emv.tester import MadeCard, Wish, make
from hardware.entropy import SeededEntropy
from pos.core.emv.driving import World, drive
from pos.core.emv.outcome import Outcome, Reason, Verdict
from pos.core.emv.purchase import purchase
from pos.core.emv.steps import (
    Answered,
    AskPin,
    GoOnline,
    PinEnciphered,
    PinTyped,
)
from pos.core.emv.terminal import Application, Sale, Terminal
from tender.card.bins import issuer_of
from tender.card.pan import Pan
from tender.card.tags import Tag
from tender.card.tlv import Tlv, pack
from tender.card.values import Tvr
from tender.crypto.sealing import Pin
from tests.payment_cards.bench import PIN, hsm

NOW = 1_795_262_400
"""21 November 2026, 17:00 in Almaty."""
TODAY = date(2026, 11, 21)
AIDS = (("A000000003", "0096"), ("A000000004", "0002"))
NO_FAULT = (
    Tvr.OFFLINE_DATA_AUTHENTICATION_NOT_PERFORMED | Tvr.SDA_SELECTED | Tvr.NEW_CARD | Tvr.ONLINE_PIN_ENTERED
)
"""What a terminal notes of a card that is as it should be."""


def terminal() -> Terminal:
    """A shop's with both networks, their keys loaded."""
    return Terminal(
        number="TERM0001",
        merchant="MERCHANT0000001",
        merchant_name="Kiosk M",
        category=5411,
        applications=tuple(
            Application(bytes.fromhex(aid), bytes.fromhex(version), aid, floor_tiyn=1_000_000)
            for aid, version in AIDS
        ),
        ca_keys=hsm().ca_keys(),
    )


def bank(pan: Pan, step: GoOnline, code: str = "00") -> Answered:
    """The card's own: it approves what is the card's word, and says so to the card."""
    issuer = issuer_of(pan.digits)
    assert issuer is not None
    if not hsm().cryptogram_fits(issuer, pan, 1, step.data):
        return Answered("82")
    proof = hsm().issuer_authentication(issuer, pan, 1, step.data, code, code == "00")
    return Answered(code, pack([Tlv(Tag.ISSUER_AUTHENTICATION, proof)]))


def typed(step: AskPin) -> PinTyped | PinEnciphered:
    """The right one."""
    return PinEnciphered(bytes(8)) if step.online else PinTyped(Pin(PIN))


def made(name: str, flaw: str = "") -> MadeCard:
    """A card for this test."""
    return make(Wish(name, pin=PIN, flaw=flaw), hsm(), SeededEntropy(f"{name} {flaw}"), TODAY)


def sold(card: MadeCard, **changes: Any) -> Outcome:
    """A purchase of 3 779 tenge."""
    chip = PaymentCard(card.image, SeededEntropy("sold"))
    chip.power(True)
    sale = replace(Sale(377_900, NOW, 1, bytes(range(32))), **changes)
    world = World(chip.transmit, partial(bank, card.pan), typed)
    return drive(purchase(terminal(), sale), world)


@pytest.mark.parametrize("name", profile_names())
def test_a_purchase_is_approved_by_its_bank(name: str) -> None:
    outcome = sold(made(name))
    assert (outcome.verdict, outcome.reason) == (Verdict.APPROVED_ONLINE, Reason.APPROVED)
    assert not outcome.tvr & ~NO_FAULT, outcome.tvr.words
    assert bool(outcome.tvr & Tvr.OFFLINE_DATA_AUTHENTICATION_NOT_PERFORMED) == ("online" in name)


SDA, DDA, CDA = "visa-cvn10-sda", "visa-cvn18-dda", "mchip-cvn11-cda"
ONLINE, REFUSED, ENDED = Verdict.APPROVED_ONLINE, Verdict.DECLINED_ONLINE, Verdict.ENDED
NONE, OLD, EARLY = Tvr(0), Tvr.APPLICATION_EXPIRED, Tvr.APPLICATION_NOT_YET_EFFECTIVE
TABLE: dict[str, dict[str, tuple[Verdict, Reason, Tvr]]] = {
    "expired": {
        SDA: (ONLINE, Reason.APPROVED, OLD),
        DDA: (ONLINE, Reason.APPROVED, OLD | Tvr.DDA_FAILED),
        CDA: (ONLINE, Reason.APPROVED, OLD | Tvr.CDA_FAILED),
    },
    "not-yet": dict.fromkeys((SDA, DDA, CDA), (ONLINE, Reason.APPROVED, EARLY)),
    "blocked": dict.fromkeys((SDA, DDA, CDA), (ENDED, Reason.APPLICATION_BLOCKED, NONE)),
    "card-blocked": dict.fromkeys((SDA, DDA, CDA), (ENDED, Reason.CARD_BLOCKED, NONE)),
    "chip-broken": dict.fromkeys((SDA, DDA, CDA), (Verdict.OTHER_INTERFACE, Reason.NO_APPLICATION, NONE)),
    "pin-blocked": dict.fromkeys((SDA, DDA, CDA), (ONLINE, Reason.APPROVED, Tvr.PIN_TRIES_EXCEEDED)),
    "wrong-cryptogram-key": dict.fromkeys((SDA, DDA, CDA), (REFUSED, Reason.ISSUER_REFUSED, NONE)),
    "wrong-signing-key": {
        CDA: (Verdict.DECLINED_OFFLINE, Reason.SIGNATURE_FORGED, Tvr.CDA_FAILED),
    },
    "wrong-authority": {
        SDA: (ONLINE, Reason.APPROVED, Tvr.SDA_FAILED),
        DDA: (ONLINE, Reason.APPROVED, Tvr.DDA_FAILED),
        CDA: (ONLINE, Reason.APPROVED, Tvr.CDA_FAILED),
    },
    "wrong-data": {
        SDA: (ONLINE, Reason.APPROVED, Tvr.SDA_FAILED),
        DDA: (ONLINE, Reason.APPROVED, Tvr.DDA_FAILED),
        CDA: (ONLINE, Reason.APPROVED, Tvr.CDA_FAILED),
    },
    "said-twice": dict.fromkeys((SDA, DDA, CDA), (ENDED, Reason.CARD_DATA_WRONG, NONE)),
    "number-missing": dict.fromkeys((SDA, DDA, CDA), (ENDED, Reason.CARD_DATA_WRONG, NONE)),
}
"""What this kernel makes of each fault; its bank approves whatever the card signed."""


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_faulty_card_is_seen_through(flaw: str) -> None:
    for name, (verdict, reason, seen) in TABLE[flaw].items():
        outcome = sold(made(name, flaw))
        assert (outcome.verdict, outcome.reason) == (verdict, reason), name
        assert outcome.tvr & ~NO_FAULT == seen, (name, outcome.tvr.words)
