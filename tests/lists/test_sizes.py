"""docs/lists.md says how long lists are; here the smaller ones are built again."""

import pytest

from docs.lists_page import PAGE, row
from tender.cash.revocation import open_list
from town.bench.lists import DEVICES, ROOT, SHARES, bound_bits, build, listing, revoked_serials


@pytest.mark.parametrize("share", SHARES[:2])
def test_the_pages_rows_are_those_of_lists_really_built(share: float) -> None:
    built = build(share)
    assert row(built) in PAGE.read_text(encoding="utf-8"), "run python -m docs.lists_page"
    assert built.revoked == round(DEVICES * share)
    known = open_list(built.raw, ROOT.public_key)
    assert sum(entry.count for entry in known.entries.values()) == built.revoked
    bank, serial = revoked_serials(share)[0]
    (day,) = {day for _, day in known.entries}
    assert known.names(bank, day, serial)


def test_a_list_is_within_a_twentieth_of_the_least_there_can_be() -> None:
    assert bound_bits(8, 4) == pytest.approx(6.129, abs=0.001), "seventy ways to choose four of eight"
    assert 1 < build(0.001).ratio < 1.05
    assert 28_000 < len(build(0.001).raw) < 30_000, "about 29 kB a live pseudonym"


def test_the_bench_tells_bytes_and_questions() -> None:
    found = {one.name: one for one in listing(scale=False)}
    assert len(found) == 8
    assert all(one.holds for one in found.values() if "question" not in one.name)
    assert found["list, 0.1 % of 20 M revoked: bytes"].value == len(build(0.001).raw)
