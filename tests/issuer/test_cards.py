"""Each bank's kind of card through its own issuer, what Table 10 allows, what its issuer changes on it."""

from dataclasses import replace

import pytest

from card_switch.core.issuer.cards import Usage
from card_switch.core.issuer.checks import capability_of
from card_switch.core.node import OWN_ACQUIRER, VISA
from tender.account.capabilities import CARD_BANKS, Capability, Profile, offers
from tender.account.card_messages import Authorise
from tender.account.participants import ALTYN, CENTERCREDIT, EURASIAN, HALYK, KAZPOST
from tender.card.in_dt import DtOffer
from tender.card.iso8583.message import Message
from tender.card.tags import Tag
from tender.card.tlv import unpack
from tests.issuer.world import HeldCard, World

PIN_UNBLOCK = bytes.fromhex("84240000")


@pytest.mark.parametrize("bank", CARD_BANKS)
def test_every_banks_card_pays_and_believes_its_issuer(bank: int) -> None:
    world = World(bank)
    card = world.card()
    answer = world.ask(card.chip(), OWN_ACQUIRER)
    assert answer.code == "00" and world.free(card) == 6_221_00
    proof = answer.chip_data[Tag.ISSUER_AUTHENTICATION]
    told = card.told(3_779_00) | {Tag.RESPONSE_CODE: b"00", Tag.ISSUER_AUTHENTICATION: proof}
    if bank != EURASIAN:
        assert card.chip_in_it.send("00820000", proof)[1] == 0x9000
    assert card.chip_in_it.generate(0x40, Tag.CDOL2, told)[Tag.CRYPTOGRAM_INFORMATION][0] & 0xC0 == 0x40


def requests(card: HeldCard, link: str) -> dict[Capability, Message]:
    """One request for each row of Table 10 that an issuer decides."""
    cash: dict[str, str | bytes] = {"f3": "010000", "f52": card.pin_block(link=link)}
    on_us = link == OWN_ACQUIRER
    bought = card.chip(1_00)
    return {
        Capability.CARD_PURCHASE: bought,
        Capability.PURCHASE_ON_US if on_us else Capability.PURCHASE_OFF_US: card.chip(1_00),
        Capability.CASH_ON_US if on_us else Capability.CASH_OFF_US: card.chip(1_00, **cash),
        Capability.E_COMMERCE: card.online(1_00),
        Capability.RETURN: card.refund(bought, 1_00),
    }


@pytest.mark.parametrize("profile", list(Profile))
@pytest.mark.parametrize("link", [VISA, OWN_ACQUIRER])
@pytest.mark.parametrize("bank", [ALTYN, HALYK, CENTERCREDIT])
def test_table_10_is_what_an_issuer_lets_through(bank: int, link: str, profile: Profile) -> None:
    world = World(bank, profile)
    card = world.card()
    for capability, message in requests(card, link).items():
        allowed = offers(profile, bank, capability)
        assert (world.ask(message, link).code == "00") is allowed, capability
        if not allowed:
            assert world.sent[-1][1].code == "57"


def test_every_row_that_a_request_may_stand_on_is_in_the_matrix_above() -> None:
    world = World()
    asked = {capability for link in (VISA, OWN_ACQUIRER) for capability in requests(world.card(), link)}
    decided = {
        name for name in capability_of.__code__.co_names if name.isupper() and name in Capability.__members__
    }
    assert {Capability[name] for name in decided} == asked


@pytest.mark.parametrize("profile", list(Profile))
@pytest.mark.parametrize("bank", CARD_BANKS)
def test_who_does_not_pay_in_dt_pays_by_conversion_unasked(bank: int, profile: Profile) -> None:
    world = World(bank, profile)
    offer = DtOffer(KAZPOST, "990140000385", "R-7")
    answer = world.ask(world.card().chip(f47=offer.to_text()), OWN_ACQUIRER)
    in_dt = offers(profile, bank, Capability.CARD_PURCHASE_DT)
    asked = world.bank.orders[-1]
    assert isinstance(asked, Authorise) and answer.code == "00"
    assert (asked.kind, asked.payee) == (("purchase-dt", offer) if in_dt else ("purchase", None))
    assert answer.fields.get(47) == ("DT01" if in_dt else None)


@pytest.mark.parametrize("text", ["DT01", "DT01856", "DT0185699014000038X"])
def test_an_offer_that_is_none_is_a_format_error(text: str) -> None:
    world = World(EURASIAN)
    answer = world.ask(world.card().chip(f47=text), OWN_ACQUIRER)
    assert answer.code == "30" and not world.bank.orders


# --- scripts


def unblocking(world: World, card: HeldCard) -> None:
    usage = world.host.holders.usage(card.record.link)
    world.do(world.host.holders.used(usage.wanting("pin-unblock")))


def tries(card: HeldCard) -> int:
    answer, status = card.chip_in_it.send("80CA9F17")
    assert status == 0x9000
    return answer[-1]


@pytest.mark.parametrize("bank", [HALYK, ALTYN])
def test_a_script_is_sent_until_the_chip_says_it_was_done(bank: int) -> None:
    world = World(bank)
    card = world.card(free_tiyn=100_000_00)
    card.chip_in_it.begin()
    assert card.chip_in_it.send("00200080", bytes.fromhex("249999FFFFFFFFFF"))[1] == 0x63C2
    unblocking(world, card)
    lost = world.ask(card.chip(), OWN_ACQUIRER)
    (head, command) = unpack(lost.chip_data[Tag.SCRIPT_AFTER])
    assert (head.tag, command.tag) == (Tag.SCRIPT_ID, Tag.SCRIPT_COMMAND)
    assert command.value.startswith(PIN_UNBLOCK)
    again = world.ask(card.chip(), OWN_ACQUIRER)
    proof = again.chip_data[Tag.ISSUER_AUTHENTICATION]
    told = card.told(3_779_00) | {Tag.RESPONSE_CODE: b"00", Tag.ISSUER_AUTHENTICATION: proof}
    assert card.chip_in_it.send("00820000", proof)[1] == 0x9000
    card.chip_in_it.generate(0x40, Tag.CDOL2, told)
    (_, command) = unpack(again.chip_data[Tag.SCRIPT_AFTER])
    assert tries(card) == 2
    assert card.chip_in_it.send_raw(command.value) == 0x9000
    assert tries(card) == 3
    done = world.ask(card.chip(), OWN_ACQUIRER)
    assert Tag.SCRIPT_AFTER not in done.chip_data
    assert not world.host.holders.usage(card.record.link).scripts


def test_a_script_waits_once_and_survives_a_restart() -> None:
    world = World()
    card = world.card()
    unblocking(world, card)
    unblocking(world, card)
    world.restart()
    assert world.host.holders.usage(card.record.link).scripts == ("pin-unblock",)


# --- counters


def test_counters_come_once_within_the_window() -> None:
    usage = Usage(bytes(16))
    for atc in (1, 5, 3, 2, 64):
        counted = usage.counted(atc)
        assert counted is not None, atc
        usage = counted
    assert [atc for atc in (1, 2, 3, 4, 5, 6, 64, 65) if usage.counted(atc) is None] == [1, 2, 3, 4, 5, 64]
    assert usage.counted(65) == replace(
        usage, atc_highest=65, atc_seen=(usage.atc_seen << 1 | 1) & (1 << 60) - 1
    )
