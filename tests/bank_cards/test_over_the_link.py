"""Orders of a card host over the real link: what it asks, what it is told, and what the account says then."""

import socket
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

import pytest

from platform_stub.card_link import server
from platform_stub.card_link.opening import open_card_link
from tender.account.card_frames import NONCE_BYTES, HostEnd
from tender.account.card_messages import RETURN, BankReply, Grouped
from tender.account.client_messages import Stated, Statement
from tender.account.participants import ALTYN
from tender.errors import Code, RemoteProtocolError, StoreError
from tests.bank_cards.books import check_books, check_sheet
from tests.bank_cards.host import Host, aigul_with_card, issue, link, spending
from tests.patience import PATIENCE_S, soon
from tests.platform_stub.people import AIGUL, TENGE, Town
from town.balance_sheet import as_event, read_balance_sheet

WELCOME_BYTES = 43


def test_a_purchase_converts_at_once_and_its_undo_gives_back_at_once(
    town: Town, hosts: dict[int, Host]
) -> None:
    aigul, card = aigul_with_card(town, hosts, 10_000)
    bank = hosts[ALTYN]
    said = bank.authorise("visa-1", 3_779, card=card)
    assert (said.code, said.free_tiyn) == ("", 6_221 * TENGE)
    balances = aigul.balances()
    assert (balances.dt_tiyn, balances.held_tiyn) == (6_221 * TENGE, 0)
    check_books(town, ALTYN, converting=3_779, payable=3_779)
    assert bank.undo("visa-1").amount_tiyn == 3_779 * TENGE
    assert aigul.balances().dt_tiyn == 10_000 * TENGE
    check_books(town, ALTYN, converting=0, payable=0)
    told = aigul.ask("statement", Statement(2))
    assert isinstance(told, Stated)
    assert [(one.kind, one.change_tiyn, one.party) for one in told.entries] == [
        ("card undone", 3_779 * TENGE, "Kiosk on Abay"),
        ("card purchase", -3_779 * TENGE, "Kiosk on Abay"),
    ]


def test_a_balance_says_what_may_be_spent(town: Town, hosts: dict[int, Host]) -> None:
    _, card = aigul_with_card(town, hosts, 10_000)
    hosts[ALTYN].authorise("visa-1", 4_000, card=card)
    told = hosts[ALTYN].balance("visa-2", card)
    assert (told.code, told.free_tiyn, told.ledger_tiyn) == ("", 6_000 * TENGE, 6_000 * TENGE)


def test_more_than_there_is_is_refused_and_changes_nothing(town: Town, hosts: dict[int, Host]) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    assert hosts[ALTYN].authorise("visa-1", 1_001, card=card).code == Code.FUNDS_INSUFFICIENT
    assert hosts[ALTYN].authorise("visa-2", 1_000, card=card).code == ""
    assert hosts[ALTYN].authorise("visa-3", 1, card=card).code == Code.FUNDS_INSUFFICIENT
    assert aigul.balances().dt_tiyn == 0
    check_books(town, ALTYN, converting=1_000, payable=1_000)


def test_many_orders_before_any_answer_are_each_answered(town: Town, hosts: dict[int, Host]) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    bank = hosts[ALTYN]
    bank.send(*(spending(f"visa-{number}", 30, card=card) for number in range(40)))
    codes = [bank.code(f"visa-{number}") for number in range(40)]
    assert codes.count("") == 33
    assert codes[:33] == [""] * 33
    assert aigul.balances().dt_tiyn == 10 * TENGE


def test_a_host_that_lost_the_line_asks_again_and_is_told_the_same(
    town: Town, hosts: dict[int, Host]
) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    bank = hosts[ALTYN]
    first = bank.authorise("visa-1", 100, card=card)
    bank.send(spending("visa-2", 100, card=card))
    bank.hang_up()
    bank.connect()
    assert bank.code("visa-2") == ""
    assert bank.authorise("visa-1", 100, card=card) == first
    assert aigul.balances().dt_tiyn == 800 * TENGE


def test_the_audit_sees_conversions_in_flight_and_a_falsified_one(
    town: Town, hosts: dict[int, Host], tmp_path: Path
) -> None:
    _, card = aigul_with_card(town, hosts, 1_000)
    hosts[ALTYN].authorise("visa-1", 300, card=card)
    sheet = check_sheet(tmp_path)
    assert sheet.cards.converting_tiyn == 300 * TENGE
    rows = {row["name"]: row["tiyn"] for row in as_event(sheet)["rows"]}
    assert rows["of accounts: spent by card, their banks' already"] == 300 * TENGE
    with closing(sqlite3.connect(tmp_path / f"bank-{ALTYN}.db")) as store:
        store.execute("UPDATE card_operations SET held_tiyn = held_tiyn - 1")
        store.commit()
    broken = read_balance_sheet(tmp_path)
    assert not broken.holds
    assert as_event(broken)["verdict"] == "the books differ by 1 tiyn"


