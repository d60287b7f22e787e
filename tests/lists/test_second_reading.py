"""A step read by the second verifier's reader, which knows only the protocol's page: it leads to the same."""

import json

import pytest

from tests.cash.session_vectors import FILE
from tests.lists.test_steps import DAY, ROOT, steps
from tests.oracle.plain_cbor import natural, within
from tests.oracle.what_root_says import golomb_rice, part, revoked, said

Pseudonyms = frozenset[tuple[int, int, int]]


def stepped(root_key: bytes, before: Pseudonyms, cose: bytes) -> Pseudonyms:
    """Who is revoked after a step, as section 5 of the page says it."""
    _, _, _, _, first_day, entries, _ = part(
        said(root_key, cose, "dt-revocations-step.v1+cbor"),
        within(1, 1),
        natural,
        natural,
        natural,
        natural,
        tuple,
        bytes,
    )
    rows = [part(entry, natural, natural, natural, natural, bytes) for entry in entries]
    new = {(bank, day, s) for bank, day, count, k, bits in rows for s in golomb_rice(count, k, bits)}
    return frozenset({one for one in before if one[1] >= first_day} | new)


@pytest.mark.parametrize("place", [0, 1])
def test_a_step_leads_the_second_reader_to_the_signed_list(place: int) -> None:
    lists, made = steps()
    before, after = (revoked(ROOT.public_key, one.raw) for one in lists[place : place + 2])
    assert stepped(ROOT.public_key, before, made[place].raw) == after
    assert before != after and all(day >= DAY - 60 for _, day, _ in after)


def test_the_published_step_leads_there_too() -> None:
    published = json.loads(FILE.read_text(encoding="utf-8"))
    before = revoked(ROOT.public_key, bytes.fromhex(published["revocation list before"]))
    step = bytes.fromhex(published["step to the revocation list"])
    named = {(bank, day, one) for bank, day, group in published["revocation list"]["names"] for one in group}
    assert stepped(ROOT.public_key, before, step) == named != before
