"""Taps between two devices: the end that polls a reader, and the end that answers as a card.

Both give lines of whole messages (``device.ports.Line``), so that a payment does not know which it runs over;
the bytes are docs/protocol/nfc.md. A field that was dead for a moment is entered again, and the conversation
goes on; one that stays dead is a torn line.
"""

import contextlib
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final

from hardware.vpcd import answer_frames, shut
from hardware.wires import listening_at
from tender.card.apdu import NOT_FOUND, Response
from tender.errors import Code, DeviceError, LinkError, RemoteProtocolError, TenderError
from tender.ports import Card, CardReader, Entropy
from tender.purse.tap import (
    ATR,
    BYE,
    SELECT,
    TOKEN_BYTES,
    WAITING_MOST,
    CardEnd,
    ReaderEnd,
    Side,
    read_application,
)

HOLD_S: Final = 0.25
"""How long a phone that has nothing to say yet keeps an exchange open, instead of being asked again."""
GRACE_S: Final = 3.0
"""How long a field may be dead before the conversation counts as torn."""
RESENT_MOST: Final = 8
"""How often one exchange is sent again before the line counts as torn."""
_PAUSE_S: Final = 0.02

Progress = Callable[[int, int], None]
"""Told bytes of messages that passed so far, both ways, and of how many known of."""


def unseen(done_bytes: int, total_bytes: int) -> None:
    """Nobody looks."""


def _torn() -> LinkError:
    return LinkError(Code.PEER_UNREACHABLE, "nfc")


# --- the end that polls


class ReaderDoor:
    """Waits at a reader for phones that answer as cards."""

    def __init__(
        self,
        reader: CardReader,
        side: Side,
        entropy: Entropy,
        *,
        progress: Progress = unseen,
        grace_s: float = GRACE_S,
    ) -> None:
        """``side``: what this device is in the payment to come. ``grace_s``: how long the field may be dead
        in the middle of a conversation."""
        self._grace_s = grace_s
        self._reader = reader
        self._side = side
        self._entropy = entropy
        self._progress = progress
        self._met = False

    def accept(self, timeout_s: float) -> "ReaderLine":
        """The next phone held to the reader. Raises ``DeviceError``: ``card-missing`` when none comes,
        ``tap-one-sided`` when it wants what we want, ``card-not-purse`` when it is another kind of card."""
        end = time.monotonic() + timeout_s
        if self._met:
            self._reader.gone(_PAUSE_S)  # one that breaks off for ever is not asked in a hot loop
            time.sleep(_PAUSE_S)
        for tried in count():
            try:
                self._reader.connect(max(0.0, end - time.monotonic()))
                line = ReaderLine(
                    self._reader, self._entropy.draw(TOKEN_BYTES), self._side, self._progress, self._grace_s
                )
                self._met = True
                return line
            except DeviceError as error:
                if error.code is not Code.CARD_OUTCOME_UNKNOWN or time.monotonic() >= end:
                    self._reader.disconnect()
                    raise
                time.sleep(_PAUSE_S)
            except RemoteProtocolError as error:
                # An answer that was cut looks wrong once; one that is wrong stays so.
                if tried >= RESENT_MOST:
                    self._reader.disconnect()
                    code = error.code if error.code is Code.VERSION_UNKNOWN else Code.CARD_WRONG
                    raise DeviceError(code, error.field) from error
        raise AssertionError("counting has no end")


class ReaderLine:
    """The reader's end of one conversation, with the reader connected already."""

    def __init__(
        self,
        reader: CardReader,
        token: bytes,
        side: Side,
        progress: Progress = unseen,
        grace_s: float = GRACE_S,
    ) -> None:
        """``token``: eight fresh random bytes. Selects and begins; raises like :meth:`ReaderDoor.accept`."""
        self._grace_s = grace_s
        self._reader = reader
        self._side = side
        self._progress = progress
        self._end = ReaderEnd(token)
        self._is_lost = False
        self._is_closed = False
        self._enter()

    def send(self, message: bytes) -> None:
        """Say a whole message; returns when the phone has all of it."""
        self._end.say(message)
        while self._end.is_saying:
            self._exchange()

    def receive(self, timeout_s: float) -> bytes:
        """Poll for the next message."""
        end = time.monotonic() + timeout_s
        while (message := self._end.message()) is None:
            if time.monotonic() >= end:
                raise _torn()
            heard = self._end.heard
            self._exchange()
            if self._end.heard == heard:
                time.sleep(_PAUSE_S)
        return message

    def close(self) -> None:
        """Say goodbye, and let go of the reader."""
        if self._is_closed:
            return
        self._is_closed = True
        with contextlib.suppress(DeviceError):
            if not self._is_lost:
                self._reader.transmit(BYE)
        self._reader.disconnect()

    def _exchange(self) -> None:
        """One exchange, sent again until it is answered; raises when the line is torn."""
        if self._is_closed:
            raise _torn()
        for _ in range(RESENT_MOST):
            try:
                if self._is_lost:
                    self._reader.connect(self._grace_s)
                    self._enter()
                    self._is_lost = False
                if self._end.hear(self._reader.transmit(self._end.command())):
                    coming, whole = self._end.coming
                    self._progress(
                        self._end.said + self._end.heard,
                        self._end.said + self._end.heard + self._end.left + max(0, whole - coming),
                    )
                    return
            except DeviceError as error:
                self._is_lost = True
                if error.code is not Code.CARD_OUTCOME_UNKNOWN:
                    raise _torn() from error
            except TenderError as error:
                self._is_closed = True
                self._reader.disconnect()
                raise _torn() from error
        raise _torn()

    def _enter(self) -> None:
        """Select and begin, or go on. Another phone than the one that began does not go on."""
        chosen = Response.from_bytes(self._reader.transmit(SELECT))
        if chosen.sw == NOT_FOUND:
            raise DeviceError(Code.CARD_NOT_PURSE, "tap.application")
        if not chosen.is_done:
            raise DeviceError(Code.CARD_OUTCOME_UNKNOWN, "tap.application", reader=self._reader.name)
        if read_application(chosen.data) is self._side:
            raise DeviceError(Code.TAP_ONE_SIDED, "tap.side")
        if not self._end.begun(self._reader.transmit(self._end.begin())):
            raise _torn()


