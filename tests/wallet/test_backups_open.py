"""Every backup can be restored: of a history too long for one, and with a receipt that brought much along."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from device.cli import opening
from device.core.model import Payment
from device.service.hand_over import Late
from device.service.wallet import Wallet
from tender.account.hand_over_messages import Answer, KeepOrReturn
from tender.cash.beside import Beside, put_beside
from tests.mint import NOW
from tests.wallet.test_hand_over import undelivered
from tests.wallet.village import PIN, Village, good, hand_over
from town.cast import AIGUL, DANA
from wallet.cli import app

YEAR = 6_000


def a_year(village: Village) -> tuple[Wallet, Payment]:
    """Dana's wallet with one acknowledged payment, many times over."""
    aigul, dana = village.wallet(AIGUL, 1_000), village.wallet(DANA)
    payment = hand_over(aigul, dana, 10)
    row = good(dana.view.payment(payment.hex()))
    with dana.desk.commit() as changes:
        for number in range(1, YEAR):
            changes.put(replace(row, id=number.to_bytes(16), number=100 + number))
    return dana, row


def test_a_history_too_long_for_a_backup_keeps_the_newest(village: Village) -> None:
    dana, row = a_year(village)
    lines = len(dana.view.history(2 * YEAR))
    saved = dana.life.backup(PIN)
    assert 0 < saved.payments < lines
    assert saved.payments + saved.left_out == lines
    other = village.blank("other")
    assert good(other.life.restore(saved.data, PIN)) == saved.payments
    brought = {one.id for one in other.view.history(2 * YEAR)}
    assert (YEAR - 1).to_bytes(16) in brought and row.id not in brought
    assert {one.receipt for one in other.view.history(2 * YEAR)} == {row.receipt}


def test_by_command(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    dana, _ = a_year(village)
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
    file = str(village.folder / "dana.backup")
    ran = CliRunner().invoke(app, ["backup", file, "-w", "dana", "--json"], catch_exceptions=False)
    told = json.loads(ran.stdout)
    assert told["left_out"] > 0
    said = CliRunner().invoke(app, ["backup", file, "-w", "dana"], catch_exceptions=False)
    assert f"the newest {told['payments']}" in said.output.replace(",", "").replace("\u00a0", "")


@pytest.mark.parametrize("stored", [False, True])
def test_what_stands_beside_a_receipt_is_not_kept(
    village: Village, monkeypatch: pytest.MonkeyPatch, stored: bool
) -> None:
    """A payee answers through the banks with 240 kB beside its receipt; ``stored``: an old wallet did."""
    aigul, dana = village.wallet(AIGUL, 100_000), village.wallet(DANA)
    payment, _ = undelivered(aigul, dana)
    good(aigul.hand_overs.hand_over(payment))
    whole = dana.hand_overs._answer
    much = Beside(1, 1, 1, (bytes(60_000),) * 4)

    def with_much(question: KeepOrReturn) -> tuple[Late, Answer | None]:
        late, answer = whole(question)
        assert answer is not None
        return late, replace(answer, message=put_beside(answer.message, much))

    monkeypatch.setattr(dana.hand_overs, "_answer", with_much)
    good(dana.settling.sync())
    good(aigul.settling.sync())
    row = good(aigul.view.payment(payment.hex()))
    assert 0 < len(row.receipt) < 1_000
    if stored:
        with aigul.desk.commit() as changes:
            changes.put(replace(row, receipt=put_beside(row.receipt, much)))
    other = village.blank("other")
    good(other.life.restore(aigul.life.backup(PIN).data, PIN))
    assert good(other.view.payment(payment.hex())).receipt == row.receipt
