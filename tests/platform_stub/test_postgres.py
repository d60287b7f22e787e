"""The same platform on PostgreSQL, SERIALIZABLE: issued, loaded, handed over, claimed, forked, balanced."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.clock import SetClock
from hardware.entropy import SeededEntropy
from platform_stub.compose import build_platform
from platform_stub.config import PlatformConfig
from tender.account.card_client_messages import CardConfirm
from tender.account.card_messages import ECOMMERCE, RETURN, CloseDay, DayLine, Position
from tender.account.participants import ALTYN, BANKS, KAZPOST
from tender.account.token_messages import Settle, Settled
from tests.bank_cards.books import check_books
from tests.bank_cards.host import aigul_with_card, link, spending
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


def test_cards_on_postgresql(town: Town, tmp_path: Path) -> None:
    with link(town, tmp_path) as hosts:
        aigul, card = aigul_with_card(town, hosts, 1_000)
        bank, node = hosts[ALTYN], town.platform.banks[ALTYN]
        assert bank.authorise("visa-1", 300, card=card).code == ""
        assert bank.authorise("visa-2", 100, card=card).code == ""
        assert bank.undo("visa-2", 40).amount_tiyn == 40 * TENGE
        town.clock.advance(60)
        node.card_moves.tick()
        assert bank.undo("visa-1").amount_tiyn == 300 * TENGE
        assert bank.credit("r-1", "visa-2", 10, card=card, kind=RETURN).code == ""
        bank.send(spending("visa-3", 5, card=card, kind=ECOMMERCE, confirm_s=60))
        assert bank.silent()
        assert aigul.ask("card-confirm", CardConfirm("visa-3", 5 * TENGE, True)).balances.dt_tiyn > 0
        assert bank.code("visa-3") == ""
        node.card_moves.tick()
        assert aigul.balances().dt_tiyn == (1_000 - 60 + 10 - 5) * TENGE
        lines = (DayLine("visa-2", 60 * TENGE), DayLine("r-1", -10 * TENGE), DayLine("visa-3", 5 * TENGE))
        order = CloseDay("day", 1, 1, 1, lines, (), (Position(KAZPOST, 55 * TENGE),), NOW + 3_600)
        assert getattr(bank.ask(order), "differences", None) == ()
        check_books(town, ALTYN, converting=5)
