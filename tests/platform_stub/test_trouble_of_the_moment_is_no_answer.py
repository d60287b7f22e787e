"""A refusal that is only trouble of the moment, or the gateway's, ends no movement: it is asked again."""

from typing import Any

import pytest

from platform_stub.desk import Desk
from platform_stub.ports import Exchange
from tender.account.client_messages import BY_PHONE, Transfer, Transferred
from tender.account.participants import ALTYN, EURASIAN
from tender.account.token_messages import Load, RootWanted, Settle, Settled
from tender.errors import Code, LinkError, StoreError
from tests.platform_stub.people import AIGUL, BOLAT, TENGE, Phone, Town, refused


def busy_once(desk: Desk[Any], kind: str, *, after: bool) -> None:
    """A participant's store is busy for one moment: before it works on an order, or as it answers."""
    real, left = desk.handlers[kind], [1]

    def busy(asked: Any, order: Any) -> Any:
        told = real(asked, order) if after or not left[0] else None
        if left[0]:
            left[0] = 0
            raise StoreError(Code.STORE_BUSY, kind)
        return told

    desk.handlers[kind] = busy


class AnswerLost:
    """Loses the first answer to one kind of order."""

    def __init__(self, real: Exchange, kind: str) -> None:
        self._real, self._kind, self._left = real, kind, 1

    def send(self, kind: str, raw: bytes) -> bytes:
        answer = self._real.send(kind, raw)
        if kind == self._kind and self._left:
            self._left = 0
            raise LinkError(Code.PEER_UNREACHABLE, kind)
        return answer


def transfer(aigul: Phone) -> bytes:
    return aigul.order("transfer", Transfer(BY_PHONE, BOLAT.phone, 300 * TENGE, ""))


@pytest.mark.parametrize("kind", ["transfer-validate", "notarise"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_transfer_survives_a_busy_peer(town: Town, kind: str, after: bool) -> None:
    town.stock(ALTYN, 10_000)
    aigul, bolat = town.rich_phone(AIGUL, 1_000), town.phone(BOLAT)
    peer = town.platform.notary.desk if kind == "notarise" else town.platform.banks[EURASIAN].desk
    raw = transfer(aigul)
    busy_once(peer, kind, after=after)
    assert refused(aigul.send("transfer", raw), Code.PEER_UNREACHABLE)
    town.platform.tick()
    assert isinstance(aigul.send("transfer", raw), Transferred)
    assert (aigul.balances().dt_tiyn, bolat.balances().dt_tiyn) == (700 * TENGE, 300 * TENGE)
    # All that is left can be spent: nothing is unlocked that the notary has consumed.
    rest = aigul.ask("transfer", Transfer(BY_PHONE, BOLAT.phone, 700 * TENGE, ""))
    assert isinstance(rest, Transferred)
    assert bolat.balances().dt_tiyn == 1_000 * TENGE


@pytest.mark.parametrize("what", ["transfer", "load"])
def test_the_gateways_no_unlocks_nothing_that_the_notary_consumed(town: Town, what: str) -> None:
    town.stock(ALTYN, 10_000)
    aigul = town.rich_phone(AIGUL, 1_000)
    town.phone(BOLAT)
    (key,) = aigul.certify()
    raw = (
        transfer(aigul)
        if what == "transfer"
        else aigul.order("load", Load((RootWanted(key, 300 * TENGE),), None))
    )
    altyn = town.platform.banks[ALTYN].desk
    whole, altyn.exchange = altyn.exchange, AnswerLost(altyn.exchange, "notarise")
    aigul.send(what, raw)
    altyn.exchange = whole
    town.platform.gateway.block(ALTYN)
    town.platform.tick()
    town.platform.gateway.block(ALTYN, False)
    town.platform.tick()
    assert aigul.balances().dt_tiyn == 700 * TENGE
    rest = aigul.ask("transfer", Transfer(BY_PHONE, BOLAT.phone, 700 * TENGE, ""))
    assert isinstance(rest, Transferred)
    assert town.equation()[0] == town.equation()[1]


@pytest.mark.parametrize("kind", ["transfer-validate", "notarise"])
def test_a_claims_money_is_made_although_somebody_was_busy(town: Town, kind: str) -> None:
    town.stock(ALTYN, 10_000)
    aigul = town.rich_phone(AIGUL, 1_000)
    (token,) = aigul.load(500)
    peer = town.platform.notary.desk if kind == "notarise" else town.platform.banks[ALTYN].desk
    busy_once(peer, kind, after=False)
    told = aigul.ask("settle", Settle((), (aigul.claim(token),)))
    assert isinstance(told, Settled)
    town.platform.tick()
    assert town.platform.settlement.waiting() == []
    assert aigul.balances().dt_tiyn == 1_000 * TENGE
    assert town.equation()[0] == town.equation()[1]


def evidence_of(town: Town, kind: str) -> dict[str, int]:
    """How many exchanges of a kind each participant's log has."""
    found = {}
    for name in (f"bank-{ALTYN}", f"bank-{EURASIAN}", "nbk", "gateway"):
        with town.platform.stores[name].reading() as rows:
            found[name] = len(rows.evidence(kind))
    return found


@pytest.mark.parametrize("shut_out", [False, True], ids=["a busy peer", "the gateway"])
def test_what_waits_is_one_piece_of_evidence_however_often_it_is_said(town: Town, shut_out: bool) -> None:
    town.stock(ALTYN, 10_000)
    aigul, bolat = town.rich_phone(AIGUL, 1_000), town.phone(BOLAT)
    peer = town.platform.banks[EURASIAN].desk
    real = peer.handlers["transfer-validate"]

    def busy(_asked: Any, _order: Any) -> Any:
        raise StoreError(Code.STORE_BUSY, "transfer-validate")

    peer.handlers["transfer-validate"] = busy
    aigul.send("transfer", transfer(aigul))
    town.platform.gateway.block(ALTYN, shut_out)
    names = (f"bank-{ALTYN}", "gateway") if shut_out else (f"bank-{ALTYN}", f"bank-{EURASIAN}")
    town.platform.tick()
    own = evidence_of(town, "transfer")
    once = [evidence_of(town, "transfer-validate")[name] for name in names]
    for _ in range(5):
        town.clock.advance(5)
        town.platform.tick()
    assert [evidence_of(town, "transfer-validate")[name] for name in names] == once
    assert evidence_of(town, "transfer") == own, "the client's own order waits as well"
    peer.handlers["transfer-validate"] = real
    town.platform.gateway.block(ALTYN, False)
    town.platform.tick()
    assert evidence_of(town, "transfer-validate")[f"bank-{ALTYN}"] == once[0] + 1
    assert bolat.balances().dt_tiyn == 300 * TENGE


def test_a_request_that_nobody_decides_is_one_piece_of_evidence(town: Town) -> None:
    bank = town.platform.banks[ALTYN]
    for _ in range(4):
        town.clock.advance(5)
        assert bank.money.stock_up(bytes(32), 500 * TENGE) is not None
    assert evidence_of(town, "issue-request")[f"bank-{ALTYN}"] == 1
    [request] = town.platform.nbk.requests()
    town.platform.nbk.approve(request.number)
    assert bank.money.stock_up(bytes(32), 500 * TENGE) is None
