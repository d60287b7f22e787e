"""Real card readers, and virtual ones the daemon cannot tell from them: PC/SC through pyscard, an extra.

The raw calls are used, not pyscard's connection objects: one of those that is collected as garbage resets
the card that lies in the reader by then. Each call says how it went; whatever is not success in the middle of
a payment, pyscard's ``CardConnectionException`` in every form, means that nobody knows what the card did.
"""

import ctypes
import os
import threading
import time
from importlib.util import find_spec
from typing import Any, Final

from hardware.field import ANSWER_LEAST_BYTES
from tender.errors import Code, DeviceError

SERVICE_VARIABLE: Final = "PCSCLITE_CSOCK_NAME"
"""Names the socket of the daemon to talk to; the library reads it once, at a process's first call."""
ANSWER_S: Final = 30.0
"""A chip that makes sixteen slow signatures needs half of that; a reader waits for ever by itself."""

_AGAIN_S: Final = 0.02
_LOOK_MS: Final = 100
_SUCCESS: Final = 0
_NO_SERVICE: Final = 0x8010001D
_STOPPED: Final = 0x8010001E
_NO_READERS: Final = 0x8010002E
_TIMEOUT: Final = 0x8010000A
_SHARING: Final = 0x8010000B
_UNKNOWN_READER: Final = 0x80100009
_READER_UNAVAILABLE: Final = 0x80100017
_COMM_ERROR: Final = 0x80100013
_SILENT: Final = frozenset((_NO_SERVICE, _STOPPED, _COMM_ERROR))
_READER_GONE: Final = frozenset((_UNKNOWN_READER, _READER_UNAVAILABLE, _NO_READERS))
_UNPOWERED: Final = frozenset((0x80100066, 0x80100067))
"""``SCARD_W_UNRESPONSIVE_CARD`` and ``SCARD_W_UNPOWERED_CARD``: something lies there, it says nothing."""


def _code(result: int) -> int:
    """The bindings give the same error as a negative or a positive number, call by call."""
    return result & 0xFFFFFFFF


def _scard() -> Any:
    """The raw calls; ``pcsc-not-installed`` without pyscard, ``pcsc-silent`` without the system's library."""
    if find_spec("smartcard") is None:
        raise DeviceError(Code.PCSC_NOT_INSTALLED, "reader")
    try:
        # pyscard would say this on standard error, in the middle of a screen.
        ctypes.CDLL("libpcsclite.so.1")
    except OSError as error:
        raise DeviceError(Code.PCSC_SILENT, "reader") from error
    from smartcard import scard

    return scard


class _Context:
    """One program's link to the daemon."""

    def __init__(self) -> None:
        self.scard = _scard()
        result, self.handle = self.scard.SCardEstablishContext(self.scard.SCARD_SCOPE_USER)
        if _code(result) != _SUCCESS:
            raise DeviceError(Code.PCSC_SILENT, "reader")

    def readers(self) -> tuple[str, ...]:
        """Names of the readers there are; ``pcsc-silent``."""
        result, names = self.scard.SCardListReaders(self.handle, [])
        if _code(result) == _NO_READERS:
            return ()
        if _code(result) != _SUCCESS:
            raise DeviceError(Code.PCSC_SILENT, "reader")
        return tuple(names)

    def is_empty(self, name: str, timeout_s: float) -> bool:
        """Wait until no card lies in that reader: whether it came to that. No reader, no card."""
        end = time.monotonic() + timeout_s
        state = self.scard.SCARD_STATE_UNAWARE
        while True:
            left_ms = max(0, int((end - time.monotonic()) * 1000))
            result, found = self.scard.SCardGetStatusChange(
                self.handle, min(left_ms, _LOOK_MS), [(name, state)]
            )
            if _code(result) not in (_SUCCESS, _TIMEOUT):
                return True
            if found:
                state = found[0][1]
                if not state & self.scard.SCARD_STATE_PRESENT:
                    return True
            if time.monotonic() >= end:
                return False

    def let_go(self, card: Any = None) -> None:
        """Let go of this card, left powered, and of the daemon; never fails."""
        if card is not None:
            self.scard.SCardDisconnect(card, self.scard.SCARD_LEAVE_CARD)
        self.scard.SCardReleaseContext(self.handle)


def readers() -> tuple[str, ...]:
    """Names of the readers of this computer; ``pcsc-not-installed``, ``pcsc-silent``."""
    context = _Context()
    try:
        return context.readers()
    finally:
        context.let_go()


