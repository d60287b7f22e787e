"""Settlement as conversations: who is paid, who pays, and what is proved, whatever comes first."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from platform_stub.ledger.reconcile import Node, fund, pro_rata
from platform_stub.nbk.settlement_claims import CLAIM_WINDOW_S
from tender.account.token_messages import ALREADY, RECORDED, REFUSED, SETTLED, WAITING, ClaimItem
from tender.cash.chain import verify_chain
from tender.cash.fork_proof import check_proof
from tender.cash.token import Rule
from tender.errors import Code
from tests.mint import EURASIAN, EXPIRY, Device, Mint, chain_of, pay
from tests.settlement.ledger import Ledger
from tests.simulation.worlds import claim_of

MINT = Mint()
TRUST = MINT.trust()
AIGUL, DANA, M = MINT.device("Aigul"), MINT.device("Dana"), MINT.device("M", EURASIAN)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "nbk.db", TRUST)


def claim(packed: bytes, holder: Device) -> ClaimItem:
    """The holder's claim on a token."""
    return claim_of(verify_chain(packed, TRUST), holder)


def paid_to(
    packed: bytes, payer: Device, payee: Device, tiyn: int | None = None
) -> tuple[bytes, bytes | None]:
    """Pass a token on."""
    return pay(verify_chain(packed, TRUST), payer, payee.key.public_key, tiyn)


@pytest.mark.row("DT-O-03")
def test_the_fifteenth_holder_deposits_the_whole_amount(ledger: Ledger) -> None:
    packed, _ = chain_of(MINT, 15, amount_tiyn=1_000_000)
    ledger.issue(MINT.load(MINT.device("W0"), 1_000_000))
    told = ledger.upload(claims=[claim(packed, MINT.device("W15", EURASIAN))])
    assert [item.state for item in told.claims] == [WAITING]
    assert list(ledger.paid.values()) == [1_000_000]
    assert ledger.devices_tiyn() == 0


def test_recording_moves_nothing_and_repeats_change_nothing(ledger: Ledger) -> None:
    root = MINT.load(AIGUL, 500_00)
    ledger.issue(root)
    paid, _ = paid_to(root, AIGUL, DANA)
    assert [item.state for item in ledger.upload(records=[paid]).records] == [RECORDED]
    assert [item.state for item in ledger.upload(records=[paid, paid]).records] == [ALREADY, ALREADY]
    assert (ledger.devices_tiyn(), ledger.paid) == (500_00, {})
    first = ledger.upload(claims=[claim(paid, DANA)])
    again = ledger.upload(claims=[claim(paid, DANA)])
    assert first.claims[0].amount_tiyn == 500_00
    assert again.claims[0].state == SETTLED
    assert list(ledger.paid.values()) == [500_00]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["Dana first", "M first"])
@pytest.mark.row("DT-O-07")
def test_a_cloned_device_pays_twice_both_payees_are_paid_and_the_clone_is_named(
    ledger: Ledger, order: Sequence[int]
) -> None:
    root = MINT.load(AIGUL, 500_00)
    ledger.issue(root)
    claims = [claim(paid_to(root, AIGUL, payee)[0], payee) for payee in (DANA, M)]
    for place in order:
        ledger.upload(claims=[claims[place]])
    assert sorted(ledger.paid.values()) == [500_00, 500_00]
    assert ledger.drawn == {AIGUL.key.public_key: 500_00}
    assert ledger.fork_keys() == ledger.revoked == {AIGUL.key.public_key}
    assert ledger.devices_tiyn() == 0
    with ledger.store.reading() as rows:
        proof = rows.forks()[0].proof
    assert check_proof(proof, MINT.root.public_key).key == AIGUL.key.public_key


