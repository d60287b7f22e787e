"""What a process that may be killed is asked to do: a wallet command, an act of a wallet, or to be a town.

Everything a deed needs is imported here, so that the zygote is warm.
"""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import town.cli
import town.serve
from tests.tears.seam import Seam, watch

WARM: Final = ("wallet.cli", "wallet.cli.tap", "wallet.cli.travel", "wallet.compose", "wallet.service.bank")
WARM_TOO: Final = (
    "wallet.service.money",
    "wallet.service.recovery",
    "wallet.service.settle",
    "hardware.wires",
)
for module in (*WARM, *WARM_TOO):
    importlib.import_module(module)


def perform(job: dict[str, Any]) -> int:
    """Do it; returns the exit code."""
    if job.get("log"):
        armed_by = Path(job["armed_by"]) if job.get("armed_by") else None
        watch(Seam(Path(job["log"]), job.get("die_at"), armed_by))
    return DEEDS[job["deed"]](job["words"])


def command(words: list[str]) -> int:
    """``tenge WORDS`` as a person types it."""
    return town.cli.main(words)


def be_a_town(words: list[str]) -> int:
    """The platform process of ``tenge up``."""
    town.serve.main(words)
    return 0


DEEDS: Final[dict[str, Callable[[list[str]], int]]] = {"command": command, "town": be_a_town}
