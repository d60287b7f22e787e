"""Clients and their accounts, asked as a wallet asks: signed bytes at the bank's door."""

import pytest

from tender.account.client_messages import (
    BY_BIN,
    BY_IIN,
    BY_PHONE,
    FROM_DT,
    TO_DT,
    AccountOpened,
    Balances,
    Convert,
    NoncashPaid,
    OpenAccount,
    PayNoncash,
    Stated,
    Statement,
    Transfer,
    Transferred,
)
from tender.account.participants import ALTYN, BANKS, EURASIAN, KAZPOST
from tender.crypto.keys import SigningKey
from tender.errors import Code, Refusal
from tests.platform_stub.people import (
    AIGUL,
    BOLAT,
    DANA,
    MERCHANT,
    SCHOOL,
    TENGE,
    Person,
    Phone,
    Town,
    refused,
)


@pytest.mark.row("DT-Q-01")
def test_converting_changes_the_form_of_money_and_not_its_sum(town: Town) -> None:
    town.stock(ALTYN, 1_000_000)
    aigul = town.phone(AIGUL)
    town.pay_in(AIGUL, 50_000)
    with town.platform.banks[ALTYN].desk.store.reading() as rows:
        cash_before = rows.account("cash")
    done = aigul.ask("convert", Convert(TO_DT, 10_000 * TENGE))
    assert done == Balances(10_000 * TENGE, 0, 40_000 * TENGE)
    with town.platform.banks[ALTYN].desk.store.reading() as rows:
        assert rows.account("cash") == cash_before
        assert sum(rows.account(name) for name in ("current:1", "capital", "settling")) == sum(
            rows.account(name) for name in ("cash", "correspondent", "inventory")
        )


@pytest.mark.row("DT-S-05")
def test_an_individual_converts_non_cash_to_dt(town: Town) -> None:
    town.stock(ALTYN, 1_000_000)
    aigul = town.phone(AIGUL)
    town.pay_in(AIGUL, 50_000)
    assert aigul.ask("convert", Convert(TO_DT, 10_000 * TENGE)) == Balances(10_000_00, 0, 40_000_00)
    dana = town.phone(DANA)
    client = town.platform.banks[ALTYN].client(DANA.identifier)
    assert not isinstance(client, Refusal)
    town.platform.banks[ALTYN].clients.pay_in_cash(client.number, 9_999_99, bytes(32))
    assert refused(dana.ask("convert", Convert(TO_DT, 10_000_00)), Code.FUNDS_INSUFFICIENT)
    assert dana.balances() == Balances(0, 0, 9_999_99)


@pytest.mark.row("DT-S-12")
def test_an_individual_converts_dt_to_non_cash(town: Town) -> None:
    town.stock(ALTYN, 1_000_000)
    aigul = town.rich_phone(AIGUL, 10_000)
    assert refused(aigul.ask("convert", Convert(FROM_DT, 10_000_01)), Code.FUNDS_INSUFFICIENT)
    assert aigul.ask("convert", Convert(FROM_DT, 4_000_00)) == Balances(6_000_00, 0, 4_000_00)


@pytest.mark.row("DT-P-07")
def test_no_account_without_identification(town: Town) -> None:
    client = town.onboard(AIGUL, identified=False)
    aigul = Phone(town, AIGUL, SigningKey(town.entropy.draw(32)))
    aigul.enrol(town.platform.banks[ALTYN].clients.activation_code(client))
    assert refused(aigul.ask("open-account", OpenAccount()), Code.KYC_MISSING)
    town.onboard(AIGUL)
    assert isinstance(aigul.ask("open-account", OpenAccount()), AccountOpened)


def test_a_stranger_has_no_activation_code(town: Town) -> None:
    stranger = Phone(town, AIGUL, SigningKey(town.entropy.draw(32)))
    assert refused(stranger.enrol("0000000000"), Code.ACTIVATION_WRONG)
    assert refused(stranger.ask("open-account", OpenAccount()), Code.SENDER_UNKNOWN)


@pytest.mark.row("DT-P-13")
def test_one_dt_account_per_client_and_bank(town: Town) -> None:
    aigul = town.phone(AIGUL)
    assert refused(aigul.ask("open-account", OpenAccount()), Code.ACCOUNT_EXISTS)
    at_eurasian = town.phone(Person("Aigul", EURASIAN, AIGUL.identifier, AIGUL.phone), account=False)
    assert isinstance(at_eurasian.ask("open-account", OpenAccount()), AccountOpened)


@pytest.mark.row("DT-P-24")
@pytest.mark.row("DT-S-02")
def test_an_individuals_account_is_on_her_banks_node_and_mapped(town: Town) -> None:
    aigul, bolat = town.phone(AIGUL), town.rich_or_plain(BOLAT)
    where = []
    for bank in town.platform.banks.values():
        with bank.desk.store.reading() as rows:
            where += [bank.number] if rows.owner_of(aigul.address) is not None else []
    assert where == [ALTYN]
    assert aigul.balances() == Balances(0, 0, 0)
    for by, to in ((BY_PHONE, AIGUL.phone), (BY_IIN, AIGUL.identifier)):
        done = bolat.ask("transfer", Transfer(by, to, 100, ""))
        assert isinstance(done, Transferred), done
    assert aigul.balances().dt_tiyn == 200


