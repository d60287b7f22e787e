"""A customer who comes while the shop is opening, and one who comes to a closed door."""

import json
import socket
from threading import Thread

import pytest
from typer.testing import CliRunner

from device.cli.listening import loopback
from tender.errors import Code, LinkError, Refusal
from tests.patience import PATIENCE_S
from town.shop import buying
from town.shop.buying import buy_by_card
from town.shop.cli import app

RUNNER = CliRunner()
SOLD_OUT = json.dumps({"code": Code.ORDER_UNKNOWN.value, "field": "good"}).encode()


@pytest.fixture
def door() -> socket.socket:
    """A port that is this test's own, and that nobody answers at yet."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.bind(("127.0.0.1", 0))
    made.settimeout(PATIENCE_S)
    return made


def _sells_once(door: socket.socket) -> None:
    customer, _ = door.accept()
    with customer, customer.makefile("rb") as read:
        while read.readline() != b"\r\n":
            pass
        customer.sendall(b"HTTP/1.0 422 No\r\nContent-Length: %d\r\n\r\n" % len(SOLD_OUT) + SOLD_OUT)
        read.read(len(json.dumps({"good": "plov"})))


def test_a_customer_waits_for_a_shop_that_is_opening(door: socket.socket) -> None:
    told: list[str] = []

    def opens() -> None:
        told.append("waits")
        door.listen()
        Thread(target=_sells_once, args=(door,), daemon=True).start()

    with door:
        bought = buy_by_card(f"http://127.0.0.1:{door.getsockname()[1]}", "plov", {}, opens)
    assert bought == Refusal(Code.ORDER_UNKNOWN, "good"), "the shop was asked, and answered"
    assert told == ["waits"]


def test_a_closed_shop_is_named_with_what_opens_one(
    door: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buying, "OPENS_S", 0.0)
    words = ["card-pay", "tea", "--port", str(door.getsockname()[1]), "--number", "1", "--expiry", "1"]
    with door:
        said = RUNNER.invoke(app, words, input="123\n")
    assert said.exit_code == 3 and "`tenge shop up`" in said.stderr and "wallet notices" in said.stderr


def test_a_good_that_is_not_sold_is_named_before_anybody_is_asked() -> None:
    said = RUNNER.invoke(app, ["card-pay", "pizza", "--number", "1", "--expiry", "1"])
    assert said.exit_code == 2 and "plov, baursak, tea" in said.output


def test_a_port_is_one_programs(door: socket.socket) -> None:
    with door, pytest.raises(LinkError) as error:
        door.listen()
        loopback(door.getsockname()[1])
    assert error.value.code is Code.PORT_UNUSABLE
    with pytest.raises(LinkError) as error:
        loopback(70_000)
    assert error.value.code is Code.PORT_UNUSABLE
