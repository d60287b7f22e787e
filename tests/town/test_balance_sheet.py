"""The balance sheet is worth something only if it notices: one tiyn put anywhere in the stores must show."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from faces import language
from hardware.clock import SetClock
from hardware.entropy import SeededEntropy
from platform_stub.compose import build_platform
from platform_stub.config import PlatformConfig
from tender.account.participants import BANKS
from town.balance_sheet import as_event, read_balance_sheet
from town.cli import main
from town.serve import ISSUED_TIYN, open_banks

NOW = 1_795_000_000


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Path]:
    """The stores of a platform whose five banks have just been given Digital Tenge."""
    folder = tmp_path / "platform"
    platform = build_platform(
        folder, PlatformConfig(durable=False), SetClock(NOW), SeededEntropy("balance sheet")
    )
    open_banks(platform)
    platform.close()
    yield folder


def test_after_the_opening_everything_is_on_accounts(stores: Path) -> None:
    sheet = read_balance_sheet(stores)
    assert sheet.holds
    assert sheet.issued_tiyn == sheet.liability_tiyn == sheet.on_accounts_tiyn == 5 * ISSUED_TIYN
    assert sheet.devices_tiyn == sheet.in_transit_tiyn == sheet.redeemed_tiyn == 0


FORGERIES = {
    "an account's output grows by one tiyn": (
        "bank-949.db",
        "UPDATE outputs SET amount_tiyn = amount_tiyn + 1 WHERE state = 'unspent'",
    ),
    "an output comes to life again": (
        "bank-563.db",
        "INSERT INTO outputs SELECT x'00', maker, 9, bank, address, 1, 'unspent', NULL FROM outputs LIMIT 1",
    ),
    "an output vanishes": ("bank-601.db", "DELETE FROM outputs"),
    "the liability account is touched": (
        "nbk.db",
        (
            "UPDATE lines SET change_tiyn = change_tiyn - 1 WHERE rowid = "
            "(SELECT min(rowid) FROM lines WHERE account = 'dt-liability')"
        ),
    ),
    "a redemption is invented": (
        "nbk.db",
        (
            "INSERT INTO requests (operation, bank, kind, amount_tiyn, address, state, time) "
            "VALUES (x'01', 949, 'redeem', 1, x'02', 'approved', 0)"
        ),
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_one_tiyn_out_of_place_shows(stores: Path, forgery: str) -> None:
    file, query = FORGERIES[forgery]
    connection = sqlite3.connect(stores / file)
    with connection:
        assert connection.execute(query).rowcount >= 1
    connection.close()
    assert not read_balance_sheet(stores).holds


def test_audit_ends_with_one_when_the_books_differ(stores: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--folder", str(stores), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["holds"] is True
    connection = sqlite3.connect(stores / "bank-949.db")
    with connection:
        connection.execute("UPDATE outputs SET amount_tiyn = amount_tiyn - 1")
    connection.close()
    assert main(["audit", "--folder", str(stores), "--json"]) == 1
    assert "differ by 1 tiyn" in json.loads(capsys.readouterr().out)["verdict"]


def test_audit_without_stores_is_the_worlds_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--folder", str(tmp_path), "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["code"] == "store-missing"


def test_the_event_is_plain_data(stores: Path) -> None:
    event = as_event(read_balance_sheet(stores))
    assert json.loads(json.dumps(event)) == event
    assert event["rows"][0]["name"] == "issued by the National Bank"


TOLD = {
    "en": ("issued by the National Bank", "the books differ by 1 tiyn", "There is no town here."),
    "ru": ("выпущено Национальным Банком", "книги расходятся, тиынов: 1", "Здесь нет города."),
    "kk": ("Ұлттық Банк шығарғаны", "кітаптар сәйкес емес, айырма тиынмен: 1", "Мұнда қала жоқ."),
}


@pytest.mark.parametrize("tag", TOLD)
def test_people_are_told_in_their_language_and_programs_in_english(
    stores: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], tag: str
) -> None:
    def told(*words: str) -> str:
        main(["audit", "--folder", *words])
        return capsys.readouterr().out

    plain = told(str(stores), "--json")
    language.use(tag)
    issued, differs, nobody = TOLD[tag]
    shown = told(str(stores))
    assert issued in shown
    if tag != "en":
        assert not re.search("[A-Za-z]{3,}", re.sub("|".join(BANKS.values()), "", shown))
    assert told(str(stores), "--json") == plain
    assert nobody in told(str(tmp_path / "elsewhere"))
    with closing(sqlite3.connect(stores / "bank-949.db")) as connection, connection:
        connection.execute("UPDATE outputs SET amount_tiyn = amount_tiyn - 1")
    assert differs in told(str(stores))
    assert "the books differ by 1 tiyn" in json.loads(told(str(stores), "--json"))["verdict"]
