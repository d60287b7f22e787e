"""The root-signed directory: new limits under new numbers, and banks that are withdrawn."""

from dataclasses import replace

import pytest

from platform_stub.bank import clients
from platform_stub.config import PROFILES
from tender.cash.beside import take_apart
from tender.crypto.directory import Profile
from tender.errors import Code, Refusal
from tests.mint import NOW
from tests.wallet.village import Village, approved, good, hand_over
from town.cast import AIGUL, BOLAT, DANA, MERCHANT, SCHOOL

WIDE = Profile(77, "software", 90_000_000, 90_000_000, 90_000_000, 0, 500_000, 7)


@pytest.fixture
def wider(village: Village, monkeypatch: pytest.MonkeyPatch) -> Village:
    """Everybody is enrolled under directory 1; then a profile is added and new clients get it."""
    centre = village.platform.certification
    monkeypatch.setattr(centre, "_config", replace(centre._config, profiles=(*PROFILES, WIDE)))
    monkeypatch.setattr(clients, "PROFILE_PERSON", WIDE.number)
    return village


def test_a_profile_newer_than_the_payees_directory_comes_beside_the_payment(wider: Village) -> None:
    """The merchant was last online before profile 77 was made; the payment that needs it brings it along."""
    merchant = wider.wallet(MERCHANT)
    wider.platform.certification.publish_directory()
    wider.platform.refresh()
    aigul = wider.wallet(AIGUL, 30_000_000)
    assert aigul.desk.profile() == WIDE
    wider.line.away = True
    request = good(merchant.money.request(30_000_000))
    transfer = approved(aigul.money, request.message).messages[0]
    bare = take_apart(transfer)[0]
    refused = good(merchant.money.receive(bare))
    assert refused.refusal is not None and refused.refusal.code is Code.PROFILE_UNKNOWN
    assert good(merchant.money.receive(transfer)).status == "received"
    assert merchant.desk.trust.directory.number == aigul.desk.trust.directory.number == 2
    assert merchant.view.balance().spendable_tiyn == 30_000_000


def test_a_payer_with_the_older_directory_is_told_to_sync(wider: Village) -> None:
    """A request never brings lists: it says which directory it stands on."""
    school = wider.wallet(SCHOOL, 100_000)
    wider.platform.certification.publish_directory()
    wider.platform.refresh()
    dana = wider.wallet(DANA)
    request = good(dana.money.request(1_000))
    refused = school.money.propose(request.message)
    assert isinstance(refused, Refusal) and refused.code is Code.DIRECTORY_OLD
    good(school.settling.sync())
    hand_over(school, dana, 1_000)


def test_a_profile_never_changes_under_its_number(wider: Village) -> None:
    wider.platform.certification.publish_directory()
    wider.platform.refresh()
    known = wider.platform.nbk.desk.trust.directory
    assert known.number == 2
    assert [known.profiles[one.number] for one in PROFILES] == list(PROFILES)
    assert known.date == NOW


def test_a_withdrawn_banks_new_signatures_are_refused_and_its_clients_tokens_keep_their_value(
    village: Village,
) -> None:
    """Altyn is withdrawn after Aigul paid Bolat. Nobody who has heard of it takes or gives at Altyn any more;
    what Bolat got settles in full, and passes on while it is small."""
    aigul, bolat = village.wallet(AIGUL, 300_000, single=True), village.wallet(BOLAT)
    dana, merchant = village.wallet(DANA), village.wallet(MERCHANT)
    hand_over(aigul, bolat, 100_000)
    village.platform.withdraw(AIGUL.bank)
    good(bolat.settling.sync())
    assert bolat.desk.trust.directory.body.withdrawn == (AIGUL.bank,)
    request = good(bolat.money.request(10_000))
    refused = good(bolat.money.receive(approved(aigul.money, request.message).messages[0]))
    assert refused.refusal is not None and refused.refusal.code is Code.PARTICIPANT_BLOCKED
    asked = bolat.money.propose(good(dana.money.request(10_000)).message)
    assert isinstance(asked, Refusal) and asked.code is Code.PARTICIPANT_BLOCKED
    village.line.away = True
    hand_over(bolat, merchant, 30_000)
    assert merchant.desk.trust.directory.body.withdrawn == (AIGUL.bank,), "and the merchant has heard of it"
    village.line.away = False
    assert good(bolat.settling.deposit()).settled_tiyn == 70_000
    assert good(merchant.settling.deposit()).settled_tiyn == 30_000


def test_money_that_went_through_a_withdrawn_bank_passes_on_only_while_it_is_small(village: Village) -> None:
    aigul, bolat = village.wallet(AIGUL, 20_000_000, single=True), village.wallet(BOLAT)
    merchant = village.wallet(MERCHANT)
    hand_over(aigul, bolat, 20_000_000)
    village.platform.withdraw(AIGUL.bank)
    good(bolat.settling.sync())
    least = bolat.desk.profile().old_list_tiyn
    for amount_tiyn, code in ((least + 1, Code.CERTIFICATE_REVOKED), (least, None)):
        proposal = bolat.money.propose(good(merchant.money.request(amount_tiyn)).message)
        told = proposal if isinstance(proposal, Refusal) else bolat.money.confirm(proposal)  # type: ignore[arg-type]
        assert (told.code if isinstance(told, Refusal) else None) == code
    assert good(bolat.settling.deposit()).settled_tiyn == 20_000_000 - least
