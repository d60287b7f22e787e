"""The client's side of a bank link: connects, connects again, and says again what was not answered.

Frames and handshake are those of ``tender/account/card_frames.py``, what they carry is in
``tender/account/card_messages.py``.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from tender.account.card_frames import NONCE_BYTES, HostEnd, Unanswered
from tender.account.card_messages import decode_reply
from tender.errors import RemoteProtocolError
from tender.ports import Entropy

AGAIN_FIRST_S: Final = 0.1
AGAIN_MOST_S: Final = 5.0
THERE_S: Final = 10.0
"""How long a link with open orders may be silent before it is asked whether somebody is there; twice as long,
and it is given up and made anew."""
READ_BYTES: Final = 1 << 16

Replied = Callable[[str, bytes], None]
"""Operation (empty for what the bank says unasked), reply."""


class BankLine:
    """The line to one bank's node. Orders may be given at any time; their replies come in any order."""

    def __init__(
        self,
        bank: int,
        address: Callable[[], tuple[str, int]],
        key: bytes,
        entropy: Entropy,
        replied: Replied,
    ) -> None:
        """``address``: asked before every try, for a bank's node may come back elsewhere."""
        self.bank = bank
        self._address = address
        self._key = key
        self._entropy = entropy
        self._replied = replied
        self._unanswered = Unanswered()
        self._end: HostEnd | None = None
        self._writer: asyncio.StreamWriter | None = None

    def __repr__(self) -> str:
        return f"BankLine({self.bank})"

    @property
    def up(self) -> bool:
        """Whether the bank is there."""
        return self._end is not None and self._end.open

    @property
    def waiting(self) -> int:
        """Orders without an answer."""
        return len(self._unanswered)

    def ask(self, operation: str, order: bytes) -> None:
        """Give an order; said again on every new connection until it is answered."""
        if self._unanswered.asked(operation, order) and self._end is not None and self._end.open:
            self._end.send(order)

    def flush(self) -> None:
        """Send what was given since the last time: many orders, one write."""
        if self._end is not None and self._writer is not None and (data := self._end.data_to_send()):
            self._writer.write(data)

    async def run(self) -> None:
        """Stay connected until cancelled."""
        wait_s = AGAIN_FIRST_S
        while True:
            try:
                reader, self._writer = await asyncio.open_connection(*self._address())
                await self._talk(reader)
            except (OSError, RemoteProtocolError):
                pass  # the next try says whether it was the line or this once
            finally:
                # One that opened and broke is tried at once, one that never opened ever more slowly.
                wait_s = AGAIN_FIRST_S if self.up else min(AGAIN_MOST_S, wait_s * 2)
                self._hang_up()
            await asyncio.sleep(wait_s)

    async def _talk(self, reader: asyncio.StreamReader) -> None:
        self._end = end = HostEnd(self.bank, self._key, self._entropy.draw(NONCE_BYTES))
        self.flush()
        greeted = False
        silent = 0
        while True:
            try:
                async with asyncio.timeout(THERE_S):
                    data = await reader.read(READ_BYTES)
            except TimeoutError:
                silent += 1
                if silent > 1 or not end.open:
                    return
                end.ask_whether_there()
                self.flush()
                continue
            if not data:
                return
            silent = 0
            for message in end.receive_data(data):
                operation = decode_reply(message).operation
                if not operation or self._unanswered.answered(operation):
                    self._replied(operation, message)
            if end.open and not greeted:
                greeted = True
                for order in self._unanswered.again():
                    end.send(order)
            self.flush()

    def _hang_up(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._end = self._writer = None
