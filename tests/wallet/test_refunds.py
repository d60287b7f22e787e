"""Refunds on a bad day: cut after signing, and of money that a deposit had split."""

import json
from collections.abc import Callable, Sequence

import pytest
from typer.testing import CliRunner

from device.cli import opening
from device.service.claiming import Claiming
from device.service.money import Proposal
from hardware.secure_element import SoftwareElement
from tender.cash.token import Link
from tender.errors import Code, Refusal
from tests.mint import NOW
from tests.wallet.village import Village, good, hand_over
from town.balance_sheet import read_balance_sheet
from town.cast import AIGUL, DANA
from wallet.cli import app


class PowerCut(BaseException):
    """The process is gone."""


def cut_after_signing(act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """The element has signed; its host was gone before it wrote anything."""
    whole = SoftwareElement.sign_links

    def cut(element: SoftwareElement, orders: Sequence[tuple[bytes, Link]], request: bytes = b"") -> None:
        whole(element, orders, request)
        raise PowerCut

    with monkeypatch.context() as during:
        during.setattr(SoftwareElement, "sign_links", cut)
        with pytest.raises(PowerCut):
            act()


@pytest.mark.parametrize("by", ["recover", "sync", "deposit"])
def test_a_refund_cut_after_signing_is_finished(
    village: Village, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    aigul, dana = village.wallet(AIGUL, 100_000, single=True), village.wallet(DANA)
    payment = hand_over(aigul, dana, 1_000)
    cut_after_signing(lambda: dana.money.refund(payment), monkeypatch)
    dana = village.reopen(dana, "dana")
    (thing,) = dana.status.look().things
    assert (thing.kind, thing.amount_tiyn, thing.commands) == ("unwritten", 1_000, ("recover",))
    if by == "recover":
        dana.recovery.recover(online=False)
    else:
        good(dana.settling.sync() if by == "sync" else dana.settling.deposit())
    assert "refunded" in [one.status for one in good(dana.view.payment(payment.hex())).path]
    assert dana.status.look().things == ()
    assert dana.desk.unwritten() == [] and dana.desk.coins() == ()
    good(aigul.money.receive(good(dana.money.refund(payment)).messages[0]))
    assert aigul.view.balance().spendable_tiyn == 100_000
    assert read_balance_sheet(village.folder / "platform").holds


def test_a_payment_cut_after_signing_stays_a_payment(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Money signed on to somebody else is no refund, and its own line says what became of it."""
    aigul, dana = village.wallet(AIGUL, 100_000, single=True), village.wallet(DANA)
    payment = hand_over(aigul, dana, 1_000)
    asked = good(aigul.money.request(1_000))
    proposal = dana.money.propose(asked.message)
    assert isinstance(proposal, Proposal)
    cut_after_signing(lambda: dana.money.confirm(proposal), monkeypatch)
    dana = village.reopen(dana, "dana")
    assert [thing.kind for thing in dana.status.look().things] == ["payment"]
    (finished,) = dana.recovery.recover(online=False).finished
    assert good(dana.view.payment(payment.hex())).status == "received"
    good(aigul.money.receive(finished.messages[0]))
    assert aigul.view.balance().spendable_tiyn == 100_000


def test_what_a_deposit_has_split_is_not_refunded(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pieces came from the own key: a return of them would go to nobody's request."""
    aigul, dana = village.wallet(AIGUL, 100_000, single=True), village.wallet(DANA)
    payment = hand_over(aigul, dana, 1_000)

    def cut(*_: object) -> None:
        raise PowerCut

    with monkeypatch.context() as during:
        during.setattr(Claiming, "_sign", cut)
        with pytest.raises(PowerCut):
            dana.settling.deposit(300)
    dana = village.reopen(dana, "dana")
    assert dana.money.refund(payment) == Refusal(Code.ALREADY_SPENT, "payment")
    assert sorted(coin.amount_tiyn for coin in dana.desk.spendable()) == [300, 700]
    assert good(dana.settling.deposit()).account_tiyn == 1_000
    assert read_balance_sheet(village.folder / "platform").holds


def test_by_command(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    aigul, dana = village.wallet(AIGUL, 100_000, single=True), village.wallet(DANA)
    payment = hand_over(aigul, dana, 1_000)
    cut_after_signing(lambda: dana.money.refund(payment), monkeypatch)
    dana.close()
    settings = {
        "TENGE_HOME": str(village.folder / "home"),
        "TENGE_ELEMENTS": str(village.folder / "elements"),
        "TENGE_PIN": "4071",
        "TENGE_PIN_COST": "cheap",
        "TENGE_AT": str(NOW),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(opening, "wire", lambda url: village.line)
    said = CliRunner().invoke(app, ["status", "-w", "dana"], catch_exceptions=False)
    assert "Signed and not written down: 10,00" in said.stdout
    done = CliRunner().invoke(app, ["recover", "--json", "-w", "dana"], catch_exceptions=False)
    (open_one,) = json.loads(done.stdout)["open"]
    assert (open_one["certain"], open_one["amount_tiyn"]) == ("signed-away", 1_000)
