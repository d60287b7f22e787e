"""Settlement at its edges: what a fault of one word in it would change, and no other story would show."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from platform_stub.nbk.settlement import Examined, examine, fate, post
from tender.account.token_messages import RECORDED, REFUSED, SETTLED, ItemState, Settle
from tender.cash.chain import verify_chain
from tender.cash.token import Rule
from tender.errors import Code, LocalProtocolError
from tests.mint import NOW
from tests.settlement.ledger import Ledger
from tests.settlement.test_settlement import AIGUL, DANA, MINT, TRUST, M, claim, paid_to

SCHOOL, OTHER = "940140000385", "123456789012"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "nbk.db", TRUST)


@pytest.mark.parametrize(("business", "paid"), [(SCHOOL, [700_00]), (OTHER, [])])
def test_of_two_canteens_only_the_one_that_is_named_takes_the_colour_off(
    ledger: Ledger, business: str, paid: list[int]
) -> None:
    """The loader chose the first holder, so that the chain itself is good for both (DT-T-02)."""
    canteen = MINT.device("canteen", category=5814, business=business)
    root = MINT.load(canteen, 700_00, rule=Rule("school meals", (5814,), (SCHOOL,)))
    ledger.issue(root)
    (told,) = ledger.upload(claims=[claim(root, canteen)]).claims
    assert list(ledger.paid.values()) == paid
    if not paid:
        assert (told.state, told.code) == (SETTLED, Code.COLOUR_KEPT)


def test_what_is_refused_is_worth_nothing_and_keeps_its_facts(ledger: Ledger) -> None:
    """A certificate of a bank that the platform does not know: the refusal says which bank, and no sum."""
    stranger = MINT.device("stranger", bank=601)
    packed = MINT.load(stranger, 100_00)
    (told,) = ledger.upload(claims=[claim(packed, stranger)]).claims
    assert (told.state, told.code, told.amount_tiyn) == (REFUSED, Code.CERTIFICATE_MISSING, 0)
    assert dict(told.facts) == {"bank": 601}


def test_each_item_of_an_upload_is_refused_at_its_own_place() -> None:
    root = MINT.load(AIGUL, 500_00)
    good = claim(root, AIGUL)
    other = claim(MINT.load(AIGUL, 1_00), AIGUL).claim
    theirs = DANA.certificate.packed()
    broken = (
        replace(good, token=root[:-1]),
        replace(good, certificate=good.certificate[:-1]),
        replace(good, certificate=theirs),
        replace(good, claim=good.claim[:-1]),
        replace(good, claim=claim(MINT.load(DANA, 1_00), DANA).claim),
        replace(good, claim=other),
    )
    records, claims = examine(Settle((root, root[:-1]), (good, *broken)), TRUST)
    assert [one.refusal and one.refusal.field for one in records] == [None, "records[1]"]
    places = ("token", "certificate", "certificate", "claim", "claim.signature", "claim.parent")
    wanted = [f"claims[{place}].{what}" for place, what in enumerate(places, start=1)]
    assert [one.refusal and one.refusal.field for one in claims] == [None, *wanted]
    assert (records[0].output, claims[0].output) == (verify_chain(root, TRUST).output,) * 2
    # What cannot be read has no output: it is named by the digest of its bytes.
    assert records[1].output == claims[1].output == sha256(root[:-1]).digest()


def test_nothing_examined_is_our_own_mistake_and_says_where(ledger: Ledger) -> None:
    nothing = Examined(bytes(32), None)
    for records, claims in (((nothing,), ()), ((), (nothing,))):
        with pytest.raises(LocalProtocolError) as caught, ledger.store.writing() as rows:
            post(rows, (records, claims), TRUST, NOW)
        assert (caught.value.refusal.code, caught.value.refusal.field) == (Code.FIELD_WRONG, "examined")


def test_the_fate_of_an_output_from_never_heard_of_to_spent_twice_and_claimed(ledger: Ledger) -> None:
    root = MINT.load(AIGUL, 500_00)
    output = verify_chain(root, TRUST).output
    ledger.issue(root)

    def told(of: bytes = output) -> ItemState | None:
        with ledger.store.reading() as rows:
            return fate(rows, of)

    def recorded(code: str, spends: int, claimed_tiyn: int) -> ItemState:
        facts = (("spends", spends), ("claimed_tiyn", claimed_tiyn))
        return ItemState(output, RECORDED, code, 500_00, facts)

    assert told() is None
    assert ledger.upload(records=[root]).records == (ItemState(output, RECORDED, "", 500_00),)
    assert told() == recorded("", 0, 0)
    dana, m = (paid_to(root, AIGUL, payee)[0] for payee in (DANA, M))
    ledger.upload(claims=[claim(dana, DANA)])
    assert told() == recorded("", 1, 500_00)
    settled = told(verify_chain(dana, TRUST).output)
    assert settled is not None
    assert (settled.state, settled.code, settled.amount_tiyn) == (SETTLED, "", 500_00)
    ledger.upload(records=[m])
    assert told() == recorded(Code.FORK_PROVED.value, 2, 500_00)
