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


def test_whose_bank_was_withdrawn_takes_the_money_to_another_bank(village: Village) -> None:
    """Aigul hears of it offline, from the one who will not take her money. With a code of Eurasian her device
    enrols there, and what it holds, certified by Altyn, is deposited in full."""
    aigul, bolat = village.wallet(AIGUL, 300_000), village.wallet(BOLAT)
    village.platform.withdraw(AIGUL.bank)
    good(bolat.settling.sync())
    village.line.away = True
    request = good(bolat.money.request(10_000))
    offer = approved(aigul.money, request.message, two_way=True).messages[0]
    no = good(bolat.money.receive(offer)).messages[0]
    told = aigul.money.receive(no)
    assert isinstance(told, Refusal) and told.code is Code.PARTICIPANT_BLOCKED
    assert aigul.desk.trust.directory.body.withdrawn == (AIGUL.bank,)
    village.line.away = False
    moved = replace(AIGUL, bank=BOLAT.bank)
    bank = village.platform.banks[BOLAT.bank].clients
    code = bank.activation_code(village.client(moved).number)
    assert good(aigul.membership.enrol(BOLAT.bank, code, shown=False)).bank == BOLAT.bank
    good(aigul.membership.open_account())
    assert good(aigul.settling.deposit()).settled_tiyn == 300_000
    assert good(aigul.bank.statement(1)).balances.dt_tiyn == 300_000
    good(aigul.bank.load(50_000))
    hand_over(aigul, bolat, 20_000)


def test_whose_bank_is_good_stays_with_it(village: Village) -> None:
    aigul = village.wallet(AIGUL)
    code = village.platform.banks[BOLAT.bank].clients.activation_code(village.client(BOLAT).number)
    refused = aigul.membership.enrol(BOLAT.bank, code, shown=False)
    assert isinstance(refused, Refusal) and refused.code is Code.ACCOUNT_EXISTS


def test_who_will_not_pay_says_so_with_the_news_that_made_it_refuse(village: Village) -> None:
    """Dana asks, her bank is withdrawn, she has not heard: the payer's no brings the directory."""
    bolat, dana = village.wallet(BOLAT, 100_000), village.wallet(DANA)
    village.platform.withdraw(DANA.bank)
    good(bolat.settling.sync())
    village.line.away = True
    request = good(dana.money.request(10_000))
    refused = bolat.money.propose(request.message)
    assert isinstance(refused, Refusal) and refused.code is Code.PARTICIPANT_BLOCKED
    dana.money.receive(bolat.money.say_no(request.message, refused))
    assert dana.desk.trust.directory.body.withdrawn == (DANA.bank,)
