"""A payment into non-cash that somebody refuses on the way comes back by itself, whoever it was."""

import pytest

from platform_stub.desk import Asked
from platform_stub.nbk.national_bank import correspondent
from platform_stub.nbk.noncash import ON_THE_WAY
from platform_stub.ports import Exchange
from tender.account.client_messages import NoncashPaid, PayNoncash, Stated, Statement
from tender.account.participant_messages import NoncashCredit, NoncashReturned
from tender.account.participants import ALTYN, KAZPOST
from tender.errors import Code, LinkError, Refusal
from tests.platform_stub.people import AIGUL, MERCHANT, TENGE, Phone, Town, refused
from tests.settlement.offline import at_nbk


class Away:
    """Loses every order of one kind."""

    def __init__(self, real: Exchange, kind: str) -> None:
        self._real, self._kind = real, kind

    def send(self, kind: str, raw: bytes) -> bytes:
        if kind == self._kind:
            raise LinkError(Code.PEER_UNREACHABLE, kind)
        return self._real.send(kind, raw)


def payer(town: Town) -> Phone:
    """Aigul with 1 000 at Altyn; the merchant banks with Kazpost."""
    town.stock(ALTYN, 10_000)
    town.phone(MERCHANT)
    return town.rich_phone(AIGUL, 1_000)


def no_such_merchant(_asked: Asked, _order: NoncashCredit) -> Refusal:
    """What a bank says whose client left yesterday."""
    return Refusal(Code.PAYEE_UNKNOWN, "noncash-credit.merchant")


def books(town: Town) -> list[int]:
    """The inventory and the correspondent account in Altyn's books, and both banks' in the ABS (tenge)."""
    with town.platform.banks[ALTYN].desk.store.reading() as rows:
        own = [rows.account(name) // TENGE for name in ("inventory", "correspondent", "settling")]
    with town.platform.nbk.desk.store.reading() as nbk:
        return own + [nbk.account(correspondent(bank)) // TENGE for bank in (ALTYN, KAZPOST)]


PAYMENT = PayNoncash(MERCHANT.identifier, 300 * TENGE, "coffee")


def test_what_the_merchants_bank_refuses_is_given_back_in_every_book(town: Town) -> None:
    aigul = payer(town)
    before = books(town)
    town.platform.banks[KAZPOST].desk.handlers["noncash-credit"] = no_such_merchant
    assert refused(aigul.ask("pay-noncash", PAYMENT), Code.PAYEE_UNKNOWN)
    assert aigul.balances().dt_tiyn == 1_000 * TENGE
    assert books(town) == before
    told = aigul.ask("statement", Statement(2))
    assert isinstance(told, Stated)
    lines = sorted((one.kind, one.change_tiyn, one.status) for one in told.entries)
    assert lines == [("conversion", -300 * TENGE, "final"), ("given back", 300 * TENGE, "refused")]
    assert town.equation()[0] == town.equation()[1]


def test_what_the_national_bank_refuses_is_given_back(town: Town) -> None:
    aigul = payer(town)
    real = town.platform.nbk.desk.handlers["noncash-payment"]
    town.platform.nbk.desk.handlers["noncash-payment"] = lambda _asked, _order: Refusal(
        Code.FUNDS_INSUFFICIENT, "correspondent"
    )
    before = books(town)
    assert refused(aigul.ask("pay-noncash", PAYMENT), Code.FUNDS_INSUFFICIENT)
    assert (aigul.balances().dt_tiyn, books(town)) == (1_000 * TENGE, before)
    town.platform.nbk.desk.handlers["noncash-payment"] = real
    town.platform.tick()
    assert (aigul.balances().dt_tiyn, books(town)) == (1_000 * TENGE, before)


@pytest.mark.parametrize("lost", ["noncash-payment", "noncash-credit", "noncash-returned", "notarise"])
def test_a_wire_that_is_cut_on_the_way_back_gives_back_once(town: Town, lost: str) -> None:
    aigul = payer(town)
    before = books(town)
    town.platform.banks[KAZPOST].desk.handlers["noncash-credit"] = no_such_merchant
    altyn, nbk = town.platform.banks[ALTYN].desk, town.platform.nbk.desk
    whole = altyn.exchange
    altyn.exchange = nbk.exchange = Away(whole, lost)
    aigul.ask("pay-noncash", PAYMENT)
    altyn.exchange = nbk.exchange = whole
    for _ in range(3):
        town.platform.tick()
    assert aigul.balances().dt_tiyn == 1_000 * TENGE
    assert books(town) == before
    assert town.equation()[0] == town.equation()[1]


def test_nobody_spends_what_may_have_to_go_back(town: Town) -> None:
    aigul = payer(town)
    before = books(town)
    nbk, kazpost = town.platform.nbk.desk, town.platform.banks[KAZPOST].desk
    whole, nbk.exchange = nbk.exchange, Away(nbk.exchange, "noncash-credit")
    assert isinstance(aigul.ask("pay-noncash", PAYMENT), NoncashPaid)
    town.stock(KAZPOST, at_nbk(town, correspondent(KAZPOST)))  # all it has at that moment
    took, kazpost.handlers["noncash-credit"] = kazpost.handlers["noncash-credit"], no_such_merchant
    nbk.exchange = whole
    town.platform.tick()
    assert at_nbk(town, correspondent(KAZPOST)) == 0
    assert (aigul.balances().dt_tiyn, books(town)[:4]) == (1_000 * TENGE, before[:4])
    kazpost.handlers["noncash-credit"] = took
    assert isinstance(aigul.ask("pay-noncash", PAYMENT), NoncashPaid)
    assert (at_nbk(town, correspondent(KAZPOST)), at_nbk(town, ON_THE_WAY)) == (300, 0)
    assert town.equation()[0] == town.equation()[1]


def test_nobody_gives_back_what_was_never_paid(town: Town) -> None:
    aigul = payer(town)
    nbk = town.platform.nbk.desk
    told = nbk.inquire(ALTYN, "noncash-returned", NoncashReturned(bytes(32), 500 * TENGE, "payee-unknown"))
    assert refused(told, Code.ORDER_UNKNOWN)
    assert aigul.balances().dt_tiyn == 1_000 * TENGE
