"""Buying from a merchant over the account: the same money whatever the channel, and the merchant sees it."""

import pytest

from platform_stub.bank.store import Client
from tender.account.client_messages import Balances, Stated, Statement
from tender.account.merchant_messages import (
    CHANNELS,
    SHOP,
    MerchantPaid,
    PayMerchant,
    Taking,
    TakingsQuestion,
    TakingsTold,
)
from tender.account.participants import ALTYN, KAZPOST
from tender.errors import Code, LinkError, Refusal
from tests.platform_stub.people import AIGUL, DANA, MERCHANT, NOW, Person, Phone, Town, refused

BASKET_TIYN = 3_779_00
NEIGHBOUR = Person("M", ALTYN, MERCHANT.identifier, MERCHANT.phone, 5814)


def order(
    channel: str = SHOP, reference: str = "R-1", *, bank: int = 0, amount_tiyn: int = BASKET_TIYN
) -> PayMerchant:
    return PayMerchant(MERCHANT.identifier, bank, amount_tiyn, reference, channel, "coffee")


def bought(payer: Phone, wanted: PayMerchant) -> MerchantPaid:
    paid = payer.ask("pay-merchant", wanted)
    assert isinstance(paid, MerchantPaid), paid
    return paid


def takings(merchant: Phone, reference: str = "", since: int = 0) -> tuple[Taking, ...]:
    told = merchant.ask("takings", TakingsQuestion(since, reference))
    assert isinstance(told, TakingsTold), told
    return told.takings


def lines(phone: Phone) -> list[tuple[str, str, int]]:
    told = phone.ask("statement", Statement(20))
    assert isinstance(told, Stated)
    made = ("convert", "cash paid in")
    return [(one.kind, one.form, one.change_tiyn) for one in told.entries if one.kind not in made]


@pytest.fixture
def aigul(town: Town) -> Phone:
    """With 20 000 at Altyn, which has as much in stock again."""
    town.stock(ALTYN, 40_000)
    return town.rich_phone(AIGUL, 20_000)


@pytest.mark.parametrize("seller", [MERCHANT, NEIGHBOUR], ids=["another bank", "the same bank"])
def test_a_merchant_with_an_account_gets_digital_tenge_and_nothing_is_converted(
    town: Town, aigul: Phone, seller: Person
) -> None:
    shop = town.phone(seller)
    paid = bought(aigul, order())
    assert (paid.converted, paid.balances) == (False, Balances(20_000_00 - BASKET_TIYN, 0, 0))
    assert shop.balances() == Balances(BASKET_TIYN, 0, 0)
    assert takings(shop) == (Taking("R-1", BASKET_TIYN, NOW, SHOP, False, paid.transaction),)
    assert lines(aigul) == [("purchase", "dt", -BASKET_TIYN)]
    assert lines(shop) == [("received", "dt", BASKET_TIYN)]
    assert town.equation()[0] == town.equation()[1]


@pytest.mark.parametrize(
    ("seller", "named"), [(MERCHANT, KAZPOST), (NEIGHBOUR, 0)], ids=["another bank", "the same bank"]
)
def test_a_merchant_without_one_gets_tenge_with_one_conversion(
    town: Town, aigul: Phone, seller: Person, named: int
) -> None:
    shop = town.phone(seller, account=False)
    paid = bought(aigul, order(bank=named))
    assert (paid.converted, paid.balances.dt_tiyn) == (True, 20_000_00 - BASKET_TIYN)
    assert shop.balances() == Balances(0, 0, BASKET_TIYN)
    assert takings(shop) == (Taking("R-1", BASKET_TIYN, NOW, SHOP, True, paid.transaction),)
    assert lines(aigul) == [("conversion", "dt", -BASKET_TIYN)]
    assert town.equation()[0] == town.equation()[1]


def test_each_channel_makes_the_same_postings_and_is_kept_with_them(town: Town, aigul: Phone) -> None:
    """DT-Q-05 for app, shop, QR and NFC; with the card at a till beside them: tests/ecommerce."""
    shop = town.phone(MERCHANT)
    seen = []
    for channel in CHANNELS:
        before, taken = aigul.balances().dt_tiyn, shop.balances().dt_tiyn
        bought(aigul, order(channel, channel))
        (line,), (entry,) = lines(aigul)[:1], lines(shop)[:1]
        seen.append((before - aigul.balances().dt_tiyn, shop.balances().dt_tiyn - taken, line, entry))
    debit, credit = ("purchase", "dt", -BASKET_TIYN), ("received", "dt", BASKET_TIYN)
    assert seen == [(BASKET_TIYN, BASKET_TIYN, debit, credit)] * len(CHANNELS)
    assert tuple(one.channel for one in takings(shop)) == CHANNELS
    with town.platform.banks[ALTYN].desk.store.reading() as rows:
        assert tuple(one.channel for one in rows.sales(1, "bought", TakingsQuestion(0, ""))) == CHANNELS