def test_until_cover_comes_the_second_claim_waits_and_nothing_is_made(ledger: Ledger) -> None:
    ledger.cover_comes = False
    root = MINT.load(AIGUL, 500_00)
    ledger.issue(root)
    ledger.upload(claims=[claim(paid_to(root, AIGUL, DANA)[0], DANA)])
    told = ledger.upload(claims=[claim(paid_to(root, AIGUL, M)[0], M)])
    assert (told.claims[0].state, told.claims[0].code) == (WAITING, Code.CLAIM_WAITS)
    assert list(ledger.paid.values()) == [500_00]
    assert (ledger.devices_tiyn(), ledger.on_the_way_tiyn()) == (0, 0)


def test_a_fork_of_a_part_costs_the_cheat_only_what_the_root_cannot_pay(ledger: Ledger) -> None:
    root = MINT.load(AIGUL, 500_00)
    ledger.issue(root)
    dana, change = paid_to(root, AIGUL, DANA, 300_00)
    merchant, _ = paid_to(root, AIGUL, M, 400_00)
    ledger.upload(claims=[claim(dana, DANA), claim(merchant, M)])
    assert sorted(ledger.paid.values()) == [300_00, 400_00]
    assert ledger.drawn == {AIGUL.key.public_key: 200_00}
    assert change is not None
    ledger.upload(claims=[claim(change, AIGUL)])
    assert ledger.drawn == {AIGUL.key.public_key: 400_00}


def test_two_signatures_on_one_payload_are_one_link(ledger: Ledger) -> None:
    root = MINT.load(AIGUL, 500_00)
    ledger.issue(root)
    paid, _ = paid_to(root, AIGUL, DANA)
    ledger.upload(records=[paid])
    ledger.upload(records=[paid_to(root, AIGUL, DANA)[0]])
    assert ledger.fork_keys() == set()


def test_a_token_this_bank_never_issued_waits_and_counts_for_nothing(ledger: Ledger) -> None:
    root = MINT.load(AIGUL, 500_00)
    item = claim(root, AIGUL)
    told = ledger.upload(records=[root], claims=[item])
    states = [(one.state, one.code) for one in (*told.records, *told.claims)]
    assert states == [(WAITING, Code.CLAIM_ORPHAN)] * 2
    assert (ledger.paid, ledger.devices_tiyn()) == ({}, 0)
    ledger.issue(root)
    ledger.upload(claims=[item])
    assert list(ledger.paid.values()) == [500_00]


def test_after_the_window_a_claim_is_paid_only_where_it_costs_nobody(ledger: Ledger) -> None:
    root, unclaimed = MINT.load(AIGUL, 100_00), MINT.load(AIGUL, 200_00)
    for packed in (root, unclaimed):
        ledger.issue(packed)
    in_time, late = (claim(paid_to(root, AIGUL, payee)[0], payee) for payee in (DANA, M))
    end = EXPIRY + CLAIM_WINDOW_S
    assert ledger.upload(claims=[in_time], now=end - 1).claims[0].state == WAITING
    told = ledger.upload(claims=[late], now=end)
    assert (told.claims[0].state, told.claims[0].code) == (REFUSED, Code.CLAIM_EXPIRED)
    assert list(ledger.paid.values()) == [100_00]
    # It comes too late to be paid, and not too late to prove the fork.
    assert (ledger.drawn, ledger.fork_keys()) == ({}, {AIGUL.key.public_key})
    ledger.upload(claims=[claim(unclaimed, AIGUL)], now=end)
    assert sorted(ledger.paid.values()) == [100_00, 200_00]


def test_a_second_branch_one_second_before_the_end_is_still_covered(ledger: Ledger) -> None:
    root = MINT.load(AIGUL, 100_00)
    ledger.issue(root)
    for payee in (DANA, M):
        item = claim(paid_to(root, AIGUL, payee)[0], payee)
        ledger.upload(claims=[item], now=EXPIRY + CLAIM_WINDOW_S - 1)
    assert list(ledger.paid.values()) == [100_00, 100_00]
    assert ledger.drawn == {AIGUL.key.public_key: 100_00}