# --- the end that answers


class TapCard:
    """A phone that answers as a card (:class:`~tender.ports.Card`), and the door where its readers come.

    The field speaks in one thread, the payment in another.
    """

    def __init__(
        self, side: Side, *, hold_s: float = HOLD_S, grace_s: float = GRACE_S, progress: Progress = unseen
    ) -> None:
        self._end = CardEnd(side)
        self._hold_s = hold_s
        self._grace_s = grace_s
        self._progress = progress
        self._changed = threading.Condition()
        self._token = b""
        self._lost_at: float | None = None
        self._line: CardLine | None = None
        self._new: CardLine | None = None

    # --- as a card

    @property
    def atr(self) -> bytes:
        """What a reader makes up for it."""
        return ATR

    def power(self, on: bool) -> None:
        """The field came, or went."""
        with self._changed:
            self._end.power()
            self._lost_at = None if on else time.monotonic()
            self._changed.notify_all()

    def transmit(self, command: bytes) -> bytes:
        """One command. An exchange waits a moment for something to say, where this end is expected to."""
        with self._changed:
            self._lost_at = None
            answer = self._end.hear(command)
            line = self._now_with()
            self._changed.notify_all()
            if answer is None:
                if not self._end.is_hearing:
                    self._changed.wait_for(lambda: self._end.is_saying or line.is_over, self._hold_s)
                answer = self._end.answer()
                self._changed.notify_all()
                done = self._end.said + self._end.heard
                coming, whole = self._end.coming
                self._progress(done, done + self._end.left + max(0, whole - coming))
            return answer

    def _now_with(self) -> "CardLine":
        """The line of the conversation that goes on, with what came on it; a new one for a new reader."""
        if self._line is None or self._end.token not in (b"", self._token):
            self._token = self._end.token
            self._line = CardLine(self, self._token)
            if self._token:
                self._new = self._line
        while (message := self._end.message()) is not None:
            if len(self._line.came) >= WAITING_MOST:
                self._end.hang_up()
                break
            self._line.came.append(message)
        return self._line

    # --- as a door

    def accept(self, timeout_s: float) -> "CardLine":
        """Wait until a reader begins a conversation."""
        with self._changed:
            self._changed.wait_for(lambda: self._new is not None, timeout_s)
            line, self._new = self._new, None
            if line is None:
                raise _torn()
            return line

    # --- for its lines

    def goes_on(self, token: bytes) -> bool:
        """Whether the conversation of this name is the present one, and not over."""
        return bool(token) and self._end.token == token

    def say(self, line: "CardLine", message: bytes) -> None:
        """See :meth:`CardLine.send`."""
        with self._changed:
            if line.is_over:
                raise _torn()
            self._end.say(message)
            self._changed.notify_all()

    def wait_for(self, line: "CardLine", timeout_s: float) -> bytes:
        """See :meth:`CardLine.receive`."""
        end = time.monotonic() + timeout_s
        with self._changed:
            while not line.came:
                until = end if self._lost_at is None else min(end, self._lost_at + self._grace_s)
                left_s = until - time.monotonic()
                if line.is_over or left_s <= 0:
                    raise _torn()
                self._changed.wait(left_s)
            return line.came.popleft()

    def end(self, line: "CardLine") -> None:
        """See :meth:`CardLine.close`."""
        with self._changed:
            drained = lambda: line.is_over or not self._end.is_saying or self._lost_at is not None  # noqa: E731
            self._changed.wait_for(drained, self._grace_s)
            if not line.is_over:
                self._end.hang_up()
            self._changed.notify_all()


class CardLine:
    """The phone's end of one conversation."""

    def __init__(self, card: TapCard, token: bytes) -> None:
        self._card = card
        self._token = token
        self.came: deque[bytes] = deque()
        """Whole messages that nobody has read yet; the card fills it."""

    @property
    def is_over(self) -> bool:
        """Whether either side ended it, or another reader came."""
        return not self._card.goes_on(self._token)

    def send(self, message: bytes) -> None:
        """Say a message: the reader fetches it, exchange by exchange."""
        self._card.say(self, message)

    def receive(self, timeout_s: float) -> bytes:
        """The next message. A field that stays dead tears the line."""
        return self._card.wait_for(self, timeout_s)

    def close(self) -> None:
        """Let what was said last be fetched, then hang up."""
        self._card.end(self)


@contextmanager
def serve_unix(card: Card, path: Path) -> Iterator[None]:
    """Hold a card to whoever calls at this path, one after the other, as to a reader's field (frames as in
    :mod:`hardware.vpcd`; the other end is ``hardware.socket_reader``)."""
    held: list[socket.socket] = []

    def serve(listening: socket.socket) -> None:
        while True:
            try:
                wire, _ = listening.accept()
            except OSError:
                return  # nobody is waited for any more
            held.append(wire)
            answer_frames(wire, card)
            held.clear()

    with listening_at(path) as listening:
        listening.settimeout(None)
        thread = threading.Thread(target=serve, args=(listening,), name="card at a socket", daemon=True)
        thread.start()
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            for wire in held:
                shut(wire)
            thread.join(GRACE_S)
