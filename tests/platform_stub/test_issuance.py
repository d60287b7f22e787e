"""The National Bank makes and destroys Digital Tenge, and its ABS moves the tenge behind it."""

import pytest

from platform_stub.nbk.national_bank import DT_LIABILITY, correspondent
from platform_stub.ports import Exchange
from tender.account.client_messages import TO_DT, Balances, Convert
from tender.account.eds import open_order
from tender.account.participant_messages import REDEEM_REQUEST, LoadRoots, RedeemRequest, RootFor
from tender.account.participants import ALTYN, BANKS, EURASIAN, NBK
from tender.account.transaction import Payee, Purpose
from tender.errors import Code, LinkError, Refusal
from tests.platform_stub.people import AIGUL, TENGE, Town, numbered, refused


def abs_of(town: Town, bank: int) -> tuple[int, int]:
    """(correspondent account, DT liability), in tenge."""
    with town.platform.nbk.desk.store.reading() as rows:
        return rows.account(correspondent(bank)) // TENGE, rows.account(DT_LIABILITY) // TENGE


@pytest.mark.row("DT-P-05")
def test_no_dt_exists_before_approval_and_exactly_that_much_after(town: Town) -> None:
    altyn = town.platform.banks[ALTYN]
    noted = altyn.money.request_issue(1_000_000 * TENGE, numbered("request"))
    assert not isinstance(noted, Refusal)
    assert noted.state == "pending"
    assert (altyn.inventory_tiyn(), abs_of(town, ALTYN)) == (0, (5_000_000, 0))
    town.platform.nbk.approve(noted.request)
    assert altyn.inventory_tiyn() == 1_000_000 * TENGE
    town.platform.nbk.approve(noted.request)
    assert altyn.inventory_tiyn() == 1_000_000 * TENGE


@pytest.mark.row("DT-S-03")
def test_non_cash_becomes_dt_at_bank_level(town: Town) -> None:
    town.stock(ALTYN, 1_000_000)
    assert abs_of(town, ALTYN) == (4_000_000, 1_000_000)
    assert town.platform.banks[ALTYN].inventory_tiyn() == 1_000_000 * TENGE


@pytest.mark.row("DT-P-17")
def test_the_abs_confirms_before_anything_is_issued(town: Town) -> None:
    altyn, nbk = town.platform.banks[ALTYN], town.platform.nbk
    noted = altyn.money.request_issue(1_000_000 * TENGE, numbered("request"))
    assert not isinstance(noted, Refusal)
    line: Exchange = nbk.desk.exchange
    nbk.desk.exchange = Cut()
    assert refused(nbk.approve(noted.request), Code.PEER_UNREACHABLE)
    assert abs_of(town, ALTYN) == (4_000_000, 1_000_000)
    assert altyn.inventory_tiyn() == 0
    nbk.desk.exchange = line
    nbk.tick()
    assert abs_of(town, ALTYN) == (4_000_000, 1_000_000)
    assert altyn.inventory_tiyn() == 1_000_000 * TENGE


class Cut:
    """A line on which nobody answers."""

    def send(self, kind: str, raw: bytes) -> bytes:
        raise LinkError(Code.PEER_UNREACHABLE, kind)


def test_the_abs_says_no_without_the_tenge(town: Town) -> None:
    altyn = town.platform.banks[ALTYN]
    noted = altyn.money.request_issue(5_000_001 * TENGE, numbered("too much"))
    assert not isinstance(noted, Refusal)
    assert refused(town.platform.nbk.approve(noted.request), Code.FUNDS_INSUFFICIENT)
    assert (altyn.inventory_tiyn(), abs_of(town, ALTYN)) == (0, (5_000_000, 0))


def test_a_rejected_request_makes_nothing_and_stays_rejected(town: Town) -> None:
    noted = town.platform.banks[ALTYN].money.request_issue(100, numbered("request"))
    assert not isinstance(noted, Refusal)
    decided = town.platform.nbk.reject(noted.request)
    assert not isinstance(decided, Refusal)
    assert decided.state == "rejected"
    town.platform.nbk.approve(noted.request)
    assert town.platform.banks[ALTYN].inventory_tiyn() == 0


@pytest.mark.row("DT-S-13")
def test_redeemed_dt_is_destroyed(town: Town) -> None:
    town.stock(ALTYN, 500_000)
    altyn = town.platform.banks[ALTYN]
    before = abs_of(town, ALTYN)
    noted = altyn.money.request_redeem(500_000 * TENGE, numbered("redeem"))
    assert not isinstance(noted, Refusal)
    town.platform.nbk.approve(noted.request)
    assert abs_of(town, ALTYN) == (before[0] + 500_000, before[1] - 500_000)
    with town.platform.nbk.desk.store.reading() as rows:
        assert (rows.total(), altyn.inventory_tiyn()) == (0, 0)
    with altyn.desk.store.reading() as own:
        assert own.account("correspondent") == 5_000_000 * TENGE