@pytest.mark.row("DT-T-02")
def test_only_an_allowed_payees_claim_takes_the_colour_off(ledger: Ledger) -> None:
    rule = Rule("school meals", categories=(5814,))
    canteen = MINT.device("canteen", category=5814, business="940140000385")
    root = MINT.load(AIGUL, 700_00, rule=rule)
    ledger.issue(root)
    paid, _ = paid_to(root, AIGUL, canteen)
    ledger.upload(claims=[claim(paid, canteen)])
    assert list(ledger.paid.values()) == [700_00]
    # A holder whom the rule does not name may hand it in too, and it keeps its colour: no account gets it.
    mine = MINT.load(AIGUL, 300_00, rule=rule)
    ledger.issue(mine)
    kept = ledger.upload(claims=[claim(mine, AIGUL)])
    assert (kept.claims[0].state, kept.claims[0].code) == (SETTLED, Code.COLOUR_KEPT)
    assert list(ledger.paid.values()) == [700_00]
    assert (ledger.devices_tiyn(), ledger.on_the_way_tiyn()) == (0, 300_00)


def test_one_bad_item_refuses_itself_and_no_other(ledger: Ledger) -> None:
    root = MINT.load(AIGUL, 500_00)
    ledger.issue(root)
    good = claim(root, AIGUL)
    stolen = ClaimItem(good.token, DANA.certificate.packed(), good.claim)
    other = claim(MINT.load(AIGUL, 1_00), AIGUL)
    mismatched = ClaimItem(good.token, good.certificate, other.claim)
    told = ledger.upload(records=[b"\x00", root], claims=[stolen, mismatched, good])
    assert [item.state for item in told.records] == [REFUSED, RECORDED]
    assert [item.code for item in told.claims] == [
        Code.CERTIFICATE_WRONG,
        Code.AMOUNT_MISMATCH,
        Code.CLAIM_WAITS,
    ]
    assert list(ledger.paid.values()) == [500_00]


@pytest.mark.parametrize(
    ("claims", "from_root", "losses"),
    [
        (["leaf"], 60, {}),
        (["leaf", "leaf"], 0, {"leaf": 60}),
        (["leaf", "change"], 40, {}),
        (["leaf", "other"], 40, {"root": 60}),
        (["leaf", "change", "other"], 0, {"root": 100}),
        (["leaf", "leaf", "leaf", "other"], 40, {"root": 60}),
    ],
    ids=["one", "claimed twice", "both halves", "a fork of the root", "everything and a fork", "nested"],
)
def test_a_claims_money_comes_from_the_root_first_then_from_the_forks_below_it(
    claims: list[str], from_root: int, losses: dict[str, int]
) -> None:
    """Root 100 → leaf 60 and change 40; a second, fraudulent link gives ``other`` 100."""
    tree = {
        name: Node(name.encode(), amount, name.encode(), parent)
        for name, amount, parent in (
            ("root", 100, None),
            ("leaf", 60, b"root"),
            ("change", 40, b"root"),
            ("other", 100, b"root"),
        )
    }
    for name in claims:
        funding = fund(lambda output: tree[output.decode()], name.encode())
        for node in funding.changed:
            tree[node.output.decode()] = node
    assert funding.from_root_tiyn == from_root
    assert {loss.output.decode(): loss.amount_tiyn for loss in funding.losses} == losses


@pytest.mark.parametrize(
    ("have", "needs", "shares"),
    [
        (100, [30, 20], [30, 20]),
        (50, [75, 25], [38, 12]),
        (1, [1, 1, 1], [1, 0, 0]),
        (2, [100, 1, 100], [1, 0, 1]),
        (0, [5, 5], [0, 0]),
        (7, [], []),
    ],
    ids=["enough", "in proportion", "one tiyn", "nobody gets more than he needs", "nothing", "nobody"],
)
def test_what_is_there_is_shared_in_proportion_to_the_tiyn(
    have: int, needs: list[int], shares: list[int]
) -> None:
    assert pro_rata(have, needs) == shares
    assert sum(shares) == min(have, sum(needs))
