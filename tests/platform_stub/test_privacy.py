"""Who sees what, under each allowed setting of anonymity, privacy and traceability (DT-A-06)."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from platform_stub.bank.store import Client
from tender.account.client_messages import BY_PHONE, Stated, Statement, Transfer, Transferred
from tender.account.participants import ALTYN, CENTERCREDIT, EURASIAN, HALYK, KAZPOST
from tender.account.token_messages import Settle, Settled
from tender.cash.chain import verify_chain
from tender.errors import Code
from tests.platform_stub.people import AIGUL, BOLAT, Phone, Town, open_town, refused
from tests.platform_stub.test_offline_money import hand_over

SETTINGS = [
    {"epoch_days": days, "names_before_payment": names, "officers_per_case": officers}
    for days, names, officers in product((60, 90), (True, False), (1, 2))
]


@pytest.fixture(params=SETTINGS, ids=lambda one: "-".join(str(value) for value in one.values()))
def town(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Town]:
    """A town under one combination of the three settings."""
    made = open_town(tmp_path, **request.param)
    yield made
    made.platform.close()


@pytest.fixture
def officers(town: Town) -> tuple[str, ...]:
    """As many as the town's rules want."""
    return ("Zarina", "Timur")[: town.platform.banks[ALTYN].office.config.officers_per_case]


@pytest.fixture
def pair(town: Town) -> tuple[Phone, Phone]:
    """Aigul at Altyn with 5,000.00, Bolat at Eurasian with nothing."""
    town.stock(ALTYN, 100_000)
    return town.rich_phone(AIGUL, 5_000), town.phone(BOLAT)


@pytest.mark.row("DT-A-01")
@pytest.mark.row("DT-A-06")
@pytest.mark.parametrize("shown", [False, True])
def test_a_payers_name_is_shown_only_when_she_chose_so(
    town: Town, pair: tuple[Phone, Phone], shown: bool
) -> None:
    aigul, bolat = pair
    assert aigul.enrolled is not None
    town.platform.banks[ALTYN].clients.show_name(aigul.enrolled.client, shown)
    done = aigul.ask("transfer", Transfer(BY_PHONE, BOLAT.phone, 100, ""))
    assert isinstance(done, Transferred)
    told = bolat.ask("statement", Statement(1))
    assert isinstance(told, Stated)
    assert [entry.party for entry in told.entries] == ["Aigul" if shown else ""]
    hers = town.platform.banks[EURASIAN].desk.store
    with hers.reading() as rows:
        seen = b"".join(one.order_raw for one in rows.evidence(most=1000))
    assert (b"Aigul" in seen) is shown
    assert AIGUL.phone.encode() not in seen


def test_a_payees_name_is_told_before_payment_only_where_the_rules_allow(
    town: Town, pair: tuple[Phone, Phone]
) -> None:
    aigul, bolat = pair
    assert bolat.enrolled is not None
    town.platform.banks[EURASIAN].clients.show_name(bolat.enrolled.client, True)
    done = aigul.ask("transfer", Transfer(BY_PHONE, BOLAT.phone, 100, ""))
    assert isinstance(done, Transferred)
    allowed = town.platform.banks[ALTYN].office.config.names_before_payment
    assert done.payee == ("Bolat" if allowed else None)


@pytest.mark.row("DT-A-02")
@pytest.mark.row("DT-A-06")
def test_the_own_bank_finds_the_person_behind_a_hidden_payment_and_no_other(
    town: Town, officers: tuple[str, ...]
) -> None:
    town.stock(ALTYN, 100_000)
    aigul, bolat = town.rich_phone(AIGUL, 1_000), town.phone(BOLAT)
    (token,) = aigul.load(1_000)
    paid = hand_over(token, aigul, bolat)
    signer = verify_chain(paid, bolat.trust).spends[0].signer
    own, other = town.platform.banks[ALTYN].clients, town.platform.banks[EURASIAN].clients
    found = own.behind(signer, "AML-2027-1", officers)
    assert isinstance(found, Client)
    assert (found.name, found.identifier) == ("Aigul", AIGUL.identifier)
    assert refused(own.behind(signer, "AML-2027-1", officers[1:]), Code.NOT_PERMITTED)
    assert refused(own.behind(signer, "", officers), Code.CASE_REFERENCE_MISSING)
    assert refused(other.behind(signer, "AML-2027-1", officers), Code.CLIENT_UNKNOWN)
    told = bolat.ask("settle", Settle((), (bolat.claim(paid),)))
    assert isinstance(told, Settled)
    seen = bolat.ask("statement", Statement(10))
    assert isinstance(seen, Stated)
    assert all(entry.party == "" for entry in seen.entries)


@pytest.mark.row("DT-A-05")
@pytest.mark.row("DT-A-06")
def test_a_bank_that_takes_no_part_holds_nothing_of_a_payment(town: Town, pair: tuple[Phone, Phone]) -> None:
    aigul, bolat = pair
    done = aigul.ask("transfer", Transfer(BY_PHONE, BOLAT.phone, 123_45, "a secret purpose"))
    assert isinstance(done, Transferred)
    needles = [done.transaction, aigul.address, bolat.address, b"a secret purpose", BOLAT.phone.encode()]
    for number in (HALYK, CENTERCREDIT, KAZPOST):
        with town.platform.banks[number].desk.store.reading() as rows:
            assert rows.validations(done.transaction) == []
            held = b"".join(one.order_raw + one.reply_raw for one in rows.evidence(most=10_000))
        assert not [needle for needle in needles if needle in held]
    with town.platform.banks[EURASIAN].desk.store.reading() as rows:
        held = b"".join(one.order_raw + one.reply_raw for one in rows.evidence(most=10_000))
    assert done.transaction in held  # the payee's bank knows, so the search finds what is there
