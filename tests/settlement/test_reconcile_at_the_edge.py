"""The arithmetic of settlement by itself: a tree of outputs in a dictionary, one claim after the other."""

from itertools import permutations

import pytest

from platform_stub.ledger.reconcile import LINE_MAX, Funding, Loss, Node, fund, pro_rata
from tender.errors import Code, LocalProtocolError

ROOT, DANA, BOLAT, LATER = b"root", b"dana", b"bolat", b"later"


def tree() -> dict[bytes, Node]:
    """Aigul's 500, given whole to Dana and to Bolat; Bolat passed 200 of it on."""
    nodes = (
        Node(ROOT, 500, b"Aigul", None),
        Node(DANA, 500, b"Dana", ROOT),
        Node(BOLAT, 500, b"Bolat", ROOT),
        Node(LATER, 200, b"Later", BOLAT),
    )
    return {node.output: node for node in nodes}


def claim(nodes: dict[bytes, Node], output: bytes) -> Funding:
    funding = fund(nodes.__getitem__, output)
    nodes |= {node.output: node for node in funding.changed}
    return funding


def test_the_root_pays_first_and_then_the_key_that_signed_twice() -> None:
    nodes = tree()
    first = claim(nodes, DANA)
    assert (first.from_root_tiyn, first.losses) == (500, ())
    assert [(node.output, node.flowed_tiyn) for node in first.changed] == [(DANA, 500), (ROOT, 500)]
    second = claim(nodes, LATER)
    assert (second.from_root_tiyn, second.losses) == (0, (Loss(ROOT, b"Aigul", 200),))
    assert [node.output for node in second.changed] == [LATER, BOLAT, ROOT]
    assert (nodes[ROOT].flowed_tiyn, nodes[ROOT].passed_tiyn, nodes[ROOT].loss_tiyn) == (700, 500, 200)
    third = claim(nodes, BOLAT)
    assert third.from_root_tiyn == 0
    assert set(third.losses) == {Loss(BOLAT, b"Bolat", 200), Loss(ROOT, b"Aigul", 300)}


def test_the_same_claim_twice_is_all_its_holders_loss() -> None:
    nodes = tree()
    claim(nodes, DANA)
    again = claim(nodes, DANA)
    assert (again.from_root_tiyn, again.losses) == (0, (Loss(DANA, b"Dana", 500),))
    assert [node.output for node in again.changed] == [DANA], "what does not rise changes nothing above"


def test_a_claim_is_funded_in_full_whatever_the_order() -> None:
    ends = set()
    for order in permutations((DANA, BOLAT, LATER)):
        nodes, paid, lost = tree(), 0, 0
        for output in order:
            funding = claim(nodes, output)
            losses = sum(loss.amount_tiyn for loss in funding.losses)
            assert funding.from_root_tiyn + losses == nodes[output].amount_tiyn
            paid, lost = paid + funding.from_root_tiyn, lost + losses
        ends.add((paid, lost, *(nodes[one].loss_tiyn for one in (ROOT, DANA, BOLAT, LATER))))
    assert ends == {(500, 700, 500, 0, 200, 0)}


@pytest.mark.parametrize(
    ("flowed", "passed", "loss"), [(0, 0, 0), (499, 499, 0), (500, 500, 0), (501, 500, 1)]
)
def test_an_output_passes_up_what_it_is_worth_and_owes_the_rest(flowed: int, passed: int, loss: int) -> None:
    node = Node(ROOT, 500, b"Aigul", None, flowed)
    assert (node.passed_tiyn, node.loss_tiyn) == (passed, loss)


def line(length: int) -> dict[bytes, Node]:
    names = [place.to_bytes(2, "big") for place in range(length)]
    parents = [None, *names]
    return {name: Node(name, 5, b"k", parent) for name, parent in zip(names, parents, strict=False)}


def test_a_history_ends_or_it_is_our_bug() -> None:
    longest = line(LINE_MAX)
    funding = fund(longest.__getitem__, (LINE_MAX - 1).to_bytes(2, "big"))
    assert (funding.from_root_tiyn, len(funding.changed)) == (5, LINE_MAX)
    longer = line(LINE_MAX + 1)
    with pytest.raises(LocalProtocolError) as caught:
        fund(longer.__getitem__, LINE_MAX.to_bytes(2, "big"))
    assert (caught.value.code, caught.value.field) == (Code.FIELD_WRONG, "history")


@pytest.mark.parametrize(
    ("have", "needs", "shares"),
    [
        (0, [1, 2], [0, 0]),
        (3, [1, 2], [1, 2]),
        (9, [1, 2], [1, 2]),
        (2, [1, 2], [1, 1]),
        (1, [1, 1], [1, 0]),
        (1, [1, 2], [0, 1]),
        (2, [1, 1, 1], [1, 1, 0]),
        (5, [3, 3, 4], [2, 1, 2]),
        (100, [1, 199], [1, 99]),
        (7, [], []),
        (0, [], []),
        (10, [7, 0, 7], [5, 0, 5]),
    ],
)
def test_shares_are_in_proportion_and_nothing_is_left_over(
    have: int, needs: list[int], shares: list[int]
) -> None:
    assert pro_rata(have, needs) == shares
    assert sum(shares) == min(have, sum(needs))
