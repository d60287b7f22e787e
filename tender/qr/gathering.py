"""What comes of the codes that one camera sees: messages put together, the codes of others named, once each.

Every scanner, on a screen or on a command line, looks through this; it decides nothing.
"""

from tender.cash.armour import from_any, is_text
from tender.errors import RemoteProtocolError
from tender.qr.consumer_code import ConsumerCode
from tender.qr.foreign import Foreign, Frame, what_is
from tender.qr.frames import Collector, is_frame, read_header
from tender.qr.payment_code import PaymentCode

Other = PaymentCode | ConsumerCode | Foreign
"""A code that is no message of ours."""


class Gathering:
    """One look at a source, from the first code to the last."""

    def __init__(self) -> None:
        self._collector = Collector()
        self._told: set[bytes] = set()
        self._last = b""
        self.progress = (0, 0)
        """Frames had and frames needed of the newest unfinished message; zeros when there is none."""

    @property
    def empty(self) -> bool:
        """Whether no code was seen at all."""
        return not self._last

    def receive_data(self, code: bytes) -> bytes | Other | None:
        """One code as it was read: a message that is whole now, or a code of somebody else.

        None when it says nothing new: a frame of many, and the same code again, as every camera sees it.
        Raises :class:`RemoteProtocolError` for what is broken or false; the same again raises no more.
        """
        known, self._last = code == self._last, code
        if known and (is_text(code) or not is_frame(code)):
            return None
        try:
            found = read(code)
            return self._collect(found.data) if isinstance(found, Frame) else found
        except RemoteProtocolError:
            if known:
                return None
            raise

    def _collect(self, frame: bytes) -> bytes | None:
        tag = read_header(frame).tag
        if tag in self._told:
            return None
        found = self._collector.receive_data(frame)
        if found.payload is not None:
            self._told.add(tag)
            self.progress = (0, 0)
        else:
            self.progress = (found.have, found.needed)
        return found.payload


def read(code: bytes) -> Frame | bytes | Other:
    """A frame; a whole message of ours that came as text; or something else. Raises for what is broken."""
    return from_any(code) if is_text(code) else what_is(code)
