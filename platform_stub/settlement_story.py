"""All that the National Bank knows of one piece of offline money, as a short story: the tree of its root, who
claimed what, who is owed, what waits and why, and what to do next (``tenge platform explain``).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from faces.amounts import amount_text, day_text
from faces.words import sentence
from platform_stub.compose import Platform
from platform_stub.desk import derive
from platform_stub.nbk.settlement_claims import state_of, worth
from platform_stub.nbk.store import NbkRows
from platform_stub.settlement_report import Branch, branches, unclaimed
from platform_stub.store.aside_rows import COLOURED
from platform_stub.store.token_rows import NOWHERE, OPEN, PAID, READY, REVIEW, ClaimRow, LossRow
from tender.account.hand_over_messages import ASKED, KEPT, PASSED_OVER, RETURNED, SILENT
from tender.account.participants import name_of
from tender.cash.chain import read_chain
from tender.cash.token import unpack_root
from tender.crypto.certificates import DAY_S
from tender.crypto.envelope import Typ
from tender.errors import Code, Refusal


@dataclass(frozen=True, slots=True)
class Twig:
    """One output of the tree; ``says``: what became of it, ``asked``: whether it is the one asked about."""

    output: bytes
    what: str
    amount_tiyn: int
    key: bytes
    says: tuple[str, ...]
    asked: bool
    twigs: tuple["Twig", ...]


@dataclass(slots=True)
class Story:
    """What is known: the tree, sentences in order, and what the operator can do."""

    asked: str
    found: str
    tree: Twig | None = None
    lines: list[str] = field(default_factory=list)
    waits: list[str] = field(default_factory=list)
    next: list[str] = field(default_factory=list)


def short(identifier: bytes) -> str:
    """The first eight bytes, enough to name a thing in any command of the desk."""
    return identifier[:8].hex()


def tell(platform: Platform, needle: bytes) -> list[Story]:
    """A story for each claim, fork, orphan, root or output that begins with these bytes; none when it is
    nothing of settlement. Outputs in the middle of a history are found by their whole id."""
    if not needle:
        return []
    with platform.nbk.desk.store.reading() as rows:
        teller = _Teller(platform, rows)
        stories = [one for what, found in rows.aside.named(needle) for one in teller.stories(what, found)]
        if not stories and len(needle) == 32 and rows.token_output(needle) is not None:
            stories += teller.stories("output", needle)
    return stories


_WORDS = {
    "token_claims": "claim",
    "token_forks": "fork",
    "roots": "root",
    "output": "output",
}


_ANSWERS = {
    ASKED: "no answer yet",
    KEPT: "it keeps it",
    RETURNED: "it gave it back",
    SILENT: "it never answered, and the payer was credited",
}
_SAID = {
    Code.CLAIM_IN_REVIEW.value: "in review",
    Code.CLAIM_WAITS.value: "waits for cover",
    Code.COLOUR_KEPT.value: "settled, colour kept",
}


class _Teller:
    def __init__(self, platform: Platform, rows: NbkRows) -> None:
        self._platform = platform
        self._rows = rows
        self._now = platform.nbk.desk.clock.now()
        self._window_s = platform.nbk.config.claim_window_days * DAY_S

    def stories(self, what: str, found: bytes) -> list[Story]:
        """One story; of a payment that was handed over, its own and one of each output it made."""
        if what == "token_orphans":
            return [self._orphan(found)]
        if what == "hand_overs":
            return self._handed_over(found)
        return [self._story(what, found)]

    def _story(self, what: str, found: bytes) -> Story:
        story = Story(found.hex(), _WORDS[what])
        claim = self._rows.claim(found) if what == "token_claims" else None
        output = found if claim is None else claim.output
        top = self._top(output)
        self._root(story, top)
        story.tree = self._twig(top, "root", output)
        for branch in _outputs(story.tree):
            for one in self._rows.claims_on(branch.output):
                self._claim(story, one)
            self._fork(story, branch.output)
        self._unclaimed(story, top)
        return story

    def _top(self, output: bytes) -> Branch:
        node = self._rows.token_output(output)
        while node is not None and node.parent is not None:
            node = self._rows.token_output(node.parent)
        if node is not None:
            return Branch(node.output, node.amount_tiyn, node.key, False)
        root = self._rows.root(output)
        return Branch(
            output, 0 if root is None else root.amount_tiyn, b"" if root is None else root.holder, False
        )

    def _root(self, story: Story, top: Branch) -> None:
        made = self._rows.root(top.output)
        if made is None:
            return
        root, _, _ = unpack_root(made.packed, "root")
        colour = f" for {root.rule.purpose}" if root.rule else ""
        named, until = made.identifier.hex()[:16], day_text(made.expiry)
        in_full = day_text(made.expiry + self._window_s)
        story.lines.append(
            f"{name_of(made.bank)} loaded {amount_text(made.amount_tiyn)}{colour} as {named}; "
            f"passed on until {until}, claimed in full until {in_full}."
        )

    def _twig(self, branch: Branch, what: str, asked: bytes) -> Twig:
        says = [self._claim_said(one) for one in self._rows.claims_on(branch.output)]
        links = [one for one in self._rows.spends_of(branch.output) if one.typ is Typ.LINK]
        if self._rows.fork_at(branch.output) is not None:
            says.append("signed away twice")
        elif not says and not links:
            says.append("not claimed")
        twigs = tuple(
            self._twig(one, "change" if one.change else "payment", asked)
            for one in branches(self._rows, branch)
        )
        return Twig(
            branch.output, what, branch.amount_tiyn, branch.key, tuple(says), branch.output == asked, twigs
        )

    def _claim_said(self, claim: ClaimRow) -> str:
        told = state_of(self._rows, claim)
        return f"claim {short(claim.digest)} {_SAID.get(told.code, told.state)}"

    def _claim(self, story: Story, claim: ClaimRow) -> None:
        rows, named = self._rows, short(claim.digest)
        kept = rows.aside.coloured(claim.digest)
        bank = name_of(claim.bank if kept is None else kept.bank)
        losses = rows.losses_of(claim.digest)
        lost_tiyn = sum(one.amount_tiyn for one in losses)
        part = f", of which {amount_text(lost_tiyn)} below a fork" if lost_tiyn else ""
        story.lines.append(
            f"Claim {named} asks {amount_text(claim.amount_tiyn)} for an account at {bank}{part}; "
            f"credited so far: {amount_text(claim.credited_tiyn)}."
        )
        if claim.state == READY:
            story.waits.append(f"Claim {named}: {amount_text(claim.due_tiyn)} is on its way to {bank}.")
            story.next.append("Nothing: the credit is sent again until the bank answers.")
        if claim.state == COLOURED:
            left = amount_text(worth(rows, claim) - claim.credited_tiyn)
            story.waits.append(f"Claim {named}: {left} keeps its colour until its owner loads it again.")
        if claim.state == NOWHERE:
            story.waits.append(
                f"Claim {named}: {bank} has no such account; {amount_text(claim.due_tiyn)} waits."
            )
            story.next.append(f"Ask {bank} why it passed on a claim for an account it does not know.")
        told = state_of(rows, claim)
        if claim.state not in (OPEN, READY, PAID, COLOURED, NOWHERE):
            story.lines.append(f"Claim {named} is refused: {sentence(Refusal(Code(told.code)))}")
        for loss in losses:
            self._loss(story, claim, loss)
        for one in rows.aside.decisions_on(claim.digest):
            decided = f"{one.decision} on {day_text(one.time)}" + (
                f" by {one.officer}" if one.officer else ""
            )
            story.lines.append(f"Claim {named}: {amount_text(one.amount_tiyn)} was {decided}.")

    def _loss(self, story: Story, claim: ClaimRow, loss: LossRow) -> None:
        fork = self._rows.fork_at(loss.fork)
        bank = "" if fork is None else name_of(int.from_bytes(fork.certificate[0:2], "big"))
        missing = amount_text(loss.amount_tiyn - loss.covered_tiyn)
        named = short(claim.digest)
        if loss.state == REVIEW:
            story.waits.append(f"Claim {named}: {missing} waits for review; {bank} would pay.")
            story.next.append(f"tenge platform release {named} (or deny {named})")
        elif loss.state == OPEN and self._rows.outgoing(derive(loss.reference, "draw")):
            story.waits.append(f"Claim {named}: {missing} is asked of {bank}, which has not answered.")
            days = self._platform.nbk.config.draw_answer_days
            story.next.append(
                f"Nothing: the bank is asked again, and {days} days after the first time its guarantee pays."
            )
        elif loss.state == OPEN:
            story.waits.append(f"Claim {named}: {missing} is owed by {bank}, whose accounts are empty.")
            story.next.append(f"{bank} funds its correspondent account; then this is paid by itself.")

    def _fork(self, story: Story, output: bytes) -> None:
        fork = self._rows.fork_at(output)
        if fork is None:
            return
        lost = self._rows.aside.losses_at(output)
        listed = self._rows.listed_since(fork.key)
        bank = name_of(int.from_bytes(fork.certificate[0:2], "big"))
        story.lines.append(
            f"Fork {short(output)}: key {short(fork.key)} of {bank} signed twice "
            f"({'revoked' if listed is None else f'on revocation list {listed}'}); "
            f"lost {amount_text(sum(one.amount_tiyn for one in lost))}, "
            f"covered {amount_text(sum(one.covered_tiyn for one in lost))}."
        )

    def _unclaimed(self, story: Story, top: Branch) -> None:
        made = self._rows.root(top.output)
        for branch in unclaimed(self._rows, top):
            over = made is not None and self._now >= made.expiry + self._window_s
            until = "" if made is None else f" until {day_text(made.expiry + self._window_s)}"
            why = " as a refund to its last recorded owner" if over else until
            story.waits.append(
                f"{amount_text(branch.amount_tiyn)} of key {short(branch.key)}: may be claimed{why}."
            )

    def _handed_over(self, reference: bytes) -> list[Story]:
        row = self._rows.hand_over(reference)
        assert row is not None
        story = Story(row.payment_id.hex(), "payment")
        story.lines.append(
            f"Signed, never acknowledged and handed over by a payer at {name_of(row.bank)}; "
            f"{name_of(row.payee_bank)} was asked whether its client's device keeps or returns it: "
            f"{_ANSWERS[row.state]}."
        )
        if row.state == ASKED:
            story.waits.append(f"The device's answer; silence until {day_text(row.until)} credits the payer.")
        outputs = [read_chain(one).output for one in PASSED_OVER.decode(row.passed, "passed").tokens]
        return [story, *(self._story("output", one) for one in outputs)]

    def _orphan(self, found: bytes) -> Story:
        story = Story(found.hex(), "orphan")
        for one in self._rows.aside.orphans():
            if one.digest == found:
                story.lines.append(
                    f"A claim of {amount_text(one.amount_tiyn)} for an account at {name_of(one.bank)}, under "
                    f"the root {short(one.root)}, which this National Bank has not registered."
                )
                story.waits.append(
                    "It counts for nothing until the root is registered, then settles by itself."
                )
                story.next.append("Look for the root in a backup of the issuer's books.")
        return story


def _outputs(tree: Twig) -> Iterator[Twig]:
    yield tree
    for twig in tree.twigs:
        yield from _outputs(twig)
