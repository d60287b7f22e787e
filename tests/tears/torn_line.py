"""A line to the gateway that tears at a byte: of a request going there, or of the answer coming back."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

LOOPBACK = "127.0.0.1"
WAIT_S = 30


@dataclass(frozen=True)
class Tear:
    """Where to tear: at the first order of which kind, on the way there or back, after how many bytes."""

    kind: str
    back: bool
    through: int


@dataclass
class Passed:
    """One exchange that went through: the path it asked, and what went there and came back."""

    path: str
    there: bytes
    back: bytes

    @property
    def kind(self) -> str:
        """The kind of order."""
        return self.path.rpartition("/")[2]


@dataclass
class TornLine:
    """Listens on loopback and passes each exchange on to the gateway, unless it is the one to tear."""

    gateway: tuple[str, int]
    tear: Tear | None = None
    passed: list[Passed] = field(default_factory=list)
    torn: bool = False

    def __post_init__(self) -> None:
        self._listener = socket.create_server((LOOPBACK, 0))
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where a wallet calls."""
        return f"http://{LOOPBACK}:{self._listener.getsockname()[1]}"

    def begin(self, tear: Tear | None) -> None:
        """Count exchanges from here on."""
        self.tear, self.passed, self.torn = tear, [], False

    def close(self) -> None:
        """Hang up."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(WAIT_S)

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            with caller, suppress(OSError):
                caller.settimeout(WAIT_S)
                self._exchange(caller)

    def _exchange(self, caller: socket.socket) -> None:
        request = whole(caller)
        path = request.split(maxsplit=2)[1].decode()
        tear = self.tear if self.tear is not None and self.tear.kind == path.rpartition("/")[2] else None
        if tear is not None:
            self.torn, self.tear = True, None
        sent = request[: tear.through] if tear is not None and not tear.back else request
        with socket.create_connection(self.gateway, WAIT_S) as gateway:
            gateway.sendall(sent)
            if tear is not None and not tear.back:
                if sent != request:
                    gateway.shutdown(socket.SHUT_WR)
                with suppress(OSError):
                    whole(gateway)  # whatever the gateway makes of it, it has made it before the tear is told
                return
            answer = whole(gateway)
        if tear is not None:
            caller.sendall(answer[: tear.through])
            return
        self.passed.append(Passed(path, request, answer))
        caller.sendall(answer)


def whole(line: socket.socket) -> bytes:
    """A whole message of HTTP: head, and as much body as it announces."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(line)
    head, _, body = data.partition(b"\r\n\r\n")
    for row in head.lower().split(b"\r\n"):
        if row.startswith(b"content-length:"):
            length = int(row.partition(b":")[2])
            while len(body) < length:
                body += _some(line)
    return head + b"\r\n\r\n" + body


def _some(line: socket.socket) -> bytes:
    got = line.recv(65_536)
    if not got:
        raise OSError("hung up")
    return got


def places(message: bytes, *, every: bool) -> list[int]:
    """After how many bytes to tear: everywhere, or before the first, in the last row of the head, at its end,
    in the body, and before the last byte of all."""
    if every:
        return list(range(len(message)))
    head = message.index(b"\r\n\r\n") + 4
    last_row = message.rindex(b"\r\n", 0, head - 4)
    return [0, last_row + 2, head, (head + len(message)) // 2, len(message) - 1]


@contextmanager
def torn_line(url: str) -> Iterator[TornLine]:
    """A line in front of the gateway at this address."""
    host, _, port = url.rpartition("//")[2].partition(":")
    line = TornLine((host, int(port)))
    try:
        yield line
    finally:
        line.close()
