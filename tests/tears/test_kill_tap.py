"""kill -9 of either side of a conversation over a socket, at every durable commit of that side.

Two processes and a Unix socket, nothing else. The survivor says what happened to the wire and ends, or goes
on waiting; the dead one comes back from its disks; then they meet again, and the payment ends once.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.tears.conftest import ALL
from tests.tears.seam import AFTER, STEP, Place
from tests.tears.street import PRICE_TIYN, Held, Street, mend, spendable
from tests.tears.test_kill_hands import PRICE
from tests.tears.victims import KILLED, Victim

WORLD_FAILED = 3
PAYER, PAYEE = "aigul", "dana"


def listen(street: Street, socket: Path, *, payment: str = "", die_at: int | None = None) -> Victim:
    """The payee's process, listening (or dead before it could)."""
    asked = ["--payment", payment] if payment else [PRICE]
    listening = street.start(PAYEE, "receive", *asked, "--socket", str(socket), "--json", die_at=die_at)
    listening.wait_for(socket)
    return listening


def pay(street: Street, socket: Path, *, die_at: int | None = None) -> Victim:
    """The payer's process, ended one way or another."""
    paying = street.start(PAYER, "pay", "--yes", "--socket", str(socket), "--json", die_at=die_at)
    paying.wait()
    return paying


@contextmanager
def meeting(street: Street) -> Iterator[Path]:
    """A place to meet; a killed listener leaves its socket behind."""
    socket = street.folder / "s"
    socket.unlink(missing_ok=True)
    yield socket
    socket.unlink(missing_ok=True)


def deaths(places: list[Place]) -> list[int]:
    """Where one side dies: everywhere, or at each distinct commit once the conversation has begun."""
    if ALL:
        return list(range(len(places)))
    begun = [at for at, place in enumerate(places) if place.arrow and place.kind == AFTER]
    return [begun[0] - 1, *begun]


def whole(street: Street) -> tuple[list[Place], list[Place]]:
    """The conversation without a death: the places of the payer, and of the payee."""
    with meeting(street) as socket:
        listening = listen(street, socket)
        paying = pay(street, socket).well()
        return paying.places, listening.well().places


@pytest.mark.row("DT-O-12")
def test_the_payer_is_killed_at_every_commit(street: Street, tmp_path: Path) -> None:
    """The payee waits for another caller; the payer comes back and does what it was told: the same again."""
    saved = street.save(tmp_path / "saved")
    held = Held(*street.held(PAYER, PAYEE))
    places, _ = whole(street)
    for at in deaths(places):
        street.restore(saved)
        with meeting(street) as socket:
            listening = listen(street, socket)
            dead = pay(street, socket, die_at=at)
            assert dead.wait() == KILLED, places[at]
            with street.opened(PAYER) as (aigul,):
                aigul.recovery.recover(online=False)
                lost = held.payer_tiyn - spendable(aigul)
            assert lost in (0, PRICE_TIYN), places[at]
            if dead.places[-1].arrow == "payer sent ReceiptMessage":  # the payee has its money, and leaves
                assert json.loads(listening.well().out)["status"] == "received"
                assert lost == PRICE_TIYN
            else:
                assert pay(street, socket).well().told["status"] == "paid", places[at]
                assert listening.well().told["status"] == "received"
        with street.opened(PAYER, PAYEE) as (aigul, dana):
            mend(aigul, dana, held)


@pytest.mark.row("DT-O-12")
def test_the_payee_is_killed_at_every_commit(street: Street, tmp_path: Path) -> None:
    """The payer is told that the other side went away, and to run the same command again."""
    saved = street.save(tmp_path / "saved")
    held = Held(*street.held(PAYER, PAYEE))
    _, places = whole(street)
    for at in deaths(places):
        street.restore(saved)
        with meeting(street) as socket:
            listening = listen(street, socket, die_at=at)
            paying = pay(street, socket)
            assert listening.wait() == KILLED, places[at]
            if paying.wait() != 0:
                assert paying.wait() == WORLD_FAILED, (places[at], paying.out)
                assert json.loads(paying.out)["code"] == "peer-unreachable"
            with street.opened(PAYER, PAYEE) as (aigul, dana):
                asked = [one.payment.id.hex() for one in dana.recovery.recover(online=False).open]
                moved = held.payer_tiyn - spendable(aigul), spendable(dana) - held.payee_tiyn
                assert moved in ((0, 0), (PRICE_TIYN, 0), (PRICE_TIYN, PRICE_TIYN)), places[at]
        if asked and moved != (PRICE_TIYN, PRICE_TIYN):
            with meeting(street) as socket:
                listening = listen(street, socket, payment=asked[0])
                assert pay(street, socket).well().told["status"] == "paid", places[at]
                assert listening.well().told["status"] == "received"
        with street.opened(PAYER, PAYEE) as (aigul, dana):
            mend(aigul, dana, held)


def test_a_death_at_the_door_leaves_the_conversation_to_the_next_caller(street: Street) -> None:
    """A payer that dies at the first place, before it said a word, costs the payee nothing but waiting."""
    with meeting(street) as socket:
        listening = listen(street, socket)
        dead = pay(street, socket, die_at=0)
        assert dead.wait() == KILLED
        assert STEP not in [place.kind for place in dead.places]
        assert pay(street, socket).well().told["status"] == "paid"
        assert listening.well().told["amount_tiyn"] == PRICE_TIYN
