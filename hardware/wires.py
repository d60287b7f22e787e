"""Wires: the HTTP line from a device or participant to the gateway, and framed sockets between two devices.

Nothing here knows what the bytes mean. A wire fails with :class:`LinkError` (``platform-unreachable``,
``peer-unreachable``) and never with half a message.
"""

import http.client
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final
from urllib.parse import urlsplit

from tender.errors import Code, LinkError, NotSentError, RemoteProtocolError

COSE: Final = "application/cose"
FRAME_MAX_BYTES: Final = 1 << 20
ANSWER_MAX_BYTES: Final = 2 << 20
_LENGTH_BYTES: Final = 4


class HttpWire:
    """POSTs signed orders to a gateway and gives back the signed answers, whatever the HTTP status."""

    def __init__(self, base_url: str, timeout_s: float = 30) -> None:
        """``base_url``: such as ``http://127.0.0.1:8125``."""
        try:
            parts = urlsplit(base_url)
            self._port = parts.port
        except ValueError as error:
            raise LinkError(Code.PLATFORM_UNREACHABLE, "url") from error
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise LinkError(Code.PLATFORM_UNREACHABLE, "url")
        self._line = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._host = parts.hostname
        self._root = parts.path.rstrip("/")
        self._timeout_s = timeout_s

    def send(self, path: str, raw: bytes) -> bytes:
        """POST and return the answer's bytes (application/cose).

        Raises :class:`LinkError` when nobody is there, and the error that the gateway names when it could
        not even read the order.
        """
        status, kind, body = self.fetch("POST", path, raw)
        if kind.startswith(COSE):
            return body
        raise RemoteProtocolError(_named(body), f"http {status}")

    def fetch(self, method: str, path: str, raw: bytes | None = None) -> tuple[int, str, bytes]:
        """One exchange: status, content type and body."""
        line = self._line(self._host, self._port, timeout=self._timeout_s)
        try:
            line.connect()
        except OSError as error:
            line.close()
            raise NotSentError(Code.PLATFORM_UNREACHABLE, f"{self._host}:{self._port}") from error
        try:
            line.request(method, self._root + path, body=raw, headers={"Content-Type": COSE})
            answer = line.getresponse()
            announced = answer.length
            body = answer.read(ANSWER_MAX_BYTES + 1)
        except (OSError, http.client.HTTPException) as error:
            raise LinkError(Code.PLATFORM_UNREACHABLE, f"{self._host}:{self._port}") from error
        finally:
            line.close()
        if len(body) > ANSWER_MAX_BYTES:
            raise LinkError(Code.MESSAGE_TOO_LONG, "answer")
        if not answer.chunked and len(body) != announced:
            # A line that hung up in the head reads like an answer of unknown length, in the body like a short
            # one: neither is an answer.
            raise LinkError(Code.PLATFORM_UNREACHABLE, f"{self._host}:{self._port}")
        return answer.status, answer.headers.get("Content-Type", ""), body


def _named(body: bytes) -> Code:
    """The code of a JSON error ``{"code": ...}``; ``message-unknown`` for anything else."""
    import json

    try:
        return Code(json.loads(body)["code"])
    except (ValueError, KeyError, TypeError):
        return Code.MESSAGE_UNKNOWN


class FramedSocket:
    """Whole messages over a stream socket: four bytes of length (big-endian), then the message."""

    def __init__(self, raw: socket.socket) -> None:
        self._raw = raw

    def send(self, message: bytes, timeout_s: float = 10) -> None:
        """Send one message; raises ``peer-unreachable``."""
        if len(message) > FRAME_MAX_BYTES:
            raise LinkError(Code.MESSAGE_TOO_LONG, "message")
        try:
            self._raw.settimeout(timeout_s)
            self._raw.sendall(len(message).to_bytes(_LENGTH_BYTES, "big") + message)
        except OSError as error:
            raise LinkError(Code.PEER_UNREACHABLE, "socket") from error

    def receive(self, timeout_s: float = 10) -> bytes:
        """The next whole message; raises ``peer-unreachable`` when the other side is silent or gone."""
        try:
            self._raw.settimeout(timeout_s)
        except OSError as error:  # somebody here hung up while we were about to listen
            raise LinkError(Code.PEER_UNREACHABLE, "socket") from error
        length = int.from_bytes(self._exactly(_LENGTH_BYTES), "big")
        if length > FRAME_MAX_BYTES:
            raise LinkError(Code.MESSAGE_TOO_LONG, "message")
        return self._exactly(length)

    def _exactly(self, count: int) -> bytes:
        parts: list[bytes] = []
        missing = count
        while missing:
            try:
                part = self._raw.recv(missing)
            except OSError as error:
                raise LinkError(Code.PEER_UNREACHABLE, "socket") from error
            if not part:
                raise LinkError(Code.PEER_UNREACHABLE, "socket")
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        """Hang up; shut down first, so that the other side hears it although somebody here still listens."""
        with suppress(OSError):
            self._raw.shutdown(socket.SHUT_RDWR)
        self._raw.close()

    def __enter__(self) -> "FramedSocket":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def connect_unix(path: Path, timeout_s: float = 10) -> FramedSocket:
    """Call whoever listens at this socket; raises ``peer-unreachable``."""
    raw = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    raw.settimeout(timeout_s)
    try:
        raw.connect(os.fspath(path))
    except OSError as error:
        raw.close()
        raise LinkError(Code.PEER_UNREACHABLE, str(path.name)) from error
    return FramedSocket(raw)


class UnixListener:
    """A socket that waits for callers, one after the other."""

    def __init__(self, raw: socket.socket) -> None:
        self._raw = raw

    def accept(self, timeout_s: float | None = None) -> FramedSocket:
        """Wait for the next caller; raises ``peer-unreachable`` when none comes in time."""
        self._raw.settimeout(timeout_s)
        try:
            connection, _ = self._raw.accept()
        except OSError as error:
            raise LinkError(Code.PEER_UNREACHABLE, "socket") from error
        return FramedSocket(connection)


@contextmanager
def listening_at(path: Path) -> Iterator[socket.socket]:
    """A socket that listens at a path only its owner may open; the path is gone afterwards. Raises
    ``peer-unreachable`` where nothing can listen."""
    raw = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    part = path.with_name(path.name + "~")
    try:
        part.unlink(missing_ok=True)
        raw.bind(os.fspath(part))
        part.chmod(0o600)
        raw.listen(8)
        if path.exists() and not stat.S_ISSOCK(path.stat().st_mode):
            raise FileExistsError(path)
        part.replace(path)  # it appears when it can be called; one left by a killed process goes
    except OSError as error:
        raw.close()
        part.unlink(missing_ok=True)
        raise LinkError(Code.PEER_UNREACHABLE, str(path.name)) from error
    try:
        yield raw
    finally:
        raw.close()
        path.unlink(missing_ok=True)


@contextmanager
def listen_unix(path: Path) -> Iterator[UnixListener]:
    """Listen for callers of whole messages; the path is gone afterwards."""
    with listening_at(path) as raw:
        yield UnixListener(raw)
