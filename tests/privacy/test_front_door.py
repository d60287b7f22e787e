"""The privacy switch and the officer's question, by the commands people type."""

import pytest
from typer.testing import CliRunner, Result

from platform_stub.cli import app as platform_app
from tender.account.participants import ALTYN, EURASIAN
from tender.cash.chain import verify_chain
from tender.cash.messages import Transfer, open_message
from tests.wallet.test_commands import Desk
from tests.wallet.village import Village
from town.cast import AIGUL, BOLAT, DANA


def at_the_bank(village: Village, *words: str) -> Result:
    """An operator's command."""
    given = [*words, "--folder", str(village.folder / "platform")]
    return CliRunner().invoke(platform_app, given, catch_exceptions=False)


@pytest.mark.row("DT-A-01")
@pytest.mark.parametrize("shown", [False, True])
def test_the_switch_decides_what_dana_sees_by_hand_and_online(
    village: Village, monkeypatch: pytest.MonkeyPatch, shown: bool
) -> None:
    """One switch, two ways to pay: neither her wallet's history nor her account's statement shows a name or
    phone, or both show the name."""
    desk = Desk(village, monkeypatch)
    desk.moves_in(AIGUL, "500")
    desk.moves_in(DANA)
    told = desk.told("privacy", "--shown" if shown else "--hidden", "-w", "aigul")
    assert told == {"name_shown": shown, "bank_told": True}
    asked, paid = village.folder / "asked", village.folder / "paid"
    desk.does("request", "120", "-w", "dana", "--out", str(asked))
    desk.does("pay", str(asked), "-w", "aigul", "--yes", "--out", str(paid))
    desk.does("receive", str(paid), "-w", "dana", "--out", str(village.folder / "receipt"))
    desk.does("convert", "300", "-w", "aigul")
    desk.does("transfer", "40", DANA.phone, "-w", "aigul")
    heard = [desk.does(word, "-w", "dana") for word in ("history", "statement")]
    assert [AIGUL.shown in one for one in heard] == [shown] * 2
    assert not [one for one in heard if AIGUL.phone in one or AIGUL.number in one]
    desk.types("privacy", "--hidden", "-w", "aigul")
    desk.does("transfer", "40", DANA.phone, "-w", "aigul")
    assert desk.told("statement", "-w", "dana")["entries"][0]["party"] == ""


@pytest.mark.row("DT-A-02")
def test_the_own_bank_opens_a_hidden_payment_for_a_case_and_no_other_bank_does(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the payment that Dana received, the officer of bank A finds Aigul; bank E finds nobody; without a
    case nobody is told. Each question is written down."""
    desk = Desk(village, monkeypatch)
    desk.moves_in(AIGUL, "500")
    desk.moves_in(DANA)
    desk.does("privacy", "--hidden", "-w", "aigul")
    asked, paid = village.folder / "asked", village.folder / "paid"
    desk.does("request", "120", "-w", "dana", "--out", str(asked))
    desk.does("pay", str(asked), "-w", "aigul", "--yes", "--out", str(paid))
    transfer = open_message(paid.read_bytes())
    assert isinstance(transfer, Transfer)
    trust = village.platform.nbk.desk.trust
    key = verify_chain(transfer.tokens[0], trust).spends[-1].signer.hex()
    officer = ("--case", "AML-2027-14", "--officer", "Zarina")
    found = at_the_bank(village, "behind", str(ALTYN), key, *officer)
    assert (found.exit_code, found.stdout.strip()) == (0, AIGUL.shown)
    for bank, words, code in (
        (EURASIAN, officer, "client-unknown"),
        (ALTYN, (), "case-reference-missing"),
        (ALTYN, ("--case", "AML-2027-14"), "not-permitted"),
    ):
        refused = at_the_bank(village, "behind", str(bank), key, *words)
        assert refused.exit_code == 1
        assert code in refused.output and AIGUL.shown not in refused.output
    assert village.client(BOLAT).name not in found.output
    with village.platform.banks[ALTYN].desk.store.reading() as rows:
        openings = rows.tables.tables["openings"]
        asked_before = rows.connection.execute(openings.select().order_by(openings.c.seq)).all()
    assert [(bytes(one.key).hex(), one.answered) for one in asked_before] == [
        (key, True),
        (key, False),
        (key, False),
    ]