def test_orders_that_meet_a_busy_disk_are_decided_when_it_is_free(
    town: Town, hosts: dict[int, Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    accounts = town.platform.banks[ALTYN].cards
    work, troubles = accounts.work, [StoreError(Code.STORE_BUSY, "bank")] * 2

    def busy(orders: Sequence[Grouped]) -> list[BankReply | None]:
        if troubles:
            raise troubles.pop()
        return work(orders)

    monkeypatch.setattr(accounts, "work", busy)
    hosts[ALTYN].send(*(spending(f"visa-{number}", 100, card=card) for number in range(3)))
    assert [hosts[ALTYN].code(f"visa-{number}") for number in range(3)] == [""] * 3
    assert aigul.balances().dt_tiyn == 700 * TENGE


def test_an_order_that_goes_wrong_keeps_no_other_from_its_answer(
    town: Town, hosts: dict[int, Host], monkeypatch: pytest.MonkeyPatch
) -> None:
    aigul, card = aigul_with_card(town, hosts, 1_000)
    accounts = town.platform.banks[ALTYN].cards
    work = accounts.work

    def fragile(orders: Sequence[Grouped]) -> list[BankReply | None]:
        if any(order.operation == "visa-1" for order in orders):
            raise ArithmeticError
        return work(orders)

    monkeypatch.setattr(accounts, "work", fragile)
    hosts[ALTYN].send(*(spending(f"visa-{number}", 100, card=card) for number in range(3)))
    assert [hosts[ALTYN].code(f"visa-{number}") for number in (0, 2)] == [""] * 2
    assert hosts[ALTYN].silent()
    monkeypatch.undo()
    hosts[ALTYN].hang_up()
    hosts[ALTYN].connect()
    assert hosts[ALTYN].code("visa-1") == ""
    assert aigul.balances().dt_tiyn == 700 * TENGE


def test_a_stranger_at_the_door_is_hung_up_on(hosts: dict[int, Host]) -> None:
    stranger = Host(ALTYN, bytes(32), hosts[ALTYN].port)
    with pytest.raises((ConnectionError, RemoteProtocolError)):
        stranger.connect()


def hung_up(one: socket.socket) -> bool:
    """Whether the node has left, without a word but its welcome; what it never says is waited for no longer
    than a host's patience."""
    heard = 0
    with suppress(ConnectionError):
        while data := one.recv(4096):
            heard += len(data)
    return heard <= WELCOME_BYTES


@pytest.mark.parametrize("said", ["the beginning of a length", "a hello that was overheard"])
def test_strangers_who_prove_nothing_are_few_and_soon_gone(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setattr(server, "STRANGER_S", 1.0)  # a host of a busy machine proves itself in this time
    with link(town, tmp_path) as hosts:
        port = hosts[ALTYN].port
        overheard = HostEnd(ALTYN, hosts[ALTYN].key, bytes(NONCE_BYTES)).data_to_send()
        crowd = [
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
            for _ in range(server.STRANGERS_MOST + 8)
        ]
        for one in crowd:
            with suppress(ConnectionError):
                one.sendall(overheard if said.endswith("overheard") else b"\x00\x00")
        _, card = aigul_with_card(town, hosts, 1_000)
        assert all(hung_up(one) for one in crowd)
        # Who has proved itself stays.
        assert hosts[ALTYN].authorise("visa-1", 100, card=card).code == ""
        for one in crowd:
            one.close()


def test_a_host_that_reads_no_replies_is_read_no_more(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "UNREAD_MOST", 1 << 16)
    with link(town, tmp_path) as hosts:
        bank = hosts[ALTYN]
        _, card = aigul_with_card(town, hosts, 1_000)
        assert bank.end is not None and bank.sock is not None
        bank.sock.settimeout(0.5)
        sent = 0
        with pytest.raises(TimeoutError):
            while sent < 64 << 20:
                for _ in range(1_000):
                    bank.end.ask_whether_there()
                data = bank.end.data_to_send()
                bank.sock.sendall(data)
                sent += len(data)
        assert sent < 32 << 20
        bank.hang_up()
        assert bank.authorise("visa-1", 100, card=card).code == ""


def test_what_a_bank_owes_is_given_soon_without_anybody_ticking(town: Town, tmp_path: Path) -> None:
    town.stock(ALTYN, 2_000)
    aigul = town.rich_phone(AIGUL, 1_000)
    opened = open_card_link(town.platform, tmp_path / "card_link", entropy=town.entropy)
    try:
        key = (tmp_path / "card_link" / f"{ALTYN}.key").read_bytes()
        bank = Host(ALTYN, key, opened.port)
        card = issue(bank)
        bank.authorise("visa-1", 300, card=card)
        bank.credit("return-1", "visa-1", 100, card=card, kind=RETURN)
        soon(lambda: aigul.balances().dt_tiyn == 800 * TENGE)
        bank.hang_up()
    finally:
        opened.stop()
    assert (tmp_path / "card_link" / f"{ALTYN}.key").stat().st_mode & 0o777 == 0o600
