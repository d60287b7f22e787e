"""A web application on loopback, until somebody ends it."""

import socket
from typing import Any

from tender.errors import Code, LinkError

LOOPBACK = "127.0.0.1"


def loopback(port: int) -> socket.socket:
    """A socket on this computer alone; 0 picks a free port. Raises ``port-unusable`` for a taken one."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((LOOPBACK, port))
    except (OSError, OverflowError) as error:
        listening.close()
        raise LinkError(Code.PORT_UNUSABLE, "port", port=port) from error
    listening.listen(16)
    return listening


def answer(app: Any, listening: socket.socket) -> None:
    """Answer until the process is told to end."""
    import uvicorn

    uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off")).run(sockets=[listening])
