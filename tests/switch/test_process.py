"""The switch as a process: killed in the middle, it goes on from its rows, and nothing is paid twice."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from card_switch.cli import app
from card_switch.compose import build_switch
from card_switch.config import SwitchConfig
from card_switch.state_file import STATE_FILE
from faces.amounts import amount_text as shown_amount
from hardware.clock import SystemClock
from hardware.entropy import SystemEntropy
from hardware.folder_claim import claimed
from hardware.message_mac import terminal_seals
from pos.gateway.acquirer import AcquirerLink
from tender.account.card_client_messages import CardConfirm, CardConfirmationsQuestion, CardConfirmationsTold
from tender.account.participants import ALTYN, KAZPOST
from tender.card.iso8583.dialects import VISA_STYLE
from tender.card.iso8583.message import Message
from tender.errors import StoreError
from tests.bank_cards.host import link
from tests.patience import PATIENCE_S, soon
from tests.platform_stub.people import AIGUL, MERCHANT, TENGE, Phone, Town, open_town
from tests.switch.stand_ins import purchase, reversal
from town.cast import MARKET

RUNNER = CliRunner()


@dataclass
class SwitchProcess:
    """`python -m card_switch.serve`, as `tenge switch up` starts it."""

    town: Path
    words: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    @property
    def folder(self) -> Path:
        return self.town / "switch"

    @property
    def state(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads((self.folder / STATE_FILE).read_text())
        return told

    def start(self) -> None:
        words = [sys.executable, "-m", "card_switch.serve", str(self.folder), "--town", str(self.town)]
        (self.folder / STATE_FILE).unlink(missing_ok=True)
        self.process = subprocess.Popen([*words, "--tied", *self.words])
        soon(lambda: (self.folder / STATE_FILE).exists() or self.ended)
        assert not self.ended

    @property
    def ended(self) -> bool:
        """Whether it runs no more."""
        return self.process is None or self.process.poll() is not None

    def kill(self) -> None:
        """No farewell."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE_S) == 0
        assert not (self.folder / STATE_FILE).exists()

    def ask(self, name: str, /, token: str = "", **given: Any) -> dict[str, Any]:
        """One question at its door."""
        state = self.state
        question = {"do": name, "token": token or state["token"], **given}
        with socket.create_connection(("127.0.0.1", state["door"]), PATIENCE_S) as line:
            line.sendall(json.dumps(question).encode() + b"\n")
            answer = line.makefile().readline()
        told: dict[str, Any] = json.loads(answer) if answer else {}
        return told

    def terminal(self, town: Town) -> AcquirerLink:
        """The line of a till that has its papers."""
        papers = self.ask("terminal", bank=KAZPOST, count=1, merchant=MERCHANT.identifier, category=5411)
        seals = terminal_seals(bytes.fromhex(papers["mac_key"]), papers["terminal"], papers["merchant"])
        return AcquirerLink("127.0.0.1", int(self.state["terminals"][str(KAZPOST)]), town.clock.now, seals)


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[tuple[Town, SwitchProcess]]:
    """A town with Aigul's 10 000 DT, and a switch in front of it."""
    town = open_town(tmp_path)
    town.stock(ALTYN, 100_000)
    town.rich_phone(AIGUL, 10_000)
    town.phone(MERCHANT)
    switch = SwitchProcess(tmp_path / "town")
    with link(town, switch.town / "platform") as links:
        state = {"card_link": f"127.0.0.1:{links[ALTYN].port}"}
        (switch.town / "town.json").write_text(json.dumps(state))
        switch.folder.mkdir()
        switch.start()
        yield town, switch
        if not switch.ended:
            switch.stop()
    town.platform.close()


def issued(switch: SwitchProcess) -> dict[str, str]:
    """A card of Aigul's, made and in her hands: what is printed on it."""
    ordered = switch.ask("card-issue", bank=ALTYN, client=AIGUL.identifier, kind="real")
    assert ordered.get("state") == "ordered", ordered
    named = {"card": ordered["reference"]}
    made = switch.ask("card-produce", **named, holder="AIGUL", pin="1234")
    assert "printed" in made, made
    active = switch.ask("card-activate", **named)
    assert active.get("state") == "active", active
    printed: dict[str, str] = made["printed"]
    return printed