def test_a_rejected_redemption_comes_back(town: Town) -> None:
    town.stock(ALTYN, 500_000)
    altyn = town.platform.banks[ALTYN]
    noted = altyn.money.request_redeem(200_000 * TENGE, numbered("redeem"))
    assert not isinstance(noted, Refusal)
    assert altyn.inventory_tiyn() == 300_000 * TENGE
    town.platform.nbk.reject(noted.request)
    assert altyn.inventory_tiyn() == 500_000 * TENGE
    with altyn.desk.store.reading() as rows:
        assert rows.account("receivable:nbk") == 0


@pytest.mark.row("DT-P-11")
def test_a_bank_asks_the_national_bank_only_when_its_inventory_is_short(town: Town) -> None:
    town.stock(ALTYN, 10_000)
    aigul = town.phone(AIGUL)
    town.pay_in(AIGUL, 50_000)
    asked = len(town.platform.nbk.requests())
    assert isinstance(aigul.ask("convert", Convert(TO_DT, 10_000 * TENGE)), Balances)
    assert len(town.platform.nbk.requests()) == asked
    told = aigul.ask("convert", Convert(TO_DT, 5_000 * TENGE))
    assert refused(told, Code.NOT_APPROVED)
    request = town.platform.nbk.requests()[-1]
    assert (request.bank, request.amount_tiyn, request.state) == (ALTYN, 5_000 * TENGE, "pending")
    assert aigul.balances() == Balances(10_000 * TENGE, 0, 40_000 * TENGE)
    town.platform.nbk.approve(request.number)
    assert isinstance(aigul.ask("convert", Convert(TO_DT, 5_000 * TENGE)), Balances)
    assert aigul.balances() == Balances(15_000 * TENGE, 0, 35_000 * TENGE)


@pytest.mark.row("DT-Q-02")
def test_dt_is_owed_by_the_national_bank_and_by_no_bank(town: Town) -> None:
    town.stock(ALTYN, 100_000)
    town.rich_phone(AIGUL, 10_000)
    town.platform.gateway.block(ALTYN)  # the bank has failed: it does nothing any more
    altyn = town.platform.banks[ALTYN]
    with altyn.desk.store.reading() as rows:
        clients_dt = rows.total() - altyn.inventory_tiyn()
        liabilities = {
            name: amount for name, amount in rows.accounts().items() if name.split(":")[0] == "current"
        }
    with town.platform.nbk.desk.store.reading() as books:
        liability = books.account(DT_LIABILITY)
    assert clients_dt == 10_000 * TENGE
    assert liability == clients_dt + altyn.inventory_tiyn()
    assert sum(liabilities.values()) == 0
    assert set(BANKS) == set(town.platform.banks)


def test_one_handing_in_is_one_request_however_often_it_is_shown(town: Town) -> None:
    town.stock(ALTYN, 1_000)
    town.stock(EURASIAN, 1_000)
    altyn, nbk = town.platform.banks[ALTYN], town.platform.nbk
    first = altyn.money.request_redeem(400 * TENGE, numbered("redeem"))
    assert not isinstance(first, Refusal)
    with nbk.desk.store.reading() as rows:
        (shown,) = rows.evidence("redeem-request")
    movement = REDEEM_REQUEST.decode(open_order(shown.order_raw).order.body, "body").movement
    again = altyn.desk.ask(NBK, "redeem-request", RedeemRequest(movement), bytes(16))
    assert not isinstance(again, Refusal)
    assert again.body.request == first.request
    other = town.platform.banks[EURASIAN].desk.ask(NBK, "redeem-request", RedeemRequest(movement), bytes(16))
    assert refused(other, Code.NOT_PERMITTED)
    nbk.approve(first.request)
    assert refused(nbk.reject(first.request), Code.REQUEST_CLOSED)
    assert town.equation() == (1_600 * TENGE, 1_600 * TENGE)


def test_a_load_that_also_pays_into_another_vault_is_refused(town: Town) -> None:
    town.stock(ALTYN, 1_000)
    altyn, nbk = town.platform.banks[ALTYN], town.platform.nbk
    payees = (Payee(NBK, nbk.load_address, 100), Payee(NBK, nbk.redeem_address, 50))
    node, operation = altyn.office.node, numbered("odd load")
    assert node.prepare(operation, Purpose.LOAD, altyn.office.inventory, payees) is None
    movement = node.carry(operation, lambda _rows, _movement: None)
    assert not isinstance(movement, Refusal)
    aigul = town.phone(AIGUL)
    key = aigul.certify()[0]
    root = RootFor(key, aigul.certificates[key], 100)
    answer = altyn.desk.ask(NBK, "load-roots", LoadRoots(movement, (root,), None), bytes(16))
    assert refused(answer, Code.FIELD_WRONG)