@pytest.mark.row("DT-S-01")
def test_a_firms_account_is_on_its_banks_node_and_mapped_by_bin(town: Town) -> None:
    school, bolat = town.phone(SCHOOL), town.rich_or_plain(BOLAT)
    assert school.balances() == Balances(0, 0, 0)
    with town.platform.banks[KAZPOST].desk.store.reading() as rows:
        assert rows.owner_of(school.address) is not None
    done = bolat.ask("transfer", Transfer(BY_BIN, SCHOOL.identifier, 100, ""))
    assert isinstance(done, Transferred), done
    assert school.balances().dt_tiyn == 100


@pytest.mark.row("DT-S-08")
def test_a_transfer_by_phone_number(town: Town) -> None:
    town.stock(ALTYN, 100_000)
    aigul, dana = town.rich_phone(AIGUL, 10_000), town.phone(DANA)
    done = aigul.ask("transfer", Transfer(BY_PHONE, DANA.phone, 2_500_00, "lunch"))
    assert isinstance(done, Transferred)
    assert (aigul.balances().dt_tiyn, dana.balances().dt_tiyn) == (7_500_00, 2_500_00)
    unknown = aigul.ask("transfer", Transfer(BY_PHONE, "+77019999999", 100, ""))
    assert refused(unknown, Code.PAYEE_UNKNOWN)
    assert aigul.balances().dt_tiyn == 7_500_00


@pytest.mark.row("DT-P-30")
@pytest.mark.parametrize(
    ("by", "person"),
    [(BY_PHONE, BOLAT), (BY_IIN, BOLAT), (BY_BIN, MERCHANT)],
    ids=["phone", "iin", "bin"],
)
def test_each_number_leads_to_the_right_address(town: Town, by: str, person: Person) -> None:
    town.stock(ALTYN, 100_000)
    aigul, payee = town.rich_phone(AIGUL, 1_000), town.phone(person)
    to = person.phone if by == BY_PHONE else person.identifier
    assert isinstance(aigul.ask("transfer", Transfer(by, to, 100_00, "")), Transferred)
    with town.platform.banks[person.bank].desk.store.reading() as rows:
        assert rows.balance(payee.address) == 100_00


@pytest.mark.row("DT-P-30")
def test_an_unknown_number_is_refused_before_any_debit(town: Town) -> None:
    town.stock(ALTYN, 100_000)
    aigul = town.rich_phone(AIGUL, 1_000)
    for by, to in ((BY_PHONE, "+77019999999"), (BY_IIN, BOLAT.identifier), (BY_BIN, MERCHANT.identifier)):
        assert refused(aigul.ask("transfer", Transfer(by, to, 100, "")), Code.PAYEE_UNKNOWN)
    assert refused(aigul.ask("transfer", Transfer(BY_IIN, "910514450127", 100, "")), Code.IIN_WRONG)
    with town.platform.banks[ALTYN].desk.store.reading() as rows:
        assert [row.purpose for row in rows.history()] == ["issue", "transfer"]  # the conversion alone
    assert aigul.balances().dt_tiyn == 1_000_00


@pytest.mark.row("DT-P-15")
@pytest.mark.parametrize("merchants_bank", [KAZPOST, ALTYN])
def test_dt_pays_a_merchants_non_cash_account_in_one_step(town: Town, merchants_bank: int) -> None:
    town.stock(ALTYN, 100_000)
    aigul = town.rich_phone(AIGUL, 10_000)
    shop = town.phone(Person("M", merchants_bank, MERCHANT.identifier, MERCHANT.phone, 5814))
    assert aigul.balances() == Balances(10_000_00, 0, 0)
    done = aigul.ask("pay-noncash", PayNoncash(MERCHANT.identifier, 3_779_00, "coffee"))
    assert isinstance(done, NoncashPaid), done
    assert done.balances == Balances(6_221_00, 0, 0)
    assert shop.balances() == Balances(0, 0, 3_779_00)
    told = aigul.ask("statement", Statement(10))
    assert isinstance(told, Stated)
    assert [e.change_tiyn for e in told.entries if e.kind == "conversion"] == [-3_779_00]
    assert town.equation()[0] == town.equation()[1]


@pytest.mark.row("DT-P-08")
def test_the_account_key_is_made_at_the_bank_and_stays_there(town: Town) -> None:
    aigul = town.phone(AIGUL)
    key = aigul.certify()[0]
    assert key != aigul.address
    bank = town.platform.banks[ALTYN]
    seed = bank.desk.vault.key("account.client.1.0").seed
    assert bank.desk.vault.public("account.client.1.0") == aigul.address
    for store in town.platform.stores.values():
        with store.reading() as rows:
            for one in rows.evidence(most=10_000):
                assert seed not in one.order_raw + one.reply_raw
            assert all(seed not in value for value in rows.settings("").values())
    with bank.desk.store.reading() as rows:
        assert rows.key(key) is not None  # certified, and made elsewhere


def test_the_same_order_has_the_same_answer_and_happens_once(town: Town) -> None:
    town.stock(ALTYN, 100_000)
    aigul, dana = town.rich_phone(AIGUL, 1_000), town.phone(DANA)
    raw = aigul.order("transfer", Transfer(BY_PHONE, DANA.phone, 100_00, ""))
    first = aigul.send("transfer", raw)
    answer = aigul.last[1]
    assert aigul.send("transfer", raw) == first
    assert aigul.last[1] == answer
    assert dana.balances().dt_tiyn == 100_00
    other = aigul.order("transfer", Transfer(BY_PHONE, DANA.phone, 1, ""), b"same message id.")
    aigul.send("transfer", other)
    changed = aigul.order("transfer", Transfer(BY_PHONE, DANA.phone, 2, ""), b"same message id.")
    assert refused(aigul.send("transfer", changed), Code.REQUEST_REPLAYED)
    assert set(BANKS) == set(town.platform.banks)
