"""Claims under a root the National Bank does not know: they wait, few a device, and count for nothing."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from platform_stub.compose import build_platform
from platform_stub.config import PlatformConfig
from tender.account.participants import ALTYN
from tender.account.token_messages import REFUSED, SETTLED, WAITING
from tender.errors import Code
from tests.platform_stub.people import AIGUL, DANA, Phone, Town, open_town
from tests.settlement.offline import claimed, hand_over, settle, tenge_of

CAP = 3


def put_back(folder: Path, town: Town, name: str, copy: Path) -> None:
    """The National Bank's books as they were in an older copy, under the same running town."""
    town.platform.close()
    shutil.copy(copy, folder / f"{name}.db")
    for rest in folder.glob(f"{name}.db-*"):
        rest.unlink()
    settings = PlatformConfig(durable=False, orphans_per_device=CAP)
    town.platform = build_platform(folder, settings, town.clock, town.entropy)


@pytest.fixture
def lost_books(tmp_path: Path) -> tuple[Town, Phone, tuple[bytes, ...], Callable[[], None]]:
    """Aigul loaded five tokens; then the National Bank's disk died and yesterday's copy was put in its place.
    What is returned last finds the right books again."""
    folder, yesterday, today = tmp_path / "town", tmp_path / "yesterday.db", tmp_path / "today.db"
    town = open_town(folder, orphans_per_device=CAP)
    town.stock(ALTYN, 10_000)
    aigul = town.rich_phone(AIGUL, 1_000)
    town.platform.close()
    shutil.copy(folder / "nbk.db", yesterday)
    town.platform = build_platform(folder, PlatformConfig(durable=False), town.clock, town.entropy)
    tokens = aigul.load(100, 100, 100, 100, 100)
    town.platform.close()
    shutil.copy(folder / "nbk.db", today)
    put_back(folder, town, "nbk", yesterday)

    def find_again() -> None:
        with town.platform.nbk.desk.store.reading() as rows:
            waiting = rows.aside.orphans()
        put_back(folder, town, "nbk", today)
        with town.platform.nbk.desk.store.writing() as rows:
            for one in waiting:
                rows.aside.add_orphan(one, town.clock.now())

    return town, aigul, tokens, find_again


def test_orphans_wait_and_count_for_nothing(
    lost_books: tuple[Town, Phone, tuple[bytes, ...], Callable[[], None]],
) -> None:
    town, aigul, tokens, find_again = lost_books
    dana = town.phone(DANA)
    with town.platform.nbk.desk.store.reading() as rows:
        before = (rows.on_devices_tiyn(), rows.claimed_on_the_way_tiyn())
    paid = [hand_over(aigul, token, payee)[0] for token in tokens[:1] for payee in (dana, aigul)]
    told = claimed(dana, paid[0])
    assert (told.state, told.code) == (WAITING, Code.CLAIM_ORPHAN)
    (record,) = settle(aigul, records=[paid[1]]).records
    assert (record.state, record.code) == (WAITING, Code.CLAIM_ORPHAN)
    assert town.platform.settlement.forks() == [], "nobody is accused under a root nobody knows"
    with town.platform.nbk.desk.store.reading() as rows:
        assert (rows.on_devices_tiyn(), rows.claimed_on_the_way_tiyn()) == before
    assert tenge_of(town, DANA) == 0
    find_again()
    town.platform.tick()
    assert tenge_of(town, DANA) == 100
    assert town.platform.orphans.waiting() == []
    assert claimed(dana, paid[0]).state == SETTLED


def test_a_device_may_leave_so_many_and_no_more(
    lost_books: tuple[Town, Phone, tuple[bytes, ...], Callable[[], None]],
) -> None:
    town, aigul, tokens, find_again = lost_books
    told = settle(aigul, tokens[:2]).claims
    assert [one.code for one in told] == [Code.CLAIM_ORPHAN] * 2
    told = settle(aigul, tokens).claims
    assert [one.code for one in told] == [Code.CLAIM_ORPHAN] * CAP + [Code.ORPHANS_FULL] * 2
    assert {one.state for one in told[CAP:]} == {REFUSED}
    assert len(town.platform.orphans.waiting()) == CAP
    find_again()
    # What was not kept is sent again; and the device has room anew.
    assert [one.state for one in settle(aigul, tokens).claims] == [SETTLED] * 5
    assert tenge_of(town, AIGUL) == 1_000
    with town.platform.banks[ALTYN].desk.store.reading() as rows:
        assert rows.orphans_of(aigul.enrolled.device if aigul.enrolled else 0) == set()
