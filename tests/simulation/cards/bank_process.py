"""Banks and their link in a process of their own, to be killed (:func:`main`, in a fork)."""

import json
import os
import time
from pathlib import Path
from typing import Final

from hardware.clock import SetClock
from hardware.entropy import SystemEntropy
from platform_stub.card_link.opening import open_card_link
from platform_stub.compose import build_platform
from platform_stub.config import PlatformConfig
from tests.platform_stub.people import NOW

TICK_S: Final = 1.0
TOWN_FILE: Final = "town.json"


def main(folder: str) -> None:
    """Serve and tick until killed, or until whoever started this has ended."""
    parent, town = os.getppid(), Path(folder)
    clock = SetClock(NOW)
    platform = build_platform(town / "platform", PlatformConfig(durable=False), clock, SystemEntropy())
    link = open_card_link(platform, town / "platform" / "card_link")
    part = town / "town.part"
    part.write_text(json.dumps({"card_link": f"127.0.0.1:{link.port}", "pid": os.getpid()}))
    part.replace(town / TOWN_FILE)
    while os.getppid() == parent:
        time.sleep(TICK_S)
        clock.advance(60)
        platform.tick()
