"""Who is owed what, and whose lie it was: the arithmetic of settlement, independent of order (DT-O-07).

Money flows up a tree. A claim asks for an output's whole amount; each output passes up to its parent at most
its own amount, however many branches hang below it. What arrives beyond that amount is the loss of the key
that signed two branches::

    flowed(o)  = amount of each claim on o + what each output below o passes up
    passed(o)  = min(amount(o), flowed(o))
    loss(o)    = max(0, flowed(o) - amount(o)), the debt of o's holder

At the root, what is passed up comes out of "devices". Every claim is therefore funded in full by the root and
the cheats: claims = passed(root) + sum of losses. ``flowed`` only grows, and its final value depends on the
set of claims and links and not on their order, so owners, losses and culprits do not either.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tender.errors import Code, LocalProtocolError

LINE_MAX = 300
"""Longer than any history (hops_max is one byte): a walk that does not end is our bug."""


class Node(NamedTuple):
    """One output of the tree. ``parent`` is None for a root's output; amounts in tiyn."""

    output: bytes
    amount_tiyn: int
    key: bytes
    parent: bytes | None
    flowed_tiyn: int = 0

    @property
    def passed_tiyn(self) -> int:
        """What this output hands to its parent."""
        return min(self.amount_tiyn, self.flowed_tiyn)

    @property
    def loss_tiyn(self) -> int:
        """What its holder owes for having signed it away more than once."""
        return max(0, self.flowed_tiyn - self.amount_tiyn)


@dataclass(frozen=True, slots=True)
class Loss:
    """A part of a claim that its root cannot pay, and the key and output at whose fork it was lost."""

    output: bytes
    key: bytes
    amount_tiyn: int


@dataclass(frozen=True, slots=True)
class Funding:
    """Where one claim's money comes from. ``from_root_tiyn`` plus all losses is the claimed amount."""

    from_root_tiyn: int
    losses: tuple[Loss, ...]
    changed: tuple[Node, ...]
    """The nodes on the way up as they are afterwards; the caller stores them with the claim."""


def fund(find: Callable[[bytes], Node], claimed: bytes) -> Funding:
    """Fund a claim on the output ``claimed``; ``find`` gives a node by its output id.

    Pure: nothing changes until the caller stores ``changed``.
    """
    node = find(claimed)
    rising = node.amount_tiyn
    losses: list[Loss] = []
    changed: list[Node] = []
    for _ in range(LINE_MAX):
        output, amount, key, parent, flowed = node
        # What passes and what is lost, before and after, in plain figures: each claim walks its whole way.
        flows = flowed + rising
        passed, passes = (flowed if flowed < amount else amount), (flows if flows < amount else amount)
        lost = (flows - passes) - (flowed - passed)
        if lost:
            losses.append(Loss(output, key, lost))
        if rising:
            changed.append(Node(output, amount, key, parent, flows))
        rising = passes - passed
        if parent is None:
            return Funding(rising, tuple(losses), tuple(changed))
        if not rising:
            return Funding(0, tuple(losses), tuple(changed))
        node = find(parent)
    raise LocalProtocolError(Code.FIELD_WRONG, "history")


def pro_rata(have_tiyn: int, needs_tiyn: Sequence[int]) -> list[int]:
    """Shares of what there is, in proportion to what is needed; never more than that, and nothing left over
    but what nobody needs. Tiyn that do not divide go to the greatest remainders, then to the first."""
    wanted = sum(needs_tiyn)
    if have_tiyn >= wanted:
        return list(needs_tiyn)
    shares = [have_tiyn * need // wanted for need in needs_tiyn]
    left = have_tiyn - sum(shares)
    by_remainder = sorted(
        range(len(shares)), key=lambda place: (-(have_tiyn * needs_tiyn[place] % wanted), place)
    )
    for place in by_remainder[:left]:
        shares[place] += 1
    return shares
