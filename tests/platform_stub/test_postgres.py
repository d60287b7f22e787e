"""The same platform on PostgreSQL, SERIALIZABLE: issued, loaded, handed over, claimed, forked, balanced."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.clock import SetClock
from hardware.entropy import SeededEntropy
from platform_stub.compose import build_platform
from platform_stub.config import PlatformConfig
from tender.account.participants import ALTYN, BANKS
from tender.account.token_messages import Settle, Settled
from tests.platform_stub.people import AIGUL, BOLAT, DANA, NOW, TENGE, Town
from tests.platform_stub.postgres_server import PostgresServer, postgres_programs
from tests.platform_stub.test_offline_money import hand_over

PROGRAMS = postgres_programs()
STORES = ("certification", "nbk", "notary", "id_centre", "gateway", *(f"bank_{number}" for number in BANKS))


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A funded town whose every store is a PostgreSQL database."""
    if PROGRAMS is None:
        pytest.skip("no PostgreSQL server here: apt install postgresql")
    server = PostgresServer(PROGRAMS)
    server.start()
    try:
        url = server.make_databases(STORES)
        clock, entropy = SetClock(NOW), SeededEntropy("town")
        platform = build_platform(tmp_path, PlatformConfig(durable=False), clock, entropy, database=url)
        made = Town(platform, clock, entropy)
        for bank in BANKS:
            made.fund_bank(bank, 5_000_000)
        yield made
        platform.close()
    finally:
        server.stop()


def test_the_main_job_on_postgresql(town: Town) -> None:
    town.stock(ALTYN, 100_000)
    aigul, bolat, dana = town.rich_phone(AIGUL, 1_000), town.phone(BOLAT), town.phone(DANA)
    first, second = aigul.load(600, 400)
    whole = hand_over(first, aigul, bolat, 250)
    told = bolat.ask("settle", Settle((), (bolat.claim(whole),)))
    assert isinstance(told, Settled)
    assert (told.claims[0].state, bolat.balances().dt_tiyn) == ("settled", 250 * TENGE)
    assert town.equation()[0] == town.equation()[1]

    # The second token is paid twice: to Dana and to Bolat. Both are paid; the cheat's bank bears it.
    for payee in (dana, bolat):
        paid = hand_over(second, aigul, payee)
        payee.ask("settle", Settle((), (payee.claim(paid),)))
    town.platform.tick()
    assert dana.balances().dt_tiyn == 400 * TENGE
    assert bolat.balances().dt_tiyn == 650 * TENGE
    assert len(town.platform.settlement.forks()) == 1
    assert town.equation()[0] == town.equation()[1]
