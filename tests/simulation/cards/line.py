"""A terminal's line to its acquirer in virtual time: :class:`pos.gateway.acquirer.AcquirerLink` without a
socket. A question that is not answered in time hangs up, so that a late answer finds nobody."""

from collections.abc import Callable
from typing import Final

from pos.gateway.acquirer import SIGN_ON_S
from tender.card.iso8583.dialects import VISA_STYLE
from tender.card.iso8583.framing import TPDU_2
from tender.card.iso8583.link import Link, LinkTimers
from tender.card.iso8583.link_events import Heard
from tender.card.iso8583.message import Message
from tender.errors import Code, NotSentError
from tests.simulation.cards.jobs import Job, this_job
from tests.simulation.cards.weather import Sky

QUIET: Final = LinkTimers(echo_idle_ms=3_600_000)
Connect = Callable[["Line"], Callable[[bytes], None]]
"""Opens a connection: calls :meth:`Line.came` with what arrives, :meth:`Line.broken` when the other side has
hung up; returns what sends. An empty word hangs up."""


class Line:
    """:class:`pos.ports.AcquirerLine`."""

    def __init__(self, sky: Sky, name: str, connect: Connect) -> None:
        self.name = name
        self._sky = sky
        self._connect = connect
        self._link: Link | None = None
        self._send: Callable[[bytes], None] = lambda _data: None
        self._heard: list[Message] = []
        self._waits: Job | None = None
        self._ready: Callable[[], bool] = lambda: False
        self._serial = 0

    # --- for the till

    def ask(self, message: Message, timeout_s: float) -> Message | None:
        """As the port says."""
        if self._link is None:
            self._link = Link(TPDU_2, VISA_STYLE, False, QUIET)
            self._send = self._connect(self)
            self._link.opened(self._sky.now_ms)
            self._flush()
        if not self._until(lambda: self._link is not None and self._link.is_up, SIGN_ON_S):
            self.close()
            raise NotSentError(Code.ACQUIRER_UNREACHABLE, self.name)
        self._heard.clear()
        if self._link is None or not self._link.send(message):
            self.close()
            raise NotSentError(Code.ACQUIRER_UNREACHABLE, self.name)
        self._flush()
        answer: list[Message] = []

        def answered() -> bool:
            answer[:] = [one for one in self._heard if _is_answer(one, message)][:1]
            return bool(answer)

        if self._until(answered, timeout_s):
            return answer[0]
        self.close()
        return None

    def close(self) -> None:
        """As the port says."""
        if self._link is not None:
            self._link = None
            self._send(b"")

    def _until(self, ready: Callable[[], bool], wait_s: float) -> bool:
        """Wait for it; False when the time is over or the connection is."""
        if ready():
            return True
        self._serial += 1
        serial, over = self._serial, False

        def too_late() -> None:
            nonlocal over
            over = True
            self._wake_if(serial)

        self._sky.after(int(wait_s * 1000), too_late)
        self._ready = ready
        while not ready():
            if over or self._link is None:
                return False
            self._waits = job = this_job()
            job.wait()
        return True

    # --- for the world

    def came(self, data: bytes) -> None:
        """Bytes from the acquirer."""
        if self._link is None:
            return
        self._link.receive_data(data, self._sky.now_ms)
        self._heard += [one.message for one in self._link.events() if isinstance(one, Heard)]
        self._flush()
        if self._waits is not None and self._ready():
            self._wake()

    def broken(self) -> None:
        """The other side has hung up."""
        self._link = None
        serial = self._serial
        # Not within whatever has just hung up.
        self._sky.after(1, lambda: self._wake_if(serial))

    def _wake_if(self, serial: int) -> None:
        if serial == self._serial and self._waits is not None:
            self._wake()

    def power_gone(self) -> None:
        """Whoever waits here waits no more."""
        self.close()
        if self._waits is not None:
            self._wake()

    def _wake(self) -> None:
        job, self._waits = self._waits, None
        assert job is not None
        job.resume()

    def _flush(self) -> None:
        if self._link is not None and (data := self._link.data_to_send()):
            self._send(data)


def _is_answer(answer: Message, asked: Message) -> bool:
    same = all(answer.fields.get(one) == asked.fields.get(one) for one in (11, 41))
    return same and answer.mti == asked.answer_mti
