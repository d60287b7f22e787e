"""What a process that may be killed is asked to do: a wallet command, an act of a wallet, or to be a town.

Everything a deed needs is imported here, so that the zygote is warm.
"""

import importlib
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import uvicorn

import town.cli
from device.compose import open_wallet
from device.config import read_config
from hardware.clock import SetClock
from hardware.entropy import SystemEntropy
from platform_stub.compose import build_platform
from platform_stub.config import PlatformConfig
from platform_stub.http.app import make_app
from tests.mint import NOW
from tests.tears.acts import ACTS
from tests.tears.seam import Seam, watch
from tests.tears.street import Nowhere
from tests.tears.torn_line import LOOPBACK
from tests.wallet.village import PIN, START_TIYN

WARM: Final = ("wallet.cli", "wallet.cli.tap", "device.cli.travel", "device.compose", "device.service.bank")
WARM_TOO: Final = (
    "device.service.money",
    "device.service.recovery",
    "device.service.settle",
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


def be_a_platform(words: list[str]) -> int:
    """The platform process of ``tenge up``, where everybody has moved in already: FOLDER ADDRESS VERIFIERS.

    It listens on loopback and writes its address down when what a crash interrupted is finished. Its stores
    do not wait for the disk: what a process has written outlives it, and the machine is not what is killed.
    """
    folder, address = map(Path, words[:2])
    config = PlatformConfig(auto_approve_tiyn=START_TIYN, durable=False, verifiers=int(words[2]))
    platform = build_platform(folder, config, SetClock(NOW), SystemEntropy())
    platform.tick()
    listening = socket.create_server((LOOPBACK, 0))
    part = address.with_suffix(".part")
    part.write_text(f"http://{LOOPBACK}:{listening.getsockname()[1]}")
    part.replace(address)
    served = uvicorn.Config(make_app(platform.gateway), log_level="critical", lifespan="off")
    uvicorn.Server(served).run(sockets=[listening])
    return 0


def act(words: list[str]) -> int:
    """One act of one wallet: PERSON ACT WHAT FOLDER. There lie the messages, and there goes what is sent."""
    person, name, what, folder = words
    given = {file.name: file.read_bytes() for file in Path(folder).iterdir()}
    devices = (SetClock(NOW), SystemEntropy(), lambda _: Nowhere())
    with open_wallet(read_config(person), PIN, *devices) as wallet:
        for number, message in enumerate(ACTS[name](wallet, given, what)):
            (Path(folder) / f"sent-{number}").write_bytes(message)
    return 0


DEEDS: Final[dict[str, Callable[[list[str]], int]]] = {
    "command": command,
    "platform": be_a_platform,
    "act": act,
}
