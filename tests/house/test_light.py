"""What decides stays light: no screen, reader or web library comes with a service."""

import subprocess
import sys

import pytest

from tests.house.tree import FLOORS, ROOT, sources

HEAVY = [
    "textual",
    "rich",
    "typer",
    "click",
    "qrcode",
    "fastapi",
    "starlette",
    "uvicorn",
    "httpx",
    "smartcard",
]
SERVICES = [s.module for s in sources(*FLOORS) if s.module.rpartition(".")[2] == "service"]


@pytest.mark.parametrize("module", ["tender.errors", "tender.canon", "faces.words", *SERVICES])
def test_a_fresh_interpreter_finds_nothing_heavy_behind(module: str) -> None:
    program = f"import sys, {module}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout.strip()) == (0, ""), ran.stderr
