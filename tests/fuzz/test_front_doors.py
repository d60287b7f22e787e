"""What people, programs and the environment hand over before any protocol begins: words, names, amounts,
addresses, bodies of HTTP. Each ends in a sentence with a code; no stack trace is anybody's answer."""

import asyncio
import json
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from device.config import read_config
from hardware.wires import HttpWire
from platform_stub.http.app import BODY_MAX_BYTES, make_app
from tender.account.description import example as order_example
from tender.account.description import path as path_of
from tender.account.identifiers import check_bin, check_iin, check_phone
from tender.account.messages import KINDS, Kind
from tender.crypto.sealing import PIN_COST_CHEAP, SALT_BYTES, Pin
from tender.errors import Code, LinkError, Refusal
from tender.money import AMOUNT_MAX_TIYN, parse_tenge, plain_tenge
from tests.fuzz.targets import spoiled
from tests.platform_stub.people import open_town
from town.commands import app as town_app
from wallet.cli import app as wallet_app

RUNNER = CliRunner()
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
words = st.text(max_size=40) | st.from_regex(r"[-+0-9., '₸KZTe]{0,20}", fullmatch=True)


@given(words)
@example("9" * 5_000)
@example("1" + " 000" * 2_000)
@example("٣٣٣")
@example("0.1e9")
@QUICK
def test_an_amount_is_whole_tiyn_or_a_refusal(text: str) -> None:
    read = parse_tenge(text)
    if isinstance(read, Refusal):
        assert read.code in (Code.AMOUNT_UNREADABLE, Code.AMOUNT_OUT_OF_RANGE, Code.CURRENCY_FOREIGN)
    else:
        assert 1 <= read <= AMOUNT_MAX_TIYN
        assert parse_tenge(plain_tenge(read)) == read


@given(st.text(max_size=20) | st.from_regex(r"[+0-9 ()-]{0,16}", fullmatch=True))
@QUICK
def test_a_number_of_a_person_or_firm_is_canonical_or_a_refusal(text: str) -> None:
    for check in (check_iin, check_bin, check_phone):
        read = check(text)
        assert isinstance(read, Refusal) or (check(read) == read and read.lstrip("+").isascii())


@given(
    st.dictionaries(
        st.sampled_from(
            ["TENGE_HOME", "TENGE_ELEMENTS", "TENGE_GATEWAY", "TENGE_WALLET", "TENGE_AT", "TENGE_PIN_COST"]
        ),
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30),
    )
)
@example({"TENGE_AT": "9" * 5_000})
@example({"TENGE_AT": "²"})
@example({"TENGE_AT": "-1"})
@QUICK
def test_any_environment_gives_a_configuration(environment: dict[str, str]) -> None:
    config = read_config(None, environment)
    assert config.store.name == "wallet.db"
    assert config.at is None or 0 <= config.at < 2**40
    assert (config.pin_cost is PIN_COST_CHEAP) == (environment.get("TENGE_PIN_COST") == "cheap")


@given(st.text(max_size=30) | st.from_regex(r"https?://[\[\]a-z0-9:.@/%-]{0,20}", fullmatch=True))
@example("http://[::1")
@example("http://127.0.0.1:99999")
@example("http://127.0.0.1:port")
@example("http://a\u2100b")
@QUICK
def test_any_address_makes_a_wire_or_names_the_address(url: str) -> None:
    try:
        assert HttpWire(url)
    except LinkError as error:
        assert (error.code, error.field) == (Code.PLATFORM_UNREACHABLE, "url")


@given(st.text(max_size=12))
@example("\udcff\udc80")
@QUICK
def test_any_pin_makes_a_key_and_shows_nothing(text: str) -> None:
    pin = Pin(text)
    assert pin.key(bytes(SALT_BYTES), PIN_COST_CHEAP)
    assert repr(pin) == "Pin(hidden)"


