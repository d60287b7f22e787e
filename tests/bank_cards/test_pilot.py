"""What the banks of the pilot offered, asked of the banks themselves (Table 10 of the white paper)."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from platform_stub.compose import build_platform
from platform_stub.config import PlatformConfig
from tender.account.capabilities import CARD_BANKS, Profile
from tender.account.client_messages import (
    BY_IIN,
    FROM_DT,
    TO_DT,
    AccountOpened,
    Balances,
    Convert,
    OpenAccount,
    Transfer,
    Transferred,
)
from tender.account.merchant_messages import APP, MerchantPaid, PayMerchant
from tender.account.participant_messages import APPROVED
from tender.account.participants import EURASIAN, KAZPOST
from tender.errors import Code, Refusal
from tests.platform_stub.people import (
    AIGUL,
    BOLAT,
    DANA,
    MERCHANT,
    TENGE,
    Person,
    Phone,
    Town,
    open_town,
    refused,
)


def at(person: Person, bank: int) -> Person:
    """The same person as a client of another bank."""
    return replace(person, name=f"{person.name} at {bank}", bank=bank)


def world(folder: Path, before: Callable[[Town], None], offering: Profile = Profile.PILOT) -> Town:
    """What was done when everything was offered, and then the banks as they were in the pilot."""
    town = open_town(folder)
    before(town)
    town.platform.close()
    config = PlatformConfig(durable=False, offering=offering)
    town.platform = build_platform(folder, config, town.clock, town.entropy)
    return town


def moneyed(person: Person, tenge: int, banks: tuple[int, ...] = CARD_BANKS) -> Callable[[Town], None]:
    """That much Digital Tenge on an account at each bank."""

    def act(town: Town) -> None:
        for bank in banks:
            town.stock(bank, 2 * tenge)
            town.rich_phone(at(person, bank), tenge)

    return act


def phone(town: Town, person: Person, bank: int) -> Phone:
    """The phone of somebody at a bank."""
    return town.phones[at(person, bank).name]


@pytest.mark.row("DT-C-20")
@pytest.mark.row("DT-C-21")
@pytest.mark.parametrize("person", [MERCHANT, AIGUL], ids=["a legal entity", "a person"])
def test_all_four_open_an_account(tmp_path: Path, person: Person) -> None:
    town = world(tmp_path, lambda _town: None)
    for bank in CARD_BANKS:
        opened = town.phone(at(person, bank), account=False).ask("open-account", OpenAccount())
        assert isinstance(opened, AccountOpened)
    town.platform.close()


@pytest.mark.row("DT-C-22")
def test_issuance_at_all_but_eurasian(tmp_path: Path) -> None:
    town = world(tmp_path, lambda _town: None)
    for bank in CARD_BANKS:
        asked = town.platform.banks[bank].money.request_issue(1_000 * TENGE, town.entropy.draw(32))
        if bank == EURASIAN:
            assert refused(asked, Code.NOT_SUPPORTED)
        else:
            assert not isinstance(asked, Refusal)
            decided = town.platform.nbk.approve(asked.request)
            assert not isinstance(decided, Refusal) and decided.state == APPROVED
    town.platform.close()


@pytest.mark.row("DT-C-23")
def test_a_legal_entity_converts_at_all_but_eurasian(tmp_path: Path) -> None:
    def before(town: Town) -> None:
        for bank in CARD_BANKS:
            town.stock(bank, 20_000)
            town.phone(at(MERCHANT, bank))
            town.pay_in(at(MERCHANT, bank), 10_000)

    town = world(tmp_path, before)
    for bank in CARD_BANKS:
        done = phone(town, MERCHANT, bank).ask("convert", Convert(TO_DT, 10_000 * TENGE))
        if bank == EURASIAN:
            assert refused(done, Code.NOT_SUPPORTED)
        else:
            assert isinstance(done, Balances) and done.dt_tiyn == 10_000 * TENGE
    town.platform.close()


@pytest.mark.row("DT-C-24")
@pytest.mark.parametrize("offering", list(Profile))
def test_no_person_converts_to_dt_and_no_integrator_pays_in_the_pilot(
    tmp_path: Path, offering: Profile
) -> None:
    def before(town: Town) -> None:
        town.phone(MERCHANT)
        moneyed(AIGUL, 1_000)(town)
        for bank in CARD_BANKS:
            town.pay_in(at(AIGUL, bank), 100)

    town = world(tmp_path, before, offering)
    sale = PayMerchant(MERCHANT.identifier, KAZPOST, 50 * TENGE, "sale", APP, "")
    for bank in CARD_BANKS:
        converted = phone(town, AIGUL, bank).ask("convert", Convert(TO_DT, 100 * TENGE))
        paid = phone(town, AIGUL, bank).ask("pay-merchant", sale)
        if offering is Profile.PILOT:
            assert refused(converted, Code.NOT_SUPPORTED) and refused(paid, Code.NOT_SUPPORTED)
        else:
            assert isinstance(converted, Balances) and converted.dt_tiyn == 1_100 * TENGE
            assert isinstance(paid, MerchantPaid)
    town.platform.close()


@pytest.mark.row("DT-C-26")
@pytest.mark.parametrize("offering", list(Profile))
def test_transfers_between_eurasians_own_clients_alone(tmp_path: Path, offering: Profile) -> None:
    dana = replace(DANA, bank=EURASIAN)

    def before(town: Town) -> None:
        town.stock(EURASIAN, 10_000)
        town.rich_phone(BOLAT, 1_000)
        town.phone(dana)
        town.phone(AIGUL)

    town = world(tmp_path, before, offering)
    bolat = town.phones[BOLAT.name]
    own = bolat.ask("transfer", Transfer(BY_IIN, dana.identifier, 100 * TENGE, ""))
    assert isinstance(own, Transferred)
    abroad = bolat.ask("transfer", Transfer(BY_IIN, AIGUL.identifier, 100 * TENGE, ""))
    if offering is Profile.PILOT:
        assert refused(abroad, Code.NOT_SUPPORTED)
    else:
        assert isinstance(abroad, Transferred)
    town.platform.close()


@pytest.mark.row("DT-C-36")
def test_a_legal_entity_converts_back_at_all_four(tmp_path: Path) -> None:
    town = world(tmp_path, moneyed(MERCHANT, 1_000))
    for bank in CARD_BANKS:
        done = phone(town, MERCHANT, bank).ask("convert", Convert(FROM_DT, 1_000 * TENGE))
        assert isinstance(done, Balances)
        assert (done.dt_tiyn, done.noncash_tiyn) == (0, 1_000 * TENGE)
    town.platform.close()


@pytest.mark.row("DT-C-37")
def test_a_person_converts_back_at_all_but_eurasian(tmp_path: Path) -> None:
    town = world(tmp_path, moneyed(AIGUL, 1_000))
    for bank in CARD_BANKS:
        done = phone(town, AIGUL, bank).ask("convert", Convert(FROM_DT, 1_000 * TENGE))
        if bank == EURASIAN:
            assert refused(done, Code.NOT_SUPPORTED)
        else:
            assert isinstance(done, Balances) and done.noncash_tiyn == 1_000 * TENGE
    town.platform.close()


@pytest.mark.row("DT-C-40")
def test_all_four_redeem(tmp_path: Path) -> None:
    def before(town: Town) -> None:
        for bank in CARD_BANKS:
            town.stock(bank, 100_000)

    town = world(tmp_path, before)
    liability, _ = town.equation()
    for bank in CARD_BANKS:
        asked = town.platform.banks[bank].money.request_redeem(100_000 * TENGE, town.entropy.draw(32))
        assert not isinstance(asked, Refusal), asked
        assert not isinstance(town.platform.nbk.approve(asked.request), Refusal)
    after, located = town.equation()
    assert (liability - after, after) == (400_000 * TENGE, located)
    town.platform.close()
