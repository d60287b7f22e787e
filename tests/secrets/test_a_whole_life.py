"""One life of wallets and a platform, with marked secrets, and a search through everything it left: files,
what the screen showed, logs at their most talkative, refusals, exceptions, tracebacks, representations and
processes.

DT-Z-07: any stored private key is encrypted at rest; all links are authenticated.
"""

import io
import json
import logging
import os
import shutil
import traceback
from pathlib import Path

import pytest
import typer

from hardware.sealed_file import SealedFile
from tender.account.client_messages import Enrol, ReportFound, ReportLost
from tests.secrets.markers import Markers, files_under, forms
from tests.wallet.test_commands import Desk
from tests.wallet.village import Village
from town.cast import AIGUL, DANA, MERCHANT
from town.town import fresh_town

PIN = "8391-47205"
NEW_PIN = "6620-19483"
SHORT_PIN = "7q3"


class Life:
    """What people typed, and all that came back."""

    def __init__(self, village: Village, patch: pytest.MonkeyPatch) -> None:
        self.markers = Markers()
        self.markers.add("the PIN", PIN)
        self.markers.add("the new PIN", NEW_PIN)
        self.desk = Desk(village, patch)
        self.village = village
        self.shown: list[tuple[str, bytes]] = []
        patch.setenv("TENGE_PIN", PIN)

    def types(self, *words: str, given: bytes = b"", code: int = 0) -> str:
        """A command, with and without --json where that is the same to the world."""
        ended = self.desk.types(*words, given=given)
        assert ended.exit_code == code, (words, ended.output)
        self.shown.append((" ".join(words), ended.stdout_bytes + ended.stderr_bytes))
        return ended.stdout

    def moves_in(self, person: str, bank: int, number: str, wallet: str = "") -> None:
        """Create, enrol (typing the code where nobody sees it), open an account."""
        called = wallet or person
        clients = self.village.platform.banks[bank].clients
        client = self.village.platform.banks[bank].client(number)
        assert client and hasattr(client, "number")
        code = clients.activation_code(client.number)
        self.markers.add(f"activation code of {called}", code)
        root = self.village.platform.root_key.hex()
        self.types("create", "-w", called)
        self.types("enrol", "--bank", str(bank), "--root", root, "-w", called, given=code.encode() + b"\n")
        if called == person:
            self.types("open-account", "-w", called)


