"""The link between an issuer's card host and the bank's node that keeps the accounts, without I/O.

A connection begins with a handshake under the link's own key (32 bytes, one for each bank, in a file both
ends may read); then each frame carries one order or one reply, numbered and authenticated, so that a frame
that was changed, left out, repeated or reordered on the way ends the connection. A hello may be one that was
overheard: the host's first frame, which asks whether the node is there, proves that it has the key. Of a peer
that has not proved it, nothing longer than a hello is read, and it is told nothing but the welcome::

    frame     = length of the rest (4 bytes, big-endian) | body | tag (16 bytes)
    hello     = "DTCL" | 1 | bank (2 bytes) | nonce (16)          host → node, tag under the link key
    welcome   = "DTCL" | 1 | bank (2 bytes) | nonce (16)          node → host, tag over both nonces
    then      = number (8 bytes, from 0 each way) | kind (1: order or reply, 2: are you there, 3: yes) | bytes

tag = HMAC-SHA-256 (first 16 bytes) under a key of this connection and direction, derived from the link key
and both nonces. What is secret here is the link key alone; what the frames say can be read.

Whoever holds a socket moves bytes and nothing else::

    end = HostEnd(bank=601, key=link_key, nonce=entropy.draw(16))
    socket.sendall(end.data_to_send())          # after anything that may have something to say
    for message in end.receive_data(data):      # RemoteProtocolError: close the socket, connect anew
        …
    end.send(encode_order(order))               # as many as wanted before any answer

:class:`Unanswered` keeps what was asked and not answered, and says it again on a new connection.
"""

import hmac
from collections.abc import Callable, Sequence
from typing import Final

from tender.errors import Code, LocalProtocolError, RemoteProtocolError

LINK_KEY_BYTES: Final = 32
NONCE_BYTES: Final = 16
TAG_BYTES: Final = 16
FRAME_MAX_BYTES: Final = 1 << 20
_MAGIC: Final = b"DTCL\x01"
_HELLO_BYTES: Final = len(_MAGIC) + 2 + NONCE_BYTES
_MESSAGE: Final = 1
_ASK: Final = 2
_YES: Final = 3
_TO_NODE: Final = b"dt-card-link to the node"
_TO_HOST: Final = b"dt-card-link to the host"