# --- commands


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person with no wallet at all."""
    for name, value in (
        ("TENGE_HOME", str(tmp_path / "home")),
        ("TENGE_ELEMENTS", str(tmp_path / "elements")),
        ("TENGE_PIN", "4071"),
        ("TENGE_PIN_COST", "cheap"),
        ("TENGE_GATEWAY", "http://127.0.0.1:1"),
    ):
        monkeypatch.setenv(name, value)
    return tmp_path


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=300))
@example("x" * 300)
@example("../../elsewhere")
@example("..")
@example("a/b")
@example("\u202eevil")
@FEW
def test_any_name_of_a_wallet_is_answered_in_words(home: Path, name: str) -> None:
    ended = RUNNER.invoke(wallet_app, ["balance", f"--wallet={name}", "--json"])
    assert ended.exit_code in (1, 2, 3), ended.output
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    if ended.exit_code != 2:
        assert json.loads(ended.stdout)["code"] in {code.value for code in Code}


def test_a_wallet_lies_in_its_own_folder_and_nowhere_else(home: Path) -> None:
    for name in ("../out", "/absolute", "a/../../b", ".", ".."):
        ended = RUNNER.invoke(wallet_app, ["create", f"--wallet={name}", "--json"])
        assert ended.exit_code == 2, (name, ended.output)
    assert not [one for one in home.rglob("*") if one.is_file()]


@given(st.sampled_from(["request", "convert", "load", "deposit"]), words)
@FEW
def test_any_amount_typed_is_answered_in_words(home: Path, command: str, amount: str) -> None:
    ended = RUNNER.invoke(wallet_app, [command, "--json", "--", amount])
    assert ended.exit_code in (1, 2, 3), ended.output
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception


@given(st.binary(max_size=200))
@FEW
def test_any_file_is_no_proof_in_words(home: Path, data: bytes) -> None:
    file = home / "proof"
    file.write_bytes(data)
    for root in ("00" * 32, "zz", str(file)):
        ended = RUNNER.invoke(town_app, ["verify-proof", str(file), "--root", root, "--json"])
        assert ended.exit_code in (1, 2, 3), ended.output
        assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception


# --- HTTP


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The gateway of a whole platform, asked in this process; what it raises, the test raises."""
    return make_app(open_town(tmp_path_factory.mktemp("platform")).platform.gateway)


def answered(gateway: FastAPI, path: str, *bodies: bytes) -> list[int]:
    """The statuses; whatever is not a signed reply must be a code with a sentence."""

    async def ask() -> list[httpx.Response]:
        wire = httpx.ASGITransport(app=gateway)
        async with httpx.AsyncClient(transport=wire, base_url="http://gateway") as line:
            return [await line.post(path, content=body) for body in bodies]

    replies = asyncio.run(ask())
    for reply in replies:
        assert reply.status_code in (200, 400, 403, 404, 405, 422, 503), (path, reply.status_code)
        if reply.headers["content-type"].startswith("application/json") and reply.status_code in (400, 503):
            assert reply.json()["code"] in {code.value for code in Code}
            assert reply.json()["sentence"]
    return [reply.status_code for reply in replies]


@pytest.mark.row("DT-Z-04")
@pytest.mark.parametrize("kind", list(KINDS.values()), ids=lambda kind: kind.name)
def test_any_body_at_any_door_is_answered(gateway: FastAPI, kind: Kind) -> None:
    path = path_of(kind).replace("{number}", "949")
    good = order_example(kind)
    bad = (b"", b"\xff", bytes(BODY_MAX_BYTES + 1), *spoiled((good,), 7, 30))
    assert 200 not in answered(gateway, path, *bad)
    assert answered(gateway, path, good)[0] in (200, 403, 422)


@given(st.text(st.characters(codec="ascii", exclude_characters="?#"), max_size=30), st.integers())
@FEW
def test_any_path_is_answered(gateway: FastAPI, kind: str, number: int) -> None:
    order = order_example(KINDS["statement"])
    for path in (f"/bank/{number}/v1/{quote(kind)}", f"/platform/v1/{quote(kind)}", f"/{quote(kind)}"):
        assert answered(gateway, path, order) != [200]
