"""Credits are grouped: one movement for all that is ready in a bank; one bad account holds up no other."""

from dataclasses import replace

from platform_stub.nbk.settlement import examine
from platform_stub.nbk.settlement_claims import Terms
from platform_stub.store.token_rows import NOWHERE, PAID, READY
from tender.account.participants import ALTYN
from tender.account.token_messages import ClaimItem, Settle
from tender.account.transaction import SIGNED_TRANSACTION, Purpose
from tender.cash.token import Claim
from tender.crypto import envelope
from tender.crypto.envelope import Typ
from tests.platform_stub.people import AIGUL, BOLAT, DANA, TENGE, Phone, Town
from tests.settlement.offline import hand_over, holding_of, settle, signer


def written(town: Town, claims: list[ClaimItem]) -> None:
    """Settled and not credited yet: as if the platform stopped right after the commit."""
    settler = town.platform.settlement.settler
    settler.settle(settler.examine(Settle((), tuple(claims))), town.clock.now(), Terms())


def movements(town: Town) -> list[tuple[str, int]]:
    """(state, payees) of every movement that credited claims."""
    with town.platform.nbk.desk.store.reading() as rows:
        columns = ("signed", "state")
        found = rows.find_many("movements", columns, "purpose", (Purpose.SETTLE.value,), "ORDER BY time")
    return [
        (state, len(SIGNED_TRANSACTION.decode(bytes(signed), "signed").transaction.payees))
        for signed, state in found
    ]


def paid_phones(town: Town) -> tuple[list[Phone], list[ClaimItem]]:
    """Three payees of one bank, each with a claim to make."""
    town.stock(ALTYN, 100_000)
    aigul = town.rich_phone(AIGUL, 1_000)
    payees = [aigul, *(town.phone(replace(one, bank=ALTYN)) for one in (BOLAT, DANA))]
    tokens = aigul.load(100, 200, 300)
    pairs = zip(tokens, payees, strict=True)
    return payees, [payee.claim(hand_over(aigul, token, payee)[0]) for token, payee in pairs]


def test_what_is_ready_in_a_bank_is_one_movement(town: Town) -> None:
    payees, claims = paid_phones(town)
    written(town, claims[:1])
    written(town, claims[1:])
    assert town.equation()[0] == town.equation()[1]
    town.platform.settlement.tick()
    assert movements(town) == [("done", 3)]
    assert [one.balances().dt_tiyn // TENGE for one in payees[1:]] == [200, 300]
    assert town.equation()[0] == town.equation()[1]
    town.platform.settlement.tick()
    assert movements(town) == [("done", 3)]


def test_an_account_that_is_nowhere_holds_up_no_other(town: Town) -> None:
    payees, claims = paid_phones(town)
    token = claims[0].token
    nowhere = Claim(holding_of(payees[0], token).output, ALTYN, bytes(32))
    key = signer(payees[0], holding_of(payees[0], token).holder).key
    bad = ClaimItem(token, claims[0].certificate, envelope.sign(Typ.CLAIM, nowhere.payload(), key).to_bytes())
    written(town, [bad, *claims[1:]])
    for _ in range(3):
        town.platform.settlement.tick()
    assert [one.balances().dt_tiyn // TENGE for one in payees[1:]] == [200, 300]
    with town.platform.nbk.desk.store.reading() as rows:
        assert rows.claims_in(READY) == []
        assert [one.address for one in rows.claims_in(NOWHERE)] == [bytes(32)]
        assert len(rows.claims_in(PAID)) == 2
    assert town.equation()[0] == town.equation()[1]


def test_two_uploads_of_one_token_are_credited_once(town: Town) -> None:
    payees, claims = paid_phones(town)
    written(town, [claims[1]])
    again = settle(payees[1], [claims[1], claims[1]])
    assert {one.state for one in again.claims} == {"settled"}
    assert payees[1].balances().dt_tiyn == 200 * TENGE
    found = examine(Settle((), (claims[1],)), payees[1].trust)
    assert found[1][0].refusal is None
