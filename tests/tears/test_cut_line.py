"""The line to the bank cut inside each order and inside each answer, over HTTP to a real gateway.

Every kind of order a day with the bank needs. After the tear the wallet is opened again from its disk, asks
for what it has no answer to, and syncs; then what was wished has happened once, and the equation holds.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn

from hardware.wires import HttpWire
from platform_stub.http.app import make_app
from tender.errors import Code, LinkError
from tests.tears.conftest import ALL
from tests.tears.street import Street, Wish, comes_true_once, fortune, fresh_money
from tests.tears.torn_line import LOOPBACK, Tear, TornLine, places, torn_line
from tests.wallet.village import good
from town.balance_sheet import read_balance_sheet

WHO = "aigul"


WISHES = (
    Wish("certify", lambda wallet: wallet.membership.certify(len(wallet.desk.fresh_keys()) + 1), (0, 0, 0)),
    Wish("load", lambda wallet: good(wallet.bank.load(300)), (300, -300, 0)),
    Wish("deposit", lambda wallet: good(wallet.settling.deposit(200)), (-200, 200, 0)),
    Wish("sync", lambda wallet: good(wallet.settling.sync()), (0, 0, 0)),
    Wish("convert", lambda wallet: good(wallet.bank.convert("to-dt", 500)), (0, 500, -500)),
    Wish("transfer", lambda wallet: good(wallet.bank.transfer("phone", "+77012345602", 40, "")), (0, -40, 0)),
)


@contextmanager
def served(street: Street) -> Iterator[str]:
    """The platform of this street behind a real HTTP server, in a thread; its address."""
    with street.platform() as platform:
        config = uvicorn.Config(
            make_app(platform.gateway), host=LOOPBACK, port=0, log_level="critical", lifespan="off"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            thread.join(0.01)
        try:
            yield f"http://{LOOPBACK}:{server.servers[0].sockets[0].getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def tears(line: TornLine, known: set[str]) -> Iterator[Tear]:
    """Where to tear the orders that just passed, each kind once: there, at all of it, and back."""
    for one in line.passed:
        if one.kind not in known:
            known.add(one.kind)
            every = ALL or one.kind in MOVING
            there, back = places(one.there, every=ALL), places(one.back, every=ALL)
            yield from (Tear(one.kind, False, at) for at in (there if every else there[-1:]))
            yield Tear(one.kind, False, len(one.there))
            yield from (Tear(one.kind, True, at) for at in (back if every else back[1::3]))


MOVING = {"load", "settle"}
"""Kinds that move money to or from the device: torn at more places."""


@pytest.mark.row("DT-O-12")
def test_the_line_to_the_bank_is_torn_at_a_byte(street: Street) -> None:
    known: set[str] = set()
    with served(street) as gateway, torn_line(gateway) as line:
        with street.opened(WHO, wire=HttpWire(line.url)) as (wallet,):
            good(wallet.bank.convert("to-dt", 5_000_000))
            rehearsed = []
            for wish in WISHES:
                line.begin(None)
                wish.act(wallet)
                rehearsed.append((wish, list(tears(line, known))))
        for wish, cuts in rehearsed:
            for tear in cuts:
                one_tear(street, line, wish, tear)
            assert read_balance_sheet(street.folder / "platform").holds, wish.name
    assert {"load", "settle", "statement", "sync", "convert", "transfer", "certify"} <= known


def one_tear(street: Street, line: TornLine, wish: Wish, tear: Tear) -> None:
    """Wish, be cut off, come back, and have what was wished: once."""
    with street.opened(WHO, wire=HttpWire(line.url, timeout_s=10)) as (wallet,):
        line.begin(None)
        fresh_money(wallet)
        before = fortune(wallet)
        line.begin(tear)
        torn = False
        try:
            wish.act(wallet)
        except LinkError as error:
            torn = True
            assert error.code is Code.PLATFORM_UNREACHABLE, tear
        assert line.torn, (wish.name, tear)
    line.begin(None)
    with street.opened(WHO, wire=HttpWire(line.url)) as (wallet,):
        comes_true_once(wallet, wish, before, cut_off=torn)
