"""Where things may be imported: each outside library has one home, each room of a product knows its place.

The layers between packages are import contracts in pyproject.toml; here stands what is finer than a package.
"""

import ast
import re

import pytest

from tests.house.tree import FLOORS, Source, impure_modules, product_code, sources, within

# library -> the modules that may import it, as patterns over the dotted name
HOMES = {
    "nacl": r"tender\.crypto(\..*)?",
    "cbor2": r"tender\.canon",
    "sqlalchemy": r"hardware\.disks|.+\.(store|\w+_store)(\..*)?",
    "fastapi": r".+\.(http|web)(\..*)?",
    "starlette": r".+\.(http|web)(\..*)?",
    "uvicorn": r".+\.(http|web|cli)(\..*)?|hardware\.wires|town\..*",
    "httpx": r"hardware\.wires",
    "textual": r".+\.tui(\..*)?|faces(\..*)?|town\.bench\.\w+_screen",
    "qrcode": r"faces(\..*)?",
    "segno": r"faces(\..*)?",
    "zxingcpp": r"hardware\.qr_\w+",
    "cv2": r"hardware\.qr_\w+|town\.bench\.camera_model",
    "numpy": r"town\.bench\.camera_model",
    "PIL": r"faces(\..*)?|hardware\.qr_\w+",
    "escpos": r"hardware\.printer",
    "psec": r"hardware\.triple_des",
    "iso8583": r"tender\.card\.iso8583\.codec|town\.bench\.iso",
    "pyemv": r"hardware\.(triple_des|cards\.emv(\..*)?)",
    "textual_serve": r".+\.(web|cli)(\..*)?",
    "typer": r".+\.cli(\..*)?|faces(\..*)?|town(\..*)?",
    "rich": r".+\.cli(\..*)?|.+\.tui(\..*)?|faces(\..*)?|town(\..*)?",
    "smartcard": r"hardware\.pcsc",
    "structlog": r"hardware(\..*)?|.+\.(cli|compose)(\..*)?|town(\..*)?",
    "phonenumbers": r"tender\..*|.+\.core(\..*)?",
    "stdnum": r"tender\..*|.+\.core(\..*)?",
}

# room -> what of its own product it may import, and whether it may import hardware or faces
ROOMS: dict[str, tuple[set[str], set[str]]] = {
    "core": ({"ledger"}, set()),
    "ledger": (set(), set()),
    "ports": ({"core", "ledger", "events"}, set()),
    "events": ({"core", "ledger"}, set()),
    "config": ({"core", "ledger"}, set()),
    "service": ({"core", "ledger", "ports", "events", "config"}, set()),
    "store": ({"core", "ledger", "ports", "events"}, set()),
    "gateway": ({"core", "ledger", "ports", "events"}, set()),
    "tcp": ({"service", "events", "ports"}, {"faces"}),
    "http": ({"service", "events", "ports"}, {"faces"}),
    "web": ({"service", "events", "ports"}, {"faces"}),
    "tui": ({"service", "events", "ports"}, {"faces"}),
}

# In tender these do not know each other; purse alone speaks of both.
STRANGERS = [("tender.cash", "tender.card"), ("tender.card", "tender.cash")]


def room_of(module: str) -> tuple[str, str] | None:
    """(floor, room): ``platform_stub.nbk.core.x`` is in ``platform_stub.nbk``, ``core``."""
    parts = module.split(".")
    if parts[0] not in FLOORS:
        return None
    for depth in (1, 2):
        if len(parts) > depth and parts[depth] in ROOMS:
            return ".".join(parts[:depth]), parts[depth]
    return None


def homeless(source: Source) -> list[str]:
    return [
        f"{source.path} imports {name}"
        for name in source.imports()
        if (home := HOMES.get(name.partition(".")[0])) and not re.fullmatch(home, source.module)
    ]


def trespasses(source: Source) -> list[str]:
    """What this file imports from rooms it may not enter."""
    place = room_of(source.module)
    if place is None:
        return []
    floor, room = place
    inside, outside = ROOMS[room]
    found = []
    for name in source.imports():
        target = room_of(name)
        if name.partition(".")[0] in {"hardware", "faces"} - outside:
            found.append(name)
        elif within(name, source.module.partition(".")[0]) or within(name, "device"):
            # Rules shared by the floors of one product (ledger) lie beside them, one level up; below every
            # product lies the device that both a wallet and a till are.
            same = target is not None and (target[1] == room or target[1] in inside)
            reachable = target is not None and (within(floor, target[0]) or target[0] == "device")
            if not (same and reachable):
                found.append(name)
    return [f"{source.path} imports {name}" for name in found]


def test_each_outside_library_has_one_home() -> None:
    assert not [line for source in product_code() for line in homeless(source)]


def test_each_room_knows_its_place() -> None:
    assert not [line for source in sources(*FLOORS) for line in trespasses(source)]


def test_decisions_touch_nothing() -> None:
    pure = [
        s
        for s in product_code()
        if within(s.module, "tender") or {"core", "ledger"} & set(s.module.split("."))
    ]
    assert pure
    found = [
        f"{s.path} imports {n}" for s in pure for n in s.imports() if n.partition(".")[0] in impure_modules()
    ]
    found += [
        f"{s.path}:{n.lineno} calls {n.func.id}()"
        for s in pure
        for n in ast.walk(s.tree)
        if isinstance(n, ast.Call)
        and isinstance(n.func, ast.Name)
        and n.func.id in {"open", "print", "input"}
    ]
    assert not found


def test_cash_and_card_are_strangers() -> None:
    assert not [
        f"{source.path} imports {name}"
        for source in sources("tender")
        for here, there in STRANGERS
        if within(source.module, here)
        for name in source.imports()
        if within(name, there)
    ]


@pytest.mark.parametrize(
    ("path", "line", "wrong"),
    [
        ("device/store/tables.py", "import sqlalchemy", False),
        ("device/service.py", "from sqlalchemy import select", True),
        ("tender/canon.py", "import cbor2", False),
        ("tender/cash/token.py", "import cbor2", True),
        ("device/core/purse.py", "from device.service import pay", True),
        ("device/core/purse.py", "from device.core.limits import Limits", False),
        ("device/service.py", "from hardware.clock import SystemClock", True),
        ("wallet/tui/app.py", "from device.store import Store", True),
        ("wallet/tui/app.py", "from device.service.wallet import Wallet", False),
        ("pos/core/sale.py", "from device.service.wallet import Wallet", True),
        ("pos/service/taking.py", "from device.service.wallet import Wallet", False),
        ("wallet/tui/app.py", "from faces.words import sentence", False),
        ("platform_stub/bank/service.py", "from platform_stub.nbk.core import issue", True),
        ("platform_stub/bank/service.py", "from platform_stub.bank.core import accounts", False),
        ("platform_stub/bank/core.py", "from platform_stub.ledger import books", False),
        ("platform_stub/bank/service.py", "from platform_stub.ledger.books import Books", False),
    ],
)
def test_the_rules_themselves(path: str, line: str, wrong: bool) -> None:
    source = Source(path, line, ast.parse(line))
    assert bool(homeless(source) + trespasses(source)) is wrong