def live(life: Life, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Enrol, load, pay, receive, deposit, sync, fork, lose, err, crash."""
    for person in (AIGUL, DANA, MERCHANT):
        life.village.client(person)
        life.moves_in(person.name, person.bank, person.number)
    life.types("convert", "3000", "-w", "aigul")
    life.types("load", "2000", "-w", "aigul")
    names = ("request", "payment", "receipt", "backup")
    files = {name: str(folder / f"{name}.tenge") for name in names}
    life.types("request", "500", "--out", files["request"], "-w", "dana")
    life.types("pay", files["request"], "--yes", "--out", files["payment"], "-w", "aigul", "--json")
    life.types("receive", files["payment"], "--out", files["receipt"], "-w", "dana")
    life.types("receive", files["receipt"], "-w", "aigul")
    for command in ("balance", "history", "coins", "info", "incidents", "statement", "recover", "sync"):
        life.types(command, "-w", "aigul")
        life.types(command, "-w", "aigul", "--json")
    life.moves_in(AIGUL.name, AIGUL.bank, AIGUL.number, wallet="spare")
    spare = json.loads(life.types("info", "-w", "spare", "--json"))["device"]
    life.types("report-lost", str(spare), "-w", "aigul")
    life.types("report-lost", "4711", "-w", "aigul", code=1)
    cloned(life, folder)
    life.types("deposit", "--all", "-w", "dana")
    life.types("backup", files["backup"], "-w", "aigul")
    life.types("restore", files["backup"], "-w", "dana")
    goes_wrong(life, folder, patch)


def cloned(life: Life, folder: Path) -> None:
    """Both folders of a wallet copied; the same money goes to two payees, and the fork is proved."""
    homes = (life.village.config("aigul").folder, life.village.config("aigul").element)
    for home in homes:
        shutil.copytree(home, home.with_name("aigul2"))
    for payer, payee in (("aigul", "dana"), ("aigul2", "merchant")):
        request, payment = (str(folder / f"{payer}-{what}.tenge") for what in ("request", "payment"))
        life.types("request", "1500", "--out", request, "-w", payee)
        life.types("pay", request, "--yes", "--out", payment, "-w", payer)
        life.types("receive", payment, "--out", str(folder / "no matter"), "-w", payee)
        life.types("deposit", "--all", "-w", payee)
    life.types("sync", "-w", "merchant")


def goes_wrong(life: Life, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Every kind of error a person meets, PINs among them, and a crash in the middle of a commit."""
    junk = folder / "junk"
    junk.write_bytes(b"\x82\x01\x40")
    life.types("receive", str(junk), "-w", "dana", code=1)
    life.types("balance", "-w", "nobody", code=3)
    life.types("enrol", "--bank", "949", "--code", "no such code", "-w", "dana", code=1)
    for name, pin in (("wrong", "0000-1111"), ("short", SHORT_PIN), ("new", NEW_PIN)):
        (folder / name).write_text(pin)
    life.types("balance", "-w", "dana", "--pin-file", str(folder / "wrong"), code=1)
    life.types("change-pin", "--new-pin-file", str(folder / "short"), "-w", "dana", code=1)
    life.types("change-pin", "--new-pin-file", str(folder / "new"), "-w", "dana")
    life.types("balance", "-w", "dana", "--pin-file", str(folder / "new"))
    for name in ("wrong", "short", "new"):
        (folder / name).unlink()  # the person's own files: they hold PINs because a person wrote them there
    life.village.line.away = True
    life.types("deposit", "10", "-w", "aigul", code=1)
    life.village.line.away = False
    with patch.context() as broken:
        broken.setattr(SealedFile, "_write", _breaks)
        try:
            life.types("request", "5", "-w", "aigul")
        except OSError as error:
            told = "".join(traceback.format_exception(error)) + repr(error) + str(error)
            life.shown.append(("a crash in a commit", told.encode()))
        else:
            raise AssertionError("the commit was to break")


def _breaks(*_: object) -> None:
    raise OSError("the disk fell out")


@pytest.fixture
def life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Life:
    markers = Markers()
    markers.record(monkeypatch)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    made = Life(Village(tmp_path / "world"), monkeypatch)
    markers.secrets.update(made.markers.secrets)
    made.markers = markers
    return made


@pytest.mark.row("DT-Z-07")
def test_no_secret_shows_in_anything_a_life_leaves_behind(
    life: Life, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    talkative = io.StringIO()
    handler = logging.StreamHandler(talkative)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    folder = tmp_path / "post"
    folder.mkdir()
    try:
        live(life, folder, monkeypatch)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    markers = life.markers
    kinds = {name.rstrip("0123456789 ") for name in markers.secrets}
    assert {"signing key", "sealing key", "the PIN", "activation code of aigul"} <= kinds
    assert sum(name.startswith("signing key") for name in markers.secrets) > 50
    left = files_under(tmp_path)
    assert len(left) > 20
    assert sum(len(data) for _, data in left) > 500_000
    assert len(life.shown) > 50
    # A participant's sealing key lies in a file of its own; in earnest it would lie in a hardware module.
    vaults = tmp_path / "world" / "platform" / "keys"
    assert markers.found_in(one for one in left if Path(one[0]).parent != vaults) == []
    told = markers.found_in(files_under(vaults))
    assert told
    assert all(line.startswith("sealing key") for line in told), "no private key lies there either"
    assert all(file.stat().st_mode & 0o077 == 0 for file in vaults.iterdir())
    assert markers.found_in(life.shown) == []
    assert markers.found_in([("logs", talkative.getvalue().encode())]) == []


def test_the_search_finds_each_form_and_says_where(tmp_path: Path) -> None:
    markers = Markers()
    secret = bytes(range(200, 232))
    markers.add("key 1", secret)
    assert len(forms(secret)) >= 14
    for place, form in enumerate(sorted(forms(secret))):
        (tmp_path / str(place)).write_bytes(b"before" + form + b"after")
    found = markers.found_in(files_under(tmp_path))
    assert {line.rpartition("/")[2] for line in found} == {str(place) for place in range(len(forms(secret)))}
    (tmp_path / "clean").write_bytes(bytes(1000))
    assert not [line for line in markers.found_in(files_under(tmp_path)) if line.endswith("clean")]


def test_what_holds_a_secret_masks_it(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    markers = Markers()
    markers.record(monkeypatch)
    code = "4711-4711-4711"
    markers.add("the code", code)
    wallet = village.wallet(AIGUL, 50_000)
    element = wallet.desk.element
    things = [
        wallet,
        wallet.desk,
        element,
        *vars(wallet).values(),
        *vars(element).values(),
        village.platform,
        village.platform.banks[AIGUL.bank].desk.vault,
        village.platform.banks[AIGUL.bank].desk.vault.key("messages"),
        Enrol(code, bytes(32), "software", False),
        ReportLost(1, code, bytes(32)),
        ReportFound(code),
    ]
    shown = [(type(one).__name__, f"{one!r} {one!s} {one}".encode()) for one in things]
    assert markers.found_in(shown) == []
    wallet.close()


def test_no_command_prints_the_values_of_variables_when_it_breaks() -> None:
    from platform_stub.cli import app as platform
    from town.commands import app as town
    from wallet.cli import app as wallet

    for app in (platform, town, wallet):
        assert isinstance(app, typer.Typer)
        assert not (app.pretty_exceptions_enable and app.pretty_exceptions_show_locals)


# --- processes


def of_process(pid: int, what: str) -> bytes:
    return Path(f"/proc/{pid}/{what}").read_bytes()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="this system has no /proc to look into")
def test_process_tables_show_no_code_and_a_pin_only_where_its_owner_put_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TENGE_PIN", PIN)
    with fresh_town(crowd=0) as town:
        town.pin = PIN
        assert town.process is not None
        purse = town.purses(AIGUL)[0]
        markers = Markers({"the PIN": PIN.encode(), "the code": str(town.state["codes"]["aigul"]).encode()})
        assert markers.found_in([("the platform", of_process(town.process.pid, "environ"))]) == []
        assert markers.found_in([("the platform", of_process(town.process.pid, "cmdline"))]) == []
        path = purse.socket_path()
        waiting = purse.start("receive", "5", "--socket", str(path))
        try:
            waiting.wait_for(path)
            pid = waiting.child.pid
            assert b"receive" in of_process(pid, "cmdline")
            assert markers.found_in([("a wallet", of_process(pid, "cmdline"))]) == []
            # The person chose the environment for the PIN: it is the person's own and of no other user.
            assert set(markers.found_in([("environ", of_process(pid, "environ"))])) == {"the PIN: environ"}
            assert Path(f"/proc/{pid}/environ").stat().st_mode & 0o077 == 0
        finally:
            waiting.kill()
            waiting.finish()
        others = [one for one in files_under(town.folder) if Path(one[0]).name != "town.json"]
        assert markers.found_in(others) == []
        # town.json is the bank's letter to the cast: it alone holds the codes, and only its owner reads it.
        assert (town.folder / "town.json").stat().st_mode & 0o077 == 0
    assert os.environ["TENGE_PIN"] == PIN