def typed(printed: dict[str, str], tenge: int, stan: int) -> Message:
    """The number and the printed code, typed at a till."""
    now_ms = time.time_ns() // 1_000_000
    read = purchase(now_ms, printed["number"], tenge * TENGE, stan, "56300001", entry="011")
    merchant = f"{MERCHANT.identifier:<15}"
    said = read.without(35, 55).having({14: printed["expiry"], 42: merchant})
    return VISA_STYLE.with_cvv2(said, printed["code"])


def confirmed(holder: Phone, line: AcquirerLink, asked: Message) -> Message | None:
    """The answer to a typed number, its holder saying yes to it in the wallet meanwhile."""
    with ThreadPoolExecutor(1) as till:
        answer = till.submit(line.ask, asked, PATIENCE_S)
        while not answer.done():
            told = holder.ask("card-confirmations", CardConfirmationsQuestion())
            assert isinstance(told, CardConfirmationsTold)
            for one in told.confirmations:
                holder.ask("card-confirm", CardConfirm(one.operation, one.amount_tiyn, True))
            time.sleep(0.02)
        return answer.result()


def test_killed_and_started_again_it_repeats_its_answers_and_loses_nothing(
    chain: tuple[Town, SwitchProcess],
) -> None:
    town, switch = chain
    aigul = town.phones[AIGUL.name]
    printed = issued(switch)
    line = switch.terminal(town)
    asked = typed(printed, 3_779, 1)
    first = confirmed(aigul, line, asked)
    assert first is not None and first.code == "00", first
    line.close()
    ports = switch.state["terminals"]
    with pytest.raises(StoreError), claimed(switch.folder):
        raise AssertionError("the folder of a switch that runs is free")
    switch.kill()
    with claimed(switch.folder):
        pass  # whatever ended it, nobody has to take its lock away
    switch.start()
    kept = dict(ports.items() & switch.state["terminals"].items())
    assert len(kept) >= len(ports) - 1, "the same ports, unless another program took one meanwhile"
    line = switch.terminal(town)
    assert line.ask(asked, 20) == first
    assert aigul.balances().dt_tiyn == 6_221_00
    assert switch.ask("card-list")["cards"][0]["state"] == "active"
    taken = line.ask(reversal(asked.without(126)), 20)
    assert taken is not None and taken.code == "00"
    soon(lambda: aigul.balances().dt_tiyn == 10_000_00)
    line.close()
    told = switch.ask("close-day")
    assert told["agrees"] is True, told
    assert (switch.folder / STATE_FILE).stat().st_mode & 0o777 == 0o600
    assert switch.ask("status", token="0" * 32) == {}
    by_command(switch, asked)