def test_the_same_order_pays_once_and_one_reference_is_found_again(town: Town, aigul: Phone) -> None:
    shop = town.phone(MERCHANT)
    raw = aigul.order("pay-merchant", order(reference="basket 7"))
    assert aigul.send("pay-merchant", raw) == aigul.send("pay-merchant", raw)
    bought(aigul, order(reference="basket 8", amount_tiyn=100))
    assert [one.amount_tiyn for one in takings(shop, "basket 7")] == [BASKET_TIYN]
    assert [one.reference for one in takings(shop)] == ["basket 7", "basket 8"]
    assert takings(shop, since=NOW + 1) == ()


def test_nobody_sees_another_clients_takings(town: Town, aigul: Phone) -> None:
    town.phone(MERCHANT)
    dana = town.phone(DANA)
    bought(aigul, order())
    assert takings(dana) == takings(aigul) == ()


def test_a_bank_that_refuses_the_tenge_sends_them_back_and_nothing_was_bought(
    town: Town, aigul: Phone
) -> None:
    bank = town.platform.banks[KAZPOST]
    bank.desk.handlers["noncash-credit"] = lambda _asked, _order: Refusal(Code.PAYEE_UNKNOWN, "merchant")
    assert refused(aigul.ask("pay-merchant", order(bank=KAZPOST)), Code.PAYEE_UNKNOWN)
    assert aigul.balances() == Balances(20_000_00, 0, 0)
    with town.platform.banks[ALTYN].desk.store.reading() as rows:
        assert rows.sales(1, "bought", TakingsQuestion(0, "")) == ()
    assert town.equation()[0] == town.equation()[1]


@pytest.mark.parametrize("bank", [0, ALTYN, 111], ids=["no bank", "the payer's own", "no such bank"])
def test_a_merchant_nobody_knows_costs_nothing(town: Town, aigul: Phone, bank: int) -> None:
    assert refused(aigul.ask("pay-merchant", order(bank=bank)), Code.PAYEE_UNKNOWN)
    assert aigul.balances() == Balances(20_000_00, 0, 0)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (order(amount_tiyn=20_000_01), Code.FUNDS_INSUFFICIENT),
        (PayMerchant("123", 0, 1, "", SHOP, ""), Code.BIN_WRONG),
    ],
    ids=["more than there is", "no BIN"],
)
def test_what_cannot_be_paid_is_refused_and_debits_nothing(
    town: Town, aigul: Phone, wanted: PayMerchant, code: Code
) -> None:
    town.phone(MERCHANT)
    assert refused(aigul.ask("pay-merchant", wanted), code)
    assert aigul.balances() == Balances(20_000_00, 0, 0)


def test_a_shop_cannot_buy_from_itself(town: Town) -> None:
    town.stock(KAZPOST, 10_000)
    shop = town.rich_phone(MERCHANT, 5_000)
    assert refused(shop.ask("pay-merchant", order()), Code.PAYEE_IS_PAYER)


def test_an_order_taken_up_again_goes_the_way_it_began(town: Town, aigul: Phone) -> None:
    """The bank died after the lock; meanwhile the merchant opened an account."""
    shop = town.phone(NEIGHBOUR, account=False)
    altyn = town.platform.banks[ALTYN]
    real = altyn.desk.exchange
    raw = aigul.order("pay-merchant", order())

    class Silent:
        def send(self, kind: str, sent: bytes) -> bytes:
            if kind == "notarise":
                raise LinkError(Code.PEER_UNREACHABLE, kind)
            return real.send(kind, sent)

    altyn.desk.exchange = Silent()
    assert isinstance(aigul.send("pay-merchant", raw), Refusal)
    altyn.desk.exchange = real
    client = altyn.client(NEIGHBOUR.identifier)
    assert isinstance(client, Client)
    altyn.clients.open_account(client.number, bytes(32))
    paid = aigul.send("pay-merchant", raw)
    assert isinstance(paid, MerchantPaid)
    assert paid.converted
    assert [one.converted for one in takings(shop)] == [True]
    assert shop.balances() == Balances(0, 0, BASKET_TIYN)