class PcscReader:
    """The reader whose name holds these words (:class:`~tender.ports.CardReader`)."""

    def __init__(self, words: str, *, answer_s: float = ANSWER_S) -> None:
        """``words``: part of its name, capital letters or not."""
        self._words = words
        self._was_found = False
        self._answer_s = answer_s
        self._name = words
        self._context: _Context | None = None
        self._card: Any = None
        self._header: Any = None

    @property
    def name(self) -> str:
        """Its whole name, once it was found."""
        return self._name

    def connect(self, timeout_s: float) -> bytes:
        """As the protocol says. The card is this program's alone until :meth:`disconnect`: a second program
        waits for it as for a card."""
        self.disconnect()
        end = time.monotonic() + timeout_s
        self._context = _Context()
        try:
            self._name = self._found(self._context)
            self._was_found = True
            while True:
                told = self._tried(self._context)
                if told is None:
                    return self._answer_to_reset()
                if told.code in (Code.READER_GONE, Code.PCSC_SILENT) or time.monotonic() >= end:
                    raise told
                time.sleep(_AGAIN_S)
        except DeviceError:
            self.disconnect()
            raise

    def _found(self, context: _Context) -> str:
        names = context.readers()
        for name in names:
            if name == self._words:
                return name
        for name in names:
            if self._words.casefold() in name.casefold():
                return name
        code = Code.READER_GONE if self._was_found else Code.READER_MISSING
        raise DeviceError(code, "reader", reader=self._name)

    def _tried(self, context: _Context) -> DeviceError | None:
        """Connect once: what stands in the way, or nothing."""
        scard = context.scard
        result, card, protocol = scard.SCardConnect(
            context.handle,
            self._name,
            scard.SCARD_SHARE_EXCLUSIVE,
            scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1,
        )
        why = _code(result)
        if why == _SUCCESS:
            self._card = card
            self._header = scard.SCARD_PCI_T1 if protocol == scard.SCARD_PROTOCOL_T1 else scard.SCARD_PCI_T0
            return None
        if why == _SHARING:
            code = Code.READER_TAKEN
        elif why in _SILENT:
            code = Code.PCSC_SILENT
        elif why in _READER_GONE:
            code = Code.READER_GONE
        elif why in _UNPOWERED:
            code = Code.CARD_WRONG
        else:
            code = Code.CARD_MISSING
        return DeviceError(code, "reader", reader=self._name)

    def _answer_to_reset(self) -> bytes:
        assert self._context is not None
        result, _, _, _, atr = self._context.scard.SCardStatus(self._card)
        if _code(result) != _SUCCESS:
            raise DeviceError(Code.CARD_MISSING, "reader", reader=self._name)
        return bytes(atr)

    def transmit(self, command: bytes) -> bytes:
        """As the protocol says; a card that says nothing for ``answer_s`` is given up, and this connection
        with it."""
        context, card = self._context, self._card
        if context is None or card is None:
            raise self._lost()
        result, answer = self._in_time(context, card, list(command))
        if _code(result) != _SUCCESS or len(answer) < ANSWER_LEAST_BYTES:
            raise self._lost()
        return bytes(answer)

    def _in_time(self, context: _Context, card: Any, command: list[int]) -> tuple[int, list[int]]:
        """The answer, from another thread: the call itself has no limit of time."""
        got: list[tuple[int, list[int]]] = []
        turn = threading.Lock()
        given_up = False
        header = self._header

        def asked() -> None:
            answer = context.scard.SCardTransmit(card, header, command)
            with turn:
                got.append(answer)
                late = given_up
            if late:
                context.let_go(card)

        asking = threading.Thread(target=asked, name="card command", daemon=True)
        asking.start()
        asking.join(self._answer_s)
        with turn:
            given_up = not got
        if given_up:
            # The daemon is busy with this card for as long as it is silent: the thread lets go of it then.
            self._context = self._card = None
            return (_TIMEOUT, [])
        return got[0]

    def _lost(self) -> DeviceError:
        return DeviceError(Code.CARD_OUTCOME_UNKNOWN, "reader", reader=self._name)

    def disconnect(self) -> None:
        """As the protocol says."""
        context, self._context = self._context, None
        card, self._card = self._card, None
        if context is not None:
            context.let_go(card)

    def gone(self, timeout_s: float) -> bool:
        """As the protocol says; a reader or a daemon that is gone has taken the card with it."""
        return self._context is None or self._context.is_empty(self._name, timeout_s)


def is_empty(name: str, timeout_s: float) -> bool:
    """Whether the daemon has noticed, in this time, that no card lies there; it looks every 0.4 s."""
    context = _Context()
    try:
        return context.is_empty(name, timeout_s)
    finally:
        context.let_go()


def use_service(socket: str) -> None:
    """Talk to the daemon behind this socket, unless one was named already; before the first reader."""
    os.environ.setdefault(SERVICE_VARIABLE, socket)