def by_command(switch: SwitchProcess, asked: Message) -> None:
    """What `tenge switch` shows of it, and a message said again from a file."""
    home = {"TENGE_HOME": str(switch.town)}
    told = json.loads(RUNNER.invoke(app, ["status", "--json"], env=home).output)
    assert {one["state"] for one in told["links"]} == {"up"}
    assert all(one["up"] for one in told["banks"])
    assert sum(one["stands_tiyn"] for one in told["hosts"]) == 0
    shown = RUNNER.invoke(app, ["status"], env={**home, "COLUMNS": "140"}).output
    [visa] = [line for line in shown.splitlines() if line.strip().startswith("visa")]
    assert "10 of 10 up" in visa or ("up" in visa and shown_amount(0) in visa)
    file = switch.town / "again.hex"
    file.write_text(f"# said twice\n{VISA_STYLE.encode(asked).hex()}\n" * 2)
    trace = subprocess.Popen(
        [sys.executable, "-m", "card_switch", "trace", "--most", "8"],
        env={**os.environ, **home},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert trace.stdout is not None and "Ctrl-C" in trace.stdout.readline()
    said = RUNNER.invoke(app, ["replay", str(file), "--bank", str(KAZPOST), "--json"], env=home)
    first, second = json.loads(said.output)["answers"]
    assert first == second and first["code"] == "00"
    shown = trace.communicate(timeout=PATIENCE_S)[0]
    assert "asked again, same answer" in shown and "0100 authorisation request" in shown
    pan = asked.pan.digits
    assert f"{pan[:6]}******{pan[-4:]}" in shown and pan not in shown
    report = RUNNER.invoke(app, ["day"], env=home)
    assert report.exit_code == 0 and "till, switch and bank agree" in report.output
    nobody = RUNNER.invoke(app, ["day", "1", "--json"], env=home)
    assert nobody.exit_code == 1 and json.loads(nobody.output)["code"] == "day-unknown"
    papers = switch.town / "papers.json"
    papers.touch(mode=0o644)
    for merchant, code in ((MERCHANT.identifier, 0), (MARKET.number, 1)):
        words = ["terminal", merchant, "--bank", str(KAZPOST), "--out", str(papers), "--json"]
        handed = RUNNER.invoke(app, words, env=home)
        assert handed.exit_code == code, handed.output
    assert json.loads(handed.output)["code"] == "merchant-unknown", "the bank was asked whose it is"
    assert json.loads(papers.read_text())["merchant"] == MERCHANT.identifier, "and nothing was handed out"
    assert stat.S_IMODE(papers.stat().st_mode) == 0o600, "though somebody had made the file for everybody"


def test_without_a_switch_its_commands_say_how_to_start_one(tmp_path: Path) -> None:
    for command in (["status"], ["close-day"], ["trace"], ["replay", "nothing.hex"]):
        said = RUNNER.invoke(app, [*command, "--json"], env={"TENGE_HOME": str(tmp_path)})
        assert said.exit_code == 3
        assert json.loads(said.output.splitlines()[-1])["code"] == "switch-unreachable"
    assert "tenge up" in RUNNER.invoke(app, ["up"], env={"TENGE_HOME": str(tmp_path)}).output
    assert "No card switch" in RUNNER.invoke(app, ["down"], env={"TENGE_HOME": str(tmp_path)}).output


def test_a_wrong_word_is_named_before_anything_is_done(tmp_path: Path) -> None:
    messages = tmp_path / "purchases.hex"
    messages.write_text("# a remark\n0100\nnot hex\n")
    papers = str(tmp_path / "terminal.json")
    wrong: list[tuple[tuple[str, ...], str]] = [
        (("up", "--port", "111=5"), "111=5 is no `BANK=PORT`"),
        (("up", "--outside", "visa:issuer/601=9001"), "visa:issuer/601=9001 is no link and port"),
        (("terminal", "120440001234", "--bank", "111", "--out", papers), "There is no bank 111"),
        (("replay", str(messages), "--port", "1"), "Line 3 of purchases.hex"),
        (("card", "issue", "900101300017", "--bank", "111"), "There is no bank 111"),
    ]
    for words, named in wrong:
        said = RUNNER.invoke(app, list(words))
        assert said.exit_code == 2 and named in said.output, said.output
    refused: list[tuple[tuple[str, ...], str]] = [
        (("terminal", "120440001235", "--out", papers), "BIN"),
        (("card", "produce", "1", "--name", "АХМЕТОВА", "--out", str(tmp_path / "card")), "AKHMETOVA/AIGUL"),
    ]
    for words, named in refused:
        said = RUNNER.invoke(app, list(words))
        assert said.exit_code == 1 and named in said.output, said.output
    assert not Path(papers).exists()
    nowhere = ["terminal", "120440001234", "--out", str(tmp_path / "nowhere" / "terminal.json"), "--json"]
    said = RUNNER.invoke(app, nowhere)
    assert said.exit_code == 3 and json.loads(said.output)["code"] == "folder-missing"


def test_rows_that_are_not_this_switchs_are_said_in_words(tmp_path: Path) -> None:
    """Such as those of another version; instead of a traceback, in its log."""
    made = build_switch(tmp_path, SwitchConfig(), SystemClock(), SystemEntropy())
    made.store.write({("issuer-601", "usages", "of nobody"): b"\x00"})
    made.close()
    words = [sys.executable, "-m", "card_switch.serve", str(tmp_path)]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("The rows of this switch cannot be read (")
    assert "Traceback" not in ended.stderr