def _tag(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")[:TAG_BYTES]


def _wrong(field: str) -> RemoteProtocolError:
    return RemoteProtocolError(Code.SIGNATURE_WRONG, f"card-link.{field}")


class _End:
    """Frames of an open connection, both ways; the handshake is the heirs'."""

    def __init__(self) -> None:
        self._in = bytearray()
        self._out = bytearray()
        self._sending: bytes | None = None
        """The key of what we send; None until the handshake is over."""
        self._receiving: bytes | None = None
        self._sent = 0
        self._received = 0

    @property
    def open(self) -> bool:
        """Whether the handshake is over: messages may go."""
        return self._sending is not None

    @property
    def proved(self) -> bool:
        """Whether the other has shown that it has the key, in this connection."""
        return self._receiving is not None

    def data_to_send(self) -> bytes:
        """What is to be written now; once."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def send(self, message: bytes) -> None:
        """Queue a message; :class:`LocalProtocolError` before the handshake is over or when too long."""
        self._put(_MESSAGE, message)

    def ask_whether_there(self) -> None:
        """Queue a question that the other end answers by itself: :attr:`heard` grows with the answer."""
        self._put(_ASK, b"")

    @property
    def heard(self) -> int:
        """How many frames came since the handshake: it stands still when nobody is there."""
        return self._received

    def _put(self, kind: int, message: bytes) -> None:
        if self._sending is None:
            raise LocalProtocolError(Code.OUT_OF_ORDER, "card-link")
        body = self._sent.to_bytes(8, "big") + bytes((kind,)) + message
        if len(body) > FRAME_MAX_BYTES:
            raise LocalProtocolError(Code.MESSAGE_TOO_LONG, "card-link")
        self._sent += 1
        self._frame(body, _tag(self._sending, body))

    def _frame(self, body: bytes, tag: bytes) -> None:
        self._out += (len(body) + TAG_BYTES).to_bytes(4, "big")
        self._out += body
        self._out += tag

    def receive_data(self, data: bytes) -> list[bytes]:
        """The messages that are whole by now. Raises RemoteProtocolError for anything else than a frame of
        this connection in its turn; the connection is to be closed then."""
        self._in += data
        found: list[bytes] = []
        at = 0
        while len(self._in) - at >= 4:
            length = int.from_bytes(self._in[at : at + 4], "big")
            # Who has not proved itself yet may say a hello, and nothing longer is kept for it.
            most = FRAME_MAX_BYTES if self.proved else _HELLO_BYTES
            if not TAG_BYTES <= length <= most + TAG_BYTES:
                raise RemoteProtocolError(Code.MESSAGE_TOO_LONG, "card-link", bytes=length)
            end = at + 4 + length
            if len(self._in) < end:
                break
            body, tag = bytes(self._in[at + 4 : end - TAG_BYTES]), bytes(self._in[end - TAG_BYTES : end])
            at = end
            message = self._opened(body, tag)
            if message is not None:
                found.append(message)
        del self._in[:at]
        return found

    def _opened(self, body: bytes, tag: bytes) -> bytes | None:
        if self._receiving is None:
            self._greeted(body, tag)
            return None
        if not hmac.compare_digest(tag, _tag(self._receiving, body)):
            raise _wrong("tag")
        if len(body) < 9 or int.from_bytes(body[:8], "big") != self._received:
            raise RemoteProtocolError(Code.OUT_OF_ORDER, "card-link.number")
        self._received += 1
        if body[8] == _MESSAGE:
            return body[9:]
        if body[8] == _ASK:
            self._put(_YES, b"")
        return None

    def _greeted(self, body: bytes, tag: bytes) -> None:
        raise NotImplementedError


class HostEnd(_End):
    """The card host's end of one connection: it speaks first."""

    def __init__(self, bank: int, key: bytes, nonce: bytes) -> None:
        super().__init__()
        self._key = key
        self._hello = _MAGIC + bank.to_bytes(2, "big") + nonce
        self._frame(self._hello, _tag(key, self._hello))

    def _greeted(self, body: bytes, tag: bytes) -> None:
        if len(body) != _HELLO_BYTES or body[:7] != self._hello[:7]:
            raise _wrong("welcome")
        if not hmac.compare_digest(tag, _tag(self._key, self._hello + body)):
            raise _wrong("welcome")
        both = self._hello + body
        self._sending, self._receiving = _tags(self._key, _TO_NODE + both), _tags(self._key, _TO_HOST + both)
        self.ask_whether_there()


class NodeEnd(_End):
    """The bank node's end: it learns from the hello which bank is meant and asks for that link's key."""

    def __init__(self, key_of: Callable[[int], bytes | None], nonce: bytes) -> None:
        super().__init__()
        self._key_of = key_of
        self._nonce = nonce
        self.bank = 0
        """Whose link it is, once the handshake is over."""

    @property
    def proved(self) -> bool:
        """Whether a frame came that only who has the key could make: a hello alone may be somebody else's."""
        return self.heard > 0

    def _greeted(self, body: bytes, tag: bytes) -> None:
        if len(body) != _HELLO_BYTES or body[: len(_MAGIC)] != _MAGIC:
            raise _wrong("hello")
        bank = int.from_bytes(body[5:7], "big")
        key = self._key_of(bank)
        if key is None or not hmac.compare_digest(tag, _tag(key, body)):
            raise _wrong("hello")
        welcome = body[:7] + self._nonce
        self._frame(welcome, _tag(key, body + welcome))
        both = body + welcome
        self._sending, self._receiving = _tags(key, _TO_HOST + both), _tags(key, _TO_NODE + both)
        self.bank = bank


def _tags(key: bytes, label: bytes) -> bytes:
    """A whole-length key of one connection and direction."""
    return hmac.digest(key, label, "sha256")


class Unanswered:
    """Orders that were asked and not answered, in the order they were asked: on a new connection all of them
    are said again. Safe, for the node knows each by its operation."""

    def __init__(self) -> None:
        self._orders: dict[str, bytes] = {}

    def asked(self, operation: str, order: bytes) -> bool:
        """Remember; False when it waits already."""
        if operation in self._orders:
            return False
        self._orders[operation] = order
        return True

    def answered(self, operation: str) -> bool:
        """Forget; False for an answer that nobody waits for any more (a second one)."""
        return self._orders.pop(operation, None) is not None

    def again(self) -> Sequence[bytes]:
        """All of them, for a connection that has just opened."""
        return tuple(self._orders.values())

    def __len__(self) -> int:
        return len(self._orders)
