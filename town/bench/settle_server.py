"""A platform over HTTP in a process of its own, to be measured (``python -m`` this module, and a folder).

It prints its port, answers each line on its standard input with the CPU seconds it has used, and ends when
there are no more.
"""

import socket
import sys
import threading
import time
from pathlib import Path

import uvicorn

from hardware.clock import SetClock
from hardware.entropy import SystemEntropy
from platform_stub.compose import build_platform
from platform_stub.config import PlatformConfig
from platform_stub.http.app import make_app
from town.bench.settle_mint import NOW


def main(folder: Path) -> None:
    """Serve until our input ends."""
    platform = build_platform(folder, PlatformConfig(), SetClock(NOW), SystemEntropy())
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    door.listen(64)
    server = uvicorn.Server(
        uvicorn.Config(make_app(platform.gateway), log_level="warning", lifespan="off", access_log=False)
    )
    serving = threading.Thread(target=server.run, kwargs={"sockets": [door]})
    serving.start()
    print(door.getsockname()[1], flush=True)
    for _ in sys.stdin:
        print(time.process_time(), flush=True)
    server.should_exit = True
    serving.join()
    platform.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
